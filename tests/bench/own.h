/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices and an iommufd in this process: what accesses cost without kernel and carrier. */
#ifndef BENCH_OWN_H
#define BENCH_OWN_H

#include "operations.h"
#include "plan.h"

struct own;

/** NULL after saying why. */
struct own *own_new(struct dma_memory *memory);
void own_free(struct own *own);
struct target *own_target(struct own *own);

/** Adds what it costs here, against memcpy, or where that is NULL against taking a lock. */
bool own_add(struct plan *plan, struct own *own, const struct operation *op,
	     struct work *memcpy_work);

/**
 * Adds groups for finding one of many mappings: DMA of 4 bytes from a memfd in an address space with 1
 * and with 100,000 of them.
 */
bool own_add_lookups(struct plan *plan, struct own *own);

/**
 * Makes calls without measuring them, for a program that counts instructions: of an operation that has a
 * key, or "ioas_lookup_1", "ioas_lookup_100000". False after saying why.
 */
bool own_count(struct own *own, const char *key, unsigned long calls);

#endif
