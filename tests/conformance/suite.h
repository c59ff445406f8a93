/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table: groups of rules. A rule is one ioctl (command, argument, expected answer), or a function
 * where it takes a sequence of calls. Each runs in a process of its own, so that nothing that one
 * leaves open reaches the next.
 */
#ifndef CONFORMANCE_SUITE_H
#define CONFORMANCE_SUITE_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"

struct run;

/** What is prepared before a rule runs. Without a cdev (--group, --no-bind) "bound" is "open". */
enum state {
	STATE_NONE,     /**< nothing */
	STATE_OPEN,     /**< the node is open */
	STATE_BOUND,    /**< and bound to an iommufd context */
	STATE_ATTACHED, /**< and attached to an IOAS of it */
	STATE_IOMMU,    /**< only an iommufd context */
	STATE_IOAS,     /**< and an IOAS in it */
};

/** What the device or the machine must have, else the rule is skipped; bits. */
enum need {
	NEED_CDEV = 1 << 0,        /**< BIND and ATTACH */
	NEED_IOMMU = 1 << 1,       /**< /dev/iommu can be opened */
	NEED_PHYSICAL = 1 << 2,    /**< attached through a page table: not an access object */
	NEED_ACCESS = 1 << 3,      /**< attached through an access object: an emulated device */
	NEED_INTX = 1 << 4,        /**< an interrupt pin */
	NEED_NO_INTX = 1 << 5,     /**< none */
	NEED_MSI = 1 << 6,         /**< MSI */
	NEED_MSIX = 1 << 7,        /**< MSI-X */
	NEED_NO_DYN_MSIX = 1 << 8, /**< MSI-X to which vectors can't be added while it is on */
	NEED_DYN_MSIX = 1 << 9,    /**< MSI-X to which they can */
	NEED_EXPRESS = 1 << 10,    /**< a PCI Express capability */
	NEED_NO_EXPRESS = 1 << 11,
	NEED_RESET = 1 << 12, /**< a function reset that works */
	NEED_NO_RESET = 1 << 13,
	NEED_MEMORY_BAR = 1 << 14,
	NEED_IO_BAR = 1 << 15,
	NEED_ABSENT_BAR = 1 << 16,
	NEED_MMAP_BAR = 1 << 17,
	NEED_ROM = 1 << 18,
	NEED_NO_ROM = 1 << 19,
	NEED_VGA = 1 << 20,
	NEED_NO_VGA = 1 << 21,
	NEED_SPECIFIC = 1 << 22, /**< regions of its own from index 9 on */
	NEED_EXTENDED = 1 << 23, /**< 4096 bytes of config space */
	NEED_NO_EXTENDED = 1 << 24,
	NEED_EDU = 1 << 25, /**< QEMU's edu device, whose interrupts and DMA can be asked for */
	NEED_DMA = 1 << 26, /**< --no-dma is not given */
	NEED_MIGRATION = 1 << 27,
	NEED_MSIX_TABLE = 1 << 28,   /**< a memory BAR that holds the MSI-X table */
	NEED_FRESH = 1 << 30,        /**< a device that a new open finds as new: not --no-bind */
	NEED_NO_TRANSPORT = 1 << 29, /**< what CUSE and FUSE can't keep: only without --transport */
};

/** Generations of the kernel's rules. */
enum kernel {
	KERNEL_ANY,
	KERNEL_6_1,
	KERNEL_6_12,
	KERNEL_7_2,
};

/** What is only known when the rule runs, stored into its argument. */
enum value {
	VALUE_NONE,
	VALUE_DEVICE_ID, /**< out_devid of BIND */
	VALUE_IOAS,      /**< the IOAS that was prepared */
	VALUE_HWPT,      /**< what ATTACH made of it */
	VALUE_IOMMU_FD,  /**< the iommufd context */
	VALUE_CLOSED_FD, /**< a number that is no open file */
	VALUE_NULL_FD,   /**< /dev/null */
	VALUE_EVENTFD,   /**< an eventfd */
	VALUE_PAGES,     /**< address of 16 pages, 8 bytes */
	VALUE_HOLE,      /**< address where nothing is mapped, 8 bytes */
};

struct placed {
	unsigned offset;
	enum value value;
};

/** A part of the argument after the call. */
struct field {
	unsigned offset, width;
	uint64_t value;
};

#define WRITES_NOTHING SIZE_MAX

struct rule {
	const char *id;    /**< unique in its group */
	const char *words; /**< the rule */
	enum state state;
	unsigned needs;
	enum kernel since, until; /**< first and last generation that keeps it */

	void (*body)(struct run *run); /**< a sequence of calls; else the ioctl below */
	unsigned param;                /**< for bodies that several rules share */

	unsigned long command;
	const void *arg; /**< NULL: a null pointer is given */
	size_t arg_size;
	struct placed placed[3];
	size_t readable; /**< unless 0: behind this many bytes of the argument nothing is mapped */
	bool read_only;  /**< the argument lies in memory that can't be written */

	int err;        /**< 0 for success, else the errno */
	int err_access; /**< unless 0: the errno on an emulated device */
	/**
	 * How many bytes of the argument the call may have written. 0: those of the argument after
	 * success, none after an error; or WRITES_NOTHING. What lies behind is compared, as well as what lies behind the
	 * argument.
	 */
	size_t writes;
	struct field fields[8]; /**< checked after the call */
};

struct group {
	const char *name;
	const char *source; /**< where the rules come from */
	const struct rule *rules;
	unsigned count;
};

#define GROUP(id, file)                                                                            \
	const struct group id##_group = {#id, file, rules, sizeof(rules) / sizeof(*rules)}

/** The ioctl of a rule with its argument: IOCTL(VFIO_DEVICE_GET_INFO, vfio_device_info, .argsz = 24) */
#define IOCTL(number, type, ...)                                                                   \
	.command = (number), .arg = &(const struct type){__VA_ARGS__},                             \
	.arg_size = sizeof(struct type)

/** The same with bytes behind the argument: all 0, or the last one not. */
#define TAIL_BYTES 8
#define IOCTL_TAIL(number, type, last, ...)                                                        \
	.command = (number), .arg = &(const struct {                                               \
				     struct type arg;                                              \
				     uint8_t tail[TAIL_BYTES];                                     \
			     }){{__VA_ARGS__}, {[0] = (last)}},                                    \
	.arg_size = sizeof(struct type) + TAIL_BYTES

#define IOCTL_NULL(number) .command = (number)

#define PLACE(type, member, what)                                                                  \
	{                                                                                          \
		offsetof(struct type, member), (what)                                              \
	}

/** Expects a value in a member after the call. */
#define IS(type, member, expected)                                                                 \
	{                                                                                          \
		offsetof(struct type, member), sizeof(((struct type *)0)->member), (expected)      \
	}

/** All groups, in the order in which they run; the last one is NULL. */
extern const struct group *const suite[];

#endif
