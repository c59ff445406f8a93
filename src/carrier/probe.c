/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "carrier/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "carrier/cuse_node.h"
#include "carrier/offset.h"
#include "util/log.h"

#define TIMEOUT_MS 10000

/* An offset whose bits all matter: a region index and a position in it. */
#define PROBE_OFFSET (INT64_C(7) << 40 | 0x12345678)

/* What a call without an offset of its own is answered with. */
#define AT_POSITION UINT64_MAX

/* What the child answers with its exit code. */
enum { PROBE_GOOD, PROBE_NO_NODE, PROBE_FIRST_CALL };

/* The calls that the child makes. */
static const char *const calls[] = {"pread",   "pwrite",   "preadv", "pwritev",
				    "preadv2", "pwritev2", "read",   "pread at 0"};
enum { CALLS_AT_0 = 6, CALL_READ = CALLS_AT_0, CALL_PREAD_0, NUM_CALLS };

struct probe {
	struct cuse_node node;
	struct offset_cache callers;
	const struct offset_mechanism *mechanism;
	_Atomic enum offset_refusal refusal; /* why the last recovery failed */
};

static void
on_open(fuse_req_t req, struct fuse_file_info *fi)
{
	fuse_reply_open(req, fi);
}

/* Every read is answered with the offset that was recovered, every write compared with it. */
static bool
recovered(fuse_req_t req, const struct fuse_file_info *fi, bool write, off_t part, size_t size,
	  uint64_t *offset)
{
	struct probe *probe = fuse_req_userdata(req);
	const struct offset_request request = {
		.tid = fuse_req_ctx(req)->pid,
		.write = write,
		.open_flags = fi->flags,
		.part = (uint64_t)part,
		.size = size,
		.device = atomic_load(&probe->node.number),
	};
	struct offset_call call;
	enum offset_refusal refusal = probe->mechanism->recover(&probe->callers, &request, &call);

	if (refusal) {
		probe->refusal = refusal;
		fuse_reply_err(req, offset_refusal_errno(refusal));
		return false;
	}
	*offset = call.at_position ? AT_POSITION : call.offset + (uint64_t)part;
	return true;
}

static void
on_read(fuse_req_t req, size_t size, off_t part, struct fuse_file_info *fi)
{
	uint64_t offset;

	if (recovered(req, fi, false, part, size, &offset))
		fuse_reply_buf(req, (const char *)&offset,
			       size < sizeof(offset) ? size : sizeof(offset));
}

static void
on_write(fuse_req_t req, const char *buffer, size_t size, off_t part, struct fuse_file_info *fi)
{
	uint64_t offset;

	if (!recovered(req, fi, true, part, size, &offset))
		return;
	if (size == sizeof(offset) && !memcmp(buffer, &offset, sizeof(offset)))
		fuse_reply_write(req, size);
	else
		fuse_reply_err(req, EIO);
}

static void
on_init_done(void *userdata)
{
	struct probe *probe = userdata;

	server_ready(&probe->node.server);
}

static const struct cuse_lowlevel_ops operations = {
	.init_done = on_init_done,
	.open = on_open,
	.read = on_read,
	.write = on_write,
};

/* The child: every call that carries an offset, each with another one, and two at place 0. */
static int
call_all(const char *path)
{
	uint64_t value;
	struct iovec iov = {.iov_base = &value, .iov_len = sizeof(value)};
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return PROBE_NO_NODE;
	for (int call = 0; call < NUM_CALLS; call++) {
		off_t offset = call < CALLS_AT_0 ? PROBE_OFFSET + call * 0x1000 : 0;
		uint64_t want = call == CALL_READ ? AT_POSITION : (uint64_t)offset;
		ssize_t done = -1;

		value = call % 2 ? (uint64_t)offset : 0;
		switch (call) {
		case 0:
			done = pread(fd, &value, sizeof(value), offset);
			break;
		case 1:
			done = pwrite(fd, &value, sizeof(value), offset);
			break;
		case 2:
			done = preadv(fd, &iov, 1, offset);
			break;
		case 3:
			done = pwritev(fd, &iov, 1, offset);
			break;
		case 4:
			done = preadv2(fd, &iov, 1, offset, 0);
			break;
		case 5:
			done = pwritev2(fd, &iov, 1, offset, 0);
			break;
		case CALL_READ:
			done = read(fd, &value, sizeof(value));
			break;
		case CALL_PREAD_0:
			value = AT_POSITION;
			done = pread(fd, &value, sizeof(value), 0);
			break;
		}
		if (done != sizeof(value) || value != want)
			return PROBE_FIRST_CALL + call;
	}
	return PROBE_GOOD;
}

/* Waits for the child, but not forever. Returns its exit code, or -1. */
static int
reap(pid_t child)
{
	for (int waited = 0; waited < TIMEOUT_MS; waited++) {
		int status;
		pid_t pid = waitpid(child, &status, WNOHANG);

		if (pid == child)
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		if (pid < 0)
			return -1;
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return -1;
}

/* Why the machine, or our code, failed the proof. Returns a sysexits code. */
static int
explain(const struct probe *probe, int answer, char *why, size_t room)
{
	const char *call = "a call";

	if (answer == PROBE_NO_NODE) {
		snprintf(why, room, "the probe's node could not be opened");
		return EX_OSERR;
	}
	if (answer >= PROBE_FIRST_CALL && answer < PROBE_FIRST_CALL + NUM_CALLS)
		call = calls[answer - PROBE_FIRST_CALL];
	snprintf(why, room, "the offset of %s can't be recovered on this machine: %s", call,
		 probe->refusal ? offset_refusal_text(probe->refusal) : "wrong value or no answer");
	return EX_UNAVAILABLE;
}

/* Has the mechanism, which has started, serve the child. Returns 0 or a sysexits code. */
static int
prove(const struct offset_mechanism *mechanism, char *why, size_t room)
{
	static const struct carrier_permissions own = {
		.mode = 0600, .uid = (uid_t)-1, .gid = (gid_t)-1};
	struct probe *probe = calloc(1, sizeof(*probe));
	char name[64], path[80];
	int answer = -1, code;
	pid_t child;

	if (!probe)
		return EX_OSERR;
	probe->mechanism = mechanism;
	offset_cache_init(&probe->callers);
	snprintf(name, sizeof(name), "vfiod-probe-%d", (int)getpid());
	snprintf(path, sizeof(path), "/dev/%s", name);
	snprintf(why, room, "the probe's node could not be made");
	code = cuse_node_start(&probe->node, name, &operations, probe, &own,
			       &(struct server_manner){.threads = 1});
	if (code)
		goto out;
	child = fork();
	if (child == 0)
		_exit(call_all(path));
	if (child > 0)
		answer = reap(child);
	cuse_node_stop(&probe->node);
	if (answer != PROBE_GOOD)
		code = explain(probe, answer, why, room);
out:
	offset_cache_clear(&probe->callers);
	free(probe);
	return code;
}

static int
try(const struct offset_mechanism *mechanism, char *why, size_t room)
{
	int code = mechanism->start(why, room);

	if (code)
		return code;
	code = prove(mechanism, why, room);
	if (code)
		mechanism->stop();
	return code;
}

int
probe_offsets(void)
{
	const struct offset_mechanism *last = NULL;
	char why[400];
	int code = EX_UNAVAILABLE;

	for (unsigned i = 0; offset_mechanisms[i]; i++) {
		if (!offset_wanted(offset_mechanisms[i]))
			continue;
		if (last)
			log_line(LOG_INFO, "offsets not by %s: %s", last->name, why);
		last = offset_mechanisms[i];
		code = try(last, why, sizeof(why));
		if (!code) {
			log_line(LOG_INFO, "offsets by %s: %s", last->name, last->how);
			offset_use(last);
			return 0;
		}
	}
	if (last)
		log_line(LOG_ERR, "offsets not by %s: %s", last->name, why);
	log_line(LOG_ERR,
		 "the kernel's CUSE driver drops the offsets of reads and writes, and vfiod "
		 "found no way to recover them: see OFFSETS in vfiod(8)");
	return code;
}
