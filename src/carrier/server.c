/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "carrier/server.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "carrier/polling.h"
#include "carrier/spawner.h"

/* Interrupts a thread's read() of requests when it is to end. */
#define WAKE_SIGNAL     SIGUSR1

#define START_TIMEOUT_S 10
#define STOP_TIMEOUT_S  5
#define WAKE_STEP_NS    2000000

/* Of many threads, so many stay when there is nothing to do. */
#define IDLE_THREADS 2

static void
on_wake(int signal)
{
	(void)signal;
}

/* What the steady clock will say then. */
static struct timespec
after_ns(long ns)
{
	struct timespec then;

	clock_gettime(CLOCK_MONOTONIC, &then);
	then.tv_sec += (then.tv_nsec + ns) / 1000000000;
	then.tv_nsec = (then.tv_nsec + ns) % 1000000000;
	return then;
}

static void
serve_by_many(struct server *server)
{
	struct fuse_loop_config *config = fuse_loop_cfg_create();

	if (!config)
		return;
	fuse_loop_cfg_set_max_threads(config, server->threads);
	fuse_loop_cfg_set_idle_threads(config, IDLE_THREADS);
	fuse_session_loop_mt(server->session, config);
	fuse_loop_cfg_destroy(config);
}

static void *
serve(void *arg)
{
	struct server *server = arg;

	/* One thread a device and no pool: measured, a pool's wake-ups wander between threads. */
	if (server->threads > 1)
		serve_by_many(server);
	else if (server->poll_us && polling_possible())
		polling_serve(server->session, server->poll_us, &server->clients);
	else
		fuse_session_loop(server->session);
	atomic_store(&server->state, SERVER_ENDED);
	sem_post(&server->changed);
	kill(getpid(), SERVER_ENDED_SIGNAL);
	return NULL;
}

int
server_start(struct server *server, struct fuse_session *session,
	     const struct server_manner *manner)
{
	struct sigaction wake = {.sa_handler = on_wake};
	sigset_t all;
	int error;

	server->session = session;
	server->threads = manner->threads;
	server->poll_us = manner->poll_us;
	server->clients = 0;
	atomic_store(&server->state, SERVER_STARTING);
	sem_init(&server->changed, 0, 0);
	/* Signals are the main thread's; the wake-up is sent to a thread by name. */
	sigaction(WAKE_SIGNAL, &wake, NULL);
	sigfillset(&all);
	sigdelset(&all, WAKE_SIGNAL);
	/* A client can cut short what we have mapped of its files: see util/sigbus.h. */
	sigdelset(&all, SIGBUS);
	error = spawner_create(&server->thread, &all, serve, server);
	server->thread_started = !error;
	return error;
}

void
server_ready(struct server *server)
{
	int starting = SERVER_STARTING;

	if (atomic_compare_exchange_strong(&server->state, &starting, SERVER_READY))
		sem_post(&server->changed);
}

enum server_state
server_wait(struct server *server)
{
	struct timespec end = after_ns(START_TIMEOUT_S * 1000000000L);

	while (atomic_load(&server->state) == SERVER_STARTING)
		if (sem_clockwait(&server->changed, CLOCK_MONOTONIC, &end) && errno == ETIMEDOUT)
			break;
	return (enum server_state)atomic_load(&server->state);
}

bool
server_ended(struct server *server)
{
	return atomic_load(&server->state) == SERVER_ENDED;
}

bool
server_stop(struct server *server)
{
	if (!server->thread_started)
		return true;
	fuse_session_exit(server->session);
	/* The thread may be just before its read() and miss one wake-up: repeat. */
	for (long waited = 0;; waited += WAKE_STEP_NS) {
		struct timespec step = after_ns(WAKE_STEP_NS);

		if (waited > STOP_TIMEOUT_S * 1000000000L)
			return false;
		if (!server_ended(server))
			pthread_kill(server->thread, WAKE_SIGNAL);
		if (!pthread_clockjoin_np(server->thread, NULL, CLOCK_MONOTONIC, &step))
			break;
	}
	sem_destroy(&server->changed);
	server->thread_started = false;
	return true;
}
