/*
 * What the helper has said, read from the file that it has written (orcus_rows.h). Nothing of it is
 * believed: a hostile file may have taken the helper over.
 */
#pragma once

#include "common/sheet/sheet_reader.h"

struct messages;

/* Takes the descriptor, whatever comes of it. ERROR_IO: there is no memory for a stream. */
MUST_CHECK int messages_create(int descriptor, struct messages **messages);
/* 1: the next row, of a line beyond the one before, with cells of UTF-8 or a fault. 0: no more.
 * ERROR_INVALID or ERROR_LIMIT, with `detail`: the file is none after all. */
MUST_CHECK int messages_next(struct messages *messages, struct arena *arena,
                             struct sheet_reader_row *row, struct error_detail *detail);
void messages_destroy(struct messages **messages);
