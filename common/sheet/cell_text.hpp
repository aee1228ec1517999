/*
 * Numbers of an XLSX file as the texts that sheet_reader.h promises. Pure.
 */
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/* What a number's format says that it is (ECMA-376 18.8.30 and 18.8.31). */
enum moment : unsigned char { PLAIN, DAY, CLOCK, DAY_AND_CLOCK };

moment moment_of_code(std::string_view code);
moment moment_of_builtin(size_t id); /* below CELL_TEXT_BUILTIN */

constexpr int CELL_TEXT_BUILTIN = 164; /* own formats begin here */

std::string number_text(double number);

/* A serial: days, and the part of the day. PLAIN, and what no calendar of Excel's has, as a number.
 */
std::string moment_text(double serial, moment is, bool from_1904);
