/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The suites, one a topic, and a host to hand to a model under test. */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>
#include <pthread.h>
#include <stdint.h>

#include "memory/memory.h"
#include "vfiod/device.h"

Suite *config_suite(void);
Suite *options_suite(void);
Suite *offset_suite(void);
Suite *cuse_number_suite(void);
Suite *record_suite(void);
Suite *region_suite(void);
Suite *info_suite(void);
Suite *query_plane_suite(void);
Suite *pixels_suite(void);
Suite *edid_summary_suite(void);
Suite *irq_suite(void);
Suite *in_place_suite(void);
Suite *lock_suite(void);
Suite *polling_suite(void);
Suite *memory_suite(void);
Suite *gvt_types_suite(void);
Suite *conf_suite(void);
Suite *edu_suite(void);
Suite *iommu_ioctl_suite(void);
Suite *iommu_ioas_suite(void);
Suite *iommu_device_suite(void);
Suite *iommu_dma_suite(void);
Suite *iommu_dirty_suite(void);
Suite *iommu_compat_suite(void);
Suite *iommu_stress_suite(void);
Suite *clone_suite(void);
Suite *gvt_config_suite(void);
Suite *gvt_mmio_suite(void);
Suite *gvt_debug_suite(void);
Suite *gvt_ggtt_suite(void);
Suite *gvt_opregion_suite(void);
Suite *gvt_edid_suite(void);
Suite *gvt_pipe_suite(void);
Suite *gvt_plane_suite(void);
Suite *gvt_framebuffer_suite(void);
Suite *gvt_aux_suite(void);
Suite *gvt_south_suite(void);
Suite *gvt_blit_suite(void);
Suite *gvt_engine_suite(void);
Suite *gvt_fence_suite(void);
Suite *gvt_ppgtt_suite(void);

/** A host of our own: plain memory for the bus, counters for interrupts, the last log line. */
struct fake_host {
	struct vfiod_host host;
	uint8_t *memory;
	uint64_t memory_size;
	unsigned msi_count;    /**< messages sent */
	unsigned last_vector;
	bool intx;             /**< level of the line */
	unsigned intx_edges;   /**< times the line rose */
	uint64_t clock;        /**< what now() returns */
	uint64_t timer_when;   /**< what set_timer() was given last; 0: no timer */
	pthread_mutex_t lock;  /**< what lock() takes; a test that calls the model beside its threads does */
	struct memory window[VFIOD_MAX_REGIONS]; /**< of VFIOD_REGION_MMAP regions */
	bool map_refused;      /**< bus_map() answers NULL: exercises bus_read and bus_write */
	unsigned log_lines;
	char log[256];
};

/**
 * A device of @a model over a fake host with @a memory bytes behind the bus. @a options as after
 * --device MODEL, without the model's name: "aperture=256M,memory=1M", or NULL. Fails the test when
 * create() fails.
 */
struct vfiod_device *fake_device(struct fake_host *fake, const struct vfiod_model *model,
				 const char *options, uint64_t memory);
/** Lets time pass: sets the clock to @a to and calls the model's timer() for each deadline on the way. */
void fake_host_advance(struct fake_host *fake, struct vfiod_device *dev, uint64_t to);
/** The same as fake_device(), but returns create()'s errno; the device has been freed then, @a why filled. */
int fake_device_error(const struct vfiod_model *model, const char *options, char why[256]);
void fake_device_free(struct vfiod_device *dev);

/** One naturally aligned access to a register region; fails the test on an error. */
uint64_t reg_read(struct vfiod_device *dev, unsigned region, uint64_t pos, unsigned width);
void reg_write(struct vfiod_device *dev, unsigned region, uint64_t pos, unsigned width,
	       uint64_t value);
/** The same, but returns 0 or the negative errno. */
int reg_read_error(struct vfiod_device *dev, unsigned region, uint64_t pos, unsigned width);
int reg_write_error(struct vfiod_device *dev, unsigned region, uint64_t pos, unsigned width,
		    uint64_t value);

#endif
