/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 100,000 accesses by io_uring, AIO and system calls, in random order, by several threads at two
 * devices at a time. Each thread has a part of each device's memory for itself and knows every byte of
 * it: a read is compared at once, and in the end the whole memory is, so that nothing goes astray.
 */
#include <libaio.h>
#include <liburing.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "kernel.h"
#include "node.h"
#include "served.h"

#define ACCESSES 100000u
#define THREADS  4u
#define DEVICES  2u

/* A thread's part of a device's memory; the accesses of one batch have a slot each of their own. */
#define BATCH 8u
#define SLOT  16384u
#define PART  (BATCH * SLOT)
/* Some accesses are so large that the kernel splits them: they take a whole part. */
#define LARGEST     PART
#define LARGE_EVERY 64u

enum kind { BY_CALL, BY_VECTOR, BY_RING, BY_RING_WORKER, BY_AIO, NUM_KINDS };

struct access {
	bool write;
	uint8_t *buffer;
	unsigned length, device;
	uint64_t place; /* in the thread's part */
};

struct mixer {
	unsigned number;
	uint32_t state; /* of the random numbers */
	int fd[DEVICES];
	uint8_t *known[DEVICES]; /* PART bytes: what must be there */
	uint8_t *buffer[BATCH];
	struct io_uring ring;
	io_context_t context;
	unsigned done[NUM_KINDS];
	char wrong[128];
};

/* Park and Miller's generator: the same numbers in every run. */
static uint32_t
random_below(struct mixer *mixer, uint32_t limit)
{
	mixer->state = (uint32_t)(mixer->state * UINT64_C(48271) % 0x7fffffff);
	return mixer->state % limit;
}

static off_t
offset_of(const struct mixer *mixer, const struct access *access)
{
	return AT(EDU_MEMORY, (uint64_t)mixer->number * PART + access->place);
}

static void
choose(struct mixer *mixer, struct access *access, unsigned slot, bool large)
{
	access->write = random_below(mixer, 2);
	access->device = random_below(mixer, DEVICES);
	access->buffer = mixer->buffer[slot];
	if (large) {
		access->length = LARGEST - random_below(mixer, SLOT);
		access->place = random_below(mixer, LARGEST - access->length + 1);
	} else {
		access->length = 1 + random_below(mixer, 64);
		access->place = slot * SLOT + random_below(mixer, SLOT - access->length);
	}
	if (access->write)
		for (unsigned i = 0; i < access->length; i++)
			access->buffer[i] = (uint8_t)random_below(mixer, 256);
	else
		memset(access->buffer, 0xee, access->length);
}

static bool
check(struct mixer *mixer, const struct access *access, long result, enum kind kind)
{
	uint8_t *known = mixer->known[access->device] + access->place;

	if (result == (long)access->length && access->write)
		memcpy(known, access->buffer, access->length);
	if (result == (long)access->length && !memcmp(known, access->buffer, access->length)) {
		mixer->done[kind]++;
		return true;
	}
	snprintf(mixer->wrong, sizeof(mixer->wrong),
		 "thread %u, kind %u, %s of %u at 0x%llx of device %u: %ld", mixer->number, kind,
		 access->write ? "write" : "read", access->length, (long long)access->place,
		 access->device, result);
	return false;
}

static long
by_call(struct mixer *mixer, const struct access *access)
{
	int fd = mixer->fd[access->device];

	return access->write ? pwrite(fd, access->buffer, access->length, offset_of(mixer, access))
			     : pread(fd, access->buffer, access->length, offset_of(mixer, access));
}

static long
by_vector(struct mixer *mixer, const struct access *access)
{
	const unsigned first = access->length / 3;
	struct iovec iov[2] = {
		{.iov_base = access->buffer, .iov_len = first},
		{.iov_base = access->buffer + first, .iov_len = access->length - first}};
	int fd = mixer->fd[access->device];

	return access->write ? pwritev(fd, iov, 2, offset_of(mixer, access))
			     : preadv(fd, iov, 2, offset_of(mixer, access));
}

static bool
by_ring(struct mixer *mixer, const struct access *accesses, unsigned count, enum kind kind)
{
	for (unsigned i = 0; i < count; i++) {
		const struct access *access = &accesses[i];
		struct io_uring_sqe *sqe = io_uring_get_sqe(&mixer->ring);
		int fd = mixer->fd[access->device];

		if (access->write)
			io_uring_prep_write(sqe, fd, access->buffer, access->length,
					    (uint64_t)offset_of(mixer, access));
		else
			io_uring_prep_read(sqe, fd, access->buffer, access->length,
					   (uint64_t)offset_of(mixer, access));
		sqe->flags |= kind == BY_RING_WORKER ? IOSQE_ASYNC : 0;
		io_uring_sqe_set_data(sqe, (void *)(uintptr_t)access);
	}
	if (io_uring_submit(&mixer->ring) != (int)count)
		return false;
	while (count--) {
		struct io_uring_cqe *cqe;
		bool good;

		if (io_uring_wait_cqe(&mixer->ring, &cqe))
			return false;
		good = check(mixer, io_uring_cqe_get_data(cqe), cqe->res, kind);
		io_uring_cqe_seen(&mixer->ring, cqe);
		if (!good)
			return false;
	}
	return true;
}

static bool
by_aio(struct mixer *mixer, const struct access *accesses, unsigned count)
{
	struct iocb request[BATCH], *requests[BATCH];
	struct io_event event[BATCH];

	for (unsigned i = 0; i < count; i++) {
		const struct access *access = &accesses[i];
		int fd = mixer->fd[access->device];

		requests[i] = &request[i];
		if (access->write)
			io_prep_pwrite(&request[i], fd, access->buffer, access->length,
				       offset_of(mixer, access));
		else
			io_prep_pread(&request[i], fd, access->buffer, access->length,
				      offset_of(mixer, access));
		request[i].data = (void *)(uintptr_t)access;
	}
	if (io_submit(mixer->context, count, requests) != (int)count ||
	    io_getevents(mixer->context, count, count, event, NULL) != (int)count)
		return false;
	for (unsigned i = 0; i < count; i++)
		if (!check(mixer, event[i].data, (long)event[i].res, BY_AIO))
			return false;
	return true;
}

static bool
one_batch(struct mixer *mixer, unsigned count, bool large)
{
	enum kind kind = random_below(mixer, NUM_KINDS);
	struct access accesses[BATCH];
	bool good = true;

	for (unsigned i = 0; i < count; i++)
		choose(mixer, &accesses[i], i, large);
	switch (kind) {
	case BY_CALL:
		for (unsigned i = 0; i < count && good; i++)
			good = check(mixer, &accesses[i], by_call(mixer, &accesses[i]), kind);
		return good;
	case BY_VECTOR:
		for (unsigned i = 0; i < count && good; i++)
			good = check(mixer, &accesses[i], by_vector(mixer, &accesses[i]), kind);
		return good;
	case BY_RING:
	case BY_RING_WORKER:
		return by_ring(mixer, accesses, count, kind);
	default:
		return by_aio(mixer, accesses, count);
	}
}

static void *
mix(void *arg)
{
	struct mixer *mixer = arg;
	unsigned left = ACCESSES / THREADS;

	for (unsigned batch = 1; left && !mixer->wrong[0]; batch++) {
		bool large = batch % LARGE_EVERY == 0;
		unsigned count = large ? 1 : 1 + random_below(mixer, BATCH);

		if (count > left)
			count = left;
		left -= count;
		if (!one_batch(mixer, count, large) && !mixer->wrong[0])
			snprintf(mixer->wrong, sizeof(mixer->wrong), "errno %d", errno);
	}
	return NULL;
}

static void
set_up(struct mixer *mixer, unsigned number, const int fd[DEVICES])
{
	*mixer = (struct mixer){.number = number, .state = 4711 + number};
	for (unsigned i = 0; i < DEVICES; i++) {
		struct access all = {.write = true, .length = PART, .device = i};

		mixer->fd[i] = fd[i];
		mixer->known[i] = malloc(PART);
		pattern_fill(mixer->known[i], PART, number * 10 + i);
		all.buffer = mixer->known[i];
		assert_returns(by_call(mixer, &all), PART);
	}
	for (unsigned i = 0; i < BATCH; i++)
		mixer->buffer[i] = malloc(LARGEST);
	ck_assert_int_eq(io_uring_queue_init(BATCH, &mixer->ring, 0), 0);
	ck_assert_int_eq(io_setup(BATCH, &mixer->context), 0);
}

START_TEST(mixed)
{
	const int fd[DEVICES] = {node_open(SERVED_NODE), node_open(SERVED_OTHER)};
	static uint8_t memory[PART];
	struct mixer mixer[THREADS];
	unsigned done[NUM_KINDS] = {0}, all = 0;
	pthread_t thread[THREADS];

	for (unsigned i = 0; i < THREADS; i++)
		set_up(&mixer[i], i, fd);
	for (unsigned i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, mix, &mixer[i]), 0);
	for (unsigned i = 0; i < THREADS; i++) {
		ck_assert_int_eq(pthread_join(thread[i], NULL), 0);
		ck_assert_msg(!mixer[i].wrong[0], "%s; the log:\n%s", mixer[i].wrong,
			      daemon_log(&served));
		for (unsigned kind = 0; kind < NUM_KINDS; kind++)
			done[kind] += mixer[i].done[kind];
	}
	for (unsigned i = 0; i < THREADS * DEVICES; i++) {
		struct mixer *owner = &mixer[i / DEVICES];
		struct access whole = {.buffer = memory, .length = PART, .device = i % DEVICES};

		assert_returns(by_call(owner, &whole), PART);
		ck_assert_msg(!memcmp(memory, owner->known[i % DEVICES], PART),
			      "thread %u's part of device %u has foreign bytes", i / DEVICES,
			      i % DEVICES);
	}
	for (unsigned kind = 0; kind < NUM_KINDS; kind++) {
		all += done[kind];
		ck_assert_uint_gt(done[kind], ACCESSES / 10);
	}
	ck_assert_uint_eq(all, ACCESSES);
}
END_TEST

void
rings_mixed(TCase *tcase)
{
	tcase_add_test(tcase, mixed);
}
