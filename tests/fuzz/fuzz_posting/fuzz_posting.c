/* Any JSON as a job posting: a draft comes of it, whatever stands where. */
#include "common/base/str.h"
#include "services/orders/posting.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const struct posting_trade trades[] = {
        {"7115.1", "7115", "http://data.europa.eu/esco/occupation/x"}};
    static struct text_words *words;
    const struct calendar_date today = {2026, 11, 23};
    struct json_fault fault;
    const json_t *document;

    if (words == NULL) {
        words = text_words_create();
        text_words_label(words, "occupation", "7115.1", "tømrer", 100);
        text_words_label(words, "licence", "B", "kørekort", 95);
        text_words_place(words, "8900", "Randers C");
        text_words_settle(words);
    }
    struct arena *arena = arena_create(0);
    if (json_read_in(arena, (const char *)bytes, length, &document, &fault) == 0) {
        struct draft *draft = draft_create(arena, words, today);
        posting_read(arena, draft, document, trades, 1);
        json_t *answer = draft_finish(&draft);
        if (answer == NULL)
            abort();
        json_decref(answer);
    }
    const char *plain =
        posting_plain(arena, arena_strndup(arena, length > 0 ? (const char *)bytes : "", length));
    if (str_utf8_valid((const char *)bytes, length) && !str_utf8_valid(plain, strlen(plain)))
        abort();
    arena_destroy(&arena);
    return 0;
}
