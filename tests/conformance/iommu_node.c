/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /dev/iommu as a file, and how it looks at an ioctl. */
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "groups.h"
#include "run.h"

static void
no_read(struct run *run)
{
	char byte = 0;

	expect(run, "read", -EINVAL, read(run->device.iommu, &byte, 1) < 0 ? -errno : 0);
	expect(run, "write", -EINVAL, write(run->device.iommu, &byte, 1) < 0 ? -errno : 0);
}

static void
no_epoll(struct run *run)
{
	struct epoll_event event = {.events = EPOLLIN};
	int fd = epoll_create1(EPOLL_CLOEXEC);

	expect(run, "epoll_ctl", -EPERM,
	       epoll_ctl(fd, EPOLL_CTL_ADD, run->device.iommu, &event) ? -errno : 0);
}

static void
no_mmap(struct run *run)
{
	void *memory = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, run->device.iommu, 0);

	expect(run, "mmap", -ENXIO, memory == MAP_FAILED ? -errno : 0);
}

static void
contexts(struct run *run)
{
	int other = open_iommu(run);
	uint32_t id;

	expect(run, "IOAS_ALLOC", 0, ioas_alloc(run->device.iommu, &id));
	expect(run, "DESTROY of its id in another context", -ENOENT, destroy(other, id));
	expect(run, "DESTROY in its own", 0, destroy(run->device.iommu, id));
}

static void
forked(struct run *run)
{
	uint32_t id;
	int status;
	pid_t child;

	expect(run, "IOAS_ALLOC", 0, ioas_alloc(run->device.iommu, &id));
	child = fork();
	if (!child)
		_exit(destroy(run->device.iommu, id) != 0);
	expect_that(run, waitpid(child, &status, 0) == child && !status,
		    "a child destroys the object of its parent");
	expect(run, "DESTROY by the parent", -ENOENT, destroy(run->device.iommu, id));
}

static void
large_zero_tail(struct run *run)
{
	uint8_t *memory = at_edge((size_t)2 * PAGE);
	struct iommu_destroy *arg = (void *)memory;

	memset(memory, 0, (size_t)2 * PAGE);
	arg->size = 2 * PAGE;
	expect(run, "size of two pages of zeros", -ENOENT,
	       call(run->device.iommu, IOMMU_DESTROY, arg));
	arg->size = 2 * PAGE + 4;
	expect(run, "size past what can be read", -EFAULT,
	       call(run->device.iommu, IOMMU_DESTROY, arg));
	memory[2 * PAGE - 1] = 1;
	arg->size = 2 * PAGE;
	expect(run, "the last byte not zero", -E2BIG, call(run->device.iommu, IOMMU_DESTROY, arg));
}

static void
close_with_objects(struct run *run)
{
	uint32_t id;
	int fd;

	for (int i = 0; i < 20; i++) {
		fd = open_iommu(run);
		for (int j = 0; j < 5; j++)
			expect(run, "IOAS_ALLOC", 0, ioas_alloc(fd, &id));
		expect(run, "MAP", 0, map_fixed(fd, id, pages(), PAGE, 0x10000));
		expect(run, "close", 0, close(fd));
	}
}

#define DESTROY(...) IOCTL(IOMMU_DESTROY, iommu_destroy, __VA_ARGS__)

static const struct rule rules[] = {
	{"no-read", "read and write: EINVAL", STATE_IOMMU, .body = no_read},
	{"no-epoll", "epoll_ctl: EPERM", STATE_IOMMU, NEED_NO_TRANSPORT, .body = no_epoll},
	{"no-mmap", "mmap of no known offset: ENXIO", STATE_IOMMU, NEED_NO_TRANSPORT, KERNEL_7_2,
	 .body = no_mmap},
	{"contexts", "each open is a context with its own ids", STATE_IOMMU, .body = contexts},
	{"fork", "a child shares the context", STATE_IOMMU, .body = forked},
	{"close", "close with objects and maps", STATE_IOMMU, .body = close_with_objects},
	{"null", "a null pointer: EFAULT", STATE_IOMMU, IOCTL_NULL(IOMMU_DESTROY), .err = EFAULT},
	{"unknown-null", "an unknown number with a null pointer: ENOTTY", STATE_IOMMU,
	 IOCTL_NULL(0x3bf0), .err = ENOTTY},
	{"unknown", "an unknown number: ENOTTY", STATE_IOMMU, IOCTL(0x3bf0, iommu_destroy, 8),
	 .err = ENOTTY},
	{"foreign", "an ioctl of another type: ENOTTY", STATE_IOMMU,
	 IOCTL(0x4280, iommu_destroy, 8), .err = ENOTTY},
	{"sized", "a number with a size in it: ENOTTY", STATE_IOMMU,
	 IOCTL(0xc0083b80, iommu_destroy, 8), .err = ENOTTY},
	{"device-ioctl", "a device's ioctl: ENOTTY", STATE_IOMMU,
	 IOCTL(VFIO_DEVICE_BIND_IOMMUFD, vfio_device_bind_iommufd, .argsz = 24), .err = ENOTTY},
	{"destroy-0", "DESTROY of id 0: ENOENT", STATE_IOMMU, DESTROY(8, 0), .err = ENOENT},
	{"destroy-1", "DESTROY of an id that isn't there: ENOENT", STATE_IOMMU, DESTROY(8, 1),
	 .err = ENOENT},
	{"destroy-max", "DESTROY of id 2^32 - 1: ENOENT", STATE_IOMMU, DESTROY(8, 0xffffffff),
	 .err = ENOENT},
	{"large-tail", "pages of zeros behind an argument: ok; unreadable EFAULT; not zero E2BIG",
	 STATE_IOMMU, .body = large_zero_tail},
};

GROUP(iommu_node, "iommufd/main.c");
