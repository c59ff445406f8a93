/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memory/client_maps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/*
 * The mapping at an address by ioctl instead of by text: since Linux 6.11, include/uapi/linux/fs.h
 * (struct procmap_query), which older headers don't have.
 */
struct map_query {
	uint64_t size, flags, address;
	uint64_t start, end, rights, page_size, offset, inode;
	uint32_t major, minor, name_size, build_id_size;
	uint64_t name, build_id;
};

#define QUERY_MAP      _IOWR('f', 17, struct map_query)
#define QUERY_READABLE 1u
#define QUERY_WRITABLE 2u

struct map {
	uint64_t start, end;
	bool readable, writable;
	dev_t device;
};

static bool
fits(const struct map *map, bool write, bool (*refused)(dev_t device))
{
	if (write ? !map->writable : !map->readable)
		return false;
	return !refused || !map->device || !refused(map->device);
}

/* 0, -EFAULT; -ENOTTY if the kernel doesn't know the question. */
static int
check_by_query(int fd, uint64_t first, uint64_t last, bool write, bool (*refused)(dev_t device))
{
	for (;;) {
		struct map_query query = {.size = sizeof(query), .address = first};
		struct map map;

		if (ioctl(fd, QUERY_MAP, &query) < 0)
			return errno == ENOENT ? -EFAULT : -ENOTTY;
		map = (struct map){.start = query.start,
				   .end = query.end,
				   .readable = query.rights & QUERY_READABLE,
				   .writable = query.rights & QUERY_WRITABLE,
				   .device = makedev(query.major, query.minor)};
		if (!fits(&map, write, refused))
			return -EFAULT;
		if (last < map.end)
			return 0;
		first = map.end;
	}
}

static bool
parse(const char *line, struct map *map)
{
	unsigned long long start, end;
	unsigned major, minor;
	char rights[5];

	if (sscanf(line, "%llx-%llx %4s %*x %x:%x", &start, &end, rights, &major, &minor) != 5)
		return false;
	*map = (struct map){.start = start,
			    .end = end,
			    .readable = rights[0] == 'r',
			    .writable = rights[1] == 'w',
			    .device = makedev(major, minor)};
	return true;
}

static int
check_by_text(int fd, uint64_t first, uint64_t last, bool write, bool (*refused)(dev_t device))
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	FILE *maps = copy < 0 ? NULL : fdopen(copy, "r");
	char *line = NULL;
	size_t room = 0;
	int error = -EFAULT;
	bool any = false;

	if (!maps) {
		if (copy >= 0)
			close(copy);
		return 0;
	}
	while (getline(&line, &room, maps) > 0) {
		struct map map;

		any = true;
		if (!parse(line, &map) || map.end <= first)
			continue;
		if (map.start > first || !fits(&map, write, refused))
			break;
		if (last < map.end) {
			error = 0;
			break;
		}
		first = map.end;
	}
	free(line);
	fclose(maps);
	/* A process whose first thread has ended shows nothing, though others go on. */
	return any ? error : 0;
}

static int
open_maps(pid_t process)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)process);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Opening takes longer than asking: a descriptor that answers questions is kept. */
static void
keep(struct client_maps *maps, int fd)
{
	int none = 0;

	if (!atomic_compare_exchange_strong(&maps->fd, &none, fd + 1))
		close(fd);
}

int
client_maps_check(struct client_maps *maps, pid_t process, uint64_t first, uint64_t last, bool write,
		  bool (*refused)(dev_t device))
{
	int kept = atomic_load(&maps->fd) - 1, fd, error;

	if (kept >= 0) {
		error = check_by_query(kept, first, last, write, refused);
		if (error != -ENOTTY)
			return error;
	}
	fd = open_maps(process);
	if (fd < 0)
		return 0;
	error = check_by_query(fd, first, last, write, refused);
	if (error != -ENOTTY) {
		keep(maps, fd);
		return error;
	}
	/* Text is read from its beginning, by one thread. */
	error = check_by_text(fd, first, last, write, refused);
	close(fd);
	return error;
}

void
client_maps_close(struct client_maps *maps)
{
	int fd = atomic_exchange(&maps->fd, 0) - 1;

	if (fd >= 0)
		close(fd);
}
