/*
 * What the body of a job order may hold: every fault that can be seen without the database, each
 * with its JSON Pointer. Codes of occupations, competences and postcodes are looked up by the
 * database, which names all that it does not know at once. Pure.
 */
#pragma once

#include "common/json/json.h"

enum order_body {
    ORDER_NEW,  /* POST: a whole order */
    ORDER_PATCH /* PATCH: the members that change; null empties radius_km, end_date and first_rung,
                   and gives minimum its default */
};

/* The rules of the linter of order texts that a body may ask to be exempted from, by their codes.
 */
extern const char *const order_rules[];

/*
 * What a named person may rest an exemption on, as the linter's table of laws has it
 * (services/orders/linter): the exceptions of forskelsbehandlingsloven (§ 1, stk. 3: a demand that
 * the work justifies; § 5 a: age in collective agreements; § 6: an employer with a stated religious
 * or political purpose, and a ground that is decisive for the work, by leave of the minister; § 9:
 * measures for older people, the disabled, and equal chances), ligebehandlingsloven § 13,
 * foreningsfrihedsloven § 3, and an age limit, a health check or security rules of another act. A
 * basis is good for some of the rules; `law` is its paragraph in Danish, which is taken for its
 * code, too. sql/migrations/0056 has the same codes. NULL code ends the table.
 */
struct order_basis {
    const char *code, *law;
    const char *const *rules; /* ends with NULL */
};
extern const struct order_basis order_bases[];

/* Whether it is an exception of that rule of order_rules. */
bool order_basis_allows(const struct order_basis *basis, const char *rule);

void order_body_check(struct json_check *check, const json_t *body, enum order_body kind);

/* The reason of {"reason": …} as text, or NULL with a fault recorded. */
const char *order_close_check(struct json_check *check, const json_t *body);

/* {"state": …, "reason"?: …, "text"?: …}: a state that a caller may ask for, with a reason of that
 * state's own; "other" needs a text. The texts are the body's, NULL where absent or at fault. */
struct order_move {
    const char *state, *reason, *text;
};
struct order_move order_move_check(struct json_check *check, const json_t *body);

extern const char *const order_states[]; /* as sql/migrations/0020_life.sql explains them */
