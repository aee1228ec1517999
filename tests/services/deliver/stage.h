/* The scene with the room's routes before it: what an employer and a municipality ask over HTTP. */
#pragma once

#include "common/json/json.h"
#include "tests/services/deliver/scene.h"
#include "tests/support/api.h"

#define STAGE_EMPLOYER "Bearer employer"
#define STAGE_HOME "Bearer home"
#define STAGE_METTE "Bearer mette"         /* a named person of the team */
#define STAGE_METTE_TOO "Bearer mette-too" /* another key of hers */
#define STAGE_OLE "Bearer ole"
#define STAGE_MACHINE "Bearer machine" /* the team's, nobody's own */

struct stage {
    struct scene *scene;
    struct api *api;
    int key; /* of the next POST */
};

struct stage_reply {
    int status;
    json_t *body; /* NULL when there is none; the caller's */
    char *etag;
};

/* cmocka fixtures; *state is a struct stage. */
int stage_set_up(void **state);
int stage_tear_down(void **state);
/* With other lines than the scene's own for [deliver] (scene_configure). */
int stage_set_up_as(void **state, const char *lines);

struct stage_reply stage_call(struct stage *stage, const char *who, const char *method,
                              const char *path);
/* With a body (NULL: none) and one header more (name NULL: none). */
struct stage_reply stage_call_with(struct stage *stage, const char *who, const char *method,
                                   const char *path, const char *body, const char *name,
                                   const char *value);
/* A new endpoint, under a key of its own. Nobody is asked for it: it is active at once. */
struct stage_reply stage_post(struct stage *stage, const char *who, const char *body);
/* As if its receiver had answered, and the team approved. */
void stage_activate(struct stage *stage, const char *endpoint);
int stage_status(struct stage_reply reply); /* lets go of the body */
/* In the scene's arena; NULL when it is no text. */
const char *stage_text(struct stage *stage, const json_t *object, const char *name);
