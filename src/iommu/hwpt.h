/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hardware page table: what devices attach to. It shows all of one IOAS. */
#ifndef IOMMU_HWPT_H
#define IOMMU_HWPT_H

#include <stdatomic.h>
#include <stdbool.h>

#include "iommu/dirty.h"
#include "iommu/ioas.h"

struct iommu_hwpt {
	struct object object;
	struct ioas *ioas; /**< held */
	struct iommu_hwpt *next, **link;
	bool automatic;      /**< made by attaching to an IOAS; goes with its last user */
	struct dirty *dirty; /**< NULL: can't track */
	atomic_bool tracking;
};

/** A new one for an IOAS, referenced. 0, -ENOMEM, -EADDRINUSE, -EFAULT, -ENOENT. */
int hwpt_new(struct ioas *ioas, bool automatic, bool can_track, struct iommu_hwpt **hwpt);

/** The automatic one of an IOAS, held: object_release(). NULL: none. */
struct iommu_hwpt *hwpt_automatic(struct ioas *ioas);

/** By id, referenced; NULL: none. */
struct iommu_hwpt *hwpt_get(struct iommu_context *context, uint32_t id);

/** Forgets what was written to a range that has been unmapped. */
void hwpts_clear_dirty(struct ioas *ioas, uint64_t first, uint64_t last);

#endif
