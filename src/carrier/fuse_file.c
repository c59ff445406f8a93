/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "carrier/fuse_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "util/log.h"

/* Attributes don't change: the kernel need not ask for them again. */
#define ATTRIBUTES_VALID_S 86400.0

static struct fuse_file *
file_of(fuse_req_t req)
{
	return fuse_req_userdata(req);
}

void
fuse_file_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	const struct fuse_file *file = file_of(req);
	const struct stat st = {
		.st_ino = ino,
		.st_mode = S_IFREG | file->permissions.mode,
		.st_nlink = 1,
		.st_uid = file->permissions.uid,
		.st_gid = file->permissions.gid,
		.st_size = (off_t)file->size,
	};

	(void)fi;
	fuse_reply_attr(req, &st, ATTRIBUTES_VALID_S);
}

/* There is no length to change; O_TRUNC on open means nothing, see fuse_file_init(). */
void
fuse_file_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
		  struct fuse_file_info *fi)
{
	const int times = FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_MTIME | FUSE_SET_ATTR_ATIME_NOW |
			  FUSE_SET_ATTR_MTIME_NOW | FUSE_SET_ATTR_CTIME;

	(void)attr;
	if (to_set & ~times)
		fuse_reply_err(req, to_set & FUSE_SET_ATTR_SIZE ? EINVAL : EPERM);
	else
		fuse_file_getattr(req, ino, fi);
}

/* As a character device without fsync answers. */
void
fuse_file_fsync(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi)
{
	(void)ino, (void)datasync, (void)fi;
	fuse_reply_err(req, EINVAL);
}

void
fuse_file_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t offset, off_t length,
		    struct fuse_file_info *fi)
{
	(void)ino, (void)mode, (void)offset, (void)length, (void)fi;
	fuse_reply_err(req, ENODEV);
}

/*
 * A file's ioctls can't be retried as a character device's can: the argument is reached through the
 * caller's memory. Should it stall there, it stalls this thread only.
 */
void
fuse_file_ioctl(fuse_req_t req, unsigned command, void *argument, ioctl_handler handle, void *file)
{
	pid_t tid = fuse_req_ctx(req)->pid;
	int result;

	if (!ioctl_through_memory(tid, command, argument, handle, file, &result))
		result = tid <= 0 ? -EOPNOTSUPP : -EFAULT;
	if (result < 0)
		fuse_reply_err(req, -result);
	else
		fuse_reply_ioctl(req, result, NULL, 0);
}

void
fuse_file_init(void *userdata, struct fuse_conn_info *conn)
{
	struct fuse_file *file = userdata;

	/* O_TRUNC comes as a flag of open then, which ignores it. */
	conn->want |= conn->capable & FUSE_CAP_ATOMIC_O_TRUNC;
	/*
	 * The kernel tells of a close in the background. As long as it may tell of all closes at once, we
	 * hear of them before we hear what the closer does next, as with a device of the kernel's.
	 */
	conn->max_background = UINT16_MAX;
	server_ready(&file->server);
}

static const char *chosen_directory;

void
fuse_file_set_directory(const char *path)
{
	chosen_directory = path;
}

const char *
fuse_file_directory(void)
{
	static char path[PATH_MAX];
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	if (chosen_directory)
		return chosen_directory;
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
open_mountpoint(const char *path)
{
	return open(path, O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/*
 * The file to mount on: new, or the empty one of a daemon that was killed, whose mount answers ENOTCONN
 * until it is taken away.
 */
static int
make_file(struct fuse_file *file)
{
	struct stat st;
	int fd, error = make_folders(file->path);

	if (error)
		return error;
	fd = open_mountpoint(file->path);
	if (fd < 0 && errno == ENOTCONN) {
		umount2(file->path, MNT_DETACH | UMOUNT_NOFOLLOW);
		fd = open_mountpoint(file->path);
	}
	if (fd < 0)
		return -errno;
	error = fstat(fd, &st) < 0 ? -errno : !S_ISREG(st.st_mode) || st.st_size ? -EEXIST : 0;
	close(fd);
	file->made_file = !error;
	return error;
}

static void
remove_file(struct fuse_file *file)
{
	char part[PATH_MAX], *slash;
	size_t top = strlen(fuse_file_directory());

	if (!file->made_file)
		return;
	unlink(file->path);
	/* Folders that nobody else uses go as well. */
	snprintf(part, sizeof(part), "%s", file->path);
	while ((slash = strrchr(part, '/')) && (size_t)(slash - part) >= top) {
		*slash = '\0';
		if (rmdir(part) < 0)
			break;
	}
}

static struct fuse_session *
new_session(struct fuse_file *file, const struct fuse_lowlevel_ops *ops)
{
	/* Others than the mounting user get in by the file's mode, if the system lets them. */
	char *argv[] = {(char[]){"vfiod"}, (char[]){"-o"},
			geteuid() == 0 ? (char[]){"fsname=vfiod,allow_other,default_permissions"}
				       : (char[]){"fsname=vfiod,default_permissions"},
			NULL};
	struct fuse_args args = FUSE_ARGS_INIT(3, argv);
	struct fuse_session *session =
		fuse_session_new(&args, ops, sizeof(*ops), file);

	fuse_opt_free_args(&args);
	return session;
}

static int
mount_and_serve(struct fuse_file *file, const struct fuse_lowlevel_ops *ops, const struct server_manner *manner)
{
	struct stat st;

	file->session = new_session(file, ops);
	if (!file->session || fuse_session_mount(file->session, file->path)) {
		log_line(LOG_ERR, "cannot mount on %s: see above", file->path);
		return EX_OSERR;
	}
	file->mounted = true;
	if (server_start(&file->server, file->session, manner)) {
		log_line(LOG_ERR, "no thread for %s", file->path);
		return EX_OSERR;
	}
	/* The kernel learns the size by this; before that, asynchronous reads end at 0. */
	if (server_wait(&file->server) != SERVER_READY || stat(file->path, &st) < 0 ||
	    !S_ISREG(st.st_mode)) {
		log_line(LOG_ERR, "the kernel did not answer for %s", file->path);
		return EX_OSERR;
	}
	return 0;
}

bool
fuse_file_stop(struct fuse_file *file)
{
	if (!server_stop(&file->server)) {
		/* Its memory doesn't come, see fuse_file_ioctl(). The session dies with the process. */
		umount2(file->path, MNT_DETACH | UMOUNT_NOFOLLOW);
		remove_file(file);
		return false;
	}
	/* Closes the session's descriptor, which fails the requests that wait. */
	if (file->mounted)
		fuse_session_unmount(file->session);
	if (file->session)
		fuse_session_destroy(file->session);
	remove_file(file);
	file->session = NULL;
	return true;
}

int
fuse_file_start(struct fuse_file *file, const char *name, const struct fuse_lowlevel_ops *ops,
		const struct carrier_permissions *permissions, uint64_t size, const struct server_manner *manner)
{
	int error, code;

	*file = (struct fuse_file){.permissions = *permissions, .size = size};
	if (permissions->uid == (uid_t)-1)
		file->permissions.uid = geteuid();
	if (permissions->gid == (gid_t)-1)
		file->permissions.gid = getegid();
	snprintf(file->path, sizeof(file->path), "%s/%s", fuse_file_directory(), name);
	error = make_file(file);
	if (error) {
		log_line(LOG_ERR, "cannot make %s: %s", file->path, strerror(-error));
		code = EX_CANTCREAT;
	} else {
		code = mount_and_serve(file, ops, manner);
	}
	if (code)
		fuse_file_stop(file);
	return code;
}
