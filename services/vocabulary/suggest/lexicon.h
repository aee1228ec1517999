/*
 * What a Dane knows of words for work, and no list of labels says: which words tell nothing in a
 * job title, and which name nearly the same. Written by hand from the language; see lexicon.c.
 * Built by one thread, then only read, by any number.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define LEXICON_GROUPS_CAP 6 /* groups that one word may be in */

enum lexicon_sort {
    LEXICON_WORD,
    LEXICON_FUNCTION, /* "og", "inden for": tells nothing, anywhere */
    LEXICON_HIRING,   /* "søges", "erfaren": tells nothing in a query */
};

struct lexicon_groups {
    size_t count;
    uint16_t group[LEXICON_GROUPS_CAP];
};

struct lexicon;

struct lexicon *lexicon_create(void);
void lexicon_destroy(struct lexicon **lexicon);

/* Of a word folded loosely (fold_loose). */
enum lexicon_sort lexicon_sort(const struct lexicon *lexicon, const char *word, size_t length);
/* Of a stem, loosely folded too. */
void lexicon_groups_of(const struct lexicon *lexicon, const char *stem, size_t length,
                       struct lexicon_groups *groups);
size_t lexicon_group_count(void);
/* How near the words of a group are to each other, in thousandths. */
uint32_t lexicon_strength(uint16_t group);

/* Every word of the groups, loosely folded; NULL after the last. */
const char *lexicon_word(const struct lexicon *lexicon, uint32_t number, size_t *length);
size_t lexicon_memory(const struct lexicon *lexicon);
