/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The threads of the engines: how they start, sleep, are cancelled and end. */
#include "models/gvt/streamer.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>

/*
 * A driver gives up on an engine that makes no progress for some ten seconds (i915: four heartbeats of
 * 2.5 s). A batch that jumps to itself is at rest long before that. A process that ends loses its memory
 * before its files are closed, by as long as it takes to free gigabytes.
 */
static const struct gvt_patience default_patience = {
	.free_commands = 1u << 20,
	.max_commands = 1u << 24,
	.nanoseconds = UINT64_C(8000000000),
	.memory_nanoseconds = UINT64_C(1000000000),
};

static const struct vfiod_host *
host_of(const struct gvt_streamer *streamer)
{
	return streamer->gvt->dev->host;
}

bool
gvt_streamer_begin(struct gvt_streamer *streamer)
{
	bool current;

	pthread_mutex_lock(&streamer->mutex);
	current = streamer->epoch == streamer->my_epoch && !streamer->quit;
	streamer->working = current;
	pthread_mutex_unlock(&streamer->mutex);
	return current;
}

void
gvt_streamer_end(struct gvt_streamer *streamer)
{
	pthread_mutex_lock(&streamer->mutex);
	streamer->working = false;
	pthread_cond_broadcast(&streamer->rested);
	pthread_mutex_unlock(&streamer->mutex);
}

bool
gvt_streamer_cancelled(struct gvt_streamer *streamer)
{
	return atomic_load_explicit(&streamer->epoch, memory_order_relaxed) != streamer->my_epoch;
}

bool
gvt_streamer_lock(struct gvt_streamer *streamer)
{
	const struct vfiod_host *host = host_of(streamer);

	gvt_streamer_end(streamer);
	host->lock(host->ctx);
	if (!gvt_streamer_cancelled(streamer))
		return true;
	host->unlock(host->ctx);
	return false;
}

bool
gvt_streamer_unlock(struct gvt_streamer *streamer)
{
	const struct vfiod_host *host = host_of(streamer);

	host->unlock(host->ctx);
	return gvt_streamer_begin(streamer);
}

static struct timespec
from_now(uint64_t nanoseconds)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	nanoseconds += (uint64_t)time.tv_nsec;
	time.tv_sec += (time_t)(nanoseconds / 1000000000);
	time.tv_nsec = (long)(nanoseconds % 1000000000);
	return time;
}

bool
gvt_streamer_pause(struct gvt_streamer *streamer, uint64_t nanoseconds)
{
	struct timespec until = from_now(nanoseconds);

	gvt_streamer_end(streamer);
	pthread_mutex_lock(&streamer->mutex);
	if (!atomic_load(&streamer->attention) && !streamer->quit)
		pthread_cond_timedwait(&streamer->wake, &streamer->mutex, &until);
	pthread_mutex_unlock(&streamer->mutex);
	return gvt_streamer_begin(streamer);
}

bool
gvt_streamer_doubt(struct gvt_streamer *streamer)
{
	const uint64_t step = 50000000;

	for (uint64_t waited = 0; waited < streamer->patience.memory_nanoseconds; waited += step) {
		/* What there is to look up for can wait for the same. */
		atomic_store(&streamer->attention, false);
		if (!gvt_streamer_pause(streamer, step))
			return false;
	}
	return true;
}

static bool
wait_for_work(struct gvt_streamer *streamer)
{
	bool quit;

	pthread_mutex_lock(&streamer->mutex);
	streamer->working = false;
	streamer->busy = false;
	pthread_cond_broadcast(&streamer->rested);
	while (!streamer->kicked && !streamer->quit)
		pthread_cond_wait(&streamer->wake, &streamer->mutex);
	quit = streamer->quit;
	streamer->kicked = false;
	streamer->busy = !quit;
	streamer->my_epoch = streamer->epoch;
	pthread_mutex_unlock(&streamer->mutex);
	return !quit;
}

static void *
work(void *arg)
{
	struct gvt_streamer *streamer = arg;

	while (wait_for_work(streamer))
		gvt_execlist_serve(streamer);
	return NULL;
}

/* Signals are for the daemon's main thread. */
static int
start(struct gvt_streamer *streamer)
{
	sigset_t all, before;
	int error;

	if (!streamer->rows)
		streamer->rows = gvt_sparse_new(GVT_BLIT_BUFFER);
	if (!streamer->rows)
		return ENOMEM;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&streamer->thread, NULL, work, streamer);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	streamer->started = !error;
	return error;
}

void
gvt_streamer_kick(struct gvt_streamer *streamer)
{
	atomic_store(&streamer->attention, true);
	pthread_mutex_lock(&streamer->mutex);
	streamer->kicked = true;
	if (!streamer->started && start(streamer))
		vfiod_log(streamer->gvt->dev, VFIOD_LOG_ERROR, "no thread for the %s engine",
			  streamer->engine->name);
	pthread_cond_signal(&streamer->wake);
	pthread_mutex_unlock(&streamer->mutex);
}

void
gvt_streamer_interrupt(struct gvt_streamer *streamer, uint32_t bits)
{
	uint32_t masked = *gvt_streamer_vreg(streamer, GVT_RING_IMR);

	/* The engine's mask has its bits where the group of interrupts has them. */
	bits = (bits << streamer->engine->irq_shift) & ~masked;
	if (bits)
		gvt_event(streamer->gvt, streamer->engine->isr, bits);
}

enum gvt_outcome
gvt_streamer_hang(struct gvt_streamer *streamer, const char *why)
{
	streamer->trouble = why;
	return GVT_HUNG;
}

static void
init(struct gvt_streamer *streamer, struct gvt *gvt, const struct gvt_engine *engine)
{
	pthread_condattr_t monotonic;

	streamer->gvt = gvt;
	streamer->engine = engine;
	streamer->patience = default_patience;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_mutex_init(&streamer->mutex, NULL);
	pthread_cond_init(&streamer->wake, &monotonic);
	pthread_cond_init(&streamer->rested, NULL);
	pthread_condattr_destroy(&monotonic);
}

int
gvt_engines_create(struct gvt *gvt)
{
	gvt->streamers = calloc(GVT_ENGINES, sizeof(*gvt->streamers));
	if (!gvt->streamers)
		return -ENOMEM;
	for (unsigned e = 0; e < GVT_ENGINES; e++)
		init(&gvt->streamers[e], gvt, &gvt_engines[e]);
	return 0;
}

static void
stop(struct gvt_streamer *streamer)
{
	pthread_mutex_lock(&streamer->mutex);
	streamer->quit = true;
	streamer->epoch++;
	atomic_store(&streamer->attention, true);
	pthread_cond_broadcast(&streamer->wake);
	pthread_mutex_unlock(&streamer->mutex);
	if (streamer->started)
		pthread_join(streamer->thread, NULL);
	pthread_cond_destroy(&streamer->wake);
	pthread_cond_destroy(&streamer->rested);
	pthread_mutex_destroy(&streamer->mutex);
	gvt_sparse_free(streamer->rows, GVT_BLIT_BUFFER);
}

void
gvt_engines_destroy(struct gvt *gvt)
{
	for (unsigned e = 0; gvt->streamers && e < GVT_ENGINES; e++)
		stop(&gvt->streamers[e]);
	free(gvt->streamers);
	gvt->streamers = NULL;
}

static void
cancel(struct gvt_streamer *streamer)
{
	pthread_mutex_lock(&streamer->mutex);
	streamer->epoch++;
	streamer->kicked = false;
	atomic_store(&streamer->attention, true);
	pthread_cond_broadcast(&streamer->wake);
	while (streamer->working)
		pthread_cond_wait(&streamer->rested, &streamer->mutex);
	pthread_mutex_unlock(&streamer->mutex);
	streamer->parked = false;
}

void
gvt_engines_reset(struct gvt *gvt, uint32_t engines)
{
	for (unsigned e = 0; e < GVT_ENGINES; e++) {
		struct gvt_streamer *streamer = &gvt->streamers[e];

		if (!(engines & (GVT_GDRST_FULL | streamer->engine->gdrst)))
			continue;
		cancel(streamer);
		streamer->port_count = 0;
		streamer->has_running = streamer->has_waiting = false;
		streamer->hung = false;
		gvt_engine_registers_reset(gvt, streamer->engine);
	}
}

void
gvt_engines_stop(struct gvt *gvt)
{
	for (unsigned e = 0; e < GVT_ENGINES; e++) {
		struct gvt_streamer *streamer = &gvt->streamers[e];

		/* One without a list may still be telling of the last. */
		cancel(streamer);
		if (!streamer->hung)
			gvt_execlist_forget(streamer);
	}
}

bool
gvt_engine_idle(const struct gvt *gvt, unsigned engine)
{
	const struct gvt_streamer *streamer = &gvt->streamers[engine];

	return streamer->parked || (!streamer->has_running && !streamer->has_waiting);
}

void
gvt_engines_wait(struct gvt *gvt)
{
	for (unsigned e = 0; e < GVT_ENGINES; e++) {
		struct gvt_streamer *streamer = &gvt->streamers[e];

		pthread_mutex_lock(&streamer->mutex);
		while (streamer->started && (streamer->kicked || streamer->busy))
			pthread_cond_wait(&streamer->rested, &streamer->mutex);
		pthread_mutex_unlock(&streamer->mutex);
	}
}
