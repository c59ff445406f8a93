/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * null-cuse NAME RECOVERING-NAME [bpf|proc|auto]
 *
 * Two CUSE devices that do nothing, each on libfuse's single-threaded loop in a thread of its own,
 * as vfiod has it. /dev/NAME answers at once: the least that any device behind CUSE costs. The
 * other one finds each call's true offset first, with vfiod's code, and does nothing with it.
 *
 * It shares the recovery with vfiod but not its node: what vfiod's node costs is to show.
 */
#define FUSE_USE_VERSION 312
#include <cuse_lowlevel.h>
#include <fuse_lowlevel.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sysexits.h>

#include "carrier/offset.h"

/* As vfiod asks for at VFIO_DEVICE_GET_INFO. */
#define INFO_IN  16u
#define INFO_OUT 24u

struct null_node {
	char path[256];
	struct fuse_session *session;
	pthread_t thread;
	bool recovers;
	atomic_uint number; /* of its node; 0 until somebody has opened it */
	struct offset_cache callers;
};

/* The largest transfer of one request. */
static uint8_t contents[256 * 4096];

static bool
recovered(fuse_req_t req, const struct fuse_file_info *fi, bool write, size_t size, off_t part)
{
	struct null_node *node = fuse_req_userdata(req);
	const struct offset_request request = {
		.tid = fuse_req_ctx(req)->pid,
		.write = write,
		.open_flags = fi->flags,
		.part = (uint64_t)part,
		.size = size,
		.device = node->number,
	};
	struct offset_call call;
	enum offset_refusal refusal;

	if (!node->recovers)
		return true;
	refusal = offset_recover(&node->callers, &request, &call);
	if (!refusal)
		return true;
	fuse_reply_err(req, offset_refusal_errno(refusal));
	return false;
}

static void
on_open(fuse_req_t req, struct fuse_file_info *fi)
{
	struct null_node *node = fuse_req_userdata(req);
	struct stat st;

	if (!stat(node->path, &st))
		node->number = major(st.st_rdev) << 20 | minor(st.st_rdev);
	fuse_reply_open(req, fi);
}

static void
on_read(fuse_req_t req, size_t size, off_t part, struct fuse_file_info *fi)
{
	if (recovered(req, fi, false, size, part))
		fuse_reply_buf(req, (const char *)contents,
			       size < sizeof(contents) ? size : sizeof(contents));
}

static void
on_write(fuse_req_t req, const char *buffer, size_t size, off_t part, struct fuse_file_info *fi)
{
	(void)buffer;
	if (recovered(req, fi, true, size, part))
		fuse_reply_write(req, size);
}

static void
on_ioctl(fuse_req_t req, int command, void *argument, struct fuse_file_info *fi, unsigned flags,
	 const void *in, size_t in_size, size_t out_size)
{
	const struct iovec from = {.iov_base = argument, .iov_len = INFO_IN};
	const struct iovec to = {.iov_base = argument, .iov_len = INFO_OUT};

	(void)command;
	(void)fi;
	(void)flags;
	(void)in;
	if (in_size < INFO_IN || out_size < INFO_OUT)
		fuse_reply_ioctl_retry(req, &from, 1, &to, 1);
	else
		fuse_reply_ioctl(req, 0, contents, INFO_OUT);
}

static const struct cuse_lowlevel_ops operations = {
	.open = on_open,
	.read = on_read,
	.write = on_write,
	.ioctl = on_ioctl,
};

static void *
serve(void *arg)
{
	struct null_node *node = arg;

	fuse_session_loop(node->session);
	return NULL;
}

static bool
start(struct null_node *node, const char *name)
{
	char device_name[256], fd_path[32];
	const char *info_argv[] = {device_name};
	char *argv[] = {(char[]){"null-cuse"}, NULL};
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	struct cuse_info info = {
		.dev_info_argc = 1,
		.dev_info_argv = info_argv,
		.flags = CUSE_UNRESTRICTED_IOCTL,
	};
	int fd;

	offset_cache_init(&node->callers);
	snprintf(node->path, sizeof(node->path), "/dev/%s", name);
	snprintf(device_name, sizeof(device_name), "DEVNAME=%s", name);
	node->session = cuse_lowlevel_new(&args, &info, &operations, node);
	fd = open("/dev/cuse", O_RDWR | O_CLOEXEC);
	snprintf(fd_path, sizeof(fd_path), "/dev/fd/%d", fd);
	if (node->session && fd >= 0 && !fuse_session_mount(node->session, fd_path) &&
	    !pthread_create(&node->thread, NULL, serve, node))
		return true;
	fprintf(stderr, "null-cuse: /dev/%s: %s\n", name, strerror(errno));
	return false;
}

static bool
start_recovery(void)
{
	char why[400];

	for (unsigned i = 0; offset_mechanisms[i]; i++) {
		if (!offset_wanted(offset_mechanisms[i]))
			continue;
		if (!offset_mechanisms[i]->start(why, sizeof(why))) {
			offset_use(offset_mechanisms[i]);
			return true;
		}
		fprintf(stderr, "null-cuse: offsets not by %s: %s\n", offset_mechanisms[i]->name,
			why);
	}
	return false;
}

int
main(int argc, char **argv)
{
	static struct null_node plain, recovering = {.recovers = true};

	if (argc < 3 || argc > 4 || !offset_choose(argv[3] ? argv[3] : "auto")) {
		fprintf(stderr, "Usage: null-cuse NAME RECOVERING-NAME [bpf|proc|auto]\n");
		return EX_USAGE;
	}
	/* Pages never written are all the kernel's one page of zeros: always in the cache. */
	memset(contents, 0x5a, sizeof(contents));
	if (!start_recovery())
		return EX_UNAVAILABLE;
	if (!start(&plain, argv[1]) || !start(&recovering, argv[2]))
		return EX_OSERR;
	/* Until a signal ends us; the kernel takes the nodes away then. */
	pthread_join(plain.thread, NULL);
	pthread_join(recovering.thread, NULL);
	return EX_IOERR;
}
