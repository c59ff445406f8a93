/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An I/O address space: mappings, and the rules about which addresses they may have. */
#ifndef IOMMU_IOAS_H
#define IOMMU_IOAS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "iommu/abi.h"
#include "iommu/areas.h"
#include "iommu/context.h"

#define IOAS_PAGE UINT64_C(4096)

/** What the simulated IOMMU translates: 48 bits, as four levels of page tables do. */
#define IOAS_APERTURE_LAST ((UINT64_C(1) << 48) - 1)

/** Writes there are interrupts on x86 (Intel SDM, 11.11), so it is no bus memory. */
#define IOAS_MSI_FIRST UINT64_C(0xfee00000)
#define IOAS_MSI_LAST  UINT64_C(0xfeefffff)

struct iommu_hwpt;

struct ioas {
	struct object object;
	struct iommu_context *context;

	/** Read around DMA and look-ups. Waiting for it may take as long as a client likes. */
	pthread_rwlock_t lock;
	struct areas areas;
	struct abi_range *allowed; /**< ascending; where addresses are chosen */
	unsigned allowed_count;
	atomic_bool small_pages; /**< IOMMU_OPTION_HUGE_PAGES is 0; set with the lock written */

	/** Raised only with the lock written, lowered at any time. */
	atomic_uint hwpts;    /**< page tables: limit the aperture and want whole pages */
	atomic_uint attached; /**< devices: keep the MSI window free */

	pthread_mutex_t hwpt_lock;
	struct iommu_hwpt *hwpt; /**< the list of them */
};

/** A new one with an id. 0 or -ENOMEM. */
int ioas_new(struct iommu_context *context, uint32_t *id);
/** By id, referenced: object_put(&ioas->object). NULL: none. */
struct ioas *ioas_get(struct iommu_context *context, uint32_t id);
/** The next one with a higher id than *@a id, which becomes its; referenced. NULL: no more. */
struct ioas *ioas_next(struct iommu_context *context, uint32_t *id);

/** Locks to change. */
void ioas_lock(struct ioas *ioas);
void ioas_unlock(struct ioas *ioas);

/** At most two, ascending; returns how many. */
unsigned ioas_reserved(const struct ioas *ioas, struct abi_range reserved[2]);
/** The rest of the address space: at most three ranges, ascending; returns how many. */
unsigned ioas_usable(const struct ioas *ioas, struct abi_range usable[3]);
uint64_t ioas_alignment(const struct ioas *ioas);

/** Whether a range is free of mappings and of allowed ranges, as to become reserved. Locked. */
bool ioas_can_reserve(const struct ioas *ioas, uint64_t first, uint64_t last);
/** Whether all mappings begin and end with pages. Locked. */
bool ioas_is_aligned(const struct ioas *ioas);

/** A mapping to be made. */
struct placement {
	bool fixed; /**< @a iova is where; otherwise it is chosen */
	uint64_t iova, length;
	uint64_t address; /**< of the memory behind: the chosen one is aligned like it */
};

/** Chooses and checks the address. 0, -EINVAL, -EOVERFLOW, -EEXIST, -ENOSPC. Locked. */
int ioas_place(const struct ioas *ioas, struct placement *placement);

/** IOMMU_OPTION_HUGE_PAGES 0: 0, -EINVAL, -EADDRINUSE. */
int ioas_use_small_pages(struct ioas *ioas);

/** Area memory, accounted. NULL: -ENOMEM. */
struct area *ioas_area_new(struct iommu_context *context);
/** With the reference to its source. */
void ioas_area_free(struct iommu_context *context, struct area *area);

/**
 * Removes the mappings in [first, last]; none may be cut in two, then -ENOENT with those below it
 * removed. @a removed: bytes.
 */
int ioas_unmap(struct ioas *ioas, uint64_t first, uint64_t last, uint64_t *removed);

/** Divides the mapping that contains both @a last and what follows it. 0, -EINVAL, -ENOMEM. Locked. */
int ioas_cut(struct ioas *ioas, uint64_t last);

#endif
