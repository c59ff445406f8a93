/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * null-fuse PATH
 *
 * A file that does nothing, mounted on the regular file PATH: it answers at once. Served by libfuse's
 * single-threaded loop and opened with direct_io, as vfiod's files are: the least that any device behind a
 * FUSE file costs.
 */
#define FUSE_USE_VERSION 312
#include <fuse_lowlevel.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

/* All regions of a VFIO device are inside, as in vfiod's. */
#define FILE_SIZE ((off_t)16 << 40)

#define VALID_S   86400.0

static uint8_t contents[256 * 4096];

static void
on_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	const struct stat st = {.st_ino = ino,
				.st_mode = S_IFREG | 0600,
				.st_nlink = 1,
				.st_uid = geteuid(),
				.st_gid = getegid(),
				.st_size = FILE_SIZE};

	(void)fi;
	fuse_reply_attr(req, &st, VALID_S);
}

static void
on_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	fi->direct_io = 1;
	fi->noflush = 1;
	fuse_reply_open(req, fi);
}

static void
on_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *fi)
{
	(void)ino, (void)offset, (void)fi;
	fuse_reply_buf(req, (const char *)contents,
		       size < sizeof(contents) ? size : sizeof(contents));
}

static void
on_write(fuse_req_t req, fuse_ino_t ino, const char *buffer, size_t size, off_t offset,
	 struct fuse_file_info *fi)
{
	(void)ino, (void)buffer, (void)offset, (void)fi;
	fuse_reply_write(req, size);
}

static void
on_ioctl(fuse_req_t req, fuse_ino_t ino, unsigned command, void *argument,
	 struct fuse_file_info *fi, unsigned flags, const void *in, size_t in_size, size_t out_size)
{
	(void)ino, (void)command, (void)argument, (void)fi, (void)flags, (void)in, (void)in_size;
	(void)out_size;
	fuse_reply_ioctl(req, 0, NULL, 0);
}

static void
on_init(void *userdata, struct fuse_conn_info *conn)
{
	(void)userdata, (void)conn;
	fprintf(stderr, "null-fuse: ready\n");
}

static const struct fuse_lowlevel_ops operations = {
	.init = on_init,
	.getattr = on_getattr,
	.open = on_open,
	.read = on_read,
	.write = on_write,
	.ioctl = on_ioctl,
};

int
main(int argc, char **argv)
{
	char *fuse_argv[] = {(char[]){"null-fuse"}, (char[]){"-o"}, (char[]){"fsname=vfiod-bench"},
			     NULL};
	struct fuse_args args = FUSE_ARGS_INIT(3, fuse_argv);
	struct fuse_session *session;
	int code;

	if (argc != 2) {
		fprintf(stderr, "Usage: null-fuse PATH\n");
		return EX_USAGE;
	}
	/* Pages never written are all the kernel's one page of zeros: always in the cache. */
	memset(contents, 0x5a, sizeof(contents));
	session = fuse_session_new(&args, &operations, sizeof(operations), NULL);
	if (!session || fuse_set_signal_handlers(session) || fuse_session_mount(session, argv[1])) {
		fprintf(stderr, "null-fuse: cannot mount on %s\n", argv[1]);
		return EX_OSERR;
	}
	/* The signal that ends the loop leaves the mount, which goes now. */
	code = fuse_session_loop(session) ? EX_IOERR : 0;
	fuse_session_unmount(session);
	fuse_session_destroy(session);
	return code;
}
