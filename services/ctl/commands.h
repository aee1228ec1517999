/* What each command does; the table of them stands in main.c. All return an exit code. */
#pragma once

#include "services/ctl/command.h"

int run_migrate(struct context *context);
int run_keys_generate(struct context *context);
int run_organisation_create(struct context *context);
int run_organisation_list(struct context *context);
int run_key_create(struct context *context);
int run_key_list(struct context *context);
int run_key_revoke(struct context *context);
int run_import_candidates(struct context *context);
int run_candidate_tasks(struct context *context);
int run_candidate_confirm(struct context *context);
int run_import_notices(struct context *context);
int run_lead_import(struct context *context);
int run_order_post(struct context *context);
int run_order_show(struct context *context);
int run_order_why_not(struct context *context);
int run_order_what_if(struct context *context);
int run_order_gap(struct context *context);
int run_order_near_misses(struct context *context);
int run_order_proposals(struct context *context);
int run_order_rerank(struct context *context);
int run_proposal_dismiss(struct context *context);
int run_push_stop(struct context *context);
int run_push_resume(struct context *context);
int run_push_status(struct context *context);
int run_endpoint_approvals(struct context *context);
int run_endpoint_approve(struct context *context);
int run_endpoint_challenge(struct context *context);
int run_endpoint_disapprove(struct context *context);
int run_endpoint_list(struct context *context);
int run_endpoint_show(struct context *context);
int run_delivery_list(struct context *context);
int run_delivery_show(struct context *context);
int run_delivery_replay(struct context *context);
int run_employer_list(struct context *context);
int run_employer_show(struct context *context);
int run_endpoint_secret(struct context *context);
int run_endpoint_verify(struct context *context);
int run_rank(struct context *context);
int run_shortlist_show(struct context *context);
int run_figures(struct context *context);
int run_replay(struct context *context);
int run_status(struct context *context);
int run_vocabulary_export(struct context *context);
int run_vocabulary_suggest(struct context *context);
int run_vocabulary_import(struct context *context);
int run_vocabulary_show(struct context *context);
int run_vocabulary_add(struct context *context);
int run_vocabulary_edit(struct context *context);
int run_vocabulary_synonym(struct context *context);
int run_vocabulary_relate(struct context *context);
int run_vocabulary_remove(struct context *context);
int run_vocabulary_changes(struct context *context);
