/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memory/limited_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

/* A tmpfs that is mounted nowhere and lives as long as something in it is open. */
static int
mount_tmpfs(uint64_t limit)
{
	int context = fsopen("tmpfs", FSOPEN_CLOEXEC), mount = -1, error;
	char size[32];

	if (context < 0)
		return -errno;
	snprintf(size, sizeof(size), "%" PRIu64, limit);
	if (fsconfig(context, FSCONFIG_SET_STRING, "size", size, 0) == 0 &&
	    fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		mount = fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSUID);
	error = errno;
	close(context);
	return mount < 0 ? -error : mount;
}

int
limited_file(uint64_t size, uint64_t limit)
{
	int mount = mount_tmpfs(limit), fd, error;

	if (mount < 0)
		return mount;
	fd = openat(mount, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	error = errno;
	close(mount);
	if (fd < 0)
		return -error;
	if (ftruncate(fd, (off_t)size) == 0)
		return fd;
	error = errno;
	close(fd);
	return -error;
}
