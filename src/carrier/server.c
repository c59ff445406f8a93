/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "carrier/server.h"

#include <time.h>
#include <unistd.h>

#include "carrier/polling.h"
#include "util/log.h"
#include "util/privileges.h"

/* Interrupts a thread's read() of requests when it is to end. */
#define WAKE_SIGNAL SIGUSR1

#define START_TIMEOUT_S 10
#define STOP_TIMEOUT_S  5
#define STEP_NS         2000000

/* Of many threads, so many stay when there is nothing to do. */
#define IDLE_THREADS 2

static void
on_wake(int signal)
{
	(void)signal;
}

static void
pause_step(void)
{
	nanosleep(&(struct timespec){.tv_nsec = STEP_NS}, NULL);
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

	if (privileges_keep_serving())
		log_line(LOG_WARNING, "cannot drop capabilities: serving with all of them");
	/* One thread a device and no pool: measured, a pool's wake-ups wander between threads. */
	if (server->threads > 1)
		serve_by_many(server);
	else if (server->poll_us && polling_possible())
		polling_serve(server->session, server->poll_us, &server->clients);
	else
		fuse_session_loop(server->session);
	atomic_store(&server->state, SERVER_ENDED);
	kill(getpid(), SERVER_ENDED_SIGNAL);
	return NULL;
}

int
server_start(struct server *server, struct fuse_session *session,
	     const struct server_manner *manner)
{
	struct sigaction wake = {.sa_handler = on_wake};
	sigset_t all, before;
	int error;

	server->session = session;
	server->threads = manner->threads;
	server->poll_us = manner->poll_us;
	server->clients = 0;
	atomic_store(&server->state, SERVER_STARTING);
	/* Signals are the main thread's; the wake-up is sent to a thread by name. */
	sigaction(WAKE_SIGNAL, &wake, NULL);
	sigfillset(&all);
	sigdelset(&all, WAKE_SIGNAL);
	/* A client can cut short what we have mapped of its files: see util/sigbus.h. */
	sigdelset(&all, SIGBUS);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&server->thread, NULL, serve, server);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	server->thread_started = !error;
	return error;
}

void
server_ready(struct server *server)
{
	int starting = SERVER_STARTING;

	atomic_compare_exchange_strong(&server->state, &starting, SERVER_READY);
}

enum server_state
server_wait(struct server *server)
{
	for (long waited = 0; waited < START_TIMEOUT_S * 1000000000L; waited += STEP_NS) {
		int state = atomic_load(&server->state);

		if (state != SERVER_STARTING)
			return (enum server_state)state;
		pause_step();
	}
	return SERVER_STARTING;
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
	for (long waited = 0; !server_ended(server); waited += STEP_NS) {
		if (waited > STOP_TIMEOUT_S * 1000000000L)
			return false;
		pthread_kill(server->thread, WAKE_SIGNAL);
		pause_step();
	}
	pthread_join(server->thread, NULL);
	server->thread_started = false;
	return true;
}
