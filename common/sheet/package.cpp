#include "common/sheet/package.hpp"

extern "C" {
#include "common/sheet/sheet_reader.h"
}

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <orcus/zip_archive.hpp>
#include <orcus/zip_archive_stream.hpp>
#include <vector>
#include <zlib.h>

namespace
{

constexpr std::string_view inline_type = "inlineStr";

/* Writes the XML of the part with that name as liborcus knows it, behind what `out` holds. */
typedef void rewrite(std::string_view name, std::string_view xml, std::string &out);

uint32_t little(std::string_view bytes, size_t at, size_t count)
{
    uint32_t value = 0;

    while (count-- > 0)
        value = value << 8 | static_cast<unsigned char>(bytes[at + count]);
    return value;
}

/* --- a zip's list (APPNOTE.TXT 4.3.12, 4.3.16) --- */

constexpr size_t end_size = 22, entry_size = 46, local_size = 30;

struct entry {
    std::string_view name;
    uint32_t flags, method, crc, packed, unpacked, local;
};

/* Where the list's end is said; the file's size when nowhere. */
size_t find_end(std::string_view file)
{
    const size_t length = file.size();

    for (size_t at = length < end_size ? 0 : length - end_size + 1; at-- > 0;) {
        if (file.compare(at, 4, std::string_view("PK\5\6", 4)) == 0)
            return at;
        if (length - at > 65535 + end_size)
            break;
    }
    return length;
}

std::vector<entry> read_list(std::string_view file)
{
    const size_t end = find_end(file);
    std::vector<entry> entries;

    if (file.compare(0, 4, std::string_view("PK\3\4", 4)) != 0 || end == file.size())
        throw package_refused{REFUSAL_OTHER};
    const size_t count = little(file, end + 10, 2);
    size_t at = little(file, end + 16, 4);
    entries.reserve(count);
    for (size_t i = 0; i < count; i++) {
        if (at + entry_size > end || file.compare(at, 4, std::string_view("PK\1\2", 4)) != 0)
            throw package_refused{REFUSAL_OTHER};
        const size_t name = little(file, at + 28, 2);
        if (at + entry_size + name > end)
            throw package_refused{REFUSAL_OTHER};
        entries.push_back({file.substr(at + entry_size, name), little(file, at + 8, 2),
                           little(file, at + 10, 2), little(file, at + 16, 4),
                           little(file, at + 20, 4), little(file, at + 24, 4),
                           little(file, at + 42, 4)});
        at += entry_size + name + little(file, at + 30, 2) + little(file, at + 32, 2);
    }
    return entries;
}

/* The part as it is packed. */
std::string_view packed_part(std::string_view file, const entry &part)
{
    if (size_t(part.local) + local_size > file.size() ||
        file.compare(part.local, 4, std::string_view("PK\3\4", 4)) != 0)
        throw package_refused{REFUSAL_UNREADABLE};
    const size_t begin = size_t(part.local) + local_size + little(file, part.local + 26, 2) +
                         little(file, part.local + 28, 2);
    if (begin > file.size() || part.packed > file.size() - begin)
        throw package_refused{REFUSAL_UNREADABLE};
    return file.substr(begin, part.packed);
}

std::string lower(std::string_view name)
{
    std::string text(name);

    for (char &sign : text) {
        if (sign >= 'A' && sign <= 'Z')
            sign = char(sign - 'A' + 'a');
    }
    return text;
}

/* What is no XLSX although it is a zip, or a file of Microsoft's older kind (MS-CFB 2.2), which
 * both .xls and a workbook with a password are. */
void refuse_others(std::string_view file)
{
    static const char wide[] = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e";

    if (file.compare(0, 8, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") == 0)
        throw package_refused{file.find(std::string_view(wide, sizeof wide - 1)) == file.npos
                                  ? REFUSAL_XLS
                                  : REFUSAL_PASSWORD};
}

void refuse_parts(const std::vector<entry> &entries)
{
    std::vector<std::string> names;

    for (const entry &part : entries) {
        names.push_back(lower(part.name));
        if (part.name == "xl/workbook.bin")
            throw package_refused{REFUSAL_XLSB};
        if (part.name == "META-INF/manifest.xml")
            throw package_refused{REFUSAL_ODS};
        if ((part.flags & 1) != 0)
            throw package_refused{REFUSAL_PASSWORD};
    }
    std::sort(names.begin(), names.end());
    if (std::adjacent_find(names.begin(), names.end()) != names.end())
        throw package_refused{REFUSAL_TWICE};
}

} // namespace

size_t package_unpacked(std::string_view file)
{
    size_t total = 0;

    refuse_others(file);
    const std::vector<entry> entries = read_list(file);
    refuse_parts(entries);
    for (const entry &part : entries) {
        (void)packed_part(file, part); /* liborcus takes memory for what the list says */
        total += part.unpacked;
    }
    if (total > SHEET_READER_UNPACKED_CAP)
        throw package_refused{REFUSAL_LARGE};
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

/* The value of an attribute without prefix, within the tag; empty when it has none. */
std::string_view attribute(std::string_view tag, std::string_view name)
{
    for (size_t at = tag.find(name); at != tag.npos; at = tag.find(name, at + 1)) {
        size_t value = tag.find_first_not_of(" \t\r\n", at + name.size());
        if (at == 0 || strchr(" \t\r\n", tag[at - 1]) == nullptr || value == tag.npos ||
            tag[value] != '=')
            continue;
        value = tag.find_first_not_of(" \t\r\n", value + 1);
        if (value == tag.npos || (tag[value] != '"' && tag[value] != '\''))
            continue;
        const size_t end = tag.find(tag[value], value + 1);
        if (end != tag.npos)
            return tag.substr(value + 1, end - value - 1);
    }
    return std::string_view();
}

/*
 * Walks a sheet. Of formulas liborcus takes the last value only where it is a number or a text and
 * the formula no array's, of texts only those of a formula. So formulas are left out, and a cell of
 * t="str", and one of <is><t>a</t></is>, its runs put together, becomes t="str" with
 * <f>0</f><v>a</v>.
 */
class plain_sheet
{
    std::string &m_out;
    bool m_string = false;  /* in a cell whose value is a text */
    bool m_formula = false; /* in <f> */
    bool m_inside = false;  /* of <is> */
    bool m_text = false;    /* of a <t> there */
    bool m_sound = false;   /* of <rPh>, which says how the text is spoken */

    void value(std::string_view tag, std::string_view name, bool closes)
    {
        const size_t begin = closes ? 2 : 1;
        const std::string prefix(tag.substr(begin, size_t(name.data() - tag.data()) - begin));

        if (!closes)
            m_out.append("<" + prefix + "f>0</" + prefix + "f>");
        m_out.append((closes ? "</" : "<") + prefix + "v>");
    }
    /* What never ends would take the rows behind it. */
    void refuse_open() const
    {
        if (m_formula || m_inside)
            throw package_refused{REFUSAL_UNREADABLE};
    }
    void cell(std::string_view tag, bool closes)
    {
        const std::string_view type = attribute(tag, "t");

        refuse_open();
        m_string = !closes && (type == inline_type || type == "str" || type == "d");
        if (!m_string) {
            m_out.append(tag);
            return;
        }
        const size_t place = size_t(type.data() - tag.data());
        m_out.append(tag.substr(0, place)).append("str");
        m_out.append(tag.substr(place + type.size()));
    }
    void tag(std::string_view tag)
    {
        const std::string_view name = local_name(tag);
        const bool closes = tag.size() > 1 && tag[1] == '/';
        const bool empty = tag.size() > 2 && tag[tag.size() - 2] == '/';

        if (name == "c") {
            cell(tag, closes);
        } else if (name == "f") {
            m_formula = !closes && !empty;
        } else if (m_formula) {
            return;
        } else if (name == "is" && !empty) {
            m_inside = !closes;
            m_text = m_sound = false;
            value(tag, name, closes);
        } else if (m_inside) {
            if (name == "rPh")
                m_sound = !closes && !empty;
            else if (name == "t")
                m_text = !closes && !empty && !m_sound;
        } else if (name == "v" && m_string && !empty) {
            value(tag, name, closes);
        } else {
            m_out.append(tag);
        }
    }

  public:
    explicit plain_sheet(std::string &out) : m_out(out)
    {
    }
    void walk(std::string_view xml)
    {
        for (size_t at = 0; at < xml.size();) {
            const bool markup = xml[at] == '<';
            size_t end = markup ? markup_end(xml, at) : std::min(xml.find('<', at), xml.size());
            const std::string_view part = xml.substr(at, end - at);
            if (markup && part.compare(0, 2, "<!") != 0)
                tag(part);
            else if (!m_formula && (m_text || !m_inside))
                m_out.append(part);
            at = end;
        }
        refuse_open();
    }
};

/* Whether the walk would change nothing: no formula, and no type that liborcus does not know. */
bool is_plain(std::string_view xml)
{
    static const std::string_view marks[] = {inline_type, "<f>",     "<f ",   ":f>", ":f ", "\"d\"",
                                             "'d'",       "\"str\"", "'str'", "<f/", "<f\n"};

    return xml.empty() ||
           std::none_of(std::begin(marks), std::end(marks), [&](std::string_view mark) {
               return memmem(xml.data(), xml.size(), mark.data(), mark.size()) != nullptr;
           });
}

void write_sheet(std::string_view, std::string_view xml, std::string &out)
{
    plain_sheet(out).walk(xml);
}

/* --- relationships (ECMA-376 part 2, 6.5) --- */

/* The folder that targets are told from: "xl/" of "xl/_rels/workbook.xml.rels". */
std::string_view rels_folder(std::string_view name)
{
    const size_t at = name.rfind("_rels/");

    return at == name.npos ? std::string_view() : name.substr(0, at);
}

/* A target as told from the folder: "worksheets/sheet1.xml" of "/xl/worksheets/sheet1.xml". */
std::string_view relative(std::string_view folder, std::string_view target)
{
    if (target.substr(0, 2) == "./")
        return target.substr(2);
    if (target.substr(0, 1) == "/" && target.substr(1, folder.size()) == folder)
        return target.substr(1 + folder.size());
    return target;
}

void write_rels(std::string_view name, std::string_view xml, std::string &out)
{
    for (size_t at = 0; at < xml.size();) {
        const size_t end =
            xml[at] == '<' ? markup_end(xml, at) : std::min(xml.find('<', at), xml.size());
        const std::string_view part = xml.substr(at, end - at);
        const std::string_view target = part.substr(0, 2) == "<!" || part[0] != '<'
                                            ? std::string_view()
                                            : attribute(part, "Target");
        const size_t place = target.empty() ? part.size() : size_t(target.data() - part.data());
        out.append(part.substr(0, place));
        if (!target.empty())
            out.append(relative(rels_folder(name), target))
                .append(part.substr(place + target.size()));
        at = end;
    }
}

/* --- a zip made anew (APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16) --- */

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

    static std::string described(const entry &part)
    {
        std::string out;

        put(out, 0, 2); /* flags */
        put(out, part.method, 2);
        put(out, 0, 4); /* time, date */
        put(out, part.crc, 4);
        put(out, part.packed, 4);
        put(out, part.unpacked, 4);
        put(out, part.name.size(), 2);
        put(out, 0, 2);
        return out;
    }
    void list(const entry &part)
    {
        m_list.append("PK\1\2");
        put(m_list, 20, 2);
        put(m_list, 20, 2);
        m_list.append(described(part));
        put(m_list, 0, 10);
        put(m_list, part.local, 4);
        m_list.append(part.name);
        m_count++;
    }
    void begin(entry &part)
    {
        part.local = uint32_t(m_out.size());
        m_out.append("PK\3\4");
        put(m_out, 20, 2);
        m_out.append(described(part)).append(part.name);
    }

  public:
    explicit zip(size_t size)
    {
        m_out.reserve(size);
    }
    void add(entry part, std::string_view packed)
    {
        begin(part);
        m_out.append(packed);
        list(part);
    }
    /* Not packed; written where it will stand, since it may be large. */
    void add_plain(std::string_view name, std::string_view xml, rewrite *write)
    {
        entry part = {name, 0, 0, 0, 0, 0, 0};
        begin(part);
        const size_t from = m_out.size();
        write(name, xml, m_out);
        part.unpacked = part.packed = uint32_t(m_out.size() - from);
        part.crc = uint32_t(
            crc32(0, reinterpret_cast<const Bytef *>(m_out.data() + from), uInt(part.packed)));
        m_out.replace(part.local + 6, local_size - 6, described(part));
        list(part);
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

/* Parts unpacked, one at a time, by liborcus's own reader of zips. */
class parts
{
    orcus::zip_archive_stream_blob m_stream;
    orcus::zip_archive m_archive;
    std::vector<unsigned char> m_bytes;

  public:
    explicit parts(std::string_view file)
        : m_stream(reinterpret_cast<const uint8_t *>(file.data()), file.size()),
          m_archive(&m_stream)
    {
        m_archive.load();
    }
    /* Up to a NUL, of which XML has none. Until the next call. liborcus does not look at the sum:
     * a file that was damaged on its way would have other texts. */
    std::string_view unpack(const entry &part)
    {
        m_bytes.clear();
        if (part.unpacked == 0)
            return std::string_view();
        if (!m_archive.read_file_entry(part.name, m_bytes) || m_bytes.size() < part.unpacked ||
            crc32(0, m_bytes.data(), part.unpacked) != part.crc)
            throw package_refused{REFUSAL_UNREADABLE};
        const char *text = reinterpret_cast<const char *>(m_bytes.data());
        return std::string_view(text, strnlen(text, part.unpacked));
    }
};

bool ends_with(std::string_view name, std::string_view ending)
{
    return name.size() >= ending.size() && name.substr(name.size() - ending.size()) == ending;
}

/* What a part has to be written as; null: as it is. */
rewrite *rewrite_of(parts &unpacked, const entry &part)
{
    const std::string name = lower(part.name);

    if (ends_with(name, ".rels")) {
        const std::string_view xml = unpacked.unpack(part);
        std::string plain;
        write_rels(part.name, xml, plain);
        return plain == xml ? nullptr : write_rels;
    }
    if (!ends_with(name, ".xml"))
        return nullptr;
    const std::string_view xml = unpacked.unpack(part);
    return name.find("sheet") == name.npos || is_plain(xml) ? nullptr : write_sheet;
}

} // namespace

void package_plain_sheet(std::string_view xml, std::string &out)
{
    plain_sheet(out).walk(xml);
}

void package_plain_rels(std::string_view name, std::string_view xml, std::string &out)
{
    write_rels(name, xml, out);
}

std::string package_plain(std::string_view file)
{
    const std::vector<entry> entries = read_list(file);
    std::vector<rewrite *> changes(entries.size());
    parts unpacked(file);
    size_t size = file.size();

    for (size_t i = 0; i < entries.size(); i++) {
        changes[i] = rewrite_of(unpacked, entries[i]);
        size += changes[i] ? entries[i].unpacked + entries[i].unpacked / 8 : 0;
    }
    if (std::count(changes.begin(), changes.end(), nullptr) == std::ptrdiff_t(changes.size()))
        return std::string();
    zip made(size);
    for (size_t i = 0; i < entries.size(); i++) {
        if (changes[i] != nullptr)
            made.add_plain(entries[i].name, unpacked.unpack(entries[i]), changes[i]);
        else
            made.add(entries[i], packed_part(file, entries[i]));
    }
    return made.finish();
}

package_book package_read_book(std::string_view file)
{
    package_book book;
    parts unpacked(file);

    for (const entry &part : read_list(file)) {
        const std::string_view xml =
            ends_with(part.name, "workbook.xml") ? unpacked.unpack(part) : std::string_view();
        for (size_t at = xml.find('<'), end = 0; at < xml.size(); at = xml.find('<', end)) {
            end = markup_end(xml, at);
            const std::string_view tag = xml.substr(at, end - at);
            const std::string_view name = local_name(tag);
            if (name == "workbookPr" && tag[1] != '/') {
                const std::string_view said = attribute(tag, "date1904");
                book.from_1904 = said == "1" || said == "true";
            } else if (name == "sheet" && tag[1] != '/') {
                const std::string_view said = attribute(tag, "state");
                book.hidden.push_back(said == "hidden" || said == "veryHidden");
            }
        }
    }
    return book;
}
