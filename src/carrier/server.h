/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A FUSE session with threads of its own that serve it, whatever the session's carrier is. */
#ifndef CARRIER_SERVER_H
#define CARRIER_SERVER_H

#define FUSE_USE_VERSION 312
#include <fuse_lowlevel.h>

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

/** Sent to this process whenever a server's thread ends; must be blocked in every thread. */
#define SERVER_ENDED_SIGNAL SIGUSR2

struct server {
	struct fuse_session *session;
	pthread_t thread;
	bool thread_started;
	unsigned threads; /**< most that serve at once */
	unsigned poll_us; /**< one thread: so long it may poll before it sleeps; 0: not at all */
	unsigned clients; /**< open files, counted by callbacks for such a thread */
	atomic_int state; /**< enum server_state */
	sem_t changed;    /**< posted when it is ready, and at its end */
};

enum server_state { SERVER_STARTING, SERVER_READY, SERVER_ENDED };

/** How a session is to be served: by one thread that may poll, or by up to so many as requests come. */
struct server_manner {
	unsigned threads;
	unsigned poll_us; /**< see carrier/polling.h */
};

/** Starts serving a session that has its descriptor. Returns 0 or an errno. */
int server_start(struct server *server, struct fuse_session *session,
		 const struct server_manner *manner);

/** From the session's init callback: the other side has answered. */
void server_ready(struct server *server);

/** Waits for server_ready(). Returns the state: SERVER_STARTING if nothing happened in 10 s. */
enum server_state server_wait(struct server *server);

/** Whether the kernel or an error has ended the session by itself. */
bool server_ended(struct server *server);

/**
 * Ends the thread. The session stays, for its owner to unmount and destroy. False if the thread didn't
 * end in 5 s because a client holds it up: then session and device must be left as they are.
 */
bool server_stop(struct server *server);

#endif
