/*
 * The one enumeration of what can go wrong. Functions return 0 or one of these, negative; `bool`
 * only answers a question. What a caller may do follows from the class: UNAVAILABLE and TIMEOUT are
 * temporary (try again), UNCERTAIN means the outcome is unknown (a connection lost after COMMIT was
 * sent), the rest are permanent.
 */
#pragma once

#define MUST_CHECK __attribute__((warn_unused_result))

enum error {
    ERROR_NONE = 0,
    ERROR_INVALID = -1,     /* the input breaks a rule */
    ERROR_NOT_FOUND = -2,   /* no such thing, or not one that the caller may see */
    ERROR_CONFLICT = -3,    /* the thing is in another state than the caller believes */
    ERROR_DENIED = -4,      /* the caller may not */
    ERROR_LIMIT = -5,       /* a cap was reached */
    ERROR_IO = -6,          /* the machine said no */
    ERROR_TIMEOUT = -7,     /* the deadline passed before anything happened */
    ERROR_UNAVAILABLE = -8, /* a needed part is away for now */
    ERROR_UNCERTAIN = -9,   /* it may have happened or not */
    ERROR_INTERNAL = -10,   /* a fault of our own */
};

/* A detail beside the code: one text that anybody may read, one for the log only. */
struct error_detail {
    char public_text[256];
    char private_text[512];
};

const char *error_name(int code);

/* Fills both texts, printf-style; `detail` may be NULL. */
void error_detail_set(struct error_detail *detail, const char *private_text,
                      const char *public_format, ...) __attribute__((format(printf, 3, 4)));
