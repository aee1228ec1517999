/*
 * An XLSX file as the zip that it is, before liborcus sees it: whether it may be unpacked, and made
 * such that liborcus 0.17 reads all of its texts. Pure.
 */
#pragma once

extern "C" {
#include "common/sheet/refusal.h"
}

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/* Thrown: why the file is not read. */
struct package_refused {
    refusal why;
};

/* Bytes that all parts take unpacked, by the zip's own list (APPNOTE.TXT 4.3.12, 4.3.16). liborcus
 * unpacks no part beyond what stands there. Throws where the list is broken or names a part twice
 * (ECMA-376 part 2, 6.2.2.3: in any case of letters), where a part is encrypted, where the file is
 * of another kind, and where it is more than SHEET_READER_UNPACKED_CAP. */
size_t package_unpacked(std::string_view file);

/* liborcus 0.17 passes over texts that stand in their cells (t="inlineStr"), over what many
 * formulas last gave, and over parts that a relationship names from the root (Target="/xl/…", as
 * openpyxl and Microsoft's Open XML SDK do): the file with these written as liborcus knows them;
 * empty when it has none. Parts of XML are unpacked, one at a time, and their sums compared, which
 * liborcus does not; what is not written anew is copied as it is. REFUSAL_UNREADABLE is thrown
 * where a sum is another. `file` has passed package_unpacked. */
std::string package_plain(std::string_view file);

/* The same of one sheet's XML, or of relationships, behind what `out` holds. */
void package_plain_sheet(std::string_view xml, std::string &out);
void package_plain_rels(std::string_view name, std::string_view xml, std::string &out);

/* What liborcus does not say of a workbook. */
struct package_book {
    bool from_1904 = false;   /* days count from then, as on old Macs (ECMA-376 18.2.28) */
    std::vector<bool> hidden; /* of each sheet (18.2.19), in the workbook's order */
};

/* `file` has passed package_unpacked. */
package_book package_read_book(std::string_view file);
