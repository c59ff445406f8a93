/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "carrier/probe.h"

#include <cap-ng.h>
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

/* What the child answers with its exit code. */
enum { PROBE_GOOD, PROBE_NO_NODE, PROBE_FIRST_CALL };

struct probe {
	struct cuse_node node;
	struct offset_cache callers;
	_Atomic enum offset_refusal refusal; /* why the last recovery failed */
};

static void
on_open(fuse_req_t req, struct fuse_file_info *fi)
{
	fuse_reply_open(req, fi);
}

/* Every read is answered with the offset that was recovered, every write compared with it. */
static bool
recovered(fuse_req_t req, bool write, off_t part, uint64_t *offset)
{
	struct probe *probe = fuse_req_userdata(req);
	struct offset_call call;
	enum offset_refusal refusal =
		offset_recover(&probe->callers, fuse_req_ctx(req)->pid, write, &call);

	if (refusal) {
		probe->refusal = refusal;
		fuse_reply_err(req, offset_refusal_errno(refusal));
		return false;
	}
	*offset = call.offset + (uint64_t)part;
	return true;
}

static void
on_read(fuse_req_t req, size_t size, off_t part, struct fuse_file_info *fi)
{
	uint64_t offset;

	(void)fi;
	if (recovered(req, false, part, &offset))
		fuse_reply_buf(req, (const char *)&offset,
			       size < sizeof(offset) ? size : sizeof(offset));
}

static void
on_write(fuse_req_t req, const char *buffer, size_t size, off_t part, struct fuse_file_info *fi)
{
	uint64_t offset;

	(void)fi;
	if (!recovered(req, true, part, &offset))
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

/* The child: every call that carries an offset, each with another one. */
static int
call_all(const char *path)
{
	uint64_t value;
	struct iovec iov = {.iov_base = &value, .iov_len = sizeof(value)};
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return PROBE_NO_NODE;
	for (int call = 0; call < 6; call++) {
		off_t offset = PROBE_OFFSET + call * 0x1000;
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
		}
		if (done != sizeof(value) || value != (uint64_t)offset)
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

static int
explain(int answer, enum offset_refusal refusal)
{
	static const char *const calls[] = {"pread",   "pwrite",  "preadv",
					    "pwritev", "preadv2", "pwritev2"};
	const char *call = "a call";

	if (answer >= PROBE_FIRST_CALL && answer < PROBE_FIRST_CALL + 6)
		call = calls[answer - PROBE_FIRST_CALL];
	if (answer == PROBE_NO_NODE) {
		log_line(LOG_ERR, "the probe's node could not be opened");
		return EX_OSERR;
	}
	log_line(LOG_ERR,
		 "the offset of %s can't be recovered on this machine: %s. The kernel's CUSE driver "
		 "drops offsets and vfiod reads them in /proc/TID/syscall, which needs /proc, "
		 "CONFIG_HAVE_ARCH_TRACEHOOK, an x86-64 kernel and the ptrace right over callers",
		 call, refusal ? offset_refusal_text(refusal) : "wrong value or no answer");
	return EX_UNAVAILABLE;
}

/* Without the capability only some callers can be looked at; that is not enough for a device. */
static int
check_ptrace_right(void)
{
	char scope = '0';
	int fd;

	if (capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_PTRACE))
		return 0;
	fd = open("/proc/sys/kernel/yama/ptrace_scope", O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		if (read(fd, &scope, 1) != 1)
			scope = '?';
		close(fd);
	}
	if (scope == '0') {
		log_line(LOG_WARNING, "without CAP_SYS_PTRACE only clients of the same user can be "
				      "served; the others get EOPNOTSUPP");
		return 0;
	}
	log_line(LOG_ERR, "no ptrace right over callers: run vfiod as root or with CAP_SYS_PTRACE "
			  "(kernel.yama.ptrace_scope=%c forbids it otherwise)", scope);
	return EX_NOPERM;
}

int
probe_offsets(void)
{
	static const struct carrier_permissions own = {
		.mode = 0600, .uid = (uid_t)-1, .gid = (gid_t)-1};
	struct probe *probe;
	char name[64], path[80];
	int answer = -1, code = check_ptrace_right();
	pid_t child;

	if (code)
		return code;
	probe = calloc(1, sizeof(*probe));
	if (!probe)
		return EX_OSERR;
	offset_cache_init(&probe->callers);
	snprintf(name, sizeof(name), "vfiod-probe-%d", (int)getpid());
	snprintf(path, sizeof(path), "/dev/%s", name);
	code = cuse_node_start(&probe->node, name, &operations, probe, &own, 1);
	if (code)
		goto out;
	child = fork();
	if (child == 0)
		_exit(call_all(path));
	if (child > 0)
		answer = reap(child);
	cuse_node_stop(&probe->node);
	if (answer != PROBE_GOOD)
		code = explain(answer, probe->refusal);
out:
	offset_cache_clear(&probe->callers);
	free(probe);
	return code;
}
