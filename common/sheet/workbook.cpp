extern "C" {
#include "common/sheet/workbook.h"
#include "common/base/str.h"
}

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <orcus/orcus_xlsx.hpp>
#include <orcus/spreadsheet/import_interface.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace ss = orcus::spreadsheet;
namespace iface = orcus::spreadsheet::iface;

namespace
{

constexpr size_t cells_cap = 8000000;
constexpr size_t sheets_cap = 256;
constexpr size_t work_cap = size_t(4) << 30; /* bytes of sheets times bytes unpacked */
constexpr int builtin_formats = 164;         /* ECMA-376 18.8.30: own formats begin here */
constexpr double last_serial = 2958465;      /* 9999-12-31 */

struct too_large {
    const char *text;
};

enum kind : unsigned { TEXT, NUMBER, TRUTH };
enum moment : unsigned char { PLAIN, DAY, CLOCK, DAY_AND_CLOCK };

struct cell {
    uint32_t row : 18; /* both from 0; the caps below hold them */
    uint32_t column : 9;
    uint32_t kind : 2;
    uint32_t format;
    union {
        size_t text; /* place in `texts` */
        double number;
    };
};
static_assert(SHEET_READER_ROWS_CAP < 1 << 18 && SHEET_READER_COLUMNS_CAP < 1 << 9, "bits enough");

/* What a number's format says that it is (ECMA-376 18.8.30 and 18.8.31). */
moment moment_of_code(std::string_view code)
{
    bool quoted = false, bracketed = false, day = false, hour = false, month = false;

    for (size_t i = 0; i < code.size() && (quoted || code[i] != ';'); i++) {
        if (code[i] == '"')
            quoted = !quoted;
        else if (quoted)
            continue;
        else if (code[i] == '\\' || code[i] == '_' || code[i] == '*')
            i++;
        else if (code[i] == '[' || code[i] == ']')
            bracketed = code[i] == '[';
        else if (bracketed && strchr("hHsS", code[i]) == nullptr)
            continue;
        else if (strchr("yYdD", code[i]) != nullptr)
            day = true;
        else if (strchr("hHsS", code[i]) != nullptr)
            hour = true;
        else if (code[i] == 'm' || code[i] == 'M')
            month = true;
        else if (strchr("0#?", code[i]) != nullptr && !day && !hour && !month)
            return PLAIN;
    }
    day = day || (month && !hour);
    return day ? (hour ? DAY_AND_CLOCK : DAY) : (hour ? CLOCK : PLAIN);
}

moment moment_of_builtin(size_t id)
{
    if (id == 22)
        return DAY_AND_CLOCK;
    if ((id >= 18 && id <= 21) || (id >= 45 && id <= 47))
        return CLOCK;
    return (id >= 14 && id <= 17) || (id >= 27 && id <= 36) || (id >= 50 && id <= 58) ? DAY : PLAIN;
}

/* The day `days` after 1970-01-01 (H. Hinnant, chrono-Compatible Low-Level Date Algorithms). */
std::string day_text(long days)
{
    char text[96];
    long shifted = days + 719468;
    long era = shifted / 146097; /* serials are of 1899 and later: never negative */
    long of_era = shifted - era * 146097;
    long year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    long of_year = of_era - (365 * year + year / 4 - year / 100);
    long part = (5 * of_year + 2) / 153;
    long month = part < 10 ? part + 3 : part - 9;

    std::snprintf(text, sizeof text, "%04ld-%02ld-%02ld", year + era * 400 + (month <= 2), month,
                  of_year - (153 * part + 2) / 5 + 1);
    return text;
}

std::string number_text(double number)
{
    char text[64];

    if (!std::isfinite(number))
        return "";
    std::snprintf(text, sizeof text,
                  std::fabs(number) < 1e15 && number == std::floor(number) ? "%.0f" : "%.15g",
                  number);
    return text;
}

/* --- what liborcus calls -----------------------------------------------------------------------
 */

class strings : public iface::import_shared_strings
{
    std::vector<std::string> m_texts;
    std::string m_segments;

  public:
    size_t append(std::string_view text) override
    {
        m_texts.emplace_back(text);
        return m_texts.size() - 1;
    }
    size_t add(std::string_view text) override
    {
        return append(text);
    }
    void set_segment_font(size_t) override
    {
    }
    void set_segment_bold(bool) override
    {
    }
    void set_segment_italic(bool) override
    {
    }
    void set_segment_font_name(std::string_view) override
    {
    }
    void set_segment_font_size(double) override
    {
    }
    void set_segment_font_color(ss::color_elem_t, ss::color_elem_t, ss::color_elem_t,
                                ss::color_elem_t) override
    {
    }
    void append_segment(std::string_view text) override
    {
        m_segments.append(text);
    }
    size_t commit_segments() override
    {
        size_t place = append(m_segments);
        m_segments.clear();
        return place;
    }
    std::string_view at(size_t place) const
    {
        return place < m_texts.size() ? std::string_view(m_texts[place]) : std::string_view();
    }
};

/* Of all the looks of cells only the number formats matter here. */
class styles : public iface::import_styles
{
    size_t m_format = 0;
    std::string m_code;
    size_t m_xf_format = 0;
    std::vector<std::pair<size_t, moment>> m_formats;
    std::vector<moment> m_xfs;

  public:
    void set_font_count(size_t) override
    {
    }
    void set_font_bold(bool) override
    {
    }
    void set_font_italic(bool) override
    {
    }
    void set_font_name(std::string_view) override
    {
    }
    void set_font_size(double) override
    {
    }
    void set_font_underline(ss::underline_t) override
    {
    }
    void set_font_underline_width(ss::underline_width_t) override
    {
    }
    void set_font_underline_mode(ss::underline_mode_t) override
    {
    }
    void set_font_underline_type(ss::underline_type_t) override
    {
    }
    void set_font_underline_color(ss::color_elem_t, ss::color_elem_t, ss::color_elem_t,
                                  ss::color_elem_t) override
    {
    }
    void set_font_color(ss::color_elem_t, ss::color_elem_t, ss::color_elem_t,
                        ss::color_elem_t) override
    {
    }
    void set_strikethrough_style(ss::strikethrough_style_t) override
    {
    }
    void set_strikethrough_type(ss::strikethrough_type_t) override
    {
    }
    void set_strikethrough_width(ss::strikethrough_width_t) override
    {
    }
    void set_strikethrough_text(ss::strikethrough_text_t) override
    {
    }
    size_t commit_font() override
    {
        return 0;
    }
    void set_fill_count(size_t) override
    {
    }
    void set_fill_pattern_type(ss::fill_pattern_t) override
    {
    }
    void set_fill_fg_color(ss::color_elem_t, ss::color_elem_t, ss::color_elem_t,
                           ss::color_elem_t) override
    {
    }
    void set_fill_bg_color(ss::color_elem_t, ss::color_elem_t, ss::color_elem_t,
                           ss::color_elem_t) override
    {
    }
    size_t commit_fill() override
    {
        return 0;
    }
    void set_border_count(size_t) override
    {
    }
    void set_border_style(ss::border_direction_t, ss::border_style_t) override
    {
    }
    void set_border_color(ss::border_direction_t, ss::color_elem_t, ss::color_elem_t,
                          ss::color_elem_t, ss::color_elem_t) override
    {
    }
    void set_border_width(ss::border_direction_t, double, orcus::length_unit_t) override
    {
    }
    size_t commit_border() override
    {
        return 0;
    }
    void set_cell_hidden(bool) override
    {
    }
    void set_cell_locked(bool) override
    {
    }
    void set_cell_print_content(bool) override
    {
    }
    void set_cell_formula_hidden(bool) override
    {
    }
    size_t commit_cell_protection() override
    {
        return 0;
    }
    void set_number_format_count(size_t) override
    {
    }
    void set_number_format_identifier(size_t id) override
    {
        m_format = id;
    }
    void set_number_format_code(std::string_view code) override
    {
        m_code = code;
    }
    size_t commit_number_format() override
    {
        m_formats.emplace_back(m_format, moment_of_code(m_code));
        return m_formats.size() - 1;
    }
    void set_cell_xf_count(size_t) override
    {
    }
    void set_cell_style_xf_count(size_t) override
    {
    }
    void set_dxf_count(size_t) override
    {
    }
    void set_xf_font(size_t) override
    {
    }
    void set_xf_fill(size_t) override
    {
    }
    void set_xf_border(size_t) override
    {
    }
    void set_xf_protection(size_t) override
    {
    }
    void set_xf_number_format(size_t id) override
    {
        m_xf_format = id;
    }
    void set_xf_style_xf(size_t) override
    {
    }
    void set_xf_apply_alignment(bool) override
    {
    }
    void set_xf_horizontal_alignment(ss::hor_alignment_t) override
    {
    }
    void set_xf_vertical_alignment(ss::ver_alignment_t) override
    {
    }
    size_t commit_cell_xf() override
    {
        m_xfs.push_back(moment_of(m_xf_format));
        m_xf_format = 0;
        return m_xfs.size() - 1;
    }
    size_t commit_cell_style_xf() override
    {
        m_xf_format = 0;
        return 0;
    }
    size_t commit_dxf() override
    {
        return 0;
    }
    void set_cell_style_count(size_t) override
    {
    }
    void set_cell_style_name(std::string_view) override
    {
    }
    void set_cell_style_xf(size_t) override
    {
    }
    void set_cell_style_builtin(size_t) override
    {
    }
    void set_cell_style_parent_name(std::string_view) override
    {
    }
    size_t commit_cell_style() override
    {
        return 0;
    }

    moment of_cell(size_t xf) const
    {
        return xf < m_xfs.size() ? m_xfs[xf] : PLAIN;
    }

  private:
    moment moment_of(size_t id) const
    {
        for (const auto &format : m_formats) {
            if (format.first == id)
                return format.second;
        }
        return id < builtin_formats ? moment_of_builtin(id) : PLAIN;
    }
};

/* "B7" and "B2:D9", as the cells of a sheet name themselves. */
class resolver : public iface::import_reference_resolver
{
    static ss::src_address_t read(std::string_view text)
    {
        long column = 0, row = 0;
        for (char sign : text) {
            if (sign >= 'A' && sign <= 'Z' && row == 0)
                column = std::min(column * 26 + (sign - 'A' + 1), 1L << 24);
            else if (sign >= '0' && sign <= '9')
                row = std::min(row * 10 + (sign - '0'), 1L << 24);
            else if (sign != '$')
                break;
        }
        if (column == 0 || row == 0)
            throw too_large{"En celle har en adresse, der ikke kan læses."};
        return {0, ss::row_t(row - 1), ss::col_t(column - 1)};
    }

  public:
    ss::src_address_t resolve_address(std::string_view text) override
    {
        return read(text);
    }
    ss::src_range_t resolve_range(std::string_view text) override
    {
        size_t colon = text.find(':');
        return {read(text), read(colon == text.npos ? text : text.substr(colon + 1))};
    }
};

class sheet;

class formula : public iface::import_formula
{
    sheet &m_sheet;
    ss::row_t m_row = 0;
    ss::col_t m_column = 0;

  public:
    explicit formula(sheet &owner) : m_sheet(owner)
    {
    }
    void set_position(ss::row_t row, ss::col_t column) override
    {
        m_row = row;
        m_column = column;
    }
    void set_formula(ss::formula_grammar_t, std::string_view) override
    {
    }
    void set_shared_formula_index(size_t) override
    {
    }
    void set_result_string(std::string_view value) override;
    void set_result_value(double value) override;
    void set_result_bool(bool value) override;
    void set_result_empty() override
    {
    }
    void commit() override
    {
    }
};

class sheet : public iface::import_sheet
{
    strings &m_strings;
    formula m_formula;
    std::vector<cell> m_cells;
    ss::row_t m_format_row = -1;
    ss::col_t m_format_column = -1;
    uint32_t m_format = 0;

    void put(ss::row_t row, ss::col_t column, kind what, size_t text, double number)
    {
        if (row < 0 || column < 0 || column >= SHEET_READER_COLUMNS_CAP)
            throw too_large{"Regnearket har mere end 500 kolonner."};
        if (row >= SHEET_READER_ROWS_CAP)
            throw too_large{
                "Regnearket har mere end 200.000 rækker; del det, eller gem det som CSV."};
        if (m_cells.size() == cells_cap)
            throw too_large{"Regnearket har for mange celler; gem det som CSV."};
        cell one = {};
        one.row = uint32_t(row);
        one.column = uint32_t(column);
        one.kind = what;
        if (row == m_format_row && column == m_format_column)
            one.format = m_format;
        if (what == TEXT)
            one.text = text;
        else
            one.number = number;
        m_cells.push_back(one);
    }

  public:
    explicit sheet(strings &texts) : m_strings(texts), m_formula(*this)
    {
    }
    iface::import_formula *get_formula() override
    {
        return &m_formula;
    }
    void set_auto(ss::row_t row, ss::col_t column, std::string_view text) override
    {
        put(row, column, TEXT, m_strings.append(text), 0);
    }
    void set_string(ss::row_t row, ss::col_t column, ss::string_id_t place) override
    {
        put(row, column, TEXT, place, 0);
    }
    void set_value(ss::row_t row, ss::col_t column, double value) override
    {
        put(row, column, NUMBER, 0, value);
    }
    void set_bool(ss::row_t row, ss::col_t column, bool value) override
    {
        put(row, column, TRUTH, 0, value);
    }
    void set_date_time(ss::row_t row, ss::col_t column, int year, int month, int day, int hour,
                       int minute, double) override
    {
        char text[96];
        std::snprintf(text, sizeof text, "%04d-%02d-%02d %02d:%02d", year, month, day, hour,
                      minute);
        if (hour == 0 && minute == 0)
            *std::strchr(text, ' ') = '\0';
        set_auto(row, column, text);
    }
    /* Comes before the cell's value or after it. */
    void set_format(ss::row_t row, ss::col_t column, size_t xf) override
    {
        m_format_row = row;
        m_format_column = column;
        m_format = uint32_t(xf);
        if (!m_cells.empty() && m_cells.back().row == uint32_t(row) &&
            m_cells.back().column == uint32_t(column))
            m_cells.back().format = uint32_t(xf);
    }
    void set_format(ss::row_t, ss::col_t, ss::row_t, ss::col_t, size_t) override
    {
    }
    void fill_down_cells(ss::row_t, ss::col_t, ss::row_t) override
    {
    }
    ss::range_size_t get_sheet_size() const override
    {
        return {1048576, 16384};
    }

    std::vector<cell> &cells()
    {
        return m_cells;
    }
};

void formula::set_result_string(std::string_view value)
{
    m_sheet.set_auto(m_row, m_column, value);
}

void formula::set_result_value(double value)
{
    m_sheet.set_value(m_row, m_column, value);
}

void formula::set_result_bool(bool value)
{
    m_sheet.set_bool(m_row, m_column, value);
}

/* Whether days count from 1904, as on old Macs (ECMA-376 18.17.4.1). */
class settings : public iface::import_global_settings
{
    bool m_1904 = false;

  public:
    void set_origin_date(int year, int, int) override
    {
        m_1904 = year == 1904;
    }
    void set_default_formula_grammar(ss::formula_grammar_t) override
    {
    }
    ss::formula_grammar_t get_default_formula_grammar() const override
    {
        return ss::formula_grammar_t::xlsx;
    }
    void set_character_set(orcus::character_set_t) override
    {
    }
    bool from_1904() const
    {
        return m_1904;
    }
};

class factory : public iface::import_factory
{
    size_t m_unpacked;
    settings m_settings;
    strings m_strings;
    styles m_styles;
    resolver m_resolver;
    std::vector<std::unique_ptr<sheet>> m_sheets;
    std::vector<std::string> m_names;

  public:
    explicit factory(size_t unpacked) : m_unpacked(unpacked)
    {
    }
    iface::import_global_settings *get_global_settings() override
    {
        return &m_settings;
    }
    iface::import_shared_strings *get_shared_strings() override
    {
        return &m_strings;
    }
    iface::import_styles *get_styles() override
    {
        return &m_styles;
    }
    iface::import_reference_resolver *get_reference_resolver(ss::formula_ref_context_t) override
    {
        return &m_resolver;
    }
    iface::import_sheet *append_sheet(ss::sheet_t, std::string_view name) override
    {
        if (m_sheets.size() == sheets_cap || (m_sheets.size() + 1) * m_unpacked > work_cap)
            throw too_large{"Regnearket har for mange ark; gem det, der skal læses, for sig."};
        m_sheets.push_back(std::make_unique<sheet>(m_strings));
        m_names.emplace_back(name);
        return m_sheets.back().get();
    }
    iface::import_sheet *get_sheet(std::string_view name) override
    {
        for (size_t i = 0; i < m_names.size(); i++) {
            if (m_names[i] == name)
                return m_sheets[i].get();
        }
        return nullptr;
    }
    iface::import_sheet *get_sheet(ss::sheet_t place) override
    {
        return place >= 0 && size_t(place) < m_sheets.size() ? m_sheets[size_t(place)].get()
                                                             : nullptr;
    }
    void finalize() override
    {
    }

    /* The cells of the first sheet that has one, in order. */
    std::vector<cell> take()
    {
        auto before = [](const cell &left, const cell &right) {
            return left.row != right.row ? left.row < right.row : left.column < right.column;
        };
        for (auto &one : m_sheets) {
            std::vector<cell> &cells = one->cells();
            if (cells.empty())
                continue;
            if (!std::is_sorted(cells.begin(), cells.end(), before))
                std::stable_sort(cells.begin(), cells.end(), before);
            return std::move(cells);
        }
        return {};
    }

    std::string text(const cell &one) const
    {
        if (one.kind == TEXT)
            return std::string(m_strings.at(one.text));
        moment is = one.kind == NUMBER ? m_styles.of_cell(one.format) : PLAIN;
        if (is == PLAIN || !(one.number >= 0 && one.number <= last_serial))
            return number_text(one.number);
        return moment_text(one.number, is);
    }

  private:
    /* A serial: days, and the part of the day. 1900 was no leap year, but Excel counts it as one.
     */
    std::string moment_text(double serial, moment is) const
    {
        char clock[24];
        long minutes = std::lround(serial * 1440);
        long days = minutes / 1440;
        std::snprintf(clock, sizeof clock, "%02ld:%02ld", minutes % 1440 / 60, minutes % 60);
        if (is == CLOCK)
            return clock;
        std::string text = day_text(days - (m_settings.from_1904() ? 24107 : 25569 - (days < 60)));
        return is == DAY_AND_CLOCK && minutes % 1440 != 0 ? text + " " + clock : text;
    }
};

/* --- the zip's own list ------------------------------------------------------------------------
 */

uint32_t little(const unsigned char *bytes, size_t count)
{
    uint32_t value = 0;

    while (count-- > 0)
        value = value << 8 | bytes[count];
    return value;
}

/* Bytes that all parts take unpacked (APPNOTE.TXT 4.3.12, 4.3.16); throws where the list is none.
 */
size_t unpacked_size(const unsigned char *bytes, size_t length)
{
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
        throw too_large{broken};
    size_t count = little(bytes + end + 10, 2);
    size_t at = little(bytes + end + 16, 4);
    for (size_t i = 0; i < count; i++) {
        if (at + entry_size > end || memcmp(bytes + at, "PK\1\2", 4) != 0)
            throw too_large{broken};
        if ((little(bytes + at + 8, 2) & 1) != 0)
            throw too_large{"Regnearket er beskyttet med en adgangskode."};
        total += little(bytes + at + 24, 4);
        at += entry_size + little(bytes + at + 28, 2) + little(bytes + at + 30, 2) +
              little(bytes + at + 32, 2);
    }
    if (total > SHEET_READER_UNPACKED_CAP)
        throw too_large{"Regnearket fylder mere end 256 MiB udpakket; gem det som CSV."};
    return total;
}

} // namespace

/* --- what C calls ------------------------------------------------------------------------------
 */

struct workbook {
    std::unique_ptr<factory> source;
    std::vector<cell> cells;
    size_t next = 0;
};

int workbook_read(const char *bytes, size_t length, struct workbook **workbook,
                  struct error_detail *detail)
{
    try {
        auto made = std::make_unique<struct workbook>();
        size_t unpacked = unpacked_size(reinterpret_cast<const unsigned char *>(bytes), length);
        made->source = std::make_unique<factory>(unpacked);
        orcus::orcus_xlsx filter(made->source.get());
        filter.read_stream(std::string_view(bytes, length));
        made->cells = made->source->take();
        *workbook = made.release();
        return 0;
    } catch (const too_large &cause) {
        error_detail_set(detail, "refused", "%s", cause.text);
    } catch (const std::exception &cause) {
        error_detail_set(detail, cause.what(), "Filen er ikke et XLSX-regneark, der kan læses.");
    } catch (...) {
        error_detail_set(detail, "thrown", "Filen er ikke et XLSX-regneark, der kan læses.");
    }
    return ERROR_INVALID;
}

bool workbook_next(struct workbook *workbook, struct arena *arena, struct sheet_reader_row *row)
{
    const std::vector<cell> &cells = workbook->cells;

    if (workbook->next == cells.size())
        return false;
    size_t first = workbook->next;
    while (workbook->next < cells.size() && cells[workbook->next].row == cells[first].row)
        workbook->next++;
    size_t count = cells[workbook->next - 1].column + size_t(1);
    auto texts = static_cast<const char **>(arena_array(arena, count, sizeof(const char *)));
    size_t bytes = 0;
    std::fill(texts, texts + count, "");
    *row = {};
    row->line = cells[first].row + size_t(1);
    for (size_t i = first; i < workbook->next && row->fault == SHEET_READER_GOOD; i++) {
        std::string text = workbook->source->text(cells[i]);
        bytes += text.size();
        if (bytes > SHEET_READER_ROW_CAP)
            row->fault = SHEET_READER_LENGTH;
        else if (text.find('\0') != text.npos || !str_utf8_valid(text.data(), text.size()))
            row->fault = SHEET_READER_ENCODING;
        else
            texts[cells[i].column] = arena_strndup(arena, text.data(), text.size());
    }
    row->count = row->fault == SHEET_READER_GOOD ? count : 0;
    row->texts = texts;
    return true;
}

void workbook_destroy(struct workbook **workbook)
{
    delete *workbook;
    *workbook = nullptr;
}
