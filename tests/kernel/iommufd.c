/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "iommufd.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "node.h"

const char *
iommufd_path(const struct daemon *daemon)
{
	static const char mark[] = "serving an iommufd at ";
	static char path[256];
	const char *at = strstr(daemon_log(daemon), mark);

	ck_assert_msg(at != NULL, "no iommufd; the daemon's log:\n%s", daemon_log(daemon));
	ck_assert_int_eq(sscanf(at + strlen(mark), "%255s", path), 1);
	return path;
}

int
iommufd_open(const struct daemon *daemon)
{
	int fd = open(iommufd_path(daemon), O_RDWR | O_CLOEXEC);

	ck_assert_msg(fd >= 0, "cannot open %s: errno %d", iommufd_path(daemon), errno);
	return fd;
}

int
device_bind(int device, int iommufd, uint32_t *devid)
{
	struct bind_iommufd bind = {.argsz = sizeof(bind), .iommufd = iommufd};
	int result = ioctl(device, BIND_IOMMUFD, &bind);

	if (devid)
		*devid = bind.out_devid;
	return result;
}

int
device_attach(int device, uint32_t *pt_id)
{
	struct attach_pt attach = {.argsz = 12, .pt_id = *pt_id};
	int result = ioctl(device, ATTACH_IOMMUFD_PT, &attach);

	*pt_id = attach.pt_id;
	return result;
}

int
device_detach(int device)
{
	struct detach_pt detach = {.argsz = 8};

	return ioctl(device, DETACH_IOMMUFD_PT, &detach);
}

uint32_t
ioas_new(int iommufd)
{
	struct {
		uint32_t size, flags, out_ioas_id;
	} alloc = {.size = sizeof(alloc)};

	assert_returns(ioctl(iommufd, IOMMU_IOAS_ALLOC, &alloc), 0);
	ck_assert_uint_ne(alloc.out_ioas_id, 0);
	return alloc.out_ioas_id;
}

int
ioas_map(int iommufd, uint32_t ioas, void *memory, uint64_t length, uint64_t iova, uint32_t flags)
{
	struct {
		uint32_t size, flags, ioas_id, reserved;
		uint64_t user_va, length, iova;
	} map = {.size = sizeof(map),
		 .flags = MAP_FIXED_IOVA | flags,
		 .ioas_id = ioas,
		 .user_va = (uintptr_t)memory,
		 .length = length,
		 .iova = iova};

	return ioctl(iommufd, IOMMU_IOAS_MAP, &map);
}

int
ioas_map_file(int iommufd, uint32_t ioas, int fd, uint64_t start, uint64_t length, uint64_t iova,
	      uint32_t flags)
{
	struct {
		uint32_t size, flags, ioas_id;
		int32_t fd;
		uint64_t start, length, iova;
	} map = {.size = sizeof(map),
		 .flags = MAP_FIXED_IOVA | flags,
		 .ioas_id = ioas,
		 .fd = fd,
		 .start = start,
		 .length = length,
		 .iova = iova};

	return ioctl(iommufd, IOMMU_IOAS_MAP_FILE, &map);
}

long long
ioas_unmap(int iommufd, uint32_t ioas, uint64_t iova, uint64_t length)
{
	struct {
		uint32_t size, ioas_id;
		uint64_t iova, length;
	} unmap = {.size = sizeof(unmap), .ioas_id = ioas, .iova = iova, .length = length};

	return ioctl(iommufd, IOMMU_IOAS_UNMAP, &unmap) ? -1 : (long long)unmap.length;
}

int
iommufd_destroy(int iommufd, uint32_t id)
{
	struct {
		uint32_t size, id;
	} destroy = {.size = sizeof(destroy), .id = id};

	return ioctl(iommufd, IOMMU_DESTROY, &destroy);
}

struct attached
device_attached(const struct daemon *daemon, const char *name)
{
	struct attached attached = {.device = node_open(name), .iommufd = iommufd_open(daemon)};

	assert_returns(device_bind(attached.device, attached.iommufd, &attached.devid), 0);
	attached.ioas = attached.hwpt = ioas_new(attached.iommufd);
	assert_returns(device_attach(attached.device, &attached.hwpt), 0);
	return attached;
}

void
device_close_attached(struct attached *attached)
{
	close(attached->device);
	close(attached->iommufd);
}
