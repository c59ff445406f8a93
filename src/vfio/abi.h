/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What <linux/vfio.h> has since Linux 6.6 and later, so that older headers do. Numbers, layouts and
 * minimum sizes are those of Linux 7.2's include/uapi/linux/vfio.h and drivers/vfio.
 */
#ifndef VFIO_ABI_H
#define VFIO_ABI_H

#include <stdint.h>

#include <linux/vfio.h>

#define ABI_BIND_IOMMUFD      _IO(VFIO_TYPE, VFIO_BASE + 18)
#define ABI_ATTACH_IOMMUFD_PT _IO(VFIO_TYPE, VFIO_BASE + 19)
#define ABI_DETACH_IOMMUFD_PT _IO(VFIO_TYPE, VFIO_BASE + 20)

#define ABI_BIND_TOKEN   1u /* VFIO_DEVICE_BIND_FLAG_TOKEN */
#define ABI_ATTACH_PASID 1u /* VFIO_DEVICE_ATTACH_PASID, VFIO_DEVICE_DETACH_PASID */

struct abi_bind {
	uint32_t argsz, flags;
	int32_t iommufd;
	uint32_t out_devid;
	uint64_t token_uuid_ptr;
};
#define ABI_BIND_MIN 16u

struct abi_attach {
	uint32_t argsz, flags, pt_id, pasid;
};
#define ABI_ATTACH_MIN 12u

struct abi_detach {
	uint32_t argsz, flags, pasid;
};
#define ABI_DETACH_MIN 8u

/* struct vfio_device_ioeventfd */
struct abi_ioeventfd {
	uint32_t argsz, flags;
	uint64_t offset, data;
	int32_t fd;
	uint32_t reserved;
};
#define ABI_IOEVENTFD_MIN 28u

/* struct vfio_pci_hot_reset_info and its devices */
struct abi_hot_reset_info {
	uint32_t argsz, flags, count;
};
struct abi_dependent_device {
	uint32_t devid;
	uint16_t segment;
	uint8_t bus, devfn;
};
#define ABI_HOT_RESET_DEV_ID       1u /* VFIO_PCI_HOT_RESET_FLAG_DEV_ID */
#define ABI_HOT_RESET_DEV_ID_OWNED 2u /* VFIO_PCI_HOT_RESET_FLAG_DEV_ID_OWNED */
#define ABI_DEVID_NOT_OWNED        UINT32_MAX /* VFIO_PCI_DEVID_NOT_OWNED */

/* Features, VFIO_DEVICE_FEATURE_* */
#define ABI_FEATURE_LOW_POWER_ENTRY             3u
#define ABI_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP 4u
#define ABI_FEATURE_LOW_POWER_EXIT              5u

#endif
