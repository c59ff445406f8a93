/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "access.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "copy.h"
#include "own.h"

/* Messages larger than this don't fit into a socket of packets. */
#define MOST_PACKET 65536u

uint8_t *
access_buffer(void)
{
	static uint8_t *buffer;
	void *memory;

	if (!buffer) {
		memory = mmap(NULL, OPERATION_BUFFER, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		buffer = memory == MAP_FAILED ? NULL : memory;
		/* All of it there: a page that comes when it is first mapped would be measured. */
		if (buffer)
			memset(buffer, 0x5a, OPERATION_BUFFER);
	}
	return buffer;
}

static bool
target_block(const struct work *work, unsigned calls, struct samples *samples)
{
	const struct target *target = work->ctx;
	const struct operation *op = work->what;
	uint8_t *buffer = access_buffer();

	if (!buffer || !operation_enter(target, op, buffer))
		return false;
	for (unsigned i = 0; i < WARM_UP + calls; i++) {
		double start;

		if (!operation_before(target, op, buffer))
			return false;
		start = now_ns();
		if (!operation_call(target, op, buffer))
			return false;
		if (i >= WARM_UP && !samples_add(samples, now_ns() - start))
			return false;
		if (!operation_after(target, op))
			return false;
	}
	return true;
}

static bool
message_block(const struct work *work, unsigned calls, struct samples *samples)
{
	struct peer *peer = work->ctx;
	size_t out, back;

	operation_message(work->what, &out, &back);
	for (unsigned i = 0; i < WARM_UP + calls; i++) {
		double start = now_ns();

		if (!peer_exchange(peer, out, back))
			return false;
		if (i >= WARM_UP && !samples_add(samples, now_ns() - start))
			return false;
	}
	return true;
}

/* Of a short access, which is over before the next large transfer has begun. */
#define SHORT_TURNS 4u

static struct work
work_of(const struct operation *op)
{
	return (struct work){.turns = op->moved ? 1 : SHORT_TURNS,
			     .operation = op->key,
			     .title = op->name,
			     .bytes = op->moved,
			     .per = op->per,
			     .what = op};
}

struct work *
access_add(struct plan *plan, const struct operation *op, const struct target *target)
{
	struct work work = work_of(op);
	union {
		const struct target *target;
		void *ctx;
	} ctx = {.target = target};

	work.carrier = target->carrier;
	work.recovery = target->recovery;
	work.ours = !target->null;
	work.block = target_block;
	work.ctx = ctx.ctx;
	return plan_add(plan, &work);
}

static struct work *
add_peer(struct plan *plan, const struct operation *op, struct peer *peer, const char *name)
{
	struct work work = work_of(op);

	work.carrier = name;
	work.block = message_block;
	work.ctx = peer;
	return plan_add(plan, &work);
}

/* The yardsticks come first, so that the table shows what follows against them. */
static bool
plan_operation(struct plan *plan, const struct sides *sides, const struct operation *op)
{
	struct work *against[NUM_YARDSTICKS] = {NULL}, *work;
	size_t out, back;

	operation_message(op, &out, &back);
	plan_group(plan);
	if (sides->null && !(against[FLOOR] = access_add(plan, op, sides->null)))
		return false;
	if (sides->stream && !(against[SOCKET] = add_peer(plan, op, sides->stream, "socket")))
		return false;
	if (sides->seqpacket && out < MOST_PACKET && back < MOST_PACKET &&
	    !add_peer(plan, op, sides->seqpacket, "seqpacket"))
		return false;
	if (op->moved && !(against[MEMCPY] = copy_add(plan, op->key, op->name, op->moved)))
		return false;
	for (unsigned i = 0; i < 2 && sides->vfiod[i]; i++) {
		work = access_add(plan, op, sides->vfiod[i]);
		if (!work)
			return false;
		memcpy(work->against, against, sizeof(against));
	}
	/* Nobody waits for a call in process. */
	return !sides->own || op->place == IN_POLLED_REGISTERS ||
	       own_add(plan, sides->own, op, against[MEMCPY]);
}

bool
access_plan(struct plan *plan, const struct sides *sides)
{
	for (unsigned i = 0; i < num_operations; i++)
		if (!plan_operation(plan, sides, &operations[i]))
			return false;
	return true;
}
