/* Any JSON as a resume: whatever stands where, the body has no fact that PUT would refuse. */
#include "common/base/str.h"
#include "services/pool/body.h"
#include "services/pool/resume.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static struct resume_words *words_make(void)
{
    static const char text[] =
        "[{\"kind\":\"competence\",\"code\":\"formwork\",\"label\":\"Forskalling\"},"
        "{\"kind\":\"certificate\",\"code\":\"first-aid\",\"label\":\"Førstehjælp\"},"
        "{\"kind\":\"licence\",\"code\":\"C\",\"label\":\"Kørekort C\"},"
        "{\"kind\":\"language\",\"code\":\"da\",\"label\":\"Dansk\"},"
        "{\"kind\":\"occupation\",\"code\":\"1\",\"label\":\"Formand\"},"
        "{\"kind\":\"occupation\",\"code\":\"2\",\"label\":\"formand\"},"
        "{\"kind\":\"occupation\",\"code\":\"7115.1\",\"label\":\"Tømrer\"}]";
    struct json_fault fault;
    json_t *rows;

    if (json_read(text, strlen(text), &rows, &fault) != 0)
        abort();
    struct resume_words *words = resume_words_create(rows);
    json_decref(rows);
    return words;
}

static void examine(const json_t *resume, const struct resume_words *words)
{
    struct arena *arena = arena_create(0);
    struct json_check check;
    json_t *gaps = json_array();

    json_check_init(&check, arena);
    json_t *body = resume_body(resume, words, "2026-11-23", NULL, &check, gaps);
    if ((body == NULL) != !json_is_object(resume) ||
        json_array_size(gaps) > (size_t)RESUME_GAPS_CAP + 1)
        abort();
    const json_t *facts = json_object_get(body, "facts");
    json_check_init(&check, arena);
    pool_facts_check(&check, facts, "/facts");
    if (!json_check_ok(&check) || json_array_size(facts) > POOL_FACTS_CAP)
        abort();
    json_decref(body);
    json_decref(gaps);
    arena_destroy(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct resume_words *words;
    struct json_fault fault;
    json_t *resume;

    if (words == NULL)
        words = words_make();
    if (json_read((const char *)bytes, length, &resume, &fault) != 0)
        return 0;
    examine(resume, words);
    json_decref(resume);
    return 0;
}
