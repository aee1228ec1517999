/* Any bytes read as an XML notice: a notice that is whole, or a fault with a text. */
#pragma once

#include "services/leads/notice.h"
#include "tests/fuzz/feed.h"

/* `whole` judges what the dialect owes besides. */
static inline void any_notice(const uint8_t *bytes, size_t length,
                              bool (*whole)(const struct notice *notice))
{
    struct arena *arena = arena_create(0);
    struct notice_fault fault;
    struct notice notice;

    if (notice_parse_memory(arena, bytes, length, &notice, &fault) == 0) {
        for (size_t i = 0; i < notice.leads_count; i++) {
            const struct notice_lead *lead = &notice.leads[i];
            require(lead->winner && lead->project && lead->members_count > 0);
            require(lead->value_kind == NOTICE_VALUE_UNKNOWN || lead->value.minor >= 0);
        }
        for (size_t i = 0; i < notice.lines_count; i++)
            require(notice.lines[i].text && notice.lines[i].code);
        require(whole(&notice));
    } else {
        require(fault.text[0] != '\0');
    }
    arena_destroy(&arena);
}
