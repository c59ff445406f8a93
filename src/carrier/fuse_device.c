/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The carrier "fuse": a regular file, itself the root of a FUSE mount. It needs no module that a stock
 * kernel hasn't loaded, requests carry their true offsets, and an unprivileged user may have one.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sysexits.h>
#include <unistd.h>

#include "carrier/caller.h"
#include "carrier/requests.h"
#include "util/privileges.h"

/* Attributes don't change: the kernel need not ask for them again. */
#define ATTRIBUTES_VALID_S 86400.0

struct fuse_device {
	struct carried carried;
	struct server server;
	struct fuse_session *session;
	struct carrier_permissions permissions;
	char path[PATH_MAX];
	bool made_file, mounted;
};

static struct fuse_device *
served_by(fuse_req_t req)
{
	return fuse_req_userdata(req);
}

static void
on_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	const struct fuse_device *served = served_by(req);
	const struct stat st = {
		.st_ino = ino,
		.st_mode = S_IFREG | served->permissions.mode,
		.st_nlink = 1,
		.st_uid = served->permissions.uid,
		.st_gid = served->permissions.gid,
		/* Asynchronous reads stop at the file's size: let all regions be inside. */
		.st_size = (off_t)VFIOD_MAX_REGIONS << VFIO_OFFSET_SHIFT,
	};

	(void)fi;
	fuse_reply_attr(req, &st, ATTRIBUTES_VALID_S);
}

/* A device has no length to change; O_TRUNC on open means nothing, see on_init(). */
static void
on_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set, struct fuse_file_info *fi)
{
	const int times = FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_MTIME | FUSE_SET_ATTR_ATIME_NOW |
			  FUSE_SET_ATTR_MTIME_NOW | FUSE_SET_ATTR_CTIME;

	(void)attr;
	if (to_set & ~times)
		fuse_reply_err(req, to_set & FUSE_SET_ATTR_SIZE ? EINVAL : EPERM);
	else
		on_getattr(req, ino, fi);
}

static void
on_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	/* Registers must not be cached; there is nothing to flush, so close() need not ask. */
	fi->direct_io = 1;
	fi->noflush = 1;
	request_open(req, fi);
}

static void
on_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	vfio_close(request_file(fi));
	fuse_reply_err(req, 0);
}

static void
on_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *fi)
{
	(void)ino, (void)fi;
	request_read(req, (uint64_t)offset, size);
}

static void
on_write(fuse_req_t req, fuse_ino_t ino, const char *buffer, size_t size, off_t offset,
	 struct fuse_file_info *fi)
{
	(void)ino, (void)fi;
	request_write(req, (uint64_t)offset, buffer, size);
}

/* As a character device without fsync answers. */
static void
on_fsync(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi)
{
	(void)ino, (void)datasync, (void)fi;
	fuse_reply_err(req, EINVAL);
}

static void
on_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t offset, off_t length,
	     struct fuse_file_info *fi)
{
	(void)ino, (void)mode, (void)offset, (void)length, (void)fi;
	fuse_reply_err(req, ENODEV);
}

/* Moves an ioctl's argument; anything short of all of it is a bad address. */
static int
fetch(pid_t tid, void *argument, void *buffer, size_t size)
{
	struct iovec from = {.iov_base = argument, .iov_len = size};
	struct iovec to = {.iov_base = buffer, .iov_len = size};

	return process_vm_readv(tid, &to, 1, &from, 1, 0) == (ssize_t)size ? 0 : -EFAULT;
}

static int
put_back(pid_t tid, void *argument, void *buffer, size_t size)
{
	struct iovec from = {.iov_base = buffer, .iov_len = size};
	struct iovec to = {.iov_base = argument, .iov_len = size};

	return process_vm_writev(tid, &from, 1, &to, 1, 0) == (ssize_t)size ? 0 : -EFAULT;
}

/*
 * A file's ioctls can't be retried as a CUSE device's can: the argument is reached through the
 * caller's memory. Should it stall there, it stalls this device only.
 */
static void
on_ioctl(fuse_req_t req, fuse_ino_t ino, unsigned command, void *argument,
	 struct fuse_file_info *fi, unsigned flags, const void *in, size_t in_size, size_t out_size)
{
	uint8_t fetched[VFIO_IOCTL_MAX_IN], out[VFIO_IOCTL_MAX_OUT];
	pid_t tid = fuse_req_ctx(req)->pid;
	struct thread_caller caller;
	struct vfio_ioctl request = {
		.command = command,
		.in = fetched,
		.out = out,
		.out_size = sizeof(out),
		.caller = &caller.caller,
	};

	(void)ino, (void)flags, (void)in, (void)in_size, (void)out_size;
	thread_caller_init(&caller, tid);
	while (vfio_ioctl(request_file(fi), &request) == VFIO_IOCTL_MORE) {
		request.result = tid <= 0 ? -EOPNOTSUPP
					  : fetch(tid, argument, fetched, request.want_in);
		if (request.result < 0)
			break;
		request.in_size = request.want_in;
	}
	if (request.result >= 0 && request.out_used) {
		int error = put_back(tid, argument, out, request.out_used);

		if (error)
			request.result = error;
	}
	if (request.result < 0)
		fuse_reply_err(req, -request.result);
	else
		fuse_reply_ioctl(req, request.result, NULL, 0);
}

static void
on_init(void *userdata, struct fuse_conn_info *conn)
{
	struct fuse_device *served = userdata;

	/* O_TRUNC comes as a flag of open then, which ignores it. */
	conn->want |= conn->capable & FUSE_CAP_ATOMIC_O_TRUNC;
	server_ready(&served->server);
}

static const struct fuse_lowlevel_ops operations = {
	.init = on_init,
	.getattr = on_getattr,
	.setattr = on_setattr,
	.open = on_open,
	.release = on_release,
	.read = on_read,
	.write = on_write,
	.fsync = on_fsync,
	.fallocate = on_fallocate,
	.ioctl = on_ioctl,
};

static const char *
directory(void)
{
	static char path[PATH_MAX];
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	if (geteuid() == 0)
		return "/run/vfiod";
	if (runtime && *runtime)
		snprintf(path, sizeof(path), "%s/vfiod", runtime);
	else
		snprintf(path, sizeof(path), "/tmp/vfiod-%u", (unsigned)geteuid());
	return path;
}

/* All folders on the way to the file. */
static int
make_folders(const char *path)
{
	char part[PATH_MAX];

	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}

static int
open_file(const char *path)
{
	return open(path, O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/*
 * The file to mount on: new, or the empty one of a daemon that was killed, whose mount answers ENOTCONN
 * until it is taken away.
 */
static int
make_file(struct fuse_device *served)
{
	struct stat st;
	int fd, error = make_folders(served->path);

	if (error)
		return error;
	fd = open_file(served->path);
	if (fd < 0 && errno == ENOTCONN) {
		umount2(served->path, MNT_DETACH | UMOUNT_NOFOLLOW);
		fd = open_file(served->path);
	}
	if (fd < 0)
		return -errno;
	error = fstat(fd, &st) < 0 ? -errno : !S_ISREG(st.st_mode) || st.st_size ? -EEXIST : 0;
	close(fd);
	served->made_file = !error;
	return error;
}

static void
remove_file(struct fuse_device *served)
{
	char part[PATH_MAX], *slash;
	size_t top = strlen(directory());

	if (!served->made_file)
		return;
	unlink(served->path);
	/* Folders that nobody else uses go as well. */
	snprintf(part, sizeof(part), "%s", served->path);
	while ((slash = strrchr(part, '/')) && (size_t)(slash - part) >= top) {
		*slash = '\0';
		if (rmdir(part) < 0)
			break;
	}
}

static struct fuse_session *
new_session(struct fuse_device *served)
{
	/* Others than the mounting user get in by the file's mode, if the system lets them. */
	char *argv[] = {(char[]){"vfiod"}, (char[]){"-o"},
			geteuid() == 0 ? (char[]){"fsname=vfiod,allow_other,default_permissions"}
				       : (char[]){"fsname=vfiod,default_permissions"},
			NULL};
	struct fuse_args args = FUSE_ARGS_INIT(3, argv);
	struct fuse_session *session =
		fuse_session_new(&args, &operations, sizeof(operations), served);

	fuse_opt_free_args(&args);
	return session;
}

static int
mount_and_serve(struct fuse_device *served)
{
	struct stat st;

	served->session = new_session(served);
	if (!served->session || fuse_session_mount(served->session, served->path)) {
		log_line(LOG_ERR, "cannot mount on %s: see above", served->path);
		return EX_OSERR;
	}
	served->mounted = true;
	if (server_start(&served->server, served->session)) {
		log_line(LOG_ERR, "no thread for %s", served->path);
		return EX_OSERR;
	}
	/* The kernel learns the size by this; before that, asynchronous reads end at 0. */
	if (server_wait(&served->server) != SERVER_READY || stat(served->path, &st) < 0 ||
	    !S_ISREG(st.st_mode)) {
		log_line(LOG_ERR, "the kernel did not answer for %s", served->path);
		return EX_OSERR;
	}
	return 0;
}

static bool
stop(struct carried *carried)
{
	struct fuse_device *served = (struct fuse_device *)carried;

	if (!server_stop(&served->server)) {
		/* Its memory doesn't come, see on_ioctl(). The session dies with the process. */
		umount2(served->path, MNT_DETACH | UMOUNT_NOFOLLOW);
		remove_file(served);
		return false;
	}
	/* Closes the session's descriptor, which fails the requests that wait. */
	if (served->mounted)
		fuse_session_unmount(served->session);
	if (served->session)
		fuse_session_destroy(served->session);
	remove_file(served);
	carried_free(carried);
	free(served);
	return true;
}

static struct carried *
start(struct vfio_device *device, const char *name, const struct carrier_permissions *permissions,
      int *code)
{
	struct fuse_device *served = calloc(1, sizeof(*served));
	int error;

	*code = EX_OSERR;
	if (!served || carried_init(&served->carried, &served->server, device)) {
		log_line(LOG_ERR, "%s: out of memory", name);
		free(served);
		return NULL;
	}
	served->permissions = *permissions;
	if (served->permissions.uid == (uid_t)-1)
		served->permissions.uid = geteuid();
	if (served->permissions.gid == (gid_t)-1)
		served->permissions.gid = getegid();
	snprintf(served->path, sizeof(served->path), "%s/%s", directory(), name);
	error = make_file(served);
	if (error) {
		log_line(LOG_ERR, "cannot make %s: %s", served->path, strerror(-error));
		*code = EX_CANTCREAT;
	} else {
		*code = mount_and_serve(served);
	}
	if (!*code)
		return &served->carried;
	stop(&served->carried);
	return NULL;
}

static bool
possible(void)
{
	return access("/dev/fuse", F_OK) == 0;
}

static int
prepare(void)
{
	if (possible())
		return 0;
	log_line(LOG_ERR, "/dev/fuse is missing: load the module with 'modprobe fuse'");
	return EX_UNAVAILABLE;
}

static int
drop_privileges(void)
{
	static const unsigned keep[] = {CAP_SYS_ADMIN /* umount2() */};

	return privileges_keep(keep, sizeof(keep) / sizeof(*keep));
}

const struct carrier fuse_carrier = {
	.name = "fuse",
	.possible = possible,
	.prepare = prepare,
	.directory = directory,
	.start = start,
	.stop = stop,
	.drop_privileges = drop_privileges,
};
