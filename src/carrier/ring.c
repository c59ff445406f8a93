/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "carrier/ring.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool
thread_has_ring(pid_t tid)
{
	static const char ring[] = "anon_inode:[io_uring]";
	char path[64], target[sizeof(ring)];
	const struct dirent *entry;
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)tid);
	dir = opendir(path);
	if (!dir)
		return true;
	while (!found && (entry = readdir(dir))) {
		ssize_t length = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target));

		found = length == sizeof(ring) - 1 && !memcmp(target, ring, sizeof(ring) - 1);
	}
	closedir(dir);
	return found;
}
