#include "common/sheet/package.hpp"

extern "C" {
#include "common/sheet/sheet_reader.h"
}

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <orcus/zip_archive.hpp>
#include <orcus/zip_archive_stream.hpp>
#include <vector>
#include <zlib.h>

namespace
{

constexpr std::string_view inline_type = "inlineStr";

uint32_t little(const unsigned char *bytes, size_t count)
{
    uint32_t value = 0;

    while (count-- > 0)
        value = value << 8 | bytes[count];
    return value;
}

} // namespace

size_t package_unpacked(std::string_view file)
{
    const auto bytes = reinterpret_cast<const unsigned char *>(file.data());
    const size_t length = file.size();
    static const char *const broken = "Filen er ikke et XLSX-regneark.";
    constexpr size_t end_size = 22, entry_size = 46;
    size_t total = 0;
    size_t end = length;

    for (size_t at = length < end_size ? 0 : length - end_size + 1; at-- > 0 && end == length;) {
        if (memcmp(bytes + at, "PK\5\6", 4) == 0)
            end = at;
        else if (length - at > 65535 + end_size)
            break;
    }
    if (length < 4 || memcmp(bytes, "PK\3\4", 4) != 0 || end == length)
        throw package_refused{broken};
    size_t count = little(bytes + end + 10, 2);
    size_t at = little(bytes + end + 16, 4);
    for (size_t i = 0; i < count; i++) {
        if (at + entry_size > end || memcmp(bytes + at, "PK\1\2", 4) != 0)
            throw package_refused{broken};
        if ((little(bytes + at + 8, 2) & 1) != 0)
            throw package_refused{"Regnearket er beskyttet med en adgangskode."};
        total += little(bytes + at + 24, 4);
        at += entry_size + little(bytes + at + 28, 2) + little(bytes + at + 30, 2) +
              little(bytes + at + 32, 2);
    }
    if (total > SHEET_READER_UNPACKED_CAP)
        throw package_refused{"Regnearket fylder mere end 256 MiB udpakket; gem det som CSV."};
    return total;
}

/* --- texts in cells ----------------------------------------------------------------------------
 */

namespace
{

/* The element's name without prefix and slash. */
std::string_view local_name(std::string_view tag)
{
    size_t begin = tag.size() > 1 && tag[1] == '/' ? 2 : 1;
    size_t end = tag.find_first_of(" \t\r\n/>", begin);
    std::string_view name = tag.substr(begin, end == tag.npos ? tag.npos : end - begin);
    size_t colon = name.find(':');

    return colon == name.npos ? name : name.substr(colon + 1);
}

/* One past the end of what begins with '<' at `at`: a tag, a comment or a CDATA section. */
size_t markup_end(std::string_view xml, size_t at)
{
    auto after = [&](std::string_view end) {
        size_t found = xml.find(end, at);
        return found == xml.npos ? xml.size() : found + end.size();
    };
    char quote = '\0';

    if (xml.compare(at, 4, "<!--") == 0)
        return after("-->");
    if (xml.compare(at, 9, "<![CDATA[") == 0)
        return after("]]>");
    for (size_t i = at; i < xml.size(); i++) {
        if (quote != '\0')
            quote = xml[i] == quote ? '\0' : quote;
        else if (xml[i] == '"' || xml[i] == '\'')
            quote = xml[i];
        else if (xml[i] == '>')
            return i + 1;
    }
    return xml.size();
}

/* Walks a sheet: <is><t>a</t></is> becomes <f>0</f><v>a</v>, its runs put together, and
 * t="inlineStr" t="str": the last value of a formula is what liborcus takes. */
class plain_sheet
{
    std::string m_out;
    bool m_inside = false; /* of <is> */
    bool m_text = false;   /* of a <t> there */
    bool m_sound = false;  /* of <rPh>, which says how the text is spoken */

    void tag(std::string_view tag)
    {
        const std::string_view name = local_name(tag);
        const bool closes = tag.size() > 1 && tag[1] == '/';
        const bool empty = tag.size() > 2 && tag[tag.size() - 2] == '/';

        if (name == "is" && !empty) {
            m_inside = !closes;
            m_text = m_sound = false;
            const std::string prefix(
                tag.substr(closes ? 2 : 1, name.data() - tag.data() - (closes ? 2 : 1)));
            if (!closes)
                m_out.append("<" + prefix + "f>0</" + prefix + "f>");
            m_out.append((closes ? "</" : "<") + prefix + "v>");
        } else if (m_inside) {
            if (name == "rPh")
                m_sound = !closes && !empty;
            else if (name == "t")
                m_text = !closes && !empty && !m_sound;
        } else if (name == "c") {
            size_t type = tag.find(inline_type);
            m_out.append(tag.substr(0, type));
            if (type != tag.npos)
                m_out.append("str").append(tag.substr(type + inline_type.size()));
        } else {
            m_out.append(tag);
        }
    }

  public:
    std::string walk(std::string_view xml)
    {
        m_out.reserve(xml.size());
        for (size_t at = 0; at < xml.size();) {
            const bool markup = xml[at] == '<';
            size_t end = markup ? markup_end(xml, at) : std::min(xml.find('<', at), xml.size());
            const std::string_view part = xml.substr(at, end - at);
            if (markup && part.compare(0, 2, "<!") != 0)
                tag(part);
            else if (m_text || !m_inside)
                m_out.append(part);
            at = end;
        }
        return std::move(m_out);
    }
};

/* --- a zip of parts that are not packed (APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16) --- */

void put(std::string &out, uint64_t value, size_t bytes)
{
    for (; bytes-- > 0; value >>= 8)
        out.push_back(char(value & 0xFF));
}

class zip
{
    std::string m_out;
    std::string m_list;
    unsigned m_count = 0;

    static void describe(std::string &out, std::string_view name, std::string_view part)
    {
        put(out, 0, 8); /* flags, method (stored), time, date */
        put(out, crc32(0, reinterpret_cast<const Bytef *>(part.data()), uInt(part.size())), 4);
        put(out, part.size(), 4);
        put(out, part.size(), 4);
        put(out, name.size(), 2);
        put(out, 0, 2);
    }

  public:
    void add(std::string_view name, std::string_view part)
    {
        m_list.append("PK\1\2");
        put(m_list, 20, 2);
        put(m_list, 20, 2);
        describe(m_list, name, part);
        put(m_list, 0, 10);
        put(m_list, m_out.size(), 4);
        m_list.append(name);
        m_out.append("PK\3\4");
        put(m_out, 20, 2);
        describe(m_out, name, part);
        m_out.append(name).append(part);
        m_count++;
    }
    std::string finish()
    {
        const size_t begin = m_out.size();
        m_out.append(m_list).append("PK\5\6");
        put(m_out, 0, 4);
        put(m_out, m_count, 2);
        put(m_out, m_count, 2);
        put(m_out, m_list.size(), 4);
        put(m_out, begin, 4);
        put(m_out, 0, 2);
        return std::move(m_out);
    }
};

bool is_sheet(std::string_view name, std::string_view part)
{
    return name.find("worksheets/") != name.npos && part.find(inline_type) != part.npos;
}

} // namespace

std::string package_plain_sheet(std::string_view xml)
{
    return plain_sheet().walk(xml);
}

std::string package_plain(std::string_view file)
{
    orcus::zip_archive_stream_blob stream(reinterpret_cast<const uint8_t *>(file.data()),
                                          file.size());
    orcus::zip_archive archive(&stream);
    std::vector<unsigned char> bytes;
    bool any = false;
    zip made;

    archive.load();
    for (size_t i = 0; i < archive.get_file_entry_count(); i++) {
        const std::string_view name = archive.get_file_entry_name(i);
        bytes.clear();
        if (!archive.read_file_entry(name, bytes))
            continue;
        const size_t length = strnlen(reinterpret_cast<const char *>(bytes.data()), bytes.size());
        const std::string_view part(reinterpret_cast<const char *>(bytes.data()), length);
        const bool sheet = is_sheet(name, part);
        made.add(name, sheet ? std::string_view(package_plain_sheet(part)) : part);
        any = any || sheet;
    }
    return any ? made.finish() : std::string();
}
