/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "run/cover.h"
#include "run/view.h"
#include "util/log.h"

int
view_make_dev(void)
{
	/* The machine's own VFIO devices are not the command's business. */
	static const char *const ours[] = {"vfio", "iommu", NULL};
	int error = cover("/dev", ours);

	if (!error && (mkdir("/dev/vfio", 0755) < 0 || mkdir("/dev/vfio/devices", 0755) < 0))
		error = -errno;
	if (error)
		log_line(LOG_ERR, "cannot make a private /dev: %s", strerror(-error));
	return error;
}

int
view_bind_node(const char *source, const char *name)
{
	char path[PATH_MAX];
	int error;

	snprintf(path, sizeof(path), "/dev/%s", name);
	error = cover_bind_file(source, path);
	if (error)
		log_line(LOG_ERR, "cannot show %s as %s: %s", source, path, strerror(-error));
	return error;
}
