/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The groups of rules, each in the file of its name. */
#ifndef CONFORMANCE_GROUPS_H
#define CONFORMANCE_GROUPS_H

#include "suite.h"

extern const struct group not_bound_group;
extern const struct group node_group;
extern const struct group bind_group;
extern const struct group attach_group;
extern const struct group life_group;
extern const struct group info_group;
extern const struct group region_info_group;
extern const struct group irq_info_group;
extern const struct group set_irqs_group;
extern const struct group intx_group;
extern const struct group msi_group;
extern const struct group err_req_group;
extern const struct group config_group;
extern const struct group regions_group;
extern const struct group mmap_group;
extern const struct group reset_group;
extern const struct group hot_reset_group;
extern const struct group feature_group;
extern const struct group migration_group;
extern const struct group ioeventfd_group;
extern const struct group gfx_group;
extern const struct group iommu_node_group;
extern const struct group iommu_length_group;
extern const struct group iommu_ioas_group;
extern const struct group iommu_map_group;
extern const struct group iommu_unmap_group;
extern const struct group iommu_option_group;
extern const struct group iommu_hwpt_group;
extern const struct group iommu_dirty_group;
extern const struct group iommu_nested_group;
extern const struct group iommu_compat_group;
extern const struct group dma_group;
extern const struct group concurrency_group;

#endif
