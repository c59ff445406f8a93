/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ABI of /dev/iommu as of Linux 7.2: numbers and layouts of include/uapi/linux/iommufd.h, which the
 * headers of Debian 12 don't have. Each struct begins with its own size in bytes as the caller knows it.
 */
#ifndef IOMMU_ABI_H
#define IOMMU_ABI_H

#include <stdint.h>
#include <sys/ioctl.h>

#define ABI_TYPE ';'

enum abi_number {
	ABI_FIRST = 0x80,
	ABI_DESTROY = 0x80,
	ABI_IOAS_ALLOC = 0x81,
	ABI_ALLOW_IOVAS = 0x82,
	ABI_COPY = 0x83,
	ABI_IOVA_RANGES = 0x84,
	ABI_MAP = 0x85,
	ABI_UNMAP = 0x86,
	ABI_OPTION = 0x87,
	ABI_VFIO_IOAS = 0x88,
	ABI_HWPT_ALLOC = 0x89,
	ABI_GET_HW_INFO = 0x8a,
	ABI_SET_DIRTY_TRACKING = 0x8b,
	ABI_GET_DIRTY_BITMAP = 0x8c,
	ABI_HWPT_INVALIDATE = 0x8d,
	ABI_FAULT_QUEUE_ALLOC = 0x8e,
	ABI_MAP_FILE = 0x8f,
	ABI_VIOMMU_ALLOC = 0x90,
	ABI_VDEVICE_ALLOC = 0x91,
	ABI_CHANGE_PROCESS = 0x92,
	ABI_VEVENTQ_ALLOC = 0x93,
	ABI_HW_QUEUE_ALLOC = 0x94,
	ABI_END
};

struct abi_destroy {
	uint32_t size, id;
};

struct abi_ioas_alloc {
	uint32_t size, flags, out_ioas_id;
};

/** Both ends inclusive. */
struct abi_range {
	uint64_t start, last;
};

struct abi_allow_iovas {
	uint32_t size, ioas_id, num_iovas, reserved;
	uint64_t allowed_iovas; /**< struct abi_range[num_iovas] */
};

/** Flags of MAP, MAP_FILE and COPY. */
#define ABI_MAP_FIXED     1u
#define ABI_MAP_WRITEABLE 2u
#define ABI_MAP_READABLE  4u
#define ABI_MAP_FLAGS     7u

struct abi_copy {
	uint32_t size, flags, dst_ioas_id, src_ioas_id;
	uint64_t length, dst_iova, src_iova;
};

struct abi_iova_ranges {
	uint32_t size, ioas_id, num_iovas, reserved;
	uint64_t allowed_iovas; /**< struct abi_range[num_iovas], written */
	uint64_t out_iova_alignment;
};

struct abi_map {
	uint32_t size, flags, ioas_id, reserved;
	uint64_t user_va, length, iova;
};

struct abi_unmap {
	uint32_t size, ioas_id;
	uint64_t iova, length;
};

#define ABI_OPTION_RLIMIT_MODE 0u
#define ABI_OPTION_HUGE_PAGES  1u
#define ABI_OPTION_SET         0u
#define ABI_OPTION_GET         1u

struct abi_option {
	uint32_t size, option_id;
	uint16_t op, reserved;
	uint32_t object_id;
	uint64_t val64;
};

#define ABI_VFIO_IOAS_GET   0u
#define ABI_VFIO_IOAS_SET   1u
#define ABI_VFIO_IOAS_CLEAR 2u

struct abi_vfio_ioas {
	uint32_t size, ioas_id;
	uint16_t op, reserved;
};

#define ABI_HWPT_NEST_PARENT    1u
#define ABI_HWPT_DIRTY_TRACKING 2u
#define ABI_HWPT_FAULT_ID_VALID 4u
#define ABI_HWPT_PASID          8u

struct abi_hwpt_alloc {
	uint32_t size, flags, dev_id, pt_id, out_hwpt_id, reserved, data_type, data_len;
	uint64_t data;
	uint32_t fault_id, reserved2;
};

#define ABI_HW_INFO_INPUT_TYPE 1u
#define ABI_HW_DIRTY_TRACKING  1u

struct abi_hw_info {
	uint32_t size, flags, dev_id, data_len;
	uint64_t data;
	uint32_t data_type; /**< in and out */
	uint8_t out_max_pasid_log2, reserved[3];
	uint64_t out_capabilities;
};

#define ABI_DIRTY_TRACKING_ENABLE 1u
#define ABI_DIRTY_NO_CLEAR        1u

struct abi_set_dirty_tracking {
	uint32_t size, flags, hwpt_id, reserved;
};

struct abi_get_dirty_bitmap {
	uint32_t size, hwpt_id, flags, reserved;
	uint64_t iova, length, page_size;
	uint64_t data; /**< a bit for each page_size bytes, lowest first */
};

struct abi_hwpt_invalidate {
	uint32_t size, hwpt_id;
	uint64_t data;
	uint32_t data_type, entry_len, entry_num, reserved;
};

struct abi_fault_queue_alloc {
	uint32_t size, flags, out_fault_id, out_fault_fd;
};

struct abi_map_file {
	uint32_t size, flags, ioas_id;
	int32_t fd;
	uint64_t start, length, iova;
};

struct abi_viommu_alloc {
	uint32_t size, flags, type, dev_id, hwpt_id, out_viommu_id, data_len, reserved;
	uint64_t data;
};

struct abi_vdevice_alloc {
	uint32_t size, viommu_id, dev_id, out_vdevice_id;
	uint64_t virt_id;
};

struct abi_change_process {
	uint32_t size, reserved;
};

struct abi_veventq_alloc {
	uint32_t size, flags, viommu_id, type, depth, out_veventq_id, out_veventq_fd, reserved;
};

struct abi_hw_queue_alloc {
	uint32_t size, flags, viommu_id, type, index, out_hw_queue_id;
	uint64_t base, length;
};

/** Any of them. */
union abi_any {
	uint32_t size;
	struct abi_destroy destroy;
	struct abi_ioas_alloc ioas_alloc;
	struct abi_allow_iovas allow_iovas;
	struct abi_copy copy;
	struct abi_iova_ranges iova_ranges;
	struct abi_map map;
	struct abi_unmap unmap;
	struct abi_option option;
	struct abi_vfio_ioas vfio_ioas;
	struct abi_hwpt_alloc hwpt_alloc;
	struct abi_hw_info hw_info;
	struct abi_set_dirty_tracking set_dirty_tracking;
	struct abi_get_dirty_bitmap get_dirty_bitmap;
	struct abi_hwpt_invalidate hwpt_invalidate;
	struct abi_fault_queue_alloc fault_queue_alloc;
	struct abi_map_file map_file;
	struct abi_viommu_alloc viommu_alloc;
	struct abi_vdevice_alloc vdevice_alloc;
	struct abi_change_process change_process;
	struct abi_veventq_alloc veventq_alloc;
	struct abi_hw_queue_alloc hw_queue_alloc;
};

#endif
