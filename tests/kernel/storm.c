/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Eight threads, every kind of access, a thousand signals a second: each byte at its place. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "kernel.h"
#include "node.h"
#include "served.h"

#define THREADS    8
#define ACCESSES   1200
#define SLOT       4096
#define SLOTS      16 /* of each thread */
#define SIGNAL_NS  1000000
#define STORM_MASK 15

struct worker {
	pthread_t thread;
	unsigned number;
	int fd;
	uint64_t seed[SLOTS];
	size_t length[SLOTS];
	unsigned errors;
	int error;
};

static atomic_uint signals, running;

static void
on_signal(int number)
{
	(void)number;
	atomic_fetch_add(&signals, 1);
}

static uint32_t
next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

static ssize_t
move_out(unsigned kind, int fd, uint8_t *buffer, size_t length, off_t offset)
{
	struct iovec iov[2] = {{buffer, length / 3}, {buffer + length / 3, length - length / 3}};

	switch (kind % 3) {
	case 0:
		return pwrite(fd, buffer, length, offset);
	case 1:
		return pwritev(fd, iov, 2, offset);
	default:
		return pwritev2(fd, iov, 2, offset, 0);
	}
}

static ssize_t
move_in(unsigned kind, int fd, uint8_t *buffer, size_t length, off_t offset)
{
	struct iovec iov[2] = {{buffer, length / 3}, {buffer + length / 3, length - length / 3}};

	switch (kind % 3) {
	case 0:
		return pread(fd, buffer, length, offset);
	case 1:
		return preadv(fd, iov, 2, offset);
	default:
		return preadv2(fd, iov, 2, offset, 0);
	}
}

static void
note(struct worker *worker, ssize_t done, size_t length)
{
	if (done == (ssize_t)length)
		return;
	worker->errors++;
	worker->error = done < 0 ? errno : -1;
}

/* Slots of 64 bytes to 4 KiB; each one's pattern is checked before it is replaced. */
static void *
work(void *arg)
{
	struct worker *worker = arg;
	uint32_t random = worker->number * 7919 + 1;
	uint8_t buffer[SLOT];

	for (unsigned i = 0; i < ACCESSES; i += 2) {
		unsigned slot = next_random(&random) % SLOTS, kind = next_random(&random);
		off_t offset = AT(EDU_MEMORY, ((uint64_t)worker->number * SLOTS + slot) * SLOT);
		size_t length = worker->length[slot];

		if (length) {
			memset(buffer, 0, sizeof(buffer));
			note(worker, move_in(kind, worker->fd, buffer, length, offset), length);
			if (!pattern_is(buffer, length, worker->seed[slot]))
				note(worker, -2, 0);
		}
		worker->seed[slot] = next_random(&random);
		worker->length[slot] = length = 64u << next_random(&random) % 7;
		pattern_fill(buffer, length, worker->seed[slot]);
		note(worker, move_out(kind / 3, worker->fd, buffer, length, offset), length);
		if (!(i & STORM_MASK)) {
			uint32_t id = 0;

			note(worker, pread(worker->fd, &id, 4, AT(BAR0, EDU_ID)), 4);
			if (id != 0x010000ed)
				note(worker, -3, 0);
		}
	}
	atomic_fetch_sub(&running, 1);
	return NULL;
}

/* Process-wide by a timer, and to one thread after the other. */
static timer_t
start_timer(void)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
	struct itimerspec every = {.it_interval.tv_nsec = SIGNAL_NS, .it_value.tv_nsec = SIGNAL_NS};
	timer_t timer;

	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	ck_assert_int_eq(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	ck_assert_int_eq(timer_settime(timer, 0, &every, NULL), 0);
	return timer;
}

START_TEST(threads_under_signals)
{
	struct worker workers[THREADS];
	int fd = node_open_reset();
	timer_t timer;

	memset(workers, 0, sizeof(workers));
	atomic_store(&running, THREADS);
	timer = start_timer();
	for (unsigned i = 0; i < THREADS; i++) {
		workers[i].number = i;
		/* Half of them share an open. */
		workers[i].fd = i % 2 ? fd : node_open(SERVED_NODE);
		ck_assert_int_eq(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (unsigned n = 0; atomic_load(&running); n++) {
		pthread_kill(workers[n % THREADS].thread, SIGUSR1);
		nanosleep(&(struct timespec){.tv_nsec = SIGNAL_NS}, NULL);
	}
	for (unsigned i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(workers[i].thread, NULL), 0);
	timer_delete(timer);
	for (unsigned i = 0; i < THREADS; i++)
		ck_assert_msg(!workers[i].errors, "thread %u: %u errors, the last %d", i,
			      workers[i].errors, workers[i].error);
	ck_assert_uint_gt(atomic_load(&signals), 100);
}
END_TEST

/* Long transfers, which the kernel splits, of several threads at once. */
static void *
work_long(void *arg)
{
	struct worker *worker = arg;
	const size_t length = 400001;
	off_t offset = AT(EDU_MEMORY, worker->number * UINT64_C(0x100000) + 1);
	uint8_t *buffer = malloc(length);

	for (unsigned i = 0; i < 15; i++) {
		uint64_t seed = worker->number * 100 + i;

		pattern_fill(buffer, length, seed);
		note(worker, move_out(i, worker->fd, buffer, length, offset), length);
		memset(buffer, 0, length);
		note(worker, move_in(i, worker->fd, buffer, length, offset), length);
		if (!pattern_is(buffer, length, seed))
			note(worker, -2, 0);
	}
	free(buffer);
	atomic_fetch_sub(&running, 1);
	return NULL;
}

START_TEST(long_transfers_at_once)
{
	struct worker workers[THREADS];
	int fd = node_open_reset();

	memset(workers, 0, sizeof(workers));
	for (unsigned i = 0; i < THREADS; i++) {
		workers[i].number = i;
		workers[i].fd = fd;
		ck_assert_int_eq(pthread_create(&workers[i].thread, NULL, work_long, &workers[i]),
				 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		ck_assert_int_eq(pthread_join(workers[i].thread, NULL), 0);
		ck_assert_msg(!workers[i].errors, "thread %u: %u errors, the last %d", i,
			      workers[i].errors, workers[i].error);
	}
}
END_TEST

Suite *
storm_suite(void)
{
	Suite *suite = suite_create("storm");
	TCase *edu = served_case("edu", serve_edu, 600);

	tcase_add_test(edu, threads_under_signals);
	tcase_add_test(edu, long_transfers_at_once);
	served_last(edu);
	suite_add_tcase(suite, edu);
	return suite;
}
