/*
 * The candidate's side behind a real socket, on a scene of the shortlists' tests: links made by the
 * home, pages opened and forms sent as a browser does it. Keys are "Bearer <actor>".
 */
#pragma once

#include "common/json/json.h"
#include "tests/services/shortlists/scene.h"
#include "tests/support/api.h"

#define SITE_URL "https://emnebank.test"

struct site {
    struct scene *scene;
    struct api *api;
    struct conf *conf;
    struct keyring *keyring;
    struct citizen *citizen;
    int keys; /* idempotency keys given out */
};

/* cmocka group fixtures; *state is a struct site. `lines` are more of [citizen]. */
int site_open(void **state, const char *name);
int site_close(void **state);

struct api_answer site_ask(struct site *site, const char *line, const char *headers,
                           const char *body);
struct api_answer site_ask_as(struct site *site, enum actor actor, const char *line,
                              const char *headers, const char *body);
/* The value of a header, or NULL. */
const char *site_header(struct site *site, const struct api_answer *answer, const char *name);

/* A link for an entry, "/svar/…"; fails the test unless it is made. */
const char *site_link(struct site *site, enum actor home, const char *entry);
/* The page, whose status must be 200. */
const char *site_page(struct site *site, const char *path);
/* Fails unless the page's headline is this. */
void assert_headline(const char *page, const char *headline);
/* The value of the first hidden field of this name on a page. */
const char *site_hidden(struct site *site, const char *page, const char *name);
/* A filled form of `page`: svar=…&tekst=…&side=…, with the tick when `ticked`. */
const char *site_form(struct site *site, const char *page, const char *answer, bool ticked);
/* Sends a form to a page; the page that comes back. */
const char *site_send(struct site *site, const char *path, const char *form);
/* Opens, ticks where asked, answers; the page that comes back. */
const char *site_answer(struct site *site, const char *path, const char *answer);
