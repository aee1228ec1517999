/*
 * Job orders: receive, read, change, close, and the clock that starts when one is received (A15).
 * One state per loop thread; it holds
 * settings, and the workers that read sheets.
 */
#pragma once

#include "common/conf/conf.h"
#include "common/rest/rest.h"

struct orders;

extern const struct rest_table orders_routes;
extern const struct conf_table orders_conf;

struct orders *orders_create(const struct conf *conf);
void orders_destroy(struct orders **orders);
