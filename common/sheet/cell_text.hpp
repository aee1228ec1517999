/*
 * Numbers of an XLSX file as the texts that sheet_reader.h promises. Pure.
 */
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/* What a number's format says that it is (ECMA-376 18.8.30 and 18.8.31). */
/* ELAPSED: hours that do not begin anew each day, such as "37:00" of "[h]:mm". */
enum moment : unsigned char { PLAIN, DAY, CLOCK, DAY_AND_CLOCK, ELAPSED };

moment moment_of_code(std::string_view code);
moment moment_of_builtin(size_t id); /* below CELL_TEXT_BUILTIN */

constexpr int CELL_TEXT_BUILTIN = 164; /* own formats begin here */

std::string number_text(double number);

/* A serial: days, and the part of the day. PLAIN, and what no calendar of Excel's has, as a number.
 */
std::string moment_text(double serial, moment is, bool from_1904);

/* A text as it was before it was written as XML can hold it (ECMA-376 22.9.2.19): "_x000D_" is a
 * carriage return. NUL and halves of a character stay as they are written. */
std::string plain_text(std::string_view text);
