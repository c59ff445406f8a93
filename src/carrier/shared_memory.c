/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "carrier/shared_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Since Linux 5.8; the C library's headers may be older. */
#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x1000u
#endif

/* What the kernel knows of a file without asking its file system's server. */
static int
stat_quietly(const char *path, struct statx *st)
{
	return statx(AT_FDCWD, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT,
		     STATX_TYPE | STATX_MNT_ID, st);
}

static dev_t
device_of(const struct statx *st)
{
	return makedev(st->stx_dev_major, st->stx_dev_minor);
}

/* memfds are on mounts of the kernel's own, which no mountinfo lists: one, and one a huge page size. */
static bool
on_memfd_mount(dev_t device)
{
	static const unsigned flags[] = {MFD_CLOEXEC, MFD_CLOEXEC | MFD_HUGETLB,
					 MFD_CLOEXEC | MFD_HUGETLB | MFD_HUGE_2MB,
					 MFD_CLOEXEC | MFD_HUGETLB | MFD_HUGE_1GB};
	bool same = false;

	for (unsigned i = 0; i < sizeof(flags) / sizeof(*flags) && !same; i++) {
		int fd = memfd_create("vfiod-compare", flags[i]);
		struct stat ours;

		if (fd < 0)
			continue;
		same = fstat(fd, &ours) == 0 && ours.st_dev == device;
		close(fd);
	}
	return same;
}

/* Whether the thread's mount of that number is tmpfs or hugetlbfs. */
static bool
on_memory_mount(pid_t tid, uint64_t mount)
{
	char path[64], *line = NULL;
	size_t room = 0;
	bool found = false;
	FILE *mounts;

	snprintf(path, sizeof(path), "/proc/%d/mountinfo", (int)tid);
	mounts = fopen(path, "re");
	if (!mounts)
		return false;
	while (!found && getline(&line, &room, mounts) > 0) {
		const char *type = strstr(line, " - ");

		if (strtoull(line, NULL, 10) != mount || !type)
			continue;
		type += strlen(" - ");
		found = !strncmp(type, "tmpfs ", 6) || !strncmp(type, "hugetlbfs ", 10);
		break;
	}
	free(line);
	fclose(mounts);
	return found;
}

int
shared_memory_check_theirs(pid_t tid, int fd, dev_t *device)
{
	struct statx st;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)tid, fd);
	if (stat_quietly(path, &st) < 0)
		return -EBADF;
	*device = device_of(&st);
	if (!S_ISREG(st.stx_mode))
		return -EINVAL;
	if (on_memfd_mount(*device))
		return 0;
	if (st.stx_mask & STATX_MNT_ID && on_memory_mount(tid, st.stx_mnt_id))
		return 0;
	return -EINVAL;
}

int
shared_memory_check(int fd, dev_t device)
{
	struct statx st;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (stat_quietly(path, &st) < 0)
		return -EBADF;
	return S_ISREG(st.stx_mode) && device_of(&st) == device ? 0 : -EINVAL;
}
