/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether mappings of certain file systems are refused: see iommu_refuse_device(). */
#ifndef IOMMU_REFUSED_H
#define IOMMU_REFUSED_H

#include "memory/client_memory.h"

/** What to ask of each mapping, or NULL while nothing is refused. */
client_memory_refused *refused_filter(void);

#endif
