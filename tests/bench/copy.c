/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "copy.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define MOST (1u << 20)

/* A batch is long against the clock's own cost, short against a time slice; a block has several. */
#define BATCH_NS 5e4
#define BATCHES  10u

static bool
time_batch(unsigned long calls, bool (*call)(void *ctx), void *ctx, double *ns)
{
	double start = now_ns();

	for (unsigned long i = 0; i < calls; i++)
		if (!call(ctx))
			return false;
	*ns = now_ns() - start;
	return true;
}

bool
batch(struct samples *samples, bool (*call)(void *ctx), void *ctx)
{
	unsigned long calls = 1;
	double ns;

	for (unsigned i = 0; i < WARM_UP; i++)
		if (!call(ctx))
			return false;
	for (;; calls *= 2) {
		if (!time_batch(calls, call, ctx, &ns))
			return false;
		if (ns >= BATCH_NS)
			break;
	}
	for (unsigned i = 0; i < BATCHES; i++)
		if (!time_batch(calls, call, ctx, &ns) || !samples_add(samples, ns / (double)calls))
			return false;
	return true;
}

struct copying {
	uint8_t *from, *to;
	size_t bytes;
};

static bool
copy_once(void *ctx)
{
	const struct copying *copying = ctx;

	memcpy(copying->to, copying->from, copying->bytes);
	/* It must not be left out because nobody looks at it. */
	__asm__ volatile("" : : "r"(copying->to) : "memory");
	return true;
}

static bool
copy_block(const struct work *work, unsigned calls, struct samples *samples)
{
	static uint8_t *from, *to;
	struct copying copying;

	(void)calls;
	/* As pages begin: 16 bytes behind that, AMD's `rep movsb` is 16 times slower. */
	if (!from && (from = aligned_alloc(4096, MOST)))
		memset(from, 0x5a, MOST);
	if (!to && (to = aligned_alloc(4096, MOST)))
		memset(to, 0xa5, MOST);
	if (!from || !to)
		return false;
	copying = (struct copying){from, to, work->bytes};
	return batch(samples, copy_once, &copying);
}

struct work *
copy_add(struct plan *plan, const char *operation, const char *title, size_t bytes)
{
	return plan_add(plan, &(struct work){.operation = operation,
					     .title = title,
					     .carrier = "memcpy",
					     .bytes = bytes,
					     .block = copy_block});
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static volatile unsigned counter;

static bool
locked_call(void *ctx)
{
	(void)ctx;
	pthread_mutex_lock(&lock);
	counter++;
	pthread_mutex_unlock(&lock);
	return true;
}

static bool
locked_block(const struct work *work, unsigned calls, struct samples *samples)
{
	(void)work, (void)calls;
	return batch(samples, locked_call, NULL);
}

struct work *
locked_call_add(struct plan *plan, const char *operation, const char *title)
{
	return plan_add(plan, &(struct work){.operation = operation,
					     .title = title,
					     .carrier = "locked call",
					     .block = locked_block});
}
