/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The numbers and structs of the kernel's VFIO and iommufd interfaces as Linux 7.2 has them, under the
 * kernel's names. Not <linux/vfio.h>: that is as old as the machine that this is built on.
 */
#ifndef CONFORMANCE_ABI_H
#define CONFORMANCE_ABI_H

#include <stdint.h>

#define ABI_SIZE(type, bytes) _Static_assert(sizeof(struct type) == (bytes), "as the kernel's")

/* ---- ioctls of a device -------------------------------------------------------------------------- */
#define VFIO_GET_API_VERSION               0x3b64
#define VFIO_CHECK_EXTENSION               0x3b65
#define VFIO_SET_IOMMU                     0x3b66
#define VFIO_GROUP_GET_STATUS              0x3b67
#define VFIO_GROUP_SET_CONTAINER           0x3b68
#define VFIO_GROUP_GET_DEVICE_FD           0x3b6a
#define VFIO_DEVICE_GET_INFO               0x3b6b
#define VFIO_DEVICE_GET_REGION_INFO        0x3b6c
#define VFIO_DEVICE_GET_IRQ_INFO           0x3b6d
#define VFIO_DEVICE_SET_IRQS               0x3b6e
#define VFIO_DEVICE_RESET                  0x3b6f
#define VFIO_DEVICE_GET_PCI_HOT_RESET_INFO 0x3b70
#define VFIO_DEVICE_PCI_HOT_RESET          0x3b71
#define VFIO_DEVICE_QUERY_GFX_PLANE        0x3b72
#define VFIO_DEVICE_GET_GFX_DMABUF         0x3b73
#define VFIO_DEVICE_IOEVENTFD              0x3b74
#define VFIO_DEVICE_FEATURE                0x3b75
#define VFIO_DEVICE_BIND_IOMMUFD           0x3b76
#define VFIO_DEVICE_ATTACH_IOMMUFD_PT      0x3b77
#define VFIO_DEVICE_DETACH_IOMMUFD_PT      0x3b78
#define VFIO_MIG_GET_PRECOPY_INFO          0x3b79

enum {
	VFIO_BAR0_REGION,
	VFIO_BAR5_REGION = 5,
	VFIO_ROM_REGION,
	VFIO_CONFIG_REGION,
	VFIO_VGA_REGION,
	VFIO_NUM_REGIONS, /* the device's own begin here */
};

enum {
	VFIO_INTX,
	VFIO_MSI,
	VFIO_MSIX,
	VFIO_ERR,
	VFIO_REQ,
	VFIO_NUM_IRQS,
};

struct vfio_device_bind_iommufd {
	uint32_t argsz, flags;
	int32_t iommufd;
	uint32_t out_devid;
	uint64_t token_uuid_ptr;
};
ABI_SIZE(vfio_device_bind_iommufd, 24);
#define VFIO_BIND_TOKEN 1u

struct vfio_device_attach_iommufd_pt {
	uint32_t argsz, flags, pt_id, pasid;
};
ABI_SIZE(vfio_device_attach_iommufd_pt, 16);
#define VFIO_ATTACH_PASID 1u

struct vfio_device_detach_iommufd_pt {
	uint32_t argsz, flags, pasid;
};
ABI_SIZE(vfio_device_detach_iommufd_pt, 12);

struct vfio_device_info {
	uint32_t argsz, flags, num_regions, num_irqs, cap_offset, pad;
};
ABI_SIZE(vfio_device_info, 24);
#define VFIO_INFO_RESET 0x01u
#define VFIO_INFO_PCI   0x02u
#define VFIO_INFO_CAPS  0x80u

struct vfio_info_cap_header {
	uint16_t id, version;
	uint32_t next;
};
ABI_SIZE(vfio_info_cap_header, 8);

struct vfio_region_info {
	uint32_t argsz, flags, index, cap_offset;
	uint64_t size, offset;
};
ABI_SIZE(vfio_region_info, 32);
#define VFIO_REGION_READ          1u
#define VFIO_REGION_WRITE         2u
#define VFIO_REGION_MMAP          4u
#define VFIO_REGION_CAPS          8u
#define VFIO_CAP_SPARSE_MMAP      1
#define VFIO_CAP_TYPE             2
#define VFIO_CAP_MSIX_MAPPABLE    3
#define VFIO_REGION_OFFSET(index) ((uint64_t)(index) << 40)

struct vfio_irq_info {
	uint32_t argsz, flags, index, count;
};
ABI_SIZE(vfio_irq_info, 16);
#define VFIO_IRQ_EVENTFD    1u
#define VFIO_IRQ_MASKABLE   2u
#define VFIO_IRQ_AUTOMASKED 4u
#define VFIO_IRQ_NORESIZE   8u

/* With room for the data of the calls made here: up to 16 eventfds. */
struct vfio_irq_set {
	uint32_t argsz, flags, index, start, count;
	union {
		uint8_t bools[64];
		int32_t fds[16];
	};
};
ABI_SIZE(vfio_irq_set, 84);
#define VFIO_IRQ_SET_HEADER  20
#define VFIO_DATA_NONE       1u
#define VFIO_DATA_BOOL       2u
#define VFIO_DATA_EVENTFD    4u
#define VFIO_ACTION_MASK     8u
#define VFIO_ACTION_UNMASK   16u
#define VFIO_ACTION_TRIGGER  32u
#define VFIO_IRQ_SET_UNKNOWN 64u

struct vfio_pci_dependent_device {
	uint32_t group_or_devid;
	uint16_t segment;
	uint8_t bus, devfn;
};
ABI_SIZE(vfio_pci_dependent_device, 8);

struct vfio_pci_hot_reset_info {
	uint32_t argsz, flags, count;
	struct vfio_pci_dependent_device devices[32];
};
#define VFIO_HOT_RESET_HEADER       12
#define VFIO_HOT_RESET_DEV_ID       1u
#define VFIO_HOT_RESET_DEV_ID_OWNED 2u

struct vfio_pci_hot_reset {
	uint32_t argsz, flags, count;
	int32_t group_fds[1];
};

struct vfio_device_ioeventfd {
	uint32_t argsz, flags;
	uint64_t offset, data;
	int32_t fd;
	uint32_t reserved;
};
ABI_SIZE(vfio_device_ioeventfd, 32);

struct vfio_device_gfx_plane_info {
	uint32_t argsz, flags, drm_plane_type, drm_format;
	uint64_t drm_format_mod;
	uint32_t width, height, stride, size, x_pos, y_pos, x_hot, y_hot, region_index, reserved;
};
ABI_SIZE(vfio_device_gfx_plane_info, 64);
#define VFIO_GFX_PROBE  1u
#define VFIO_GFX_DMABUF 2u
#define VFIO_GFX_REGION 4u

/* With room for the data of every feature. */
struct vfio_device_feature {
	uint32_t argsz, flags;
	union {
		uint8_t data[64];
		uint32_t word[16];
		uint64_t quad[8];
	};
};
ABI_SIZE(vfio_device_feature, 72);
#define VFIO_FEATURE_HEADER 8
#define VFIO_FEATURE_GET    (1u << 16)
#define VFIO_FEATURE_SET    (1u << 17)
#define VFIO_FEATURE_PROBE  (1u << 18)
enum {
	VFIO_FEATURE_PCI_VF_TOKEN,
	VFIO_FEATURE_MIGRATION,
	VFIO_FEATURE_MIG_DEVICE_STATE,
	VFIO_FEATURE_LOW_POWER_ENTRY,
	VFIO_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP,
	VFIO_FEATURE_LOW_POWER_EXIT,
	VFIO_FEATURE_DMA_LOGGING_START,
	VFIO_FEATURE_DMA_LOGGING_STOP,
	VFIO_FEATURE_DMA_LOGGING_REPORT,
	VFIO_FEATURE_MIG_DATA_SIZE,
	VFIO_FEATURE_BUS_MASTER,
	VFIO_FEATURE_DMA_BUF,
	VFIO_FEATURE_MIG_PRECOPY_INFO_V2,
	VFIO_NUM_FEATURES,
};
#define VFIO_MIGRATION_STOP_COPY 1u
#define VFIO_MIGRATION_P2P       2u
#define VFIO_MIGRATION_PRE_COPY  4u
enum {
	VFIO_STATE_ERROR,
	VFIO_STATE_STOP,
	VFIO_STATE_RUNNING,
	VFIO_STATE_STOP_COPY,
	VFIO_STATE_RESUMING,
	VFIO_STATE_RUNNING_P2P,
	VFIO_STATE_PRE_COPY,
	VFIO_STATE_PRE_COPY_P2P,
	VFIO_NUM_STATES,
};

/* ---- groups and containers ----------------------------------------------------------------------- */
struct vfio_group_status {
	uint32_t argsz, flags;
};
#define VFIO_GROUP_VIABLE  1u
#define VFIO_TYPE1_IOMMU   1
#define VFIO_TYPE1v2_IOMMU 3

/* ---- /dev/iommu ---------------------------------------------------------------------------------- */
#define IOMMU_DESTROY                 0x3b80
#define IOMMU_IOAS_ALLOC              0x3b81
#define IOMMU_IOAS_ALLOW_IOVAS        0x3b82
#define IOMMU_IOAS_COPY               0x3b83
#define IOMMU_IOAS_IOVA_RANGES        0x3b84
#define IOMMU_IOAS_MAP                0x3b85
#define IOMMU_IOAS_UNMAP              0x3b86
#define IOMMU_OPTION                  0x3b87
#define IOMMU_VFIO_IOAS               0x3b88
#define IOMMU_HWPT_ALLOC              0x3b89
#define IOMMU_GET_HW_INFO             0x3b8a
#define IOMMU_HWPT_SET_DIRTY_TRACKING 0x3b8b
#define IOMMU_HWPT_GET_DIRTY_BITMAP   0x3b8c
#define IOMMU_HWPT_INVALIDATE         0x3b8d
#define IOMMU_FAULT_QUEUE_ALLOC       0x3b8e
#define IOMMU_IOAS_MAP_FILE           0x3b8f
#define IOMMU_VIOMMU_ALLOC            0x3b90
#define IOMMU_VDEVICE_ALLOC           0x3b91
#define IOMMU_IOAS_CHANGE_PROCESS     0x3b92
#define IOMMU_VEVENTQ_ALLOC           0x3b93
#define IOMMU_HW_QUEUE_ALLOC          0x3b94

struct iommu_destroy {
	uint32_t size, id;
};
ABI_SIZE(iommu_destroy, 8);

struct iommu_ioas_alloc {
	uint32_t size, flags, out_ioas_id;
};
ABI_SIZE(iommu_ioas_alloc, 12);

struct iommu_iova_range {
	uint64_t start, last;
};
ABI_SIZE(iommu_iova_range, 16);

struct iommu_ioas_iova_ranges {
	uint32_t size, ioas_id, num_iovas, reserved;
	uint64_t allowed_iovas, out_iova_alignment;
};
ABI_SIZE(iommu_ioas_iova_ranges, 32);

struct iommu_ioas_allow_iovas {
	uint32_t size, ioas_id, num_iovas, reserved;
	uint64_t allowed_iovas;
};
ABI_SIZE(iommu_ioas_allow_iovas, 24);

struct iommu_ioas_map {
	uint32_t size, flags, ioas_id, reserved;
	uint64_t user_va, length, iova;
};
ABI_SIZE(iommu_ioas_map, 40);
#define IOMMU_MAP_FIXED     1u
#define IOMMU_MAP_WRITEABLE 2u
#define IOMMU_MAP_READABLE  4u
#define IOMMU_MAP_RW        (IOMMU_MAP_WRITEABLE | IOMMU_MAP_READABLE)
#define IOMMU_MAP_FIXED_RW  (IOMMU_MAP_FIXED | IOMMU_MAP_RW)

struct iommu_ioas_map_file {
	uint32_t size, flags, ioas_id;
	int32_t fd;
	uint64_t start, length, iova;
};
ABI_SIZE(iommu_ioas_map_file, 40);

struct iommu_ioas_copy {
	uint32_t size, flags, dst_ioas_id, src_ioas_id;
	uint64_t length, dst_iova, src_iova;
};
ABI_SIZE(iommu_ioas_copy, 40);

struct iommu_ioas_unmap {
	uint32_t size, ioas_id;
	uint64_t iova, length;
};
ABI_SIZE(iommu_ioas_unmap, 24);

struct iommu_option {
	uint32_t size, option_id;
	uint16_t op, reserved;
	uint32_t object_id;
	uint64_t val64;
};
ABI_SIZE(iommu_option, 24);
#define IOMMU_OPTION_RLIMIT_MODE 0u
#define IOMMU_OPTION_HUGE_PAGES  1u
#define IOMMU_OPTION_SET         0u
#define IOMMU_OPTION_GET         1u

struct iommu_vfio_ioas {
	uint32_t size, ioas_id;
	uint16_t op, reserved;
};
ABI_SIZE(iommu_vfio_ioas, 12);
#define IOMMU_VFIO_IOAS_GET   0u
#define IOMMU_VFIO_IOAS_SET   1u
#define IOMMU_VFIO_IOAS_CLEAR 2u

struct iommu_hwpt_alloc {
	uint32_t size, flags, dev_id, pt_id, out_hwpt_id, reserved, data_type, data_len;
	uint64_t data_uptr;
	uint32_t fault_id, reserved2;
};
ABI_SIZE(iommu_hwpt_alloc, 48);
#define IOMMU_HWPT_NEST_PARENT    1u
#define IOMMU_HWPT_DIRTY_TRACKING 2u
#define IOMMU_HWPT_FAULT_ID_VALID 4u
#define IOMMU_HWPT_PASID          8u

struct iommu_hw_info {
	uint32_t size, flags, dev_id, data_len;
	uint64_t data_uptr;
	uint32_t data_type;
	uint8_t out_max_pasid_log2, reserved[3];
	uint64_t out_capabilities;
};
ABI_SIZE(iommu_hw_info, 40);
#define IOMMU_HW_CAP_DIRTY_TRACKING 1u

struct iommu_hwpt_set_dirty_tracking {
	uint32_t size, flags, hwpt_id, reserved;
};
ABI_SIZE(iommu_hwpt_set_dirty_tracking, 16);

struct iommu_hwpt_get_dirty_bitmap {
	uint32_t size, hwpt_id, flags, reserved;
	uint64_t iova, length, page_size, data;
};
ABI_SIZE(iommu_hwpt_get_dirty_bitmap, 48);

struct iommu_hwpt_invalidate {
	uint32_t size, hwpt_id;
	uint64_t data_uptr;
	uint32_t data_type, entry_len, entry_num, reserved;
};
ABI_SIZE(iommu_hwpt_invalidate, 32);

struct iommu_fault_alloc {
	uint32_t size, flags, out_fault_id, out_fault_fd;
};
ABI_SIZE(iommu_fault_alloc, 16);

struct iommu_viommu_alloc {
	uint32_t size, flags, type, dev_id, hwpt_id, out_viommu_id, data_len, reserved;
	uint64_t data_uptr;
};
ABI_SIZE(iommu_viommu_alloc, 40);

struct iommu_vdevice_alloc {
	uint32_t size, viommu_id, dev_id, out_vdevice_id;
	uint64_t virt_id;
};
ABI_SIZE(iommu_vdevice_alloc, 24);

struct iommu_ioas_change_process {
	uint32_t size, reserved;
};
ABI_SIZE(iommu_ioas_change_process, 8);

struct iommu_veventq_alloc {
	uint32_t size, flags, viommu_id, type, depth, out_veventq_id, out_veventq_fd, reserved;
};
ABI_SIZE(iommu_veventq_alloc, 32);

struct iommu_hw_queue_alloc {
	uint32_t size, flags, viommu_id, type, index, out_hw_queue_id;
	uint64_t nesting_parent_iova, length;
};
ABI_SIZE(iommu_hw_queue_alloc, 40);

/* ---- type1 compatibility of /dev/iommu ----------------------------------------------------------- */
#define VFIO_IOMMU_GET_INFO    0x3b70
#define VFIO_IOMMU_MAP_DMA     0x3b71
#define VFIO_IOMMU_UNMAP_DMA   0x3b72
#define VFIO_IOMMU_ENABLE      0x3b73
#define VFIO_IOMMU_DISABLE     0x3b74
#define VFIO_IOMMU_DIRTY_PAGES 0x3b75

struct vfio_iommu_type1_info {
	uint32_t argsz, flags;
	uint64_t iova_pgsizes;
	uint32_t cap_offset, pad;
};
ABI_SIZE(vfio_iommu_type1_info, 24);
#define VFIO_IOMMU_INFO_PGSIZES 1u
#define VFIO_IOMMU_INFO_CAPS    2u

struct vfio_iommu_type1_dma_map {
	uint32_t argsz, flags;
	uint64_t vaddr, iova, size;
};
ABI_SIZE(vfio_iommu_type1_dma_map, 32);
#define VFIO_DMA_MAP_READ  1u
#define VFIO_DMA_MAP_WRITE 2u

struct vfio_iommu_type1_dma_unmap {
	uint32_t argsz, flags;
	uint64_t iova, size;
};
ABI_SIZE(vfio_iommu_type1_dma_unmap, 24);
#define VFIO_DMA_UNMAP_GET_DIRTY_BITMAP 1u
#define VFIO_DMA_UNMAP_ALL              2u

#endif
