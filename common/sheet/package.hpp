/*
 * An XLSX file as the zip that it is, before liborcus sees it: whether it may be unpacked, and made
 * such that liborcus 0.17 reads all of its texts. Pure.
 */
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#define PACKAGE_UNREADABLE "Filen er ikke et XLSX-regneark, der kan læses."

/* Thrown: why the file is not read, in Danish. */
struct package_refused {
    const char *text;
};

/* Bytes that all parts take unpacked, by the zip's own list (APPNOTE.TXT 4.3.12, 4.3.16). liborcus
 * unpacks no part beyond what stands there. Throws where the list is broken, a part is encrypted,
 * or it is more than SHEET_READER_UNPACKED_CAP. */
size_t package_unpacked(std::string_view file);

/* liborcus 0.17 passes over texts that stand in their cells (t="inlineStr", as openpyxl and others
 * write them): the file with these written as liborcus knows them; empty when it has none. `file`
 * has passed package_unpacked. */
std::string package_plain(std::string_view file);

/* The same of one sheet's XML. */
std::string package_plain_sheet(std::string_view xml);
