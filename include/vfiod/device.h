/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How to write a device model
 * ===========================
 *
 * A model is one `struct vfiod_model`: a name, options, and three functions. It knows registers and
 * nothing of FUSE, ioctls, threads or clients. src/models/edu.c is a whole one to read beside this.
 *
 *   static int
 *   counter_read(void *state, uint64_t pos, unsigned width, uint64_t *value)
 *   {
 *           struct counter *counter = state;
 *
 *           *value = pos == 0 ? counter->ticks++ : 0;
 *           return 0;
 *   }
 *
 *   static int
 *   counter_create(struct vfiod_device *dev, const struct vfiod_options *options)
 *   {
 *           static const struct vfiod_pci_id id = {
 *                   .vendor = 0x1234, .device = 0x0001, .class_code = 0x00ff00,
 *           };
 *           struct counter *counter = calloc(1, sizeof(*counter));
 *
 *           if (!counter)
 *                   return -ENOMEM;
 *           dev->state = counter;
 *           vfiod_config_init(&dev->config, VFIOD_CONFIG_SIZE, &id);
 *           vfiod_config_set_bar(&dev->config, 0, VFIOD_BAR_MEM32, 4096);
 *           dev->region[VFIOD_BAR0] = (struct vfiod_region){
 *                   .name = "BAR0", .size = 4096, .flags = VFIOD_REGION_READ,
 *                   .max_width = 4, .read = counter_read,
 *           };
 *           return 0;
 *   }
 *
 *   const struct vfiod_model counter_model = {
 *           .name = "counter", .summary = "counts its own reads",
 *           .create = counter_create, .destroy = counter_destroy, .reset = counter_reset,
 *   };
 *
 * Add the file to src_vfiod_SOURCES, the model to the table in src/models/models.c, and
 * `vfiod --device counter,name=counter0` serves it as /dev/counter0.
 *
 * What a model may rely on
 * ------------------------
 * - All its functions are called by one thread at a time; it needs no locks.
 * - Positions are inside the region, accesses naturally aligned and at most max_width bytes wide. A
 *   client's odd access (3 bytes at offset 1) has been split (1 + 2) before.
 * - Config space is answered from dev->config; the model sees writes only if it asks (write_hook).
 * - Memory BARs are not reached while COMMAND's memory bit is off.
 * - After reset() the framework restores dev->config to the image that create() left.
 *
 * What a model must not do
 * ------------------------
 * Block, sleep, exit, or trust a value: positions and widths are checked, contents are a client's.
 */
#ifndef VFIOD_DEVICE_H
#define VFIOD_DEVICE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "vfiod/config.h"
#include "vfiod/dma.h"
#include "vfiod/options.h"

/** Region indices, VFIO_PCI_*_REGION_INDEX of <linux/vfio.h>. */
enum vfiod_region_index {
	VFIOD_BAR0,
	VFIOD_BAR1,
	VFIOD_BAR2,
	VFIOD_BAR3,
	VFIOD_BAR4,
	VFIOD_BAR5,
	VFIOD_ROM,
	VFIOD_CONFIG,
	VFIOD_VGA,
	VFIOD_FIRST_SPECIFIC, /**< device-specific regions start here */
};

/** Most regions a device can have: the nine standard ones and seven of its own. */
#define VFIOD_MAX_REGIONS 16u

/** VFIO_REGION_INFO_FLAG_READ and _WRITE of <linux/vfio.h>. */
#define VFIOD_REGION_READ  (1u << 0)
#define VFIOD_REGION_WRITE (1u << 1)
/**
 * Plain memory that the framework keeps: the region needs no functions, its bytes are at `memory` once
 * create() has returned. Where the carrier can, clients map it (VFIO_REGION_INFO_FLAG_MMAP); the model
 * doesn't see what they do. Such a region's size is a multiple of 4096 if a client is to map it.
 */
#define VFIOD_REGION_MMAP  (1u << 2)

/** Region type of regions that only vfiod has: vendor bit 31 + 1234h, as the edu device's vendor. */
#define VFIOD_REGION_TYPE 0x80001234u
/** Subtype: the device's own system memory; bus address 0 is its first byte. */
#define VFIOD_REGION_SUBTYPE_SYSTEM_MEMORY 1u
/** Subtypes: what the display shows, as VFIO_DEVICE_QUERY_GFX_PLANE describes it; its cursor. */
#define VFIOD_REGION_SUBTYPE_FRAMEBUFFER 2u
#define VFIOD_REGION_SUBTYPE_CURSOR      3u

/**
 * One region. It is either made of registers (read, write: one naturally aligned access each) or of
 * memory (copy_out, copy_in: any position and length, no side effects, so nothing is split), or the
 * framework keeps it (VFIOD_REGION_MMAP). All four return 0 or a negative errno that the client gets as it is; a missing function means the region
 * can't be read or written (-EINVAL for the client, as the kernel's read-only regions answer).
 */
struct vfiod_region {
	const char *name;   /**< "BAR0", "OpRegion": for people */
	uint64_t size;      /**< bytes; 0 means absent */
	unsigned flags;     /**< VFIOD_REGION_* */
	unsigned max_width; /**< registers only: widest access in bytes: 1, 2, 4 or 8 */
	uint32_t type;      /**< device-specific regions: VFIO region type; 0 for standard ones */
	uint32_t subtype;

	/** Registers: @a width is 1, 2, 4 or 8 and at most max_width; the upper bits are 0. */
	int (*read)(void *state, uint64_t pos, unsigned width, uint64_t *value);
	int (*write)(void *state, uint64_t pos, unsigned width, uint64_t value);

	/** Memory: @a length >= 1, position + length is inside the region. */
	int (*copy_out)(void *state, uint64_t pos, void *buffer, size_t length);
	int (*copy_in)(void *state, uint64_t pos, const void *buffer, size_t length);

	/**
	 * Memory, optional: where the bytes that copy_out() would copy are in the daemon, so that a large
	 * read needs no copy in between. Fills at most @a count of @a vector, which together have
	 * @a length bytes and stay good as what bus_map() returns, and returns how many; 0 if that is not
	 * possible, then copy_out() is called.
	 */
	unsigned (*map_out)(void *state, uint64_t pos, size_t length, struct iovec *vector,
			    unsigned count);

	void *state; /**< first argument of all five; NULL stands for the device's state */

	uint8_t *memory; /**< VFIOD_REGION_MMAP: set by the framework */
};

/** Log levels, numbered as syslog's (<syslog.h>). */
enum vfiod_log_level {
	VFIOD_LOG_ERROR = 3,
	VFIOD_LOG_WARNING = 4,
	VFIOD_LOG_NOTICE = 5,
	VFIOD_LOG_INFO = 6,
	VFIOD_LOG_DEBUG = 7,
};

/**
 * What a device asks of the world. The framework fills it; a unit test hands in its own.
 * Bus addresses are what the device puts on the bus: byte 0 of the system memory region is address 0
 * while no client memory is attached.
 */
struct vfiod_host {
	void *ctx; /**< first argument of all functions */

	/** Drives the INTx line; level-triggered, so it stays as set until changed. */
	void (*intx)(void *ctx, bool asserted);

	/** Sends message @a vector; whether MSI is enabled in config space is the caller's to check. */
	void (*msi)(void *ctx, unsigned vector);

	/**
	 * Moves bytes between the device and bus memory. Returns 0, or -EFAULT when part of the range
	 * is not backed by memory; then nothing has been moved.
	 */
	int (*bus_read)(void *ctx, uint64_t address, void *buffer, size_t length);
	int (*bus_write)(void *ctx, uint64_t address, const void *buffer, size_t length);

	/**
	 * Many pieces at once, for scattered memory: cheaper than one call for each. A piece that fails
	 * is marked so and the others are done all the same; returns 0 or -EFAULT if any failed.
	 */
	int (*bus_transfer)(void *ctx, bool write, struct vfiod_piece *piece, unsigned count);

	/**
	 * The fast way where memory is mapped into the daemon: a pointer to @a length bytes at
	 * @a address that stays good until the present call into the model returns, or NULL when there
	 * is none (then use the functions above). @a write: the model will change what is there.
	 */
	void *(*bus_map)(void *ctx, uint64_t address, size_t length, bool write);

	/** Nanoseconds of a clock that only goes forward. */
	uint64_t (*now)(void *ctx);

	/**
	 * Asks for one call of the model's timer() when now() has reached @a when; it replaces what was
	 * asked for before, and 0 takes it back.
	 */
	void (*set_timer)(void *ctx, uint64_t when);

	/**
	 * For models with threads of their own: the lock that is held around all calls into the model.
	 * Such a thread takes it to touch the model's state. It may call bus_read, bus_write, bus_transfer, now
	 * and log without it, and must not call bus_map at all.
	 */
	void (*lock)(void *ctx);
	void (*unlock)(void *ctx);

	/** A line of log, prefixed with the device's name; rate-limited per device, but for debug lines. */
	void (*log)(void *ctx, enum vfiod_log_level level, const char *format, va_list args);
};

struct vfiod_model;

/** One device: what create() fills in and what the framework adds. */
struct vfiod_device {
	const struct vfiod_model *model;
	const struct vfiod_host *host;
	const char *name; /**< of the node, without /dev/ */

	/* filled in by create() */
	void *state;
	struct vfiod_config config;
	struct vfiod_region region[VFIOD_MAX_REGIONS];
	unsigned num_regions; /**< 9 before create(); create() adds its own with vfiod_add_region() */

	char why[256]; /**< why create() or set_monitor() failed, set by vfiod_fail() */
};

/** DRM's plane types, enum drm_plane_type, as far as displays are asked for them. */
#define VFIOD_PLANE_PRIMARY 1u
#define VFIOD_PLANE_CURSOR  2u

/** A picture in one of the device's regions, from the region's first byte on. */
struct vfiod_plane {
	uint32_t format;        /**< DRM fourcc, <drm/drm_fourcc.h> */
	uint64_t modifier;      /**< DRM format modifier; 0: linear */
	uint32_t width, height; /**< pixels */
	uint32_t stride;        /**< bytes from one line to the next */
	uint32_t size;          /**< bytes in all */
	uint32_t x, y;          /**< cursor: where it is on the screen */
	uint32_t x_hot, y_hot;  /**< cursor: its hotspot, UINT32_MAX if not known */
	uint32_t region;        /**< index */
};

/** Some bits of a register that have a meaning of their own. */
struct vfiod_field {
	const char *name;
	uint8_t low, high; /**< first and last bit, 0 to 31 */
	/** Words for the values from 0 on, NULL for one without; as many as there are, or fewer. */
	const char *const *meanings;
	uint8_t num_meanings;
};

/** A register as people look at it. All are 32 bits wide. */
struct vfiod_register {
	char name[48];     /**< letters, digits and underlines; no two have the same */
	const char *block; /**< a word for what it is part of: "display" */
	unsigned region;
	uint32_t offset; /**< bytes into the region, a multiple of 4 */
	const struct vfiod_field *fields; /**< ended by one without a name; NULL: none are known */
};

/** Most bytes of an EDID: the base block and 255 extensions. */
#define VFIOD_EDID_MAX 32768u

/** What is at the device's video connector. */
struct vfiod_monitor {
	const char *connector; /**< "DP-D" */
	bool plugged;
	const uint8_t *edid; /**< also while it is unplugged; good until the next call into the model */
	size_t edid_size;    /**< bytes */
};

struct vfiod_model {
	const char *name;    /**< as in --device NAME */
	const char *summary; /**< a few words for --help */

	/** Options that create() understands, ended by a row with key NULL. May be NULL. */
	const struct vfiod_option *options;

	/**
	 * Bytes of system memory a device gets if its `memory` option says nothing; 0 for models that
	 * do no bus access. The framework makes it and adds it behind the regions that create() adds.
	 */
	uint64_t default_memory;

	/**
	 * Builds the device: state, config space, regions. Returns 0 or a negative errno after
	 * vfiod_fail(); on failure it has freed what it allocated.
	 */
	int (*create)(struct vfiod_device *dev, const struct vfiod_options *options);

	/**
	 * Adds the regions that come behind system memory, when create() has succeeded. May be NULL.
	 * Returns 0 or a negative errno; what create() allocated is not its to free.
	 */
	int (*add_regions)(struct vfiod_device *dev);

	/** Frees what create() allocated. */
	void (*destroy)(struct vfiod_device *dev);

	/**
	 * Function reset: what the hardware's own reset would set back. Config space is restored by
	 * the framework; what a client put beside the function (a monitor's EDID) may stay.
	 */
	void (*reset)(struct vfiod_device *dev);

	/**
	 * Other memory comes behind the bus: a client goes with its own, or comes. Work that the device
	 * does by itself has ended when this returns, and what is left of it is forgotten; registers and
	 * all else stay. NULL for a device that does none.
	 */
	void (*stop)(struct vfiod_device *dev);

	/**
	 * What a plane of type VFIOD_PLANE_* shows now. NULL for a device without a display. Returns 0,
	 * -ENODEV while the plane is off, or another negative errno that the client gets.
	 */
	int (*query_plane)(struct vfiod_device *dev, uint32_t type, struct vfiod_plane *plane);

	/** The time that set_timer() was given has come. May be NULL if the model never asks. */
	void (*timer)(struct vfiod_device *dev);

	/**
	 * For people who debug a driver: calls @a visit for each register that has a name, block by block.
	 * May be NULL; then peek is not called.
	 */
	void (*list_registers)(struct vfiod_device *dev,
			       void (*visit)(void *ctx, const struct vfiod_register *reg), void *ctx);

	/**
	 * Reads @a length bytes of a region as a client would, but nothing that a client could notice
	 * comes of it: where a read does something, this gets what is stored. Position and length are
	 * multiples of 4 and inside the region. Returns 0, or -EOPNOTSUPP for a region that has no
	 * registers of the model's own.
	 */
	int (*peek)(struct vfiod_device *dev, unsigned region, uint64_t pos, void *buffer,
		    size_t length);

	/** What is at the video connector. NULL, with set_monitor, for a device without one. */
	void (*get_monitor)(struct vfiod_device *dev, struct vfiod_monitor *monitor);

	/**
	 * Plugs a monitor in, or out, as the EDID region's link state does, with the interrupt that
	 * tells the driver. @a edid, unless NULL, is what the monitor says of itself from now on,
	 * @a size bytes from a client: to be checked. One with another EDID takes the place of one that
	 * is plugged in. Returns 0, or -EINVAL after vfiod_fail(): the EDID won't do, nothing has changed.
	 */
	int (*set_monitor)(struct vfiod_device *dev, bool plugged, const uint8_t *edid, size_t size);
};

/** Appends a device-specific region. Returns its index, or -ENOSPC when the table is full. */
int vfiod_add_region(struct vfiod_device *dev, const struct vfiod_region *region);

/** Notes in words why create() fails, and returns -@a error for `return vfiod_fail(...)`. */
int vfiod_fail(struct vfiod_device *dev, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** Logs one line through the host. */
void vfiod_log(struct vfiod_device *dev, enum vfiod_log_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * Raises or lowers the device's interrupt the way a PCI function does. When MSI is enabled in config
 * space, a message with vector 0 is sent on the edge from @a was (the level before) to @a level; a
 * device that sends one for every cause says @a was = false each time. Else the INTx line and STATUS's
 * interrupt bit follow.
 */
void vfiod_interrupt(struct vfiod_device *dev, bool was, bool level);

/**
 * DMA as a PCI function does it: needs COMMAND's bus master bit; an address nobody answers sets
 * STATUS's received-master-abort bit. Returns 0 or -EFAULT.
 */
int vfiod_dma_read(struct vfiod_device *dev, uint64_t address, void *buffer, size_t length);
int vfiod_dma_write(struct vfiod_device *dev, uint64_t address, const void *buffer, size_t length);

#endif
