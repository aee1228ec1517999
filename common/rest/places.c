#include "common/rest/places.h"

#include "common/base/mem.h"
#include "common/base/str.h"

#include <pthread.h>
#include <stdio.h>

struct place {
    char organisation[37]; /* "": free */
};

struct rest_places {
    pthread_mutex_t lock; /* of `places` */
    struct place *places;
    size_t all, share;
};

struct rest_places *rest_places_create(size_t all, size_t share)
{
    struct rest_places *places = mem_zalloc(sizeof *places);

    places->all = all;
    places->share = share;
    places->places = mem_array(all, sizeof *places->places);
    pthread_mutex_init(&places->lock, NULL);
    return places;
}

void rest_places_destroy(struct rest_places **places)
{
    if (*places == NULL)
        return;
    pthread_mutex_destroy(&(*places)->lock);
    mem_free((*places)->places);
    mem_free(*places);
    *places = NULL;
}

int rest_places_enter(struct rest_places *places, const struct rest_call *call, size_t *place)
{
    const char *organisation = rest_principal(call)->organisation;
    size_t own = 0, free_one = places->all;
    int error = 0;

    pthread_mutex_lock(&places->lock);
    for (size_t i = 0; i < places->all; i++) {
        own += str_equal(places->places[i].organisation, organisation);
        if (places->places[i].organisation[0] == '\0')
            free_one = i;
    }
    if (own >= places->share) {
        error = ERROR_LIMIT;
    } else if (free_one == places->all) {
        error = ERROR_UNAVAILABLE;
    } else {
        snprintf(places->places[free_one].organisation,
                 sizeof places->places[free_one].organisation, "%s", organisation);
        *place = free_one;
    }
    pthread_mutex_unlock(&places->lock);
    return error;
}

void rest_places_leave(struct rest_places *places, size_t place)
{
    pthread_mutex_lock(&places->lock);
    places->places[place].organisation[0] = '\0';
    pthread_mutex_unlock(&places->lock);
}

void rest_places_refuse(struct rest_call *call, int error)
{
    if (error == ERROR_LIMIT)
        rest_problem(call, "quota-exceeded",
                     "Der læses allerede filer ind for organisationen; vent, til en er færdig.");
    else
        rest_problem(call, "temporarily-unavailable", "Mange filer læses ind lige nu; prøv igen.");
}
