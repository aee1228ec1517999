#include "common/sheet/messages.h"

#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/sheet/orcus_rows.h"
#include "common/sheet/refusal.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TEXTS_CAP (SHEET_READER_ROW_CAP + 2 * SHEET_READER_COLUMNS_CAP)

struct messages {
    FILE *stream;
    size_t line; /* of the last row */
    bool ended;
};

int messages_create(int descriptor, struct messages **messages)
{
    FILE *stream = fdopen(descriptor, "rb");

    if (stream == NULL) {
        close(descriptor);
        return ERROR_IO;
    }
    *messages = mem_zalloc(sizeof **messages);
    (*messages)->stream = stream;
    return 0;
}

void messages_destroy(struct messages **messages)
{
    if (*messages == NULL)
        return;
    fclose((*messages)->stream);
    mem_free(*messages);
    *messages = NULL;
}

/* One message; its texts, NUL after them, in the arena. False when there is none that is whole. */
static bool listen(struct messages *messages, struct arena *arena,
                   struct orcus_rows_message *message, char **texts)
{
    if (fread(message, sizeof *message, 1, messages->stream) != 1 || message->bytes > TEXTS_CAP)
        return false;
    *texts = arena_alloc(arena, message->bytes + (size_t)1);
    return message->bytes == 0 || fread(*texts, message->bytes, 1, messages->stream) == 1;
}

/* False when the message does not hold what it says: the helper is not to be believed. */
static bool spread(struct messages *messages, const struct orcus_rows_message *message,
                   struct arena *arena, char *texts, struct sheet_reader_row *row)
{
    size_t at = 0;

    if (message->count > SHEET_READER_COLUMNS_CAP || message->fault > SHEET_READER_LENGTH ||
        message->line <= messages->line || message->line > SHEET_READER_ROWS_CAP ||
        (message->count == 0) != (message->fault != SHEET_READER_GOOD) ||
        !str_utf8_valid(texts, message->bytes))
        return false;
    const char **cells = arena_array(arena, message->count + (size_t)1, sizeof *cells);
    for (size_t i = 0; i < message->count; i++) {
        if (at >= message->bytes)
            return false;
        cells[i] = texts + at;
        at += strlen(texts + at) + 1;
    }
    messages->line = message->line;
    *row = (struct sheet_reader_row){.line = message->line,
                                     .fault = (enum sheet_reader_fault)message->fault,
                                     .count = message->count,
                                     .texts = cells};
    return true;
}

int messages_next(struct messages *messages, struct arena *arena, struct sheet_reader_row *row,
                  struct error_detail *detail)
{
    struct orcus_rows_message message;
    char *texts;

    if (messages->ended)
        return 0;
    if (listen(messages, arena, &message, &texts)) {
        if (message.line > 0 && spread(messages, &message, arena, texts, row))
            return 1;
        messages->ended = true;
        if (message.line == 0 && message.fault == REFUSAL_NONE)
            return 0;
        if (message.line == 0)
            return refusal_say(message.fault, detail);
    }
    messages->ended = true;
    return refusal_say(REFUSAL_UNREADABLE, detail);
}
