/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client's view of a node: open, ioctl, pread, pwrite. */
#ifndef KERNEL_NODE_H
#define KERNEL_NODE_H

#include <check.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/vfio.h>

/** The file offset of a position in a region, as programs in the wild compute it. */
#define AT(region, position) ((off_t)((uint64_t)(region) << 40 | (position)))

/** Regions of the edu device and of every device. */
enum { BAR0, BAR1, BAR2, BAR3, BAR4, BAR5, ROM, CONFIG, VGA, FIRST_SPECIFIC };

/** System memory of the edu device. */
#define EDU_MEMORY      FIRST_SPECIFIC
#define EDU_MEMORY_SIZE (UINT64_C(16) << 20)
#define EDU_BAR_SIZE    UINT64_C(0x100000)

/** Registers of the edu device, QEMU's docs/specs/edu.rst. */
enum {
	EDU_ID = 0x00,
	EDU_LIVENESS = 0x04,
	EDU_FACTORIAL = 0x08,
	EDU_STATUS = 0x20,
	EDU_IRQ_STATUS = 0x24,
	EDU_IRQ_RAISE = 0x60,
	EDU_IRQ_ACK = 0x64,
	EDU_DMA_SOURCE = 0x80,
	EDU_DMA_DESTINATION = 0x88,
	EDU_DMA_COUNT = 0x90,
	EDU_DMA_COMMAND = 0x98,
};

/** Asserts that a call returns -1 and sets this errno. */
#define assert_fails(call, error)                                                                  \
	do {                                                                                       \
		long long result_;                                                                 \
		int errno_;                                                                        \
		errno = 0;                                                                         \
		result_ = (long long)(call);                                                       \
		errno_ = errno;                                                                    \
		ck_assert_msg(result_ == -1 && errno_ == (error),                                  \
			      #call ": returned %lld, errno %d instead of %d (" #error ")",        \
			      result_, errno_, (error));                                           \
	} while (0)

/** Asserts what a call returns, and tells errno when it is another number. */
#define assert_returns(call, want)                                                                 \
	do {                                                                                       \
		long long result_, want_ = (long long)(want);                                      \
		int errno_;                                                                        \
		errno = 0;                                                                         \
		result_ = (long long)(call);                                                       \
		errno_ = errno;                                                                    \
		ck_assert_msg(result_ == want_, #call ": returned %lld instead of %lld, errno %d", \
			      result_, want_, errno_);                                             \
	} while (0)

/** Path of a node: below /dev, or where VFIOD_CARRIER=fuse has files. Valid until the next call. */
const char *node_path(const char *name);

/** Opens a node for reading and writing. */
int node_open(const char *name);
/** Opens the case's node with the device as it was at start: a file was bound to it before. */
int node_open_reset(void);

/** Register access; fails the test on an error. */
uint64_t node_get(int fd, unsigned region, uint64_t position, unsigned width);
void node_put(int fd, unsigned region, uint64_t position, unsigned width, uint64_t value);

/** VFIO_DEVICE_GET_REGION_INFO with room for one type capability; fails the test on an error. */
struct node_region {
	struct vfio_region_info info;
	struct vfio_region_info_cap_type type;
};
struct node_region node_region(int fd, unsigned index);

/** Offset of a capability in config space, 0 if there is none. */
unsigned node_capability(int fd, uint8_t id);

/** Bytes that differ everywhere: position and seed decide. */
void pattern_fill(void *buffer, size_t length, uint64_t seed);
bool pattern_is(const void *buffer, size_t length, uint64_t seed);

/**
 * A page that can be read and written, followed by one that can't be touched. Returns the address
 * of the border.
 */
uint8_t *page_end(void);
size_t page_size(void);

/** NULL, and the compiler doesn't know. */
extern void *volatile null_pointer;

/** Sleeps, whatever signals come. */
void pause_ms(unsigned ms);

#endif
