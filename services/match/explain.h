/*
 * A ranking in the words that are stored and shown (RANKING.md, "What an entry stores"): JSON, and
 * plain Danish. The points named sum to the score named. Pure: no I/O, no clock; the same ranking
 * gives the same bytes, whatever codes the vocabulary gave.
 */
#pragma once

#include "common/base/buffer.h"
#include "common/json/writer.h"
#include "services/match/asked.h"

struct explain {
    const struct asked *asked;
    const struct engine_snapshot *snapshot; /* that was ranked */
    const struct engine_ranking *ranking;
    struct engine_vocabulary *vocabulary;
    const struct words *words; /* of the version that was asked: the names of all facts */
};

/* What was asked, once for all entries, in the order of the parts: [{"part", "kind", "code",
 * "label", "necessity", "weight", "minimum_level", "through_period", "of"}, …]. Reads the ranking's
 * shares. */
void explain_requirements(const struct explain *explain, struct buffer *json);

/* [{"candidate_id", "rank", "score", "parts", "facts", "explanation_da"}, …], best first. */
void explain_entries(const struct explain *explain, struct buffer *json);
/*
 * The same in columns, best first, as shortlist_store takes them: candidates and scores as
 * PostgreSQL writes arrays; parts, facts and explanations (JSON strings) a line each. Nothing there
 * is parsed as one large document, which took longer than ranking.
 */
struct explain_columns {
    struct buffer candidates;
    struct buffer scores;
    struct buffer parts;
    struct buffer facts;
    struct buffer explanations;
};
void explain_columns_init(struct explain_columns *columns);
void explain_columns_deinit(struct explain_columns *columns);
void explain_columns(const struct explain *explain, struct explain_columns *columns);
bool explain_columns_full(const struct explain_columns *columns);

/*
 * For those who explain entries one by one: what is the same in every entry of a ranking, written
 * once. Kept from one ranking to the next it comes to allocate nothing. One thread at a time.
 */
enum explain_form {
    EXPLAIN_JSON, /* the Danish text as a string of JSON, in its quotes */
    EXPLAIN_PLAIN /* as it is read */
};
struct explain_heads;
struct explain_heads *explain_heads_create(enum explain_form form);
void explain_heads_destroy(struct explain_heads **heads);
/* For this ranking, which is not read itself; `explain` stays until the next. */
void explain_heads_write(struct explain_heads *heads, const struct explain *explain);
/* There was no room for them: nothing that was explained may be used. */
bool explain_heads_full(const struct explain_heads *heads);
/* As explain_requirements. */
void explain_head_requirements(struct explain_heads *heads, struct buffer *json);
/* [{"part", "status", "points", "relation", "fact"}, …]: relation and fact only where there is a
 * fact, and of the fact only what is known. */
void explain_head_parts(struct explain_heads *heads, const struct engine_entry *entry,
                        struct buffer *json);
void explain_head_text(struct explain_heads *heads, const struct engine_entry *entry,
                       struct buffer *text);
/* Both as members of the object that `json` has open, "parts" and "explanation_da". */
void explain_head_members(struct explain_heads *heads, const struct engine_entry *entry,
                          struct writer *json);
/* All facts of the entry's candidate: [{"kind", "code", "label", "level", …}, …], unknown ones
 * null. */
void explain_head_facts(struct explain_heads *heads, const struct engine_entry *entry,
                        struct buffer *json);

/* {"too_far_order": 12, …}, reasons that nobody had left out. */
void explain_excluded(const struct engine_ranking *ranking, struct buffer *json);

/* One entry's parts and its text alone, as they stand in the whole. */
void explain_entry_parts(const struct explain *explain, const struct engine_entry *entry,
                         struct buffer *json);
void explain_text(const struct explain *explain, const struct engine_entry *entry,
                  struct buffer *text);

/* What each part is worth (R8). */
void explain_shares(const struct explain *explain, uint16_t shares[ENGINE_PARTS_CAP]);
/* What a part asks for, "Epoxy og isocyanater"; and which part that is, as an object for programs.
 */
void explain_label(const struct explain *explain, size_t part, struct buffer *text);
void explain_reference(const struct explain *explain, size_t part, struct writer *json);

/* Why one candidate is not among the first `k`, and the smallest change that would put them there.
 */
void explain_why(const struct explain *explain, const struct engine_why *why, size_t k,
                 struct buffer *text);
/* The same for programs, the text among them, as members of the object that `json` has open:
 * "listed", "rank", "score", "points_short", "excluded_by", "smallest_change" and "explanation_da".
 * Of somebody protected or withdrawn all but that one reason is null. */
void explain_why_members(const struct explain *explain, const struct engine_why *why, size_t k,
                         struct writer *json);
