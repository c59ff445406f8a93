/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Another process that answers messages: what a device behind a socket costs at least. */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "plan.h"

enum peer_kind { PEER_STREAM, PEER_SEQPACKET, PEER_PIPE };

struct peer {
	enum peer_kind kind;
	int in, out; /**< our ends */
	pid_t pid;
	uint8_t *buffer;
};

/** False after saying why. */
bool peer_start(struct peer *peer, enum peer_kind kind);
/** Fine also when it did not start. */
void peer_stop(struct peer *peer);

/** Sends that many bytes, at least 16, and receives as many as it is to answer with. */
bool peer_exchange(struct peer *peer, size_t out, size_t back);

/** Adds a group: a byte out and a byte back. NULL on failure. */
struct work *peer_add_ping_pong(struct plan *plan, struct peer *pipe);

#endif
