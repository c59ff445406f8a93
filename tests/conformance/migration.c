/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The migration features, on devices that have them. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "groups.h"
#include "run.h"

#define GET VFIO_FEATURE_GET
#define SET VFIO_FEATURE_SET

static long
set_state(struct run *run, uint32_t state, int32_t *fd)
{
	struct vfio_device_feature arg = {.word = {state, 0x5555}};
	long result = feature(run->device.fd, VFIO_FEATURE_MIG_DEVICE_STATE | SET, &arg, 8);

	*fd = (int32_t)arg.word[1];
	return result;
}

static uint32_t
get_state(struct run *run)
{
	struct vfio_device_feature arg = {0};

	expect(run, "GET of the state", 0,
	       feature(run->device.fd, VFIO_FEATURE_MIG_DEVICE_STATE | GET, &arg, 8));
	expect_value(run, "data_fd of GET", 0xffffffff, arg.word[1]);
	return arg.word[0];
}

static bool
has_state(const struct run *run, uint32_t state)
{
	const uint64_t flags = run->facts->migration;

	switch (state) {
	case VFIO_STATE_ERROR:
		return false;
	case VFIO_STATE_RUNNING_P2P:
		return flags & VFIO_MIGRATION_P2P;
	case VFIO_STATE_PRE_COPY:
		return flags & VFIO_MIGRATION_PRE_COPY;
	case VFIO_STATE_PRE_COPY_P2P:
		return flags & VFIO_MIGRATION_PRE_COPY && flags & VFIO_MIGRATION_P2P;
	default:
		return true;
	}
}

static void
go(struct run *run, uint32_t state)
{
	int32_t fd;

	expect(run, "a change of state", 0, set_state(run, state, &fd));
	expect_value(run, "the state", state, get_state(run));
}

static bool
is_known_pair(uint32_t from, uint32_t to)
{
	return !(from == VFIO_STATE_STOP_COPY &&
		 (to == VFIO_STATE_PRE_COPY || to == VFIO_STATE_PRE_COPY_P2P));
}

static void
flags(struct run *run)
{
	const uint64_t known =
		VFIO_MIGRATION_STOP_COPY | VFIO_MIGRATION_P2P | VFIO_MIGRATION_PRE_COPY;

	expect_value(run, "STOP_COPY", VFIO_MIGRATION_STOP_COPY,
		     run->facts->migration & VFIO_MIGRATION_STOP_COPY);
	expect_value(run, "flags not known", 0, run->facts->migration & ~known);
}

static void
begins_running(struct run *run)
{
	expect_value(run, "the state", VFIO_STATE_RUNNING, get_state(run));
}

static void
bad_states(struct run *run)
{
	int32_t fd;

	for (uint32_t state = 0; state < 20; state++) {
		if (state < VFIO_NUM_STATES && has_state(run, state))
			continue;
		expect(run, "a state that isn't there", -EINVAL, set_state(run, state, &fd));
		expect_value(run, "data_fd", 0xffffffff, (uint32_t)fd);
	}
	expect_value(run, "the state", VFIO_STATE_RUNNING, get_state(run));
}

static void
pairs(struct run *run)
{
	for (uint32_t from = 1; from < VFIO_NUM_STATES; from++) {
		for (uint32_t to = 1; to < VFIO_NUM_STATES; to++) {
			int32_t fd;

			if (!has_state(run, from) || !has_state(run, to))
				continue;
			go(run, VFIO_STATE_RUNNING);
			go(run, from);
			expect(run, "a change of state", is_known_pair(from, to) ? 0 : -EINVAL,
			       set_state(run, to, &fd));
			expect_value(run, "the state", is_known_pair(from, to) ? to : from,
				     get_state(run));
		}
	}
}

static void
stream(struct run *run)
{
	char bytes[64];
	int32_t fd;

	go(run, VFIO_STATE_STOP);
	expect(run, "to STOP_COPY", 0, set_state(run, VFIO_STATE_STOP_COPY, &fd));
	expect_that(run, fd >= 0 && fd != 0x5555, "data_fd is a new descriptor");
	expect_value(run, "close-on-exec", FD_CLOEXEC, (uint64_t)fcntl(fd, F_GETFD));
	expect(run, "lseek", -ESPIPE, lseek(fd, 0, SEEK_SET) < 0 ? -errno : 0);
	while (read(fd, bytes, sizeof(bytes)) > 0)
		continue;
	expect(run, "read at the end", 0, read(fd, bytes, sizeof(bytes)));
	go(run, VFIO_STATE_STOP);
	expect(run, "read after STOP", -ENODEV, read(fd, bytes, sizeof(bytes)) < 0 ? -errno : 0);
}

static void
reset(struct run *run)
{
	go(run, VFIO_STATE_STOP);
	expect(run, "RESET", 0, call(run->device.fd, VFIO_DEVICE_RESET, NULL));
	expect_value(run, "the state", VFIO_STATE_RUNNING, get_state(run));
}

#define MIGRATION(name, said, function)                                                            \
	{                                                                                          \
		.id = (name), .words = (said), .state = STATE_BOUND, .needs = NEED_MIGRATION,      \
		.body = (function)                                                                 \
	}

static const struct rule rules[] = {
	MIGRATION("flags", "STOP_COPY, perhaps P2P and PRE_COPY", flags),
	MIGRATION("begin", "a bound device is RUNNING; data_fd of GET is -1", begins_running),
	MIGRATION("bad-states", "ERROR, missing and unknown states: EINVAL, data_fd -1",
		  bad_states),
	MIGRATION("pairs", "every state is reached from every other, but PRE_COPY from STOP_COPY",
		  pairs),
	MIGRATION("stream", "STOP_COPY gives a stream that ends, and is dead after STOP", stream),
	{"reset", "RESET brings it back to RUNNING", STATE_BOUND, NEED_MIGRATION | NEED_RESET,
	 .body = reset},
};

GROUP(migration, "vfio_main.c");
