#include "tests/bench/peers/serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ORDERS 200

uint64_t serve_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

void serve_add(struct serve_answer *answer, uint64_t id, int score, int lacking)
{
    if (answer->count == answer->cap) {
        answer->cap = answer->cap == 0 ? 64 : answer->cap * 2;
        answer->entries = realloc(answer->entries, answer->cap * sizeof *answer->entries);
        if (answer->entries == NULL) {
            fprintf(stderr, "serve: no memory for an answer\n");
            exit(1);
        }
    }
    answer->entries[answer->count++] = (struct serve_entry){id, score, lacking};
}

static int answers(const struct serve_peer *peer, const char *class_name,
                   struct serve_answer *answer)
{
    for (unsigned number = 0; number < ORDERS; number++) {
        answer->count = 0;
        const int error = peer->ask(peer->context, class_name, number, answer);
        if (error != 0) {
            return error;
        }
        printf("%u %zu", number, answer->count);
        for (size_t i = 0; i < answer->count; i++) {
            const struct serve_entry *entry = &answer->entries[i];
            printf(" %llu:%d:%d", (unsigned long long)entry->id, entry->score, entry->lacking);
        }
        printf("\n");
    }
    return 0;
}

static int time_class(const struct serve_peer *peer, const char *class_name, uint64_t least,
                      struct serve_answer *answer)
{
    uint64_t spent[ORDERS] = {0};
    const uint64_t start = serve_now();
    unsigned passes = 0;
    do {
        for (unsigned number = 0; number < ORDERS; number++) {
            answer->count = 0;
            const uint64_t before = serve_now();
            const int error = peer->ask(peer->context, class_name, number, answer);
            spent[number] += serve_now() - before;
            if (error != 0) {
                return error;
            }
        }
        passes++;
    } while (serve_now() - start < least);
    for (unsigned number = 0; number < ORDERS; number++) {
        printf("%.1f ", (double)spent[number] / passes);
    }
    printf("\n");
    return 0;
}

static int obey(const struct serve_peer *peer, char *line, struct serve_answer *answer)
{
    char class_name[32];
    unsigned number = 0;
    if (sscanf(line, "answers %31s", class_name) == 1) {
        return answers(peer, class_name, answer);
    }
    if (sscanf(line, "time %31s %u", class_name, &number) == 2) {
        return time_class(peer, class_name, (uint64_t)number * 1000000, answer);
    }
    if (sscanf(line, "change %u", &number) == 1 && peer->change != NULL) {
        const uint64_t before = serve_now();
        uint64_t aside = 0;
        const int error = peer->change(peer->context, number, &aside);
        const uint64_t all = serve_now() - before;
        printf("%.1f %.1f\n", (double)(all - aside) / number, (double)aside / number);
        return error;
    }
    return peer->other != NULL ? peer->other(peer->context, line) : -1;
}

void serve_ready(uint64_t bytes, const char *version)
{
    printf("ready {\"bytes\": %llu, \"version\": \"%s\"}\n", (unsigned long long)bytes, version);
    fflush(stdout);
}

int serve(const struct serve_peer *peer)
{
    struct serve_answer answer = {.entries = NULL};
    char *line = NULL;
    size_t size = 0;
    int error = 0;
    while (error == 0 && getline(&line, &size, stdin) > 0) {
        line[strcspn(line, "\n")] = '\0';
        error = obey(peer, line, &answer);
        if (error != 0) {
            fprintf(stderr, "serve: failed at: %s\n", line);
        } else {
            printf("done\n");
            fflush(stdout);
        }
    }
    free(line);
    free(answer.entries);
    return error == 0 ? 0 : 1;
}
