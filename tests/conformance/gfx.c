/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VFIO_DEVICE_QUERY_GFX_PLANE and VFIO_DEVICE_GET_GFX_DMABUF, and ioctls that no device knows. */
#include "groups.h"
#include "run.h"

static long
query(struct run *run, uint32_t argsz, uint32_t flags)
{
	struct vfio_device_gfx_plane_info info = {.argsz = argsz, .flags = flags};

	return call(run->device.fd, VFIO_DEVICE_QUERY_GFX_PLANE, &info);
}

/* vfio-pci has no planes; drivers of graphics have one of two kinds. */
static void
planes(struct run *run)
{
	const long region = query(run, 64, VFIO_GFX_PROBE | VFIO_GFX_REGION);
	const long dmabuf = query(run, 64, VFIO_GFX_PROBE | VFIO_GFX_DMABUF);

	if (region == -ENOTTY) {
		expect(run, "PROBE of dma-buf where regions are not known", -ENOTTY, dmabuf);
		expect(run, "any argument", -ENOTTY, query(run, 0, 0));
		return;
	}
	expect_that(run, (region == 0) != (dmabuf == 0), "one of the two kinds is there");
	expect(run, "the other kind", -EINVAL, region ? region : dmabuf);
	expect(run, "argsz 59", -EINVAL, query(run, 59, VFIO_GFX_PROBE | VFIO_GFX_DMABUF));
	expect(run, "PROBE of both", -EINVAL,
	       query(run, 64, VFIO_GFX_PROBE | VFIO_GFX_DMABUF | VFIO_GFX_REGION));
	expect(run, "no flags", -EINVAL, query(run, 64, 0));
}

static void
dmabuf(struct run *run)
{
	uint32_t id = 0xfffffff0;
	long result = call(run->device.fd, VFIO_DEVICE_GET_GFX_DMABUF, &id);

	if (query(run, 64, VFIO_GFX_PROBE | VFIO_GFX_DMABUF))
		expect(run, "GET_GFX_DMABUF", -ENOTTY, result);
	else
		expect_that(run, result < 0, "an unknown id gives no dma-buf");
}

static void
iommufd_ioctls(struct run *run)
{
	struct iommu_ioas_alloc arg = {.size = sizeof(arg)};

	expect(run, "IOAS_ALLOC", -ENOTTY, call(run->device.fd, IOMMU_IOAS_ALLOC, &arg));
	expect(run, "DESTROY", -ENOTTY, call(run->device.fd, IOMMU_DESTROY, NULL));
}

#define UNKNOWN(name, said, number)                                                                \
	{                                                                                          \
		.id = (name), .words = said ": ENOTTY", .state = STATE_BOUND, .command = (number), \
		.err = ENOTTY                                                                      \
	}

static const struct rule rules[] = {
	{"planes", "graphics planes: ENOTTY, or one of the two kinds", STATE_BOUND, .body = planes},
	{"dmabuf", "dma-buf of a plane: ENOTTY without planes", STATE_BOUND, .body = dmabuf},
	UNKNOWN("unknown", "an unknown ioctl of VFIO's type", 0x3bff),
	UNKNOWN("foreign", "an ioctl of another type", 0x4242),
	{"sized", "GET_INFO with a size in its number: ENOTTY", STATE_BOUND,
	 IOCTL(0xc0103b6b, vfio_device_info, .argsz = 24), .err = ENOTTY},
	UNKNOWN("api-version", "the container's GET_API_VERSION", VFIO_GET_API_VERSION),
	UNKNOWN("check-extension", "the container's CHECK_EXTENSION", VFIO_CHECK_EXTENSION),
	{"iommufd", "iommufd's ioctls on a device: ENOTTY", STATE_BOUND, .body = iommufd_ioctls},
	UNKNOWN("precopy-info", "MIG_GET_PRECOPY_INFO on a device", VFIO_MIG_GET_PRECOPY_INFO),
};

GROUP(gfx, "vfio_pci_core.c, vfio_main.c");
