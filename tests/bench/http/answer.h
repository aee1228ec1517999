/* The answer to one order in two ways: the product's, and the one that the product does not take.
 * Both say the same; tests/bench/http/run compares them. */
#pragma once

#include "common/json/json.h"
#include "tests/bench/http/shop.h"

/* Kept from one answer to the next, as a thread of the front would. */
struct answer_writer {
    struct explain_heads *heads;
    struct explain_heads *plain; /* for the tree, which is given its texts unescaped */
    struct buffer text;
};
void answer_writer_init(struct answer_writer *writer);
void answer_writer_deinit(struct answer_writer *writer);
void answer_write(struct answer_writer *writer, struct shop *shop, const struct shop_ranked *ranked,
                  struct buffer *json);

/* The same as a tree; a new reference. */
json_t *answer_tree(struct answer_writer *writer, struct shop *shop,
                    const struct shop_ranked *ranked);
