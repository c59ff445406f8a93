/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/namespace.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sysexits.h>
#include <unistd.h>

#include "util/log.h"

/* Switches by which a system keeps its users from having namespaces. */
static const struct {
	const char *path;
	long forbids; /* its value then */
	const char *name;
} switches[] = {
	{"/proc/sys/user/max_user_namespaces", 0, "user.max_user_namespaces"},
	{"/proc/sys/user/max_mnt_namespaces", 0, "user.max_mnt_namespaces"},
	{"/proc/sys/kernel/unprivileged_userns_clone", 0, "kernel.unprivileged_userns_clone"},
	{"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 1,
	 "kernel.apparmor_restrict_unprivileged_userns"},
};

/* Logs why there is no namespace, as far as that can be seen. */
static int
refused(const char *what, int error)
{
	for (unsigned i = 0; i < sizeof(switches) / sizeof(*switches); i++) {
		FILE *file = fopen(switches[i].path, "re");
		long value = -1;
		int fields = file ? fscanf(file, "%ld", &value) : 0;

		if (file)
			fclose(file);
		if (fields == 1 && value == switches[i].forbids) {
			log_line(LOG_ERR, "cannot %s: %s: the system forbids it by sysctl %s=%ld",
				 what, strerror(error), switches[i].name, value);
			return EX_NOPERM;
		}
	}
	if (error == EINVAL || error == ENOSYS)
		log_line(LOG_ERR, "cannot %s: the kernel has no user namespaces (CONFIG_USER_NS)",
			 what);
	else
		log_line(LOG_ERR,
			 "cannot %s: %s: a chroot or the container around forbids it; Docker and "
			 "Podman allow it with --cap-add=SYS_ADMIN and "
			 "--security-opt=apparmor=unconfined",
			 what, strerror(error));
	return EX_NOPERM;
}

static bool
may_mount(void)
{
	return !capng_get_caps_process() && capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_ADMIN);
}

static int write_file(const char *path, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int
write_file(const char *path, const char *format, ...)
{
	char text[64];
	int fd = open(path, O_WRONLY | O_CLOEXEC), error = 0;
	va_list args;
	ssize_t length;

	if (fd < 0)
		return -errno;
	va_start(args, format);
	length = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (write(fd, text, (size_t)length) != length)
		error = -errno;
	close(fd);
	return error;
}

/* Our ids keep their numbers; all others are nobody's there. */
static int
map_ids(uid_t uid, gid_t gid)
{
	int error = write_file("/proc/self/setgroups", "deny");

	/* Kernels before 3.19 have no such file and no such rule. */
	if (!error || error == -ENOENT)
		error = write_file("/proc/self/uid_map", "%u %u 1", uid, uid);
	if (!error)
		error = write_file("/proc/self/gid_map", "%u %u 1", gid, gid);
	return error;
}

int
namespace_enter(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int error;

	if (may_mount()) {
		if (unshare(CLONE_NEWNS) < 0)
			return refused("make a mount namespace", errno);
	} else {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
			return refused("make a user namespace", errno);
		error = map_ids(uid, gid);
		if (error)
			return refused("set the ids of a user namespace", -error);
	}
	/* What is mounted outside still comes in; what we mount stays inside. */
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) == 0)
		return 0;
	if (errno == EINVAL) {
		log_line(LOG_ERR,
			 "the root directory is not a mount point (a chroot?): what is mounted "
			 "here could be seen outside");
		return EX_UNAVAILABLE;
	}
	return refused("make mounts private", errno);
}
