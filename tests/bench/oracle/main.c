/*
 * bench_oracle --size N [--region dk|eu] [--seed S] [--classes strict,near-miss,broad,reverse]
 *
 * The right answers, a line per order on stdout:
 *
 *     answer CLASS NUMBER LISTED | by hash: NUMBER:SCORE:LACKING ... | by number: ...
 *     reverse NUMBER COUNT ORDER:SCORE ...      one changed candidate against all open orders
 *
 * Candidates are generated one at a time, so a pool of any size needs no memory. --changed C: the
 * pool after its first C changes.
 */
#include "tests/bench/oracle/best.h"
#include "tests/bench/oracle/judge.h"
#include "tests/bench/workload/arguments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct question {
    struct judge_order order;
    enum workload_class class;
    uint32_t number;
    size_t listed;
    struct best by_hash;
    struct best by_number;
};

static void try_all(struct question *questions, size_t count, const struct judge_facts *facts,
                    uint64_t number)
{
    for (size_t i = 0; i < count; i++) {
        struct question *question = &questions[i];
        const struct judge_verdict verdict =
            judge(facts, &question->order, question->class == WORKLOAD_NEAR_MISS);
        if (!verdict.listed) {
            continue;
        }
        struct best_entry entry = {
            .score = verdict.score, .lacking = (int16_t)verdict.lacking, .number = number};
        question->listed++;
        best_offer(&question->by_number, entry);
        entry.tie = judge_tie(question->order.asked.order.id, facts->candidate->candidate.id);
        best_offer(&question->by_hash, entry);
    }
}

static void print_best(const struct best *best)
{
    printf(" |");
    for (size_t i = 0; i < best->count; i++) {
        const struct best_entry *entry = &best->entries[i];
        printf(" %llu:%u:%d", (unsigned long long)entry->number, entry->score, entry->lacking);
    }
}

static size_t prepare(const struct workload *workload, const uint16_t *distances,
                      const struct arguments *arguments, struct question *questions)
{
    size_t count = 0;
    for (int class = 0; class < WORKLOAD_CLASSES; class ++) {
        if (!arguments_has_class(arguments, workload_class_name((enum workload_class) class))) {
            continue;
        }
        for (uint32_t number = 0; number < WORKLOAD_ORDERS; number++) {
            struct question *question = &questions[count++];
            question->class = (enum workload_class) class;
            question->number = number;
            judge_prepare(workload, distances, question->class, number, &question->order);
        }
    }
    return count;
}

/* Candidate `number` as it is after the changes; `by_candidate` is 1 + the change, or 0. */
static void generate(const struct workload *workload, const uint32_t *by_candidate, uint64_t number,
                     struct workload_candidate *candidate)
{
    const uint32_t change = by_candidate != NULL ? by_candidate[number] : 0;
    workload_candidate(workload, number, candidate);
    if (change > 0) {
        workload_change(workload, change - 1, candidate);
    }
}

static uint32_t *changes_by_candidate(const struct arguments *arguments)
{
    uint32_t *changes = calloc(arguments->size, sizeof *changes);
    for (uint32_t k = 0; changes != NULL && k < arguments->changed; k++) {
        changes[workload_changed(k, arguments->size)] = k + 1;
    }
    return changes;
}

static int answer_lists(const struct workload *workload, const uint16_t *distances,
                        const struct arguments *arguments)
{
    struct question *questions = calloc(WORKLOAD_CLASSES * WORKLOAD_ORDERS, sizeof *questions);
    struct judge_facts *facts = calloc(1, sizeof *facts);
    if (questions == NULL || facts == NULL) {
        free(questions);
        free(facts);
        return 1;
    }
    const size_t count = prepare(workload, distances, arguments, questions);
    uint32_t *changes = arguments->changed > 0 ? changes_by_candidate(arguments) : NULL;
    struct workload_candidate candidate;
    for (uint64_t number = 0; count > 0 && number < arguments->size; number++) {
        generate(workload, changes, number, &candidate);
        judge_take(facts, &candidate);
        try_all(questions, count, facts, number);
    }
    for (size_t i = 0; i < count; i++) {
        printf("answer %s %u %zu", workload_class_name(questions[i].class), questions[i].number,
               questions[i].listed);
        print_best(&questions[i].by_hash);
        print_best(&questions[i].by_number);
        printf("\n");
    }
    free(changes);
    free(questions);
    free(facts);
    return 0;
}

/* Each changed candidate against each open order. */
static int answer_reverse(const struct workload *workload, const uint16_t *distances,
                          const struct arguments *arguments)
{
    struct judge_order *orders = calloc(arguments->open, sizeof *orders);
    struct judge_facts *facts = calloc(1, sizeof *facts);
    if (orders == NULL || facts == NULL) {
        free(orders);
        free(facts);
        return 1;
    }
    for (uint32_t i = 0; i < arguments->open; i++) {
        judge_prepare(workload, distances, WORKLOAD_OPEN, i, &orders[i]);
    }
    struct workload_candidate candidate;
    for (uint32_t i = 0; i < WORKLOAD_ORDERS; i++) {
        workload_candidate(workload, WORKLOAD_CHANGED + i, &candidate);
        judge_take(facts, &candidate);
        printf("reverse %u", i);
        for (uint32_t j = 0; j < arguments->open; j++) {
            const struct judge_verdict verdict = judge(facts, &orders[j], 0);
            if (verdict.listed) {
                printf(" %u:%u", j, verdict.score);
            }
        }
        printf("\n");
    }
    free(orders);
    free(facts);
    return 0;
}

int main(int argc, char **argv)
{
    struct arguments arguments;
    if (!arguments_read(argc, argv, &arguments)) {
        return 2;
    }
    struct workload *workload = workload_create(arguments.region, arguments.seed);
    uint16_t *distances = workload != NULL ? judge_distances(workload) : NULL;
    int result = distances == NULL;
    if (result == 0) {
        result = answer_lists(workload, distances, &arguments);
    }
    if (result == 0 && arguments_has_class(&arguments, "reverse")) {
        result = answer_reverse(workload, distances, &arguments);
    }
    free(distances);
    workload_destroy(&workload);
    return result;
}
