/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What nested translation adds: invalidation, fault queues, vIOMMUs and what belongs to them. */
#include <fcntl.h>
#include <unistd.h>

#include "groups.h"
#include "run.h"

#define INVALIDATE(...) IOCTL(IOMMU_HWPT_INVALIDATE, iommu_hwpt_invalidate, .size = 32, __VA_ARGS__)
#define FAULT(...)      IOCTL(IOMMU_FAULT_QUEUE_ALLOC, iommu_fault_alloc, .size = 16, __VA_ARGS__)
#define VIOMMU(...)     IOCTL(IOMMU_VIOMMU_ALLOC, iommu_viommu_alloc, .size = 40, __VA_ARGS__)
#define VDEVICE(...)    IOCTL(IOMMU_VDEVICE_ALLOC, iommu_vdevice_alloc, .size = 24, __VA_ARGS__)
#define VEVENTQ(...)    IOCTL(IOMMU_VEVENTQ_ALLOC, iommu_veventq_alloc, .size = 32, __VA_ARGS__)
#define QUEUE(...)      IOCTL(IOMMU_HW_QUEUE_ALLOC, iommu_hw_queue_alloc, .size = 40, __VA_ARGS__)
/* The number handled comes back also after an error. */
#define COUNTS .writes = 32

static void
fault_queue(struct run *run)
{
	struct iommu_fault_alloc arg = {.size = sizeof(arg)};
	uint8_t buffer[64] = {0};
	int fd;

	expect(run, "FAULT_QUEUE_ALLOC", 0, call(run->device.iommu, IOMMU_FAULT_QUEUE_ALLOC, &arg));
	fd = (int)arg.out_fault_fd;
	expect_value(run, "close-on-exec", FD_CLOEXEC, (uint64_t)fcntl(fd, F_GETFD));
	expect(run, "read of 39 bytes", -ESPIPE, read(fd, buffer, 39) < 0 ? -errno : 0);
	expect(run, "write of 7 bytes", -ESPIPE, write(fd, buffer, 7) < 0 ? -errno : 0);
	expect(run, "DESTROY while its descriptor is open", -EBUSY,
	       destroy(run->device.iommu, arg.out_fault_id));
	close(fd);
	expect(run, "DESTROY after its close", 0, destroy(run->device.iommu, arg.out_fault_id));
}

static const struct rule rules[] = {
	{"invalidate-reserved", "HWPT_INVALIDATE with its reserved field: EOPNOTSUPP", STATE_IOAS,
	 INVALIDATE(.reserved = 1, .entry_num = 5), .err = EOPNOTSUPP, COUNTS,
	 .fields = {IS(iommu_hwpt_invalidate, entry_num, 0)}},
	{"invalidate-no-data", "entries without data: EINVAL", STATE_IOAS,
	 INVALIDATE(.hwpt_id = 77, .entry_num = 1, .entry_len = 16), .err = EINVAL, COUNTS,
	 .fields = {IS(iommu_hwpt_invalidate, entry_num, 0)}},
	{"invalidate-length-0", "entries of length 0: EINVAL", STATE_IOAS,
	 INVALIDATE(.hwpt_id = 77, .entry_num = 1),
	 .placed = {PLACE(iommu_hwpt_invalidate, data_uptr, VALUE_PAGES)}, .err = EINVAL, COUNTS},
	{"invalidate-no-hwpt", "no such page table: ENOENT", STATE_IOAS, INVALIDATE(.hwpt_id = 77),
	 .err = ENOENT, COUNTS},
	{"invalidate-ioas", "an IOAS: EINVAL", STATE_IOAS, INVALIDATE(.entry_num = 0),
	 .placed = {PLACE(iommu_hwpt_invalidate, hwpt_id, VALUE_IOAS)}, .err = EINVAL, COUNTS},
	{"fault-flags", "FAULT_QUEUE_ALLOC with flags: EOPNOTSUPP", STATE_IOMMU, FAULT(.flags = 1),
	 .err = EOPNOTSUPP},
	{"fault-queue", "FAULT_QUEUE_ALLOC gives an object and a descriptor", STATE_IOMMU,
	 NEED_NO_TRANSPORT, .body = fault_queue},
	{"viommu-flags", "VIOMMU_ALLOC with flags: EOPNOTSUPP", STATE_IOAS, .since = KERNEL_7_2,
	 VIOMMU(.flags = 1, .type = 1), .err = EOPNOTSUPP},
	{"viommu-type-0", "VIOMMU_ALLOC of the default type: EOPNOTSUPP", STATE_IOAS,
	 .since = KERNEL_7_2, VIOMMU(.type = 0), .err = EOPNOTSUPP},
	{"viommu-no-device", "VIOMMU_ALLOC of no device: ENOENT", STATE_IOAS, .since = KERNEL_7_2,
	 VIOMMU(.type = 1, .dev_id = 77), .err = ENOENT},
	{"vdevice-no-viommu", "VDEVICE_ALLOC of no vIOMMU: ENOENT", STATE_IOAS, .since = KERNEL_7_2,
	 VDEVICE(.viommu_id = 77, .dev_id = 1), .err = ENOENT},
	{"veventq-flags", "VEVENTQ_ALLOC with flags: EOPNOTSUPP", STATE_IOAS, .since = KERNEL_7_2,
	 VEVENTQ(.flags = 1, .viommu_id = 77, .type = 1, .depth = 1), .err = EOPNOTSUPP},
	{"hw-queue-flags", "HW_QUEUE_ALLOC with flags: EOPNOTSUPP", STATE_IOAS, .since = KERNEL_7_2,
	 QUEUE(.flags = 1, .viommu_id = 77, .type = 1, .length = 32), .err = EOPNOTSUPP},
	{"hw-queue-type-0", "HW_QUEUE_ALLOC of the default type: EOPNOTSUPP", STATE_IOAS,
	 .since = KERNEL_7_2, QUEUE(.viommu_id = 77, .length = 32), .err = EOPNOTSUPP},
};

GROUP(iommu_nested, "iommufd/viommu.c, iommufd/eventq.c, iommufd/hw_pagetable.c");
