/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the body of a rule works with. Failing and skipping end the rule's process. */
#ifndef CONFORMANCE_RUN_H
#define CONFORMANCE_RUN_H

#include <sys/types.h>

#include "device.h"
#include "facts.h"
#include "suite.h"

struct run {
	const struct way *way;
	const struct facts *facts;
	const struct rule *rule;
	struct device device; /**< as the rule's state says; descriptors are -1 where not open */
	uint32_t ioas;        /**< 0: none */
	uint32_t hwpt;        /**< what ATTACH has written into pt_id */
	int report;           /**< where the outcome is written */
};

/** Ends the rule: it doesn't hold, for this reason. */
_Noreturn void fail(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Ends the rule: it can't be checked here. */
_Noreturn void skip(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Ends the rule: it holds. What a body need not say. */
_Noreturn void pass(struct run *run);

/** Fails unless the result of a call (0 or more, or -errno) is the expected one. */
void expect(struct run *run, const char *what, long expected, long got);

/** Fails unless a value is the expected one. */
void expect_value(struct run *run, const char *what, uint64_t expected, uint64_t got);

/** Fails unless something is so. */
void expect_that(struct run *run, bool so, const char *what);

/** Runs a rule in this process up to its end; reports and exits. */
_Noreturn void run_rule(struct run *run);

/* ---- memory ---- */

#define PAGE   4096u
#define NPAGES 16u

/** 16 pages of memory, zeroed, page-aligned, the same ones at each call. */
void *pages(void);

/** New memory, zeroed, in whole pages. */
void *map_anonymous(size_t size);

/** Something of this size right before an unmapped page: reading or writing behind it is EFAULT. */
void *at_edge(size_t size);

/* ---- calls: their result, or -errno ---- */

long call(int fd, unsigned long command, void *arg);
long read_at(int fd, void *buffer, size_t count, uint64_t offset);
long write_at(int fd, const void *buffer, size_t count, uint64_t offset);

/** A number that is no open file. */
int closed_fd(void);

/* ---- the device ---- */

/** Opens the node once more, not bound; fails the rule if that doesn't work. */
int open_again(struct run *run);

/** Opens another iommufd context. */
int open_iommu(struct run *run);

long bind_to(int device, int iommu, uint32_t *devid);
long attach_to(int device, uint32_t *pt_id);
long detach(int device);
long get_info(int device, struct vfio_device_info *info);
long region_info(int device, uint32_t index, struct vfio_region_info *info);
long irq_count(int device, uint32_t index);
long feature(int device, uint32_t flags, struct vfio_device_feature *arg, uint32_t data_size);

/** SET_IRQS with the data that belongs to the kind in @a flags; @a data may be NULL without data. */
long set_irqs(int device, uint32_t flags, uint32_t index, uint32_t start, uint32_t count,
	      const void *data);

/** The usual ones: eventfds from @a start on; one signal by loopback; everything off. */
long arm(int device, uint32_t index, uint32_t start, uint32_t count, const int32_t *fds);
long trigger(int device, uint32_t index, uint32_t start, uint32_t count);
long disarm(int device, uint32_t index);

/** A new eventfd, and what it has counted since it was last asked (waits up to 2 s for the first). */
int make_eventfd(struct run *run);
uint64_t counted(int eventfd);
/** The same without waiting. */
uint64_t counted_now(int eventfd);

/** Config space; fail the rule if the access does. */
uint32_t config_read(struct run *run, unsigned offset, unsigned width);
void config_write(struct run *run, unsigned offset, unsigned width, uint32_t value);

/* ---- iommufd ---- */

long ioas_alloc(int iommu, uint32_t *id);
long destroy(int iommu, uint32_t id);
/** At a fixed IOVA, readable and writeable. */
long map_fixed(int iommu, uint32_t ioas, const void *memory, uint64_t length, uint64_t iova);
/** @a length: asked, then removed. */
long unmap(int iommu, uint32_t ioas, uint64_t iova, uint64_t *length);

#endif
