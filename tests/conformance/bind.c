/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VFIO_DEVICE_BIND_IOMMUFD. */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "groups.h"
#include "run.h"

#define BIND(...) IOCTL(VFIO_DEVICE_BIND_IOMMUFD, vfio_device_bind_iommufd, __VA_ARGS__)
#define BIND_TAIL(last, ...)                                                                       \
	IOCTL_TAIL(VFIO_DEVICE_BIND_IOMMUFD, vfio_device_bind_iommufd, last, __VA_ARGS__)
#define TO(what) .placed = {PLACE(vfio_device_bind_iommufd, iommufd, what)}
/* Behind out_devid nothing is written. */
#define WRITES_ID .writes = 16
#define KEEPS(size)                                                                                \
	.fields = {IS(vfio_device_bind_iommufd, argsz, size),                                      \
		   IS(vfio_device_bind_iommufd, flags, 0)}

static void
twice(struct run *run)
{
	expect(run, "a second BIND to the same context", -EINVAL,
	       bind_to(run->device.fd, run->device.iommu, NULL));
	expect(run, "a second BIND to another context", -EINVAL,
	       bind_to(run->device.fd, open_iommu(run), NULL));
}

static void
bound_elsewhere(struct run *run)
{
	int other = open_again(run);

	expect(run, "BIND of another open, same context", -EINVAL,
	       bind_to(other, run->device.iommu, NULL));
	expect(run, "BIND of another open, other context", -EINVAL,
	       bind_to(other, open_iommu(run), NULL));
}

static void
after_close(struct run *run)
{
	int other = open_again(run), iommu = open_iommu(run);

	close(run->device.fd);
	expect(run, "BIND of another open after the first is closed", 0,
	       bind_to(other, iommu, NULL));
}

static void
devid_is_an_object(struct run *run)
{
	expect_that(run, run->device.devid != 0, "out_devid is not 0");
	expect(run, "DESTROY of it", -EBUSY, destroy(run->device.iommu, run->device.devid));
}

static void
devid_goes_with_the_device(struct run *run)
{
	long result;

	close(run->device.fd);
	for (int i = 0; i < 1000; i++) {
		result = destroy(run->device.iommu, run->device.devid);
		if (result != -EBUSY || !run->way->transport)
			break;
		usleep(5000);
	}
	expect(run, "DESTROY of the device's id after its close", -ENOENT, result);
}

static void
devid_is_lowest_free(struct run *run)
{
	uint32_t first, second, devid = 0;
	int iommu = open_iommu(run);

	expect(run, "IOAS_ALLOC", 0, ioas_alloc(iommu, &first));
	expect(run, "IOAS_ALLOC", 0, ioas_alloc(iommu, &second));
	expect(run, "DESTROY", 0, destroy(iommu, first));
	expect(run, "BIND", 0, bind_to(run->device.fd, iommu, &devid));
	expect_value(run, "out_devid", first, devid);
}

static void
unwritable(struct run *run)
{
	struct vfio_device_bind_iommufd *bind = pages();

	bind->argsz = sizeof(*bind);
	bind->iommufd = open_iommu(run);
	expect(run, "mprotect", 0, mprotect(pages(), PAGE, PROT_READ));
	expect(run, "BIND with out_devid in read-only memory", -EFAULT,
	       call(run->device.fd, VFIO_DEVICE_BIND_IOMMUFD, bind));
	expect(run, "BIND after that", 0, bind_to(run->device.fd, open_iommu(run), NULL));
}

static void
failed_binds_are_harmless(struct run *run)
{
	int iommu = open_iommu(run);

	for (int i = 0; i < 20; i++) {
		expect(run, "BIND to a closed descriptor", -EBADF,
		       bind_to(run->device.fd, closed_fd(), NULL));
		expect(run, "BIND to iommufd -2", -EINVAL, bind_to(run->device.fd, -2, NULL));
	}
	expect(run, "BIND", 0, bind_to(run->device.fd, iommu, NULL));
}

static void
iommu_closed(struct run *run)
{
	struct vfio_device_info info;
	uint32_t ioas, pt;

	expect(run, "IOAS_ALLOC", 0, ioas_alloc(run->device.iommu, &ioas));
	close(run->device.iommu);
	expect(run, "GET_INFO", 0, get_info(run->device.fd, &info));
	pt = ioas;
	expect(run, "ATTACH to an IOAS of the closed context", 0, attach_to(run->device.fd, &pt));
	expect(run, "DETACH", 0, detach(run->device.fd));
}

static const struct rule rules[] = {
	{"null", "a null pointer: EFAULT", STATE_OPEN, IOCTL_NULL(VFIO_DEVICE_BIND_IOMMUFD),
	 .err = EFAULT},
	{"argsz-0", "argsz 0: EINVAL", STATE_OPEN, BIND(.argsz = 0), TO(VALUE_IOMMU_FD),
	 .err = EINVAL},
	{"argsz-15", "argsz 15, one less than the first version: EINVAL", STATE_OPEN,
	 BIND(.argsz = 15), TO(VALUE_IOMMU_FD), .err = EINVAL},
	{"argsz-16", "argsz 16, the first version: ok", STATE_OPEN, BIND(.argsz = 16),
	 TO(VALUE_IOMMU_FD), .readable = 16, WRITES_ID, KEEPS(16)},
	{"argsz-20", "argsz 20: ok", STATE_OPEN, BIND(.argsz = 20), TO(VALUE_IOMMU_FD),
	 .readable = 20, WRITES_ID, KEEPS(20)},
	{"argsz-24", "argsz 24: ok, only out_devid is written", STATE_OPEN, BIND(.argsz = 24),
	 TO(VALUE_IOMMU_FD), WRITES_ID, KEEPS(24)},
	{"tail-zero", "argsz 32 with zeros behind byte 24: ok", STATE_OPEN,
	 BIND_TAIL(0, .argsz = 32), TO(VALUE_IOMMU_FD), WRITES_ID, KEEPS(32)},
	{"tail-not-zero", "argsz 32 with something behind byte 24: E2BIG", STATE_OPEN,
	 BIND_TAIL(1, .argsz = 32), TO(VALUE_IOMMU_FD), .since = KERNEL_7_2, .err = E2BIG},
	{"tail-ignored", "argsz 32 with something behind byte 24: ok", STATE_OPEN,
	 BIND_TAIL(1, .argsz = 32), TO(VALUE_IOMMU_FD), .until = KERNEL_6_12, WRITES_ID},
	{"tail-before-flags", "E2BIG comes before unknown flags", STATE_OPEN,
	 BIND_TAIL(1, .argsz = 32, .flags = 2), TO(VALUE_IOMMU_FD), .since = KERNEL_7_2,
	 .err = E2BIG},
	{"half-readable", "argsz 24, but only 16 bytes can be read: EFAULT", STATE_OPEN,
	 BIND(.argsz = 24), TO(VALUE_IOMMU_FD), .since = KERNEL_7_2, .readable = 16, .err = EFAULT},
	{"tail-unreadable", "argsz 32, but only 24 bytes can be read: EFAULT", STATE_OPEN,
	 BIND(.argsz = 32), TO(VALUE_IOMMU_FD), .since = KERNEL_7_2, .readable = 24, .err = EFAULT},
	{"argsz-before-fault", "argsz 8 and nothing more can be read: EINVAL", STATE_OPEN,
	 BIND(.argsz = 8), .since = KERNEL_7_2, .readable = 8, .err = EINVAL},
	{"unknown-flag", "flag bit 1: EINVAL", STATE_OPEN, BIND(.argsz = 24, .flags = 2),
	 TO(VALUE_IOMMU_FD), .err = EINVAL},
	{"unknown-flag-31", "flag bit 31: EINVAL", STATE_OPEN, BIND(.argsz = 24, .flags = 1u << 31),
	 TO(VALUE_IOMMU_FD), .err = EINVAL},
	{"token-on-plain", "a VF token for a device that is neither VF nor PF with VFs: EINVAL",
	 STATE_OPEN, BIND(.argsz = 24, .flags = VFIO_BIND_TOKEN),
	 .placed = {PLACE(vfio_device_bind_iommufd, iommufd, VALUE_IOMMU_FD),
		    PLACE(vfio_device_bind_iommufd, token_uuid_ptr, VALUE_PAGES)},
	 .err = EINVAL},
	{"token-unreadable",
	 "a VF token that can't be read: EFAULT; a driver without tokens: EINVAL", STATE_OPEN,
	 BIND(.argsz = 24, .flags = VFIO_BIND_TOKEN),
	 .placed = {PLACE(vfio_device_bind_iommufd, iommufd, VALUE_IOMMU_FD),
		    PLACE(vfio_device_bind_iommufd, token_uuid_ptr, VALUE_HOLE)},
	 .since = KERNEL_7_2, .err = EFAULT, .err_access = EINVAL},
	{"fd-minus-1", "iommufd -1: EINVAL", STATE_OPEN, BIND(.argsz = 24, .iommufd = -1),
	 .err = EINVAL},
	{"fd-minus-2", "iommufd -2: EINVAL", STATE_OPEN, BIND(.argsz = 24, .iommufd = -2),
	 .err = EINVAL},
	{"fd-closed", "iommufd that is not open: EBADF", STATE_OPEN, BIND(.argsz = 24),
	 TO(VALUE_CLOSED_FD), .err = EBADF},
	{"fd-null-device", "iommufd is /dev/null: EBADFD", STATE_OPEN, BIND(.argsz = 24),
	 TO(VALUE_NULL_FD), .err = EBADFD},
	{"fd-eventfd", "iommufd is an eventfd: EBADFD", STATE_OPEN, BIND(.argsz = 24),
	 TO(VALUE_EVENTFD), .err = EBADFD},
	{"flags-before-fd", "unknown flags come before a bad descriptor", STATE_OPEN,
	 BIND(.argsz = 24, .flags = 2), TO(VALUE_CLOSED_FD), .err = EINVAL},
	{"twice", "a bound file can't be bound again: EINVAL", STATE_BOUND, NEED_CDEV,
	 .body = twice},
	{"twice-before-fd", "that comes before a bad descriptor", STATE_BOUND, NEED_CDEV,
	 BIND(.argsz = 24), TO(VALUE_CLOSED_FD), .err = EINVAL},
	{"elsewhere", "another open of a bound device: EINVAL", STATE_BOUND, NEED_CDEV,
	 .body = bound_elsewhere},
	{"after-close", "once the first open is closed another one may bind", STATE_BOUND,
	 NEED_CDEV, .body = after_close},
	{"devid-busy", "out_devid is an object that can't be destroyed while bound: EBUSY",
	 STATE_BOUND, NEED_CDEV, .body = devid_is_an_object},
	{"devid-gone", "the object goes when the device is closed", STATE_BOUND, NEED_CDEV,
	 .body = devid_goes_with_the_device},
	{"devid-lowest", "out_devid is the lowest free id of the context", STATE_OPEN,
	 .body = devid_is_lowest_free},
	{"unwritable", "out_devid can't be written: EFAULT, and the device is not bound",
	 STATE_OPEN, .body = unwritable},
	{"failed", "failed BINDs leave nothing behind", STATE_OPEN,
	 .body = failed_binds_are_harmless},
	{"iommu-closed", "a bound device keeps its context when the iommufd is closed", STATE_BOUND,
	 NEED_CDEV, .body = iommu_closed},
};

GROUP(bind, "device_cdev.c");
