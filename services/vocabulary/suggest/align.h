/* A question and one label, looked at closely: which word is meant by which. */
#pragma once

#include "services/vocabulary/suggest/question.h"

/* Pieces that no label has weigh as what they most likely are: looks for that in one more label. */
void align_meet(const struct suggest *suggest, struct question *question, uint32_t label);
void align_weigh(struct question *question);

/* 0 to 960; `cosine` of their letters in thousandths. */
int align_score(const struct suggest *suggest, const struct question *question, uint32_t label,
                uint32_t cosine);
