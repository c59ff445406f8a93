/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A cdev answers nothing but BIND until it is bound. */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "groups.h"
#include "run.h"

#define NOT_BOUND(name, said, ...)                                                                 \
	{                                                                                          \
		.id = (name), .words = said ": EINVAL", .state = STATE_OPEN, .err = EINVAL,        \
		__VA_ARGS__                                                                        \
	}

static void
reads(struct run *run)
{
	uint8_t byte;

	expect(run, "pread of BAR0", -EINVAL,
	       read_at(run->device.fd, &byte, 1, VFIO_REGION_OFFSET(0)));
	expect(run, "pread of config space", -EINVAL,
	       read_at(run->device.fd, &byte, 1, VFIO_REGION_OFFSET(VFIO_CONFIG_REGION)));
	expect(run, "pread of no region", -EINVAL,
	       read_at(run->device.fd, &byte, 1, VFIO_REGION_OFFSET(1000)));
}

static void
reads_nothing(struct run *run)
{
	uint8_t byte;

	expect(run, "pread of 0 bytes", -EINVAL,
	       read_at(run->device.fd, &byte, 0, VFIO_REGION_OFFSET(VFIO_CONFIG_REGION)));
}

static void
writes(struct run *run)
{
	uint8_t byte = 0;

	expect(run, "pwrite of config space", -EINVAL,
	       write_at(run->device.fd, &byte, 1, VFIO_REGION_OFFSET(VFIO_CONFIG_REGION)));
}

static void
maps(struct run *run)
{
	void *memory = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, run->device.fd, 0);

	expect(run, "mmap", -EINVAL, memory == MAP_FAILED ? -errno : 0);
}

static void
after_failed_bind(struct run *run)
{
	struct vfio_device_info info;
	int iommu = open_iommu(run);

	expect(run, "BIND to iommufd -1", -EINVAL, bind_to(run->device.fd, -1, NULL));
	expect(run, "GET_INFO after it", -EINVAL, get_info(run->device.fd, &info));
	expect(run, "BIND to an iommufd", 0, bind_to(run->device.fd, iommu, NULL));
	expect(run, "GET_INFO after that", 0, get_info(run->device.fd, &info));
}

static void
other_open_is_bound(struct run *run)
{
	struct vfio_device_info info;
	int other = open_again(run);

	expect(run, "GET_INFO on the other", -EINVAL, get_info(other, &info));
	expect(run, "GET_INFO on the bound one", 0, get_info(run->device.fd, &info));
}

static const struct rule rules[] = {
	NOT_BOUND("get-info", "GET_INFO",
		  IOCTL(VFIO_DEVICE_GET_INFO, vfio_device_info, .argsz = 24)),
	NOT_BOUND("get-info-null", "GET_INFO with a null pointer",
		  IOCTL_NULL(VFIO_DEVICE_GET_INFO)),
	NOT_BOUND("get-region-info", "GET_REGION_INFO",
		  IOCTL(VFIO_DEVICE_GET_REGION_INFO, vfio_region_info, .argsz = 32)),
	NOT_BOUND("get-irq-info", "GET_IRQ_INFO",
		  IOCTL(VFIO_DEVICE_GET_IRQ_INFO, vfio_irq_info, .argsz = 16)),
	NOT_BOUND("set-irqs", "SET_IRQS",
		  IOCTL(VFIO_DEVICE_SET_IRQS, vfio_irq_set, .argsz = VFIO_IRQ_SET_HEADER,
			.flags = VFIO_DATA_NONE | VFIO_ACTION_TRIGGER, .index = VFIO_REQ,
			.count = 1)),
	NOT_BOUND("reset", "RESET", IOCTL_NULL(VFIO_DEVICE_RESET)),
	NOT_BOUND("hot-reset-info", "GET_PCI_HOT_RESET_INFO",
		  IOCTL(VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, vfio_pci_hot_reset_info,
			.argsz = sizeof(struct vfio_pci_hot_reset_info))),
	NOT_BOUND("hot-reset", "PCI_HOT_RESET",
		  IOCTL(VFIO_DEVICE_PCI_HOT_RESET, vfio_pci_hot_reset, .argsz = 12)),
	NOT_BOUND("gfx-plane", "QUERY_GFX_PLANE",
		  IOCTL(VFIO_DEVICE_QUERY_GFX_PLANE, vfio_device_gfx_plane_info, .argsz = 64,
			.flags = VFIO_GFX_PROBE | VFIO_GFX_DMABUF)),
	NOT_BOUND("gfx-dmabuf", "GET_GFX_DMABUF",
		  IOCTL(VFIO_DEVICE_GET_GFX_DMABUF, vfio_group_status, 0)),
	NOT_BOUND("ioeventfd", "IOEVENTFD",
		  IOCTL(VFIO_DEVICE_IOEVENTFD, vfio_device_ioeventfd, .argsz = 32, .flags = 4,
			.fd = -1)),
	NOT_BOUND("feature", "FEATURE",
		  IOCTL(VFIO_DEVICE_FEATURE, vfio_device_feature, .argsz = 8,
			.flags = VFIO_FEATURE_PROBE | VFIO_FEATURE_GET | VFIO_FEATURE_MIGRATION)),
	NOT_BOUND("attach", "ATTACH",
		  IOCTL(VFIO_DEVICE_ATTACH_IOMMUFD_PT, vfio_device_attach_iommufd_pt, .argsz = 12,
			.pt_id = 1)),
	NOT_BOUND("attach-null", "ATTACH with a null pointer",
		  IOCTL_NULL(VFIO_DEVICE_ATTACH_IOMMUFD_PT)),
	NOT_BOUND("detach", "DETACH",
		  IOCTL(VFIO_DEVICE_DETACH_IOMMUFD_PT, vfio_device_detach_iommufd_pt, .argsz = 8)),
	NOT_BOUND("precopy-info", "MIG_GET_PRECOPY_INFO", IOCTL_NULL(VFIO_MIG_GET_PRECOPY_INFO)),
	NOT_BOUND("api-version", "the container's GET_API_VERSION",
		  IOCTL_NULL(VFIO_GET_API_VERSION)),
	NOT_BOUND("unknown", "an unknown ioctl of VFIO's type", IOCTL_NULL(0x3bff)),
	NOT_BOUND("foreign", "an ioctl of another type", IOCTL_NULL(0x4242)),
	{"read", "reading any region: EINVAL", STATE_OPEN, .body = reads},
	{"read-nothing", "reading 0 bytes: EINVAL", STATE_OPEN, NEED_NO_TRANSPORT,
	 .body = reads_nothing},
	{"write", "writing: EINVAL", STATE_OPEN, .body = writes},
	{"mmap", "mmap: EINVAL", STATE_OPEN, NEED_NO_TRANSPORT, .body = maps},
	{"failed-bind", "a failed BIND leaves it so, and another one may follow", STATE_OPEN,
	 .body = after_failed_bind},
	{"other-bound", "an open stays not bound while another one of the node is bound",
	 STATE_BOUND, NEED_CDEV, .body = other_open_is_bound},
};

GROUP(not_bound, "device_cdev.c, vfio_main.c");
