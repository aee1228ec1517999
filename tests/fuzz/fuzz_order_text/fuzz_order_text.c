/* Any text as an order: every finding and gap stands in the text at the borders of characters, in
 * order, and what is said of it is within its limits; read again it is the same; and the draft made
 * of it has members that an order takes. */
#include "common/base/str.h"
#include "common/domain/order_body.h"
#include "services/orders/draft.h"
#include "tests/fuzz/require.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static struct text_words *own_words(void)
{
    static const char *const labels[][3] = {
        {"occupation", "9312.1", "Struktør"},
        {"occupation", "9312.98", "jord- og betonarbejder"},
        {"occupation", "7212.3", "Svejser, certificeret"},
        {"competence", "light-rail", "letbane"},
        {"competence", "track-slab", "fast spor"},
        {"competence", "epoxy-coating", "epoxy"},
        {"certificate", "epoxy-isocyanate", "epoxy"},
        {"certificate", "welding-cutting", "§ 26-kursus"},
        {"certificate", "crane-tower", "tårnkrancertifikat"},
        {"competence", "crane-tower-operation", "tårnkran"},
        {"licence", "B", "kørekort"},
        {"licence", "C", "stort kørekort"},
    };
    struct text_words *words = text_words_create();

    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        text_words_label(words, labels[i][0], labels[i][1], labels[i][2], 95);
    text_words_place(words, "8000", "Aarhus C");
    text_words_place(words, "8200", "Aarhus N");
    text_words_place(words, "8300", "Odder");
    text_words_settle(words);
    return words;
}

static void check_reading(const char *text, size_t length, const struct text_reading *reading)
{
    size_t before = 0;

    for (size_t i = 0; i < reading->finding_count; i++) {
        const struct text_finding *found = &reading->findings[i];
        require(found->start < found->end && found->end <= length && found->start >= before);
        require(str_utf8_valid(text + found->start, found->end - found->start));
        require(found->confidence > 0 && found->confidence <= TEXT_SURE && found->value != NULL);
        require(found->field != TEXT_REQUIREMENT || found->kind != NULL);
        before = found->start;
    }
    before = 0;
    for (size_t i = 0; i < reading->gap_count; i++) {
        const struct text_gap *gap = &reading->gaps[i];
        require(gap->start < gap->end && gap->end <= length && gap->start >= before);
        require(str_utf8_valid(text + gap->start, gap->end - gap->start));
        before = gap->end;
    }
}

/* Faults of a draft are of what is missing alone. */
static void check_draft(struct arena *arena, const struct text_words *words, const char *text,
                        struct calendar_date today)
{
    struct json_check *check = arena_alloc(arena, sizeof *check);
    struct draft *draft = draft_create(arena, words, today);

    draft_text(draft, "", text);
    json_t *answer = draft_finish(&draft);
    require(answer != NULL);
    json_check_init(check, arena);
    order_body_check(check, json_object_get(answer, "draft"), ORDER_NEW);
    for (size_t i = 0; i < check->count; i++)
        require(str_equal(check->errors[i].code, "REQUIRED"));
    json_decref(answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct text_words *words;
    const struct calendar_date today = {2026, 11, 23};
    struct text_reading reading, again;

    if (words == NULL)
        words = own_words();
    struct arena *arena = arena_create(0);
    const char *text = arena_strndup(arena, length > 0 ? (const char *)bytes : "", length);
    const size_t size = strlen(text);
    if (str_utf8_valid(text, size) && size <= 2 * TEXT_CAP) {
        text_read(arena, words, text, size, today, &reading);
        check_reading(text, size, &reading);
        text_read(arena, words, text, size, today, &again);
        require(reading.finding_count == again.finding_count &&
                reading.gap_count == again.gap_count);
        check_draft(arena, words, text, today);
    }
    arena_destroy(&arena);
    return 0;
}
