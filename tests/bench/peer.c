/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "peer.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* As large as a message's header in vfio-user's protocol. */
struct header {
	uint32_t size, back, unused[2];
};

#define ROOM (sizeof(struct header) + 64 + (2u << 20))

static bool
all(ssize_t (*move)(int fd, void *buffer, size_t length), int fd, void *buffer, size_t length)
{
	for (size_t done = 0; done < length;) {
		ssize_t moved = move(fd, (uint8_t *)buffer + done, length - done);

		if (moved <= 0)
			return false;
		done += (size_t)moved;
	}
	return true;
}

static ssize_t
put(int fd, void *buffer, size_t length)
{
	return write(fd, buffer, length);
}

/* One read where the message comes in one piece, as a server that is fast would do it. */
static bool
receive_request(const struct peer *peer, struct header *header)
{
	ssize_t got = read(peer->in, peer->buffer, ROOM);

	if (got < (ssize_t)sizeof(*header))
		return false;
	memcpy(header, peer->buffer, sizeof(*header));
	return header->size <= ROOM && (size_t)got <= header->size &&
	       all(read, peer->in, peer->buffer + got, header->size - (size_t)got);
}

static void
answer(const struct peer *peer)
{
	struct header header;
	char byte;

	if (peer->kind == PEER_PIPE) {
		while (read(peer->in, &byte, 1) == 1 && write(peer->out, &byte, 1) == 1)
			;
		return;
	}
	while (receive_request(peer, &header))
		if (header.back > ROOM || !all(put, peer->out, peer->buffer, header.back))
			return;
}

/* fd[0] is ours, fd[1] the other's; each has a way in and a way out. */
static bool
connect_ends(enum peer_kind kind, int in[2], int out[2])
{
	int first[2], second[2];

	if (kind == PEER_PIPE) {
		if (pipe2(first, O_CLOEXEC))
			return false;
		if (pipe2(second, O_CLOEXEC)) {
			close(first[0]);
			close(first[1]);
			return false;
		}
		in[0] = first[0], out[1] = first[1];
		in[1] = second[0], out[0] = second[1];
		return true;
	}
	if (socketpair(AF_UNIX, (kind == PEER_STREAM ? SOCK_STREAM : SOCK_SEQPACKET) | SOCK_CLOEXEC,
		       0, first))
		return false;
	in[0] = out[0] = first[0];
	in[1] = out[1] = first[1];
	return true;
}

bool
peer_start(struct peer *peer, enum peer_kind kind)
{
	int in[2], out[2];

	*peer = (struct peer){.kind = kind, .in = -1, .out = -1};
	peer->buffer = calloc(1, ROOM);
	if (!peer->buffer || !connect_ends(kind, in, out)) {
		perror("bench: the other end of a socket");
		return false;
	}
	peer->pid = fork();
	if (!peer->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(in[0]);
		if (out[0] != in[0])
			close(out[0]);
		peer->in = in[1];
		peer->out = out[1];
		answer(peer);
		_exit(0);
	}
	close(in[1]);
	if (out[1] != in[1])
		close(out[1]);
	peer->in = in[0];
	peer->out = out[0];
	if (peer->pid > 0)
		return true;
	perror("bench: fork");
	return false;
}

void
peer_stop(struct peer *peer)
{
	if (peer->pid > 0) {
		close(peer->in);
		if (peer->out != peer->in)
			close(peer->out);
		kill(peer->pid, SIGKILL);
		waitpid(peer->pid, NULL, 0);
	}
	free(peer->buffer);
	*peer = (struct peer){.in = -1, .out = -1};
}

bool
peer_exchange(struct peer *peer, size_t out, size_t back)
{
	const struct header header = {.size = (uint32_t)out, .back = (uint32_t)back};

	memcpy(peer->buffer, &header, sizeof(header));
	return all(put, peer->out, peer->buffer, out) && all(read, peer->in, peer->buffer, back);
}

static bool
ping_pong(const struct work *work, unsigned calls, struct samples *samples)
{
	const struct peer *peer = work->ctx;
	char byte = 0;

	for (unsigned i = 0; i < WARM_UP + calls; i++) {
		double start = now_ns();

		if (write(peer->out, &byte, 1) != 1 || read(peer->in, &byte, 1) != 1)
			return false;
		if (i >= WARM_UP && !samples_add(samples, now_ns() - start))
			return false;
	}
	return true;
}

struct work *
peer_add_ping_pong(struct plan *plan, struct peer *pipe)
{
	plan_group(plan);
	return plan_add(plan, &(struct work){.operation = "ping_pong",
					     .title = "pipe ping-pong 1 B",
					     .carrier = "pipe",
					     .block = ping_pong,
					     .ctx = pipe});
}
