/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "run.h"

#define EVENT_PATIENCE_MS 2000

/* ---- memory ---- */

void *
map_anonymous(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		abort();
	return memory;
}

void *
pages(void)
{
	static void *memory;

	if (!memory) {
		memory = map_anonymous((size_t)NPAGES * PAGE);
		memset(memory, 0, (size_t)NPAGES * PAGE);
	}
	return memory;
}

void *
at_edge(size_t size)
{
	const size_t whole = (size + PAGE - 1) / PAGE * PAGE;
	uint8_t *memory = map_anonymous(whole + PAGE);

	if (mprotect(memory + whole, PAGE, PROT_NONE))
		abort();
	return memory + whole - size;
}

/* ---- calls ---- */

long
call(int fd, unsigned long command, void *arg)
{
	int result = ioctl(fd, command, arg);

	return result < 0 ? -errno : result;
}

long
read_at(int fd, void *buffer, size_t count, uint64_t offset)
{
	ssize_t result = pread(fd, buffer, count, (off_t)offset);

	return result < 0 ? -errno : result;
}

long
write_at(int fd, const void *buffer, size_t count, uint64_t offset)
{
	ssize_t result = pwrite(fd, buffer, count, (off_t)offset);

	return result < 0 ? -errno : result;
}

int
closed_fd(void)
{
	/* A high one, which what is opened next doesn't get. */
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int high = fcntl(fd, F_DUPFD_CLOEXEC, 500);

	if (high < 0)
		abort();
	close(fd);
	close(high);
	return high;
}

/* ---- the device ---- */

int
open_again(struct run *run)
{
	int fd = device_open_node(run->way, O_RDWR);

	if (fd < 0)
		fail(run, "the node can't be opened again: %s", strerror(-fd));
	return fd;
}

int
open_iommu(struct run *run)
{
	int fd = device_open_iommu(run->way);

	if (fd < 0)
		fail(run, "%s can't be opened: %s", run->way->iommu, strerror(-fd));
	return fd;
}

long
bind_to(int device, int iommu, uint32_t *devid)
{
	struct vfio_device_bind_iommufd bind = {.argsz = sizeof(bind), .iommufd = iommu};
	long result = call(device, VFIO_DEVICE_BIND_IOMMUFD, &bind);

	if (!result && devid)
		*devid = bind.out_devid;
	return result;
}

long
attach_to(int device, uint32_t *pt_id)
{
	struct vfio_device_attach_iommufd_pt attach = {.argsz = sizeof(attach), .pt_id = *pt_id};
	long result = call(device, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach);

	*pt_id = attach.pt_id;
	return result;
}

long
detach(int device)
{
	struct vfio_device_detach_iommufd_pt arg = {.argsz = sizeof(arg)};

	return call(device, VFIO_DEVICE_DETACH_IOMMUFD_PT, &arg);
}

long
get_info(int device, struct vfio_device_info *info)
{
	*info = (struct vfio_device_info){.argsz = sizeof(*info)};
	return call(device, VFIO_DEVICE_GET_INFO, info);
}

long
region_info(int device, uint32_t index, struct vfio_region_info *info)
{
	*info = (struct vfio_region_info){.argsz = sizeof(*info), .index = index};
	return call(device, VFIO_DEVICE_GET_REGION_INFO, info);
}

long
irq_count(int device, uint32_t index)
{
	struct vfio_irq_info info = {.argsz = sizeof(info), .index = index};
	long result = call(device, VFIO_DEVICE_GET_IRQ_INFO, &info);

	return result ? result : (long)info.count;
}

long
feature(int device, uint32_t flags, struct vfio_device_feature *arg, uint32_t data_size)
{
	arg->argsz = VFIO_FEATURE_HEADER + data_size;
	arg->flags = flags;
	return call(device, VFIO_DEVICE_FEATURE, arg);
}

static size_t
irq_item(uint32_t flags)
{
	return flags & VFIO_DATA_EVENTFD ? sizeof(int32_t) : flags & VFIO_DATA_BOOL ? 1 : 0;
}

long
set_irqs(int device, uint32_t flags, uint32_t index, uint32_t start, uint32_t count,
	 const void *data)
{
	size_t length = data ? irq_item(flags) * count : 0;
	struct vfio_irq_set *set = calloc(1, sizeof(*set) + length);
	long result;

	if (!set)
		abort();
	set->argsz = (uint32_t)(VFIO_IRQ_SET_HEADER + length);
	set->flags = flags;
	set->index = index;
	set->start = start;
	set->count = count;
	if (length)
		memcpy(set->bools, data, length);
	result = call(device, VFIO_DEVICE_SET_IRQS, set);
	free(set);
	return result;
}

long
arm(int device, uint32_t index, uint32_t start, uint32_t count, const int32_t *fds)
{
	return set_irqs(device, VFIO_DATA_EVENTFD | VFIO_ACTION_TRIGGER, index, start, count, fds);
}

long
trigger(int device, uint32_t index, uint32_t start, uint32_t count)
{
	return set_irqs(device, VFIO_DATA_NONE | VFIO_ACTION_TRIGGER, index, start, count, NULL);
}

long
disarm(int device, uint32_t index)
{
	return trigger(device, index, 0, 0);
}

int
make_eventfd(struct run *run)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd < 0)
		fail(run, "no eventfd: %s", strerror(errno));
	return fd;
}

uint64_t
counted_now(int fd)
{
	uint64_t count;

	return read(fd, &count, sizeof(count)) == (ssize_t)sizeof(count) ? count : 0;
}

uint64_t
counted(int fd)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};

	poll(&ready, 1, EVENT_PATIENCE_MS);
	return counted_now(fd);
}

uint32_t
config_read(struct run *run, unsigned offset, unsigned width)
{
	const struct vfio_region_info *region = &run->facts->region[VFIO_CONFIG_REGION];
	uint32_t value = 0;
	long result = read_at(run->device.fd, &value, width, region->offset + offset);

	if (result != (long)width)
		fail(run, "reading %u bytes of config space at %#x gives %ld", width, offset,
		     result);
	return value;
}

void
config_write(struct run *run, unsigned offset, unsigned width, uint32_t value)
{
	const struct vfio_region_info *region = &run->facts->region[VFIO_CONFIG_REGION];
	long result = write_at(run->device.fd, &value, width, region->offset + offset);

	if (result != (long)width)
		fail(run, "writing %u bytes of config space at %#x gives %ld", width, offset,
		     result);
}

/* ---- iommufd ---- */

long
ioas_alloc(int iommu, uint32_t *id)
{
	struct iommu_ioas_alloc alloc = {.size = sizeof(alloc)};
	long result = call(iommu, IOMMU_IOAS_ALLOC, &alloc);

	*id = alloc.out_ioas_id;
	return result;
}

long
destroy(int iommu, uint32_t id)
{
	struct iommu_destroy arg = {.size = sizeof(arg), .id = id};

	return call(iommu, IOMMU_DESTROY, &arg);
}

long
map_fixed(int iommu, uint32_t ioas, const void *memory, uint64_t length, uint64_t iova)
{
	struct iommu_ioas_map map = {
		.size = sizeof(map),
		.flags = IOMMU_MAP_FIXED_RW,
		.ioas_id = ioas,
		.user_va = (uintptr_t)memory,
		.length = length,
		.iova = iova,
	};

	return call(iommu, IOMMU_IOAS_MAP, &map);
}

long
unmap(int iommu, uint32_t ioas, uint64_t iova, uint64_t *length)
{
	struct iommu_ioas_unmap arg = {
		.size = sizeof(arg),
		.ioas_id = ioas,
		.iova = iova,
		.length = *length,
	};
	long result = call(iommu, IOMMU_IOAS_UNMAP, &arg);

	*length = arg.length;
	return result;
}
