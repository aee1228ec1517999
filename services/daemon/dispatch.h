/* The role `deliver`: one loop that claims deliveries and sends them, woken by NOTIFY
 * emnebank_delivery. */
#pragma once

#include "common/conf/conf.h"
#include "common/crypto/keyring.h"
#include "services/daemon/thread.h"

struct dispatch;

MUST_CHECK int dispatch_start(const struct conf *conf, const struct keyring *keyring,
                              struct dispatch **dispatch, struct error_detail *detail);
void dispatch_drain(struct dispatch *dispatch);
void dispatch_join(struct dispatch **dispatch, int64_t deadline); /* frees; NULL is fine */
