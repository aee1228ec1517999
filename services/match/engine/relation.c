/* What each relation is worth, and which ruleset knows it (RANKING.md R14, R15, R18-R20). */
#include "services/match/engine/engine.h"

struct relation {
    const char *code;
    unsigned halvings;
    int since; /* the first ruleset that counts it */
};

static const struct relation relations[ENGINE_RELATION_COUNT] = {
    [ENGINE_EXACT] = {"exact", 0, 1},     [ENGINE_IMPLIED] = {"implied", 0, 2},
    [ENGINE_UNIT] = {"unit", 1, 1},       [ENGINE_CLOSE] = {"close", 1, 3},
    [ENGINE_BROADER] = {"broader", 1, 3}, [ENGINE_NARROWER] = {"narrower", 1, 3},
    [ENGINE_GROUP] = {"group", 2, 3},     [ENGINE_SHARED_OCCUPATION] = {"occupation", 2, 3},
};

unsigned engine_relation_halvings(enum engine_relation relation)
{
    return relations[relation].halvings;
}

bool engine_ruleset_counts(int ruleset, enum engine_relation relation)
{
    return ruleset >= relations[relation].since;
}

const char *engine_relation_code(enum engine_relation relation)
{
    return relations[relation].code;
}
