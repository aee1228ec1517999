extern "C" {
#include "common/sheet/orcus_rows.h"
#include "common/base/str.h"
#include "common/sheet/process.h"
#include "common/sheet/refusal.h"
#include "common/sheet/sheet_reader.h"
}
#include "common/sheet/cell_text.hpp"
#include "common/sheet/package.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>
#include <orcus/orcus_xlsx.hpp>
#include <orcus/spreadsheet/import_interface.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unistd.h>
#include <unordered_map>
#include <vector>

namespace ss = orcus::spreadsheet;
namespace iface = orcus::spreadsheet::iface;

namespace
{

constexpr size_t cells_cap = 8000000;
constexpr size_t sheets_cap = 256;
constexpr size_t work_cap = size_t(4) << 30; /* bytes of sheets times bytes unpacked */
constexpr size_t xfs_cap = 65536;            /* looks of cells; Excel has 65,490 */
constexpr size_t formats_cap = 10000;        /* of numbers; Excel has some 250 */

enum kind : unsigned { TEXT, NUMBER, TRUTH };

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

/* --- what liborcus calls -----------------------------------------------------------------------
 */

/* All texts behind one another: a file may have millions. */
class strings : public iface::import_shared_strings
{
    std::string m_bytes;
    std::vector<size_t> m_ends;
    std::string m_segments;

  public:
    size_t append(std::string_view text) override
    {
        m_bytes.append(text);
        m_ends.push_back(m_bytes.size());
        return m_ends.size() - 1;
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
        if (place >= m_ends.size())
            return std::string_view();
        const size_t begin = place > 0 ? m_ends[place - 1] : 0;
        return std::string_view(m_bytes).substr(begin, m_ends[place] - begin);
    }
};

/* Of all the looks of cells only the number formats matter here. */
class styles : public iface::import_styles
{
    size_t m_format = 0;
    std::string m_code;
    size_t m_xf_format = 0;
    std::unordered_map<size_t, moment> m_formats;
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
        if (m_formats.size() == formats_cap)
            throw package_refused{REFUSAL_STYLES};
        m_formats.emplace(m_format, moment_of_code(m_code)); /* said twice: the first counts */
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
        if (m_xfs.size() == xfs_cap)
            throw package_refused{REFUSAL_STYLES};
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
        const auto own = m_formats.find(id);
        if (own != m_formats.end())
            return own->second;
        return id < CELL_TEXT_BUILTIN ? moment_of_builtin(id) : PLAIN;
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
            throw package_refused{REFUSAL_ADDRESS};
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
            throw package_refused{REFUSAL_COLUMNS};
        if (row >= SHEET_READER_ROWS_CAP)
            throw package_refused{REFUSAL_ROWS};
        if (m_cells.size() == cells_cap)
            throw package_refused{REFUSAL_CELLS};
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

class settings : public iface::import_global_settings
{
  public:
    void set_origin_date(int, int, int) override
    {
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
};

class factory : public iface::import_factory
{
    size_t m_unpacked;
    package_book m_book;
    settings m_settings;
    strings m_strings;
    styles m_styles;
    resolver m_resolver;
    std::vector<std::unique_ptr<sheet>> m_sheets;
    std::vector<std::string> m_names;

  public:
    factory(size_t unpacked, package_book book) : m_unpacked(unpacked), m_book(std::move(book))
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
            throw package_refused{REFUSAL_SHEETS};
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

    /* The cells of the first sheet that has one, in order; of a hidden sheet only when all that
     * have one are hidden. */
    std::vector<cell> take()
    {
        if (m_sheets.empty())
            throw package_refused{REFUSAL_OTHER};
        std::vector<cell> cells = take_first(false);
        return cells.empty() ? take_first(true) : cells;
    }

    std::string text(const cell &one) const
    {
        if (one.kind == TEXT)
            return plain_text(m_strings.at(one.text));
        return moment_text(one.number, one.kind == NUMBER ? m_styles.of_cell(one.format) : PLAIN,
                           m_book.from_1904);
    }

  private:
    bool is_hidden(size_t place) const
    {
        return place < m_book.hidden.size() && m_book.hidden[place];
    }
    std::vector<cell> take_first(bool hidden)
    {
        auto before = [](const cell &left, const cell &right) {
            return left.row != right.row ? left.row < right.row : left.column < right.column;
        };
        for (size_t i = 0; i < m_sheets.size(); i++) {
            std::vector<cell> &cells = m_sheets[i]->cells();
            if (cells.empty() || is_hidden(i) != hidden)
                continue;
            if (!std::is_sorted(cells.begin(), cells.end(), before))
                std::stable_sort(cells.begin(), cells.end(), before);
            return std::move(cells);
        }
        return {};
    }
};

/* --- what is said to the one who asked ---------------------------------------------------------
 */

/* More than was allowed, or nobody listens. */
struct unwritten {
    int exit;
};

/* Messages as orcus_rows.h has them, some at a time. */
class pen
{
    int m_target;
    size_t m_left;
    std::string m_waiting;

  public:
    pen(int target, size_t most) : m_target(target), m_left(most)
    {
    }
    void write(uint32_t line, uint32_t fault, uint32_t count, std::string_view texts)
    {
        const orcus_rows_message message = {line, fault, count, uint32_t(texts.size())};
        if (m_left < sizeof message + texts.size())
            throw unwritten{PROCESS_EXIT_OUTPUT};
        m_left -= sizeof message + texts.size();
        m_waiting.append(reinterpret_cast<const char *>(&message), sizeof message);
        m_waiting.append(texts);
        if (m_waiting.size() > 1 << 16)
            flush();
    }
    void flush()
    {
        for (size_t done = 0; done < m_waiting.size();) {
            ssize_t wrote = ::write(m_target, m_waiting.data() + done, m_waiting.size() - done);
            if (wrote < 0 && errno != EINTR)
                throw unwritten{PROCESS_EXIT_AWAY};
            done += wrote > 0 ? size_t(wrote) : 0;
        }
        m_waiting.clear();
    }
};

/* The cells of one row, from `first` up to `next`. */
void write_row(const factory &source, const std::vector<cell> &cells, size_t first, size_t next,
               pen &out)
{
    uint32_t fault = SHEET_READER_GOOD;
    uint32_t column = 0;
    std::string texts;

    for (size_t i = first; i < next; i++) {
        if (i + 1 < next && cells[i + 1].column == cells[i].column)
            continue; /* said twice: the last one counts */
        std::string text = source.text(cells[i]);
        if (text.find('\0') != text.npos || !str_utf8_valid(text.data(), text.size()))
            fault = SHEET_READER_ENCODING;
        for (; column < cells[i].column; column++)
            texts.push_back('\0');
        texts.append(text).push_back('\0');
        column++;
        if (texts.size() > SHEET_READER_ROW_CAP + SHEET_READER_COLUMNS_CAP)
            fault = SHEET_READER_LENGTH;
        if (fault != SHEET_READER_GOOD)
            break;
    }
    if (fault == SHEET_READER_GOOD)
        out.write(cells[first].row + 1, fault, column, texts);
    else
        out.write(cells[first].row + 1, fault, 0, "");
}

void write_rows(std::string_view file, pen &out)
{
    const size_t unpacked = package_unpacked(file);
    factory source(unpacked, package_read_book(file));
    std::vector<cell> cells;
    {
        const std::string plain = package_plain(file);
        orcus::orcus_xlsx filter(&source);
        filter.read_stream(plain.empty() ? file : std::string_view(plain));
        cells = source.take();
    }
    for (size_t first = 0, next = 0; first < cells.size(); first = next) {
        while (next < cells.size() && cells[next].row == cells[first].row)
            next++;
        write_row(source, cells, first, next, out);
    }
}

/* What is wrong with the file as a whole, if anything; its rows are written. */
refusal write_file(std::string_view file, pen &out)
{
    try {
        write_rows(file, out);
        return REFUSAL_NONE;
    } catch (const package_refused &cause) {
        return cause.why;
    } catch (const std::bad_alloc &) {
        throw;
    } catch (const std::exception &) {
        return REFUSAL_UNREADABLE;
    }
}

} // namespace

int orcus_rows_write(const char *bytes, size_t length, int target, size_t most)
{
    try {
        pen out(target, most);
        out.write(0, write_file(std::string_view(bytes, length), out), 0, "");
        out.flush();
        return PROCESS_EXIT_DONE;
    } catch (const unwritten &cause) {
        return cause.exit;
    } catch (...) {
        return PROCESS_EXIT_MEMORY;
    }
}
