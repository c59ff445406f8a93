/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VFIO_DEVICE_ATTACH_IOMMUFD_PT and VFIO_DEVICE_DETACH_IOMMUFD_PT. */
#include <sys/mman.h>
#include <unistd.h>

#include "groups.h"
#include "run.h"

#define ATTACH(...) IOCTL(VFIO_DEVICE_ATTACH_IOMMUFD_PT, vfio_device_attach_iommufd_pt, __VA_ARGS__)
#define DETACH(...) IOCTL(VFIO_DEVICE_DETACH_IOMMUFD_PT, vfio_device_detach_iommufd_pt, __VA_ARGS__)
#define TO(what)    .placed = {PLACE(vfio_device_attach_iommufd_pt, pt_id, what)}
#define KEEPS(size)                                                                                \
	.fields = {IS(vfio_device_attach_iommufd_pt, argsz, size),                                 \
		   IS(vfio_device_attach_iommufd_pt, flags, 0)}
#define WRITES_ID .writes = 12
#define NOTHING   .writes = WRITES_NOTHING

static uint32_t
new_ioas(struct run *run)
{
	uint32_t id;

	expect(run, "IOAS_ALLOC", 0, ioas_alloc(run->device.iommu, &id));
	return id;
}

static void
answers_hwpt(struct run *run)
{
	expect_that(run, run->hwpt != run->ioas && run->hwpt != 0,
		    "pt_id has become the id of a page table");
	expect(run, "DESTROY of it while attached", -EBUSY, destroy(run->device.iommu, run->hwpt));
}

static void
hwpt_goes_with_detach(struct run *run)
{
	expect(run, "DETACH", 0, detach(run->device.fd));
	expect(run, "DESTROY of the automatic page table", -ENOENT,
	       destroy(run->device.iommu, run->hwpt));
}

static void
answers_ioas(struct run *run)
{
	expect_value(run, "pt_id", run->ioas, run->hwpt);
}

static void
again_same(struct run *run)
{
	uint32_t pt = run->ioas;

	expect(run, "ATTACH to the same IOAS", 0, attach_to(run->device.fd, &pt));
	expect_value(run, "pt_id", run->hwpt, pt);
	expect(run, "DESTROY of the IOAS", -EBUSY, destroy(run->device.iommu, run->ioas));
}

static void
again_other(struct run *run)
{
	const uint32_t other = new_ioas(run);
	uint32_t pt = other;

	expect(run, "ATTACH to another IOAS", 0, attach_to(run->device.fd, &pt));
	expect(run, "DESTROY of the first IOAS", 0, destroy(run->device.iommu, run->ioas));
	expect(run, "DESTROY of the second", -EBUSY, destroy(run->device.iommu, other));
	expect(run, "DETACH", 0, detach(run->device.fd));
	expect(run, "DESTROY of the second", 0, destroy(run->device.iommu, other));
}

static void
failed_replacement(struct run *run)
{
	uint32_t pt = 0xffffffff;

	expect(run, "ATTACH to no object", -ENOENT, attach_to(run->device.fd, &pt));
	expect(run, "DESTROY of the IOAS attached before", -EBUSY,
	       destroy(run->device.iommu, run->ioas));
}

static void
to_hwpt(struct run *run)
{
	struct iommu_hwpt_alloc alloc = {
		.size = sizeof(alloc),
		.dev_id = run->device.devid,
		.pt_id = new_ioas(run),
	};
	uint32_t pt;

	expect(run, "HWPT_ALLOC", 0, call(run->device.iommu, IOMMU_HWPT_ALLOC, &alloc));
	pt = alloc.out_hwpt_id;
	expect(run, "ATTACH to it", 0, attach_to(run->device.fd, &pt));
	expect_value(run, "pt_id", alloc.out_hwpt_id, pt);
	expect(run, "DESTROY of it", -EBUSY, destroy(run->device.iommu, alloc.out_hwpt_id));
	expect(run, "DETACH", 0, detach(run->device.fd));
	expect(run, "DESTROY of it after DETACH", 0, destroy(run->device.iommu, alloc.out_hwpt_id));
}

static void
foreign_ioas(struct run *run)
{
	uint32_t id, last = 0;
	int other = open_iommu(run);

	for (int i = 0; i < 8; i++)
		expect(run, "IOAS_ALLOC elsewhere", 0, ioas_alloc(other, &last));
	id = last;
	expect(run, "ATTACH to an IOAS of another context", -ENOENT,
	       attach_to(run->device.fd, &id));
}

static void
ioas_busy(struct run *run)
{
	expect(run, "DESTROY of the attached IOAS", -EBUSY, destroy(run->device.iommu, run->ioas));
	expect(run, "DETACH", 0, detach(run->device.fd));
	expect(run, "DESTROY after DETACH", 0, destroy(run->device.iommu, run->ioas));
}

static void
unwritable(struct run *run)
{
	struct vfio_device_attach_iommufd_pt *attach = pages();

	attach->argsz = sizeof(*attach);
	attach->pt_id = new_ioas(run);
	expect(run, "mprotect", 0, mprotect(pages(), PAGE, PROT_READ));
	expect(run, "ATTACH with pt_id in read-only memory", -EFAULT,
	       call(run->device.fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, attach));
	expect(run, "DESTROY of the IOAS", 0, destroy(run->device.iommu, attach->pt_id));
}

static void
detach_twice(struct run *run)
{
	expect(run, "DETACH", 0, detach(run->device.fd));
	expect(run, "DETACH again", 0, detach(run->device.fd));
	expect(run, "ATTACH again", 0, attach_to(run->device.fd, &run->ioas));
}

static void
closed(struct run *run)
{
	long result;

	close(run->device.fd);
	for (int i = 0; i < 1000; i++) {
		result = destroy(run->device.iommu, run->ioas);
		if (result != -EBUSY || !run->way->transport)
			break;
		usleep(5000);
	}
	expect(run, "DESTROY of the IOAS after the device is closed", 0, result);
}

static void
many_times(struct run *run)
{
	for (int i = 0; i < 50; i++) {
		uint32_t pt = run->ioas;

		expect(run, "DETACH", 0, detach(run->device.fd));
		expect(run, "ATTACH", 0, attach_to(run->device.fd, &pt));
		expect_value(run, "pt_id", run->hwpt, pt);
	}
}

/* A driver that knows no PASIDs says so before it looks at argsz. */
static bool
knows_pasids(struct run *run, long of_short_call)
{
	if (of_short_call != -EOPNOTSUPP)
		expect(run, "a PASID with an argsz that is too short", -EINVAL, of_short_call);
	return of_short_call != -EOPNOTSUPP;
}

static void
pasids(struct run *run)
{
	struct vfio_device_attach_iommufd_pt *attach = at_edge(12);
	bool known;

	attach->argsz = 12;
	attach->flags = VFIO_ATTACH_PASID;
	attach->pt_id = run->ioas;
	known = knows_pasids(run, call(run->device.fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, attach));
	attach->argsz = 16;
	expect(run, "ATTACH of a PASID that can't be read", known ? -EFAULT : -EOPNOTSUPP,
	       call(run->device.fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, attach));
	expect(run, "DETACH of the device itself", 0, detach(run->device.fd));
}

static void
detached_pasids(struct run *run)
{
	struct vfio_device_detach_iommufd_pt *arg = at_edge(8);
	bool known;

	arg->argsz = 8;
	arg->flags = VFIO_ATTACH_PASID;
	known = knows_pasids(run, call(run->device.fd, VFIO_DEVICE_DETACH_IOMMUFD_PT, arg));
	arg->argsz = 12;
	expect(run, "DETACH of a PASID that can't be read", known ? -EFAULT : -EOPNOTSUPP,
	       call(run->device.fd, VFIO_DEVICE_DETACH_IOMMUFD_PT, arg));
}

static const struct rule rules[] = {
	{"null", "ATTACH with a null pointer: EFAULT", STATE_BOUND, NEED_CDEV,
	 IOCTL_NULL(VFIO_DEVICE_ATTACH_IOMMUFD_PT), .err = EFAULT},
	{"argsz-0", "ATTACH with argsz 0: EINVAL", STATE_ATTACHED, NEED_CDEV, ATTACH(.argsz = 0),
	 TO(VALUE_IOAS), .err = EINVAL},
	{"argsz-11", "ATTACH with argsz 11: EINVAL", STATE_ATTACHED, NEED_CDEV, ATTACH(.argsz = 11),
	 TO(VALUE_IOAS), .err = EINVAL},
	{"argsz-12", "argsz 12, the first version, is enough", STATE_ATTACHED, NEED_CDEV,
	 ATTACH(.argsz = 12), TO(VALUE_IOAS), .readable = 12, KEEPS(12)},
	{"argsz-16", "argsz 16: ok, only pt_id is written", STATE_ATTACHED, NEED_CDEV,
	 ATTACH(.argsz = 16, .pasid = 77), TO(VALUE_IOAS), WRITES_ID, KEEPS(16)},
	{"argsz-4096", "a larger argsz is ok, and what is behind isn't read", STATE_ATTACHED,
	 NEED_CDEV, ATTACH(.argsz = 4096), TO(VALUE_IOAS), .readable = 12, KEEPS(4096)},
	{"short-unreadable", "8 readable bytes with argsz 8: EFAULT, not EINVAL", STATE_ATTACHED,
	 NEED_CDEV, ATTACH(.argsz = 8), .readable = 8, .err = EFAULT},
	{"unknown-flag", "flag bit 1: EINVAL", STATE_ATTACHED, NEED_CDEV,
	 ATTACH(.argsz = 16, .flags = 2), TO(VALUE_IOAS), .err = EINVAL},
	{"unknown-flag-31", "flag bit 31: EINVAL", STATE_ATTACHED, NEED_CDEV,
	 ATTACH(.argsz = 16, .flags = 1u << 31), TO(VALUE_IOAS), .err = EINVAL},
	{"pasid", "PASID: too short EINVAL, unreadable EFAULT; a driver without them: EOPNOTSUPP",
	 STATE_ATTACHED, NEED_CDEV, KERNEL_7_2, .body = pasids},
	{"pasid-old", "the flag PASID: EINVAL", STATE_ATTACHED, NEED_CDEV, KERNEL_ANY, KERNEL_6_12,
	 ATTACH(.argsz = 16, .flags = VFIO_ATTACH_PASID), TO(VALUE_IOAS), .err = EINVAL},
	{"no-object", "pt_id 0xffffffff: ENOENT", STATE_BOUND, NEED_CDEV,
	 ATTACH(.argsz = 16, .pt_id = 0xffffffff), .err = ENOENT},
	{"id-0", "pt_id 0: ENOENT", STATE_BOUND, NEED_CDEV, ATTACH(.argsz = 16), .err = ENOENT},
	{"own-id", "pt_id is the device's id: EINVAL; emulated: ENOENT", STATE_BOUND, NEED_CDEV,
	 ATTACH(.argsz = 16), TO(VALUE_DEVICE_ID), .err = EINVAL, .err_access = ENOENT},
	{"foreign", "pt_id of another context: ENOENT", STATE_BOUND, NEED_CDEV,
	 .body = foreign_ioas},
	{"answers-hwpt", "an IOAS: pt_id becomes the id of an automatic page table", STATE_ATTACHED,
	 NEED_CDEV | NEED_PHYSICAL, .body = answers_hwpt},
	{"hwpt-gone", "the last DETACH destroys it", STATE_ATTACHED, NEED_CDEV | NEED_PHYSICAL,
	 .body = hwpt_goes_with_detach},
	{"answers-ioas", "an emulated device: pt_id stays the id of the IOAS", STATE_ATTACHED,
	 NEED_CDEV | NEED_ACCESS, .body = answers_ioas},
	{"same-again", "attaching to the same IOAS again: ok", STATE_ATTACHED, NEED_CDEV,
	 .body = again_same},
	{"replace", "attaching to another IOAS replaces the first, which is free then",
	 STATE_ATTACHED, NEED_CDEV, .body = again_other},
	{"failed-replace", "a failed replacement changes nothing", STATE_ATTACHED, NEED_CDEV,
	 .body = failed_replacement},
	{"to-hwpt", "attaching to a page table: pt_id stays", STATE_BOUND,
	 NEED_CDEV | NEED_PHYSICAL, .body = to_hwpt},
	{"ioas-busy", "an attached IOAS can't be destroyed: EBUSY; after DETACH it can",
	 STATE_ATTACHED, NEED_CDEV, .body = ioas_busy},
	{"unwritable", "pt_id can't be written: EFAULT, and detached again", STATE_BOUND, NEED_CDEV,
	 .body = unwritable},
	{"close-detaches", "closing the device detaches it", STATE_ATTACHED, NEED_CDEV,
	 .body = closed},
	{"many-times", "attaching and detaching 50 times", STATE_ATTACHED, NEED_CDEV,
	 .body = many_times},
	{"detach-null", "DETACH with a null pointer: EFAULT", STATE_ATTACHED, NEED_CDEV,
	 IOCTL_NULL(VFIO_DEVICE_DETACH_IOMMUFD_PT), .err = EFAULT},
	{"detach-argsz-7", "DETACH with argsz 7: EINVAL", STATE_ATTACHED, NEED_CDEV,
	 DETACH(.argsz = 7), .err = EINVAL},
	{"detach-argsz-8", "DETACH with argsz 8: ok, nothing is written", STATE_ATTACHED, NEED_CDEV,
	 DETACH(.argsz = 8), .readable = 8, NOTHING},
	{"detach-argsz-4096", "DETACH with a larger argsz: ok, and what is behind isn't read",
	 STATE_ATTACHED, NEED_CDEV, DETACH(.argsz = 4096), .readable = 8, NOTHING},
	{"detach-flag", "DETACH with flag bit 1: EINVAL", STATE_ATTACHED, NEED_CDEV,
	 DETACH(.argsz = 12, .flags = 2), .err = EINVAL},
	{"detach-pasid", "DETACH of a PASID: the same", STATE_ATTACHED, NEED_CDEV, KERNEL_7_2,
	 .body = detached_pasids},
	{"detach-not-attached", "DETACH while not attached: ok", STATE_BOUND, NEED_CDEV,
	 DETACH(.argsz = 12), NOTHING},
	{"detach-twice", "DETACH twice, then ATTACH: ok", STATE_ATTACHED, NEED_CDEV,
	 .body = detach_twice},
};

GROUP(attach, "device_cdev.c, iommufd/device.c");
