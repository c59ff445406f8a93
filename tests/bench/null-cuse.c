/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * null-cuse NAME
 *
 * A CUSE device, /dev/NAME, that does nothing: it answers at once and knows no offset. Served by libfuse's
 * single-threaded loop, as vfiod's devices are: the least that any device behind CUSE costs.
 */
#define FUSE_USE_VERSION 312
#include <cuse_lowlevel.h>
#include <fuse_lowlevel.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* The largest transfer of one request. */
static uint8_t contents[256 * 4096];

static void
on_read(fuse_req_t req, size_t size, off_t part, struct fuse_file_info *fi)
{
	(void)part, (void)fi;
	fuse_reply_buf(req, (const char *)contents,
		       size < sizeof(contents) ? size : sizeof(contents));
}

static void
on_write(fuse_req_t req, const char *buffer, size_t size, off_t part, struct fuse_file_info *fi)
{
	(void)buffer, (void)part, (void)fi;
	fuse_reply_write(req, size);
}

static void
on_ioctl(fuse_req_t req, int command, void *argument, struct fuse_file_info *fi, unsigned flags,
	 const void *in, size_t in_size, size_t out_size)
{
	(void)command, (void)argument, (void)fi, (void)flags, (void)in, (void)in_size,
		(void)out_size;
	fuse_reply_ioctl(req, 0, NULL, 0);
}

static void
on_init_done(void *userdata)
{
	(void)userdata;
	fprintf(stderr, "null-cuse: ready\n");
}

static const struct cuse_lowlevel_ops operations = {
	.init_done = on_init_done,
	.read = on_read,
	.write = on_write,
	.ioctl = on_ioctl,
};

int
main(int argc, char **argv)
{
	char device_name[256], fd_path[32];
	const char *info_argv[] = {device_name};
	char *fuse_argv[] = {(char[]){"null-cuse"}, NULL};
	struct fuse_args args = FUSE_ARGS_INIT(1, fuse_argv);
	struct cuse_info info = {
		.dev_info_argc = 1,
		.dev_info_argv = info_argv,
		.flags = CUSE_UNRESTRICTED_IOCTL,
	};
	struct fuse_session *session;
	int fd;

	if (argc != 2) {
		fprintf(stderr, "Usage: null-cuse NAME\n");
		return EX_USAGE;
	}
	/* Pages never written are all the kernel's one page of zeros: always in the cache. */
	memset(contents, 0x5a, sizeof(contents));
	snprintf(device_name, sizeof(device_name), "DEVNAME=%s", argv[1]);
	session = cuse_lowlevel_new(&args, &info, &operations, NULL);
	fd = open("/dev/cuse", O_RDWR | O_CLOEXEC);
	snprintf(fd_path, sizeof(fd_path), "/dev/fd/%d", fd);
	if (!session || fd < 0 || fuse_session_mount(session, fd_path)) {
		fprintf(stderr, "null-cuse: /dev/%s: %s\n", argv[1], strerror(errno));
		return EX_OSERR;
	}
	/* Until a signal ends us; the kernel takes the node away then. */
	return fuse_session_loop(session) ? EX_IOERR : 0;
}
