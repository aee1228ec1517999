/*
 * What the API's closed lists are called in Danish (proto/glossary.md), for people at a terminal.
 */
#pragma once

struct word {
    const char *code;
    const char *text;
};

/* Each ends with a row of NULLs. */
extern const struct word words_organisation[]; /* kinds of organisations */
extern const struct word words_key[];          /* states of an API key */
extern const struct word words_order[];        /* states of a job order */
extern const struct word words_work[];         /* kinds of work */
extern const struct word words_fact[];         /* kinds of facts and requirements */
extern const struct word words_part[];         /* how a part of an entry falls short */
extern const struct word words_relation[];     /* how two words of the vocabulary are related */
extern const struct word words_change[];       /* what a version of the vocabulary did */
extern const struct word words_use[];          /* who names a word */
extern const struct word words_status[];       /* the lines of `emnebank status` */

extern const struct word words_replay[];        /* what came of ranking a shortlist again */
extern const struct word words_replay_field[];  /* where it differs */
extern const struct word words_replay_reason[]; /* why it cannot be ranked again */

extern const struct word words_endpoint[];    /* states of an endpoint */
extern const struct word words_delivery[];    /* states of a delivery */
extern const struct word words_attempt[];     /* how an attempt went */
extern const struct word words_lead_state[];  /* how far the team is with a lead */
extern const struct word words_lead_stage[];  /* how far the building is */
extern const struct word words_lead_reason[]; /* why a lead was dismissed */
extern const struct word words_contact[];     /* how a company was contacted, whom, with what */
extern const struct word words_reason[];      /* why a delivery or an endpoint is as it is */

/* The Danish word, or NULL. */
const char *words_find(const struct word *words, const char *code);
/* The Danish word, or the code itself where there is none. */
const char *words_say(const struct word *words, const char *code);
