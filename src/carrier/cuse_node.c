/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "carrier/cuse_node.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sysexits.h>
#include <unistd.h>

#include "carrier/thread_caller.h"
#include "util/log.h"

#define CUSE_PATH "/dev/cuse"

int
cuse_available(void)
{
	int fd = open(CUSE_PATH, O_RDWR | O_CLOEXEC), error = errno;

	if (fd >= 0) {
		close(fd);
		return 0;
	}
	if (error == ENOENT || error == ENODEV || error == ENXIO) {
		log_line(LOG_ERR, CUSE_PATH
			 " is missing: load the module with 'modprobe cuse'. Where the kernel "
			 "has no such module, serve files with --carrier=fuse, or run vfiod in "
			 "a stock kernel under QEMU (tools/vm in the source)");
		return EX_UNAVAILABLE;
	}
	if (error == EACCES || error == EPERM) {
		log_line(LOG_ERR,
			 "cannot open " CUSE_PATH ": %s: run vfiod as root, give it the right "
			 "to open " CUSE_PATH " and CAP_SYS_PTRACE, or use --carrier=fuse",
			 strerror(error));
		return EX_NOPERM;
	}
	log_line(LOG_ERR, "cannot open " CUSE_PATH ": %s", strerror(error));
	return EX_OSERR;
}

static struct fuse_session *
new_session(const char *name, dev_t number, const struct cuse_lowlevel_ops *ops, void *userdata)
{
	char device_name[sizeof("DEVNAME=") + CARRIER_NAME_MAX];
	const char *info_argv[] = {device_name};
	char *argv[] = {(char[]){"vfiod"}, NULL};
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	struct cuse_info info = {
		.dev_major = major(number),
		.dev_minor = minor(number),
		.dev_info_argc = 1,
		.dev_info_argv = info_argv,
		.flags = CUSE_UNRESTRICTED_IOCTL,
	};
	struct fuse_session *session;

	snprintf(device_name, sizeof(device_name), "DEVNAME=%s", name);
	session = cuse_lowlevel_new(&args, &info, ops, userdata);
	fuse_opt_free_args(&args);
	return session;
}

static void
dev_path(const struct cuse_node *node, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "/dev/%s", node->name);
}

/* The number that the kernel gave our device, from /sys/class/cuse; 0 if it isn't there. */
static dev_t
our_number(const struct cuse_node *node)
{
	char path[PATH_MAX], *slash;
	unsigned high, low;
	FILE *file;
	int fields;

	snprintf(path, sizeof(path), "/sys/class/cuse/%s/dev", node->name);
	/* sysfs can't have slashes in a name. */
	for (slash = path + strlen("/sys/class/cuse/"); slash < path + strlen(path) - 4; slash++)
		if (*slash == '/')
			*slash = '!';
	file = fopen(path, "re");
	if (!file)
		return 0;
	fields = fscanf(file, "%u:%u", &high, &low);
	fclose(file);
	return fields == 2 ? makedev(high, low) : 0;
}

/* Never touches a node that isn't ours: /dev may hold another one of that name. */
static int
set_permissions(struct cuse_node *node, const struct carrier_permissions *permissions)
{
	char path[PATH_MAX];
	struct stat st;
	int fd;

	dev_path(node, path);
	fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode) ||
	    st.st_rdev != our_number(node)) {
		log_line(LOG_ERR, "%s did not appear: is /dev a devtmpfs?", path);
		if (fd >= 0)
			close(fd);
		return EX_OSERR;
	}
	cuse_number_take(&node->taken, st.st_rdev);
	atomic_store(&node->number, major(st.st_rdev) << 20 | minor(st.st_rdev));
	/* An O_PATH descriptor can be changed through its link only. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (chown(path, permissions->uid, permissions->gid) < 0 ||
	    chmod(path, permissions->mode) < 0) {
		log_line(LOG_ERR, "cannot set mode and owner of /dev/%s: %s", node->name,
			 strerror(errno));
		close(fd);
		return EX_NOPERM;
	}
	close(fd);
	return 0;
}

/* The kernel has ended the connection: that is how it refuses a device. */
static bool
is_refused(const struct cuse_node *node)
{
	struct pollfd channel = {.fd = fuse_session_fd(node->session), .events = POLLIN};

	return poll(&channel, 1, 0) == 1 && channel.revents & POLLERR;
}

/* Beside sysexits codes: the kernel may have nothing against the device but its number. */
#define NUMBER_REFUSED (-1)

static int
wait_until_ready(struct cuse_node *node, dev_t wanted)
{
	enum server_state state = server_wait(&node->server);

	if (state == SERVER_READY && !is_refused(node))
		return 0;
	if (state == SERVER_STARTING) {
		log_line(LOG_ERR, "the kernel did not answer for device '%s'", node->name);
		return EX_OSERR;
	}
	if (wanted && !our_number(node))
		return NUMBER_REFUSED;
	log_line(LOG_ERR,
		 "the kernel refused a device called '%s': the name may be taken by another device "
		 "(see /sys/class/cuse), or all major numbers are (see /proc/devices)",
		 node->name);
	return EX_CANTCREAT;
}

/* Asks the kernel for a node of this number. Returns 0, a sysexits code or NUMBER_REFUSED. */
static int
request_node(struct cuse_node *node, dev_t number, const struct cuse_lowlevel_ops *ops,
	     void *userdata, const struct server_manner *manner)
{
	char fd_path[32];
	int fd;

	node->session = new_session(node->name, number, ops, userdata);
	if (!node->session) {
		log_line(LOG_ERR, "cannot make a CUSE session for '%s'", node->name);
		return EX_SOFTWARE;
	}
	fd = open(CUSE_PATH, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		log_line(LOG_ERR, "cannot open " CUSE_PATH ": %s", strerror(errno));
		return EX_OSERR;
	}
	/* The session takes the descriptor over; it is closed with it. */
	snprintf(fd_path, sizeof(fd_path), "/dev/fd/%d", fd);
	if (fuse_session_mount(node->session, fd_path) ||
	    server_start(&node->server, node->session, manner)) {
		log_line(LOG_ERR, "cannot serve '%s': %s", node->name, strerror(errno));
		return EX_OSERR;
	}
	return wait_until_ready(node, number);
}

int
cuse_node_start(struct cuse_node *node, const char *name, const struct cuse_lowlevel_ops *ops,
		void *userdata, const struct carrier_permissions *permissions,
		const struct server_manner *manner)
{
	char path[PATH_MAX];
	struct stat st;
	int code;

	memset(node, 0, sizeof(*node));
	snprintf(node->name, sizeof(node->name), "%s", name);
	dev_path(node, path);
	if (lstat(path, &st) == 0) {
		log_line(LOG_ERR, "%s exists already: choose another name=", path);
		return EX_CANTCREAT;
	}
	code = request_node(node, cuse_number_wanted(), ops, userdata, manner);
	/* Somebody else is in our major, which is no reason to go without the device. */
	if (code == NUMBER_REFUSED)
		code = cuse_node_stop(node) ? request_node(node, 0, ops, userdata, manner)
					    : EX_OSERR;
	if (!code)
		code = set_permissions(node, permissions);
	if (code)
		cuse_node_stop(node);
	return code;
}

bool
cuse_node_stop(struct cuse_node *node)
{
	if (!node->session)
		return true;
	if (!server_stop(&node->server))
		return false;
	fuse_session_destroy(node->session);
	node->session = NULL;
	cuse_number_give_back(&node->taken);
	return true;
}

/* Root and the daemon's own user could do more harm than keeping a device waiting. */
static bool
trusted(fuse_req_t req)
{
	uid_t uid = fuse_req_ctx(req)->uid;

	return uid == 0 || uid == geteuid();
}

static void
reply(fuse_req_t req, int result, const void *out, size_t out_used)
{
	if (result < 0 && !out_used)
		fuse_reply_err(req, -result);
	else
		fuse_reply_ioctl(req, result, out, out_used); /* an error can go with an answer */
}

static void
ioctl_by_kernel(fuse_req_t req, int command, void *argument, const void *in, size_t in_size,
		size_t out_size, ioctl_handler handle, void *file)
{
	uint8_t out[CALL_MAX_OUT];
	struct thread_caller caller;
	struct call call = {
		.command = (unsigned)command,
		.argument = (uintptr_t)argument,
		.in = in,
		.in_size = in_size,
		.out = out,
		.out_size = out_size,
		.caller = &caller.caller,
	};
	struct iovec from = {.iov_base = argument}, to = {.iov_base = argument};

	thread_caller_init(&caller, fuse_req_ctx(req)->pid);
	if (handle(file, &call) == CALL_MORE) {
		from.iov_len = call.want_in;
		to.iov_len = call.want_out;
		fuse_reply_ioctl_retry(req, &from, 1, &to, call.want_out ? 1 : 0);
	} else {
		reply(req, call.result, out, call.out_used);
	}
}

void
cuse_node_ioctl(fuse_req_t req, int command, void *argument, const void *in, size_t in_size,
		size_t out_size, ioctl_handler handle, void *file)
{
	int result;

	if (!in_size && trusted(req) &&
	    ioctl_through_memory(fuse_req_ctx(req)->pid, (unsigned)command, argument, handle, file,
				 &result))
		reply(req, result, NULL, 0);
	else
		ioctl_by_kernel(req, command, argument, in, in_size, out_size, handle, file);
}
