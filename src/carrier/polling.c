/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "carrier/polling.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>

#include "util/timer.h"

#define FIRST_WINDOW UINT64_C(10000) /* ns */

/* Doubling and halving, as the kernel's KVM does with the time it polls before a virtual CPU halts. */
void
polling_learn(struct polling *polling, uint64_t gap)
{
	if (gap > polling->most)
		polling->window = polling->window > FIRST_WINDOW ? polling->window / 2 : 0;
	else if (gap > polling->window)
		polling->window = polling->window ? polling->window * 2 : FIRST_WINDOW;
	if (polling->window > polling->most)
		polling->window = polling->most;
}

bool
polling_possible(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) || CPU_COUNT(&set) > 1;
}

struct reader {
	struct polling polling;
	struct fuse_session *session;
	struct fuse_buf buffer;
	bool nonblocking; /* what the descriptor is now */
	uint64_t since;   /* the last request was answered */
};

/* Only for as long as polling pays: a read that sleeps is one system call, poll() and a read are two. */
static void
set_nonblocking(struct reader *reader, bool nonblocking)
{
	int fd = fuse_session_fd(reader->session);
	int flags = reader->nonblocking == nonblocking ? -1 : fcntl(fd, F_GETFL);

	if (flags >= 0 && !fcntl(fd, F_SETFL,
				 nonblocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK))
		reader->nonblocking = nonblocking;
}

/* The length of a request, 0 at the end, or a negative errno, of which EINTR and EAGAIN mean nothing. */
static int
next(struct reader *reader, bool poll_first)
{
	struct fuse_session *session = reader->session;
	uint64_t end = reader->since + reader->polling.window;
	struct pollfd request = {.fd = fuse_session_fd(session), .events = POLLIN};
	int got;

	set_nonblocking(reader, poll_first && reader->polling.window);
	got = fuse_session_receive_buf(session, &reader->buffer);
	while (got == -EAGAIN && !fuse_session_exited(session) && timer_now() < end) {
		/* The client may wait for this very processor. */
		sched_yield();
		got = fuse_session_receive_buf(session, &reader->buffer);
	}
	if (got != -EAGAIN || fuse_session_exited(session))
		return got;
	if (poll(&request, 1, -1) < 0)
		return -errno;
	return fuse_session_receive_buf(session, &reader->buffer);
}

void
polling_serve(struct fuse_session *session, unsigned most_us, const unsigned *clients)
{
	struct reader reader = {.polling.most = most_us * UINT64_C(1000), .session = session};

	while (!fuse_session_exited(session)) {
		bool in_use = *clients;
		int got = next(&reader, in_use);

		if (got == -EINTR || got == -EAGAIN)
			continue;
		if (got <= 0)
			break;
		if (in_use)
			polling_learn(&reader.polling, timer_now() - reader.since);
		fuse_session_process_buf(session, &reader.buffer);
		reader.since = timer_now();
	}
	free(reader.buffer.mem);
	fuse_session_reset(session);
}
