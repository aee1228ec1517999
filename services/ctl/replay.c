/* `emnebank replay`: stored shortlists ranked again and compared. */
#include "services/match/replay.h"

#include "common/base/str.h"
#include "common/domain/uuid.h"
#include "common/json/writer.h"
#include "services/ctl/commands.h"
#include "services/ctl/words.h"

#include <inttypes.h>
#include <stdio.h>

#define LINE_CAP ((size_t)1 << 20)

/* ---- for machines: a line of JSON per list, and one for all ---- */

static void write_difference(struct writer *json, const struct replay_difference *difference)
{
    writer_object(json);
    if (difference->rank > 0)
        writer_member_unsigned(json, "rank", difference->rank);
    if (difference->candidate != NULL)
        writer_member_text(json, "candidate_id", difference->candidate);
    writer_member_text(json, "field", difference->field);
    writer_member_text(json, "stored", difference->stored);
    writer_member_text(json, "recomputed", difference->recomputed);
    writer_object_end(json);
}

static size_t shown(const struct replay_result *result)
{
    return result->difference_count < REPLAY_DIFFERENCES_CAP ? result->difference_count
                                                             : REPLAY_DIFFERENCES_CAP;
}

static void write_result(struct writer *json, const struct replay_result *result)
{
    writer_object(json);
    writer_member_text(json, "shortlist_id", result->shortlist);
    writer_member_text(json, "order_id", result->order);
    writer_member_integer(json, "ruleset", result->ruleset);
    writer_member_integer(json, "pool_version", result->pool_version);
    writer_member_integer(json, "vocabulary_version", result->vocabulary_version);
    writer_member_text(json, "outcome", replay_outcome_code(result->outcome));
    writer_member_text(json, "reason", result->reason);
    writer_member_unsigned(json, "entries", result->entries);
    writer_member_unsigned(json, "erased", result->erased);
    writer_member_array(json, "erased_from_list");
    for (size_t i = 0; i < result->erased_id_count; i++)
        writer_text(json, result->erased_ids[i]);
    writer_array_end(json);
    writer_member_unsigned(json, "difference_count", result->difference_count);
    writer_member_array(json, "differences");
    for (size_t i = 0; i < shown(result); i++)
        write_difference(json, &result->differences[i]);
    writer_array_end(json);
    writer_object_end(json);
}

static void write_counts(struct writer *json, const struct replay_counts *counts)
{
    writer_object(json);
    writer_member_unsigned(json, "lists", counts->lists);
    for (unsigned i = 0; i < REPLAY_OUTCOME_COUNT; i++)
        writer_member_unsigned(json, replay_outcome_code((enum replay_outcome)i), counts->of[i]);
    writer_object_end(json);
}

/* ---- for people ---- */

/* The beginning is enough to tell two apart. */
static const char *short_digest(struct arena *arena, const char *digest)
{
    return digest[0] != '\0' ? arena_printf(arena, "%.16s", digest) : "intet";
}

static void print_difference(struct arena *arena, const struct replay_difference *difference)
{
    printf("    ");
    if (difference->candidate != NULL)
        printf("plads %" PRIu32 ", kandidat %s, ", difference->rank, difference->candidate);
    printf("%s: gemt %s, beregnet %s\n", words_say(words_replay_field, difference->field),
           short_digest(arena, difference->stored), short_digest(arena, difference->recomputed));
}

static void print_result(struct arena *arena, const struct replay_result *result)
{
    printf("%s  regelsæt %d, emnebankens version %" PRId64 ": %s", result->shortlist,
           result->ruleset, result->pool_version,
           words_say(words_replay, replay_outcome_code(result->outcome)));
    if (result->outcome == REPLAY_CANNOT)
        printf(": %s", words_say(words_replay_reason, result->reason));
    else
        printf(" (%zu emner)", result->entries);
    putchar('\n');
    if (result->erased > 0)
        printf("    slettet siden: %zu, heraf %zu på listen\n", result->erased,
               result->erased_listed);
    for (size_t i = 0; i < result->erased_id_count; i++)
        printf("    slettet: %s\n", result->erased_ids[i]);
    for (size_t i = 0; i < shown(result); i++)
        print_difference(arena, &result->differences[i]);
    if (result->difference_count > REPLAY_DIFFERENCES_CAP)
        printf("    … og %zu afvigelser mere\n", result->difference_count - REPLAY_DIFFERENCES_CAP);
}

static void print_counts(const struct replay_counts *counts)
{
    printf("%zu kandidatlister: %zu identiske, %zu identiske på nær slettede, %zu afviger, %zu kan "
           "ikke beregnes igen\n",
           counts->lists, counts->of[REPLAY_IDENTICAL], counts->of[REPLAY_ERASED],
           counts->of[REPLAY_DIFFERS], counts->of[REPLAY_CANNOT]);
}

/* ---- the command ---- */

static void report(const struct replay_result *result, void *argument)
{
    const struct context *context = argument;
    struct arena *arena = arena_create(LINE_CAP);
    struct buffer line;
    struct writer json;

    buffer_init(&line, LINE_CAP);
    if (context->json) {
        writer_init(&json, &line);
        write_result(&json, result);
        writer_finish(&json);
        puts(line.data);
    } else {
        print_result(arena, result);
    }
    buffer_deinit(&line);
    arena_destroy(&arena);
}

static void conclude(const struct context *context, const struct replay_counts *counts)
{
    struct buffer line;
    struct writer json;

    buffer_init(&line, LINE_CAP);
    if (context->json) {
        writer_init(&json, &line);
        write_counts(&json, counts);
        writer_finish(&json);
        puts(line.data);
    } else {
        print_counts(counts);
    }
    buffer_deinit(&line);
}

/* The one list, or NULL for all. */
static bool wanted_lists(const struct context *context, const char **shortlist)
{
    const bool all = command_value(context, "all") != NULL;

    *shortlist = context->word_count > 0 ? context->words[0] : NULL;
    if (all == (*shortlist != NULL) || (*shortlist != NULL && !uuid_valid(*shortlist))) {
        fputs("emnebank: angiv kandidatlistens id, eller --all\n", stderr);
        return false;
    }
    return true;
}

int run_replay(struct context *context)
{
    struct error_detail detail = {0};
    struct replay_counts counts;
    struct session *session;
    const char *shortlist;

    if (!wanted_lists(context, &shortlist))
        return EXIT_USAGE;
    const int code = command_session(context, &session);
    if (code != EXIT_DONE)
        return code;
    const int error = replay_run(session, shortlist, report, context, &counts, &detail);
    session_close(&session);
    if (error == ERROR_NOT_FOUND) {
        fputs("emnebank: kandidatlisten findes ikke\n", stderr);
        return EXIT_REFUSED;
    }
    if (error != 0)
        return command_database_failed(error, &detail);
    conclude(context, &counts);
    if (counts.of[REPLAY_DIFFERS] > 0)
        return EXIT_REFUSED;
    return counts.of[REPLAY_CANNOT] > 0 ? EXIT_PARTLY : EXIT_DONE;
}
