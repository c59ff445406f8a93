/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "groups.h"

const struct group *const suite[] = {
	&not_bound_group,
	&node_group,
	&bind_group,
	&attach_group,
	&life_group,
	&info_group,
	&region_info_group,
	&irq_info_group,
	&set_irqs_group,
	&intx_group,
	&msi_group,
	&err_req_group,
	&config_group,
	&regions_group,
	&mmap_group,
	&reset_group,
	&hot_reset_group,
	&feature_group,
	&migration_group,
	&ioeventfd_group,
	&gfx_group,
	&iommu_node_group,
	&iommu_length_group,
	NULL,
};
