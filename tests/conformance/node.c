/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The node as a file. */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <unistd.h>

#include "groups.h"
#include "run.h"

#define MANY 64

static void
many_opens(struct run *run)
{
	for (unsigned i = 0; i < MANY; i++)
		open_again(run);
}

static void
is_character_device(struct run *run)
{
	struct stat st;

	expect(run, "fstat", 0, fstat(run->device.fd, &st) ? -errno : 0);
	expect_that(run, S_ISCHR(st.st_mode), "the node is a character device");
}

static int
open_as(struct run *run, int flags)
{
	int fd = device_open_node(run->way, flags);

	if (fd < 0)
		fail(run, "open: %s", strerror(-fd));
	return fd;
}

static void
read_only_open(struct run *run)
{
	uint32_t id = 0;
	int fd = open_as(run, O_RDONLY), iommu = open_iommu(run);
	struct vfio_device_info info;
	const uint64_t config = VFIO_REGION_OFFSET(VFIO_CONFIG_REGION);

	expect(run, "BIND", 0, bind_to(fd, iommu, NULL));
	expect(run, "GET_INFO", 0, get_info(fd, &info));
	expect(run, "pread of config space", 2, read_at(fd, &id, 2, config));
	expect_value(run, "vendor id", facts_config16(run->facts, 0), id);
	expect(run, "pwrite", -EBADF, write_at(fd, &id, 2, config));
}

static void
write_only_open(struct run *run)
{
	uint32_t id = 0;
	int fd = open_as(run, O_WRONLY), iommu = open_iommu(run);
	const uint64_t config = VFIO_REGION_OFFSET(VFIO_CONFIG_REGION);

	expect(run, "BIND", 0, bind_to(fd, iommu, NULL));
	expect(run, "pwrite to the vendor id", 2, write_at(fd, &id, 2, config));
	expect(run, "pread", -EBADF, read_at(fd, &id, 2, config));
}

static void
no_seek(struct run *run)
{
	expect(run, "lseek", -ESPIPE, lseek(run->device.fd, 0, SEEK_SET) < 0 ? -errno : 0);
}

static void
always_ready(struct run *run)
{
	struct pollfd ready = {.fd = run->device.fd, .events = POLLIN | POLLOUT};

	expect(run, "poll", 1, poll(&ready, 1, 0));
	expect_value(run, "its events", POLLIN | POLLOUT, (uint64_t)ready.revents);
}

static void
no_epoll(struct run *run)
{
	struct epoll_event event = {.events = EPOLLIN};
	int fd = epoll_create1(EPOLL_CLOEXEC);

	expect(run, "epoll_ctl", -EPERM,
	       epoll_ctl(fd, EPOLL_CTL_ADD, run->device.fd, &event) ? -errno : 0);
}

static void
no_sync(struct run *run)
{
	expect(run, "fsync", -EINVAL, fsync(run->device.fd) ? -errno : 0);
	expect(run, "ftruncate", -EINVAL, ftruncate(run->device.fd, 0) ? -errno : 0);
	expect(run, "fallocate", -ENODEV, fallocate(run->device.fd, 0, 0, PAGE) ? -errno : 0);
}

static void
position_advances(struct run *run)
{
	const struct facts *facts = run->facts;
	uint32_t first[2] = {0}, second = 0;
	ssize_t got;

	if (!facts->region[0].size || !(facts->config[0x04] & 2) || facts->memory_bar)
		skip(run, "BAR0 is no memory BAR");
	got = read(run->device.fd, &first[0], 4);
	expect(run, "read of 4 bytes", 4, got < 0 ? -errno : got);
	got = read(run->device.fd, &first[1], 4);
	expect(run, "the next read of 4 bytes", 4, got < 0 ? -errno : got);
	expect(run, "pread at 0", 4, read_at(run->device.fd, &second, 4, 0));
	expect_value(run, "the first value", second, first[0]);
	expect(run, "pread at 4", 4, read_at(run->device.fd, &second, 4, 4));
	expect_value(run, "the second value", second, first[1]);
}

static void
fdinfo_tells_path(struct run *run)
{
	char path[64], line[512];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", run->device.fd);
	file = fopen(path, "re");
	expect_that(run, file, "fdinfo can be opened");
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, "vfio-device-syspath: /sys/devices/", 34))
			return;
	fail(run, "no line vfio-device-syspath in %s", path);
}

static const struct rule rules[] = {
	{"character-device", "the node is a character device", STATE_OPEN, NEED_NO_TRANSPORT,
	 .body = is_character_device},
	{"many-opens", "it may be opened any number of times", STATE_BOUND, NEED_CDEV,
	 .body = many_opens},
	{"read-only", "an open for reading may bind, ask and read; write is EBADF", STATE_NONE,
	 NEED_CDEV, .body = read_only_open},
	{"write-only", "an open for writing may bind and write; read is EBADF", STATE_NONE,
	 NEED_CDEV, .body = write_only_open},
	{"no-seek", "lseek: ESPIPE", STATE_BOUND, NEED_NO_TRANSPORT, .body = no_seek},
	{"poll", "poll: always ready for both", STATE_BOUND, .body = always_ready},
	{"no-epoll", "epoll_ctl: EPERM", STATE_BOUND, NEED_NO_TRANSPORT, .body = no_epoll},
	{"no-sync", "fsync and ftruncate: EINVAL, fallocate: ENODEV", STATE_BOUND,
	 NEED_NO_TRANSPORT, .body = no_sync},
	{"position", "read goes to the file's own position, which begins at 0 and advances",
	 STATE_BOUND, NEED_MEMORY_BAR, .body = position_advances},
	{"fdinfo", "fdinfo has a line vfio-device-syspath", STATE_BOUND, NEED_NO_TRANSPORT,
	 KERNEL_7_2, .body = fdinfo_tells_path},
};

GROUP(node, "device_cdev.c, vfio_main.c");
