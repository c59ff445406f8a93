/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "carrier/spawner.h"

#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>

#include "util/log.h"
#include "util/privileges.h"

static struct {
	bool started;
	pthread_t self;
	sem_t asked, answered;
	pthread_t *thread;
	void *(*run)(void *);
	void *arg;
	int error;
} spawner;

static void
wait_for(sem_t *event)
{
	while (sem_wait(event) && errno == EINTR)
		continue;
}

static void *
spawn(void *unused)
{
	(void)unused;
	if (privileges_keep_serving())
		log_line(LOG_WARNING, "cannot drop capabilities: serving with all of them");
	for (;;) {
		wait_for(&spawner.asked);
		if (!spawner.run)
			return NULL;
		spawner.error = pthread_create(spawner.thread, NULL, spawner.run, spawner.arg);
		sem_post(&spawner.answered);
	}
	return NULL;
}

static int
start(const sigset_t *mask)
{
	sigset_t before;
	int error;

	sem_init(&spawner.asked, 0, 0);
	sem_init(&spawner.answered, 0, 0);
	pthread_sigmask(SIG_SETMASK, mask, &before);
	error = pthread_create(&spawner.self, NULL, spawn, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error)
		return error;
	spawner.started = true;
	return 0;
}

int
spawner_create(pthread_t *thread, const sigset_t *mask, void *(*run)(void *), void *arg)
{
	int error = spawner.started ? 0 : start(mask);

	if (error)
		return error;
	spawner.thread = thread;
	spawner.run = run;
	spawner.arg = arg;
	sem_post(&spawner.asked);
	wait_for(&spawner.answered);
	return spawner.error;
}

void
spawner_end(void)
{
	if (!spawner.started)
		return;
	spawner.run = NULL;
	sem_post(&spawner.asked);
	pthread_join(spawner.self, NULL);
	sem_destroy(&spawner.asked);
	sem_destroy(&spawner.answered);
	spawner.started = false;
}
