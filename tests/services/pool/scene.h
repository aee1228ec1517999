/*
 * The pool over a real socket and a real PostgreSQL, with real API keys: Aarhus, Randers, the team
 * and an employer. The server runs on a thread of its own; what it logs is kept in a file.
 */
#pragma once

#include "common/json/json.h"
#include "common/pg/session.h"
#include "services/access/keys.h"

enum caller { AARHUS, RANDERS, TEAM, EMPLOYER, NOBODY, CALLERS };

struct scene;

struct answer {
    int status;
    const char *head; /* with its status line */
    const char *body;
    size_t length;
    json_t *json; /* NULL when the body is none; belongs to the scene */
};

/* For cmocka's group: `*state` becomes the scene. */
int scene_open(void **state);
int scene_close(void **state);

struct session *scene_root(struct scene *scene); /* a superuser, with the schema's search path */
struct session *scene_role(struct scene *scene, const char *role); /* the caller closes it */
const char *scene_organisation(struct scene *scene, enum caller caller);
const char *scene_key_id(struct scene *scene, enum caller caller);
const char *scene_log(struct scene *scene); /* all that was logged so far */

/* One request. `headers` end each in CRLF; `body` may be NULL. The answer lives with the scene. */
struct answer scene_request(struct scene *scene, enum caller caller, const char *line,
                            const char *headers, const char *body, size_t length);
/* That in two steps, for requests side by side: the socket, and the answer that it brings. */
int scene_send(struct scene *scene, enum caller caller, const char *line, const char *headers,
               const char *body, size_t length);
struct answer scene_receive(struct scene *scene, int socket);
/* The same with a JSON body, or none; `headers` may be "". */
struct answer scene_json(struct scene *scene, enum caller caller, const char *line,
                         const char *headers, const char *body);

/* One number or text that a query gives, as the superuser. */
int64_t scene_number(struct scene *scene, const char *query);
const char *scene_text(struct scene *scene, const char *query);
void scene_exec(struct scene *scene, const char *script);

/* A good body of a candidate; `facts` is a JSON array. */
const char *scene_body(struct scene *scene, const char *name, const char *postcode,
                       const char *facts);
#define SCENE_FACTS                                                                                \
    "[{\"kind\":\"competence\",\"code\":\"formwork\",\"level\":3,\"years\":5,\"stated_on\":"       \
    "\"2026-11-01\",\"source\":\"interview\"},{\"kind\":\"language\",\"code\":\"da\",\"level\":6," \
    "\"stated_on\":\"2026-11-01\",\"source\":\"interview\"}]"
