/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In a guest with the i915 driver on vfiod's vGPU: user programs' batches, through the driver's ordinary
 * interface. Fills and copies between linear and tiled buffers are read back by the processor, directly and
 * through the aperture, where a fence makes the tiled one look linear. With the word "hang", a batch
 * without end as well, which the driver must get over; with "low", buffers of fewer lines, and fewer looks at them
 * through the aperture, for slow machines. Commands as in Intel PRM SKL Vol 2a.
 */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

#include <drm.h>
#include <i915_drm.h>

#define WIDTH        256u /* pixels of 4 bytes */
#define MAX_HEIGHT   128u
#define PITCH        (4 * WIDTH)
#define SIZE         (PITCH * MAX_HEIGHT)

#define COPY         (2u << 29 | 0x53u << 22 | 3u << 20 | 8)
#define COLOR        (2u << 29 | 0x50u << 22 | 3u << 20 | 5)
#define FAST_COPY    (2u << 29 | 0x42u << 22 | 8)
#define DEPTH_32     (3u << 24)
#define ROP_SOURCE   (0xccu << 16)
#define ROP_PATTERN  (0xf0u << 16)
#define FLUSH        (0x26u << 23 | 2)
#define PIPE_CONTROL 0x7a000004u
#define STORE_DWORD  (0x20u << 23 | 2)
#define BATCH_START  (0x31u << 23 | 1u << 8 | 1)
#define BATCH_END    (0x0au << 23)
#define NOOP         0u

enum tiling { LINEAR, X, Y };

/* A buffer, where it is in the batch's address space, and where we see it. */
struct buffer {
	uint32_t handle;
	uint64_t address;
	uint32_t *memory;
};

enum { BATCH, SOURCE, TILED_X, TILED_Y, TARGET, BUFFERS };

static int card;
static struct buffer buffers[BUFFERS];
static uint32_t height = MAX_HEIGHT; /* a multiple of 32, as tiles want it */
static uint32_t aperture_step = 1;   /* one of so many pixels is looked at through the aperture */

static int
request(unsigned long number, void *argument)
{
	int result;

	do
		result = ioctl(card, number, argument);
	while (result && (errno == EINTR || errno == EAGAIN));
	return result;
}

/* A request that has to succeed, or why it did not. */
static bool
check_request(unsigned long number, void *argument, const char *what)
{
	if (!request(number, argument))
		return check(true, "%s", what);
	return check(false, "%s: %s", what, strerror(errno));
}

static void *
map(uint32_t handle, uint64_t flags)
{
	struct drm_i915_gem_mmap_offset offset = {.handle = handle, .flags = flags};
	void *memory;

	if (request(DRM_IOCTL_I915_GEM_MMAP_OFFSET, &offset))
		give_up("I915_GEM_MMAP_OFFSET");
	memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, card, (off_t)offset.offset);
	if (memory == MAP_FAILED)
		give_up("mmap of a buffer");
	return memory;
}

static void
make_buffers(void)
{
	for (unsigned i = 0; i < BUFFERS; i++) {
		struct drm_i915_gem_create create = {.size = SIZE};

		if (request(DRM_IOCTL_I915_GEM_CREATE, &create))
			give_up("I915_GEM_CREATE");
		buffers[i].handle = create.handle;
		/* Above 4 GiB, and in another table of 2 MiB each. */
		buffers[i].address = UINT64_C(0x700000000) + i * UINT64_C(0x1200000);
		buffers[i].memory = map(create.handle, I915_MMAP_OFFSET_WB);
	}
}

/* Says whether a buffer belongs to the processor from now on; the driver waits for the engines. */
static void
own(unsigned buffer, bool write)
{
	struct drm_i915_gem_set_domain domain = {
		.handle = buffers[buffer].handle,
		.read_domains = I915_GEM_DOMAIN_CPU,
		.write_domain = write ? I915_GEM_DOMAIN_CPU : 0,
	};

	if (request(DRM_IOCTL_I915_GEM_SET_DOMAIN, &domain))
		check(false, "I915_GEM_SET_DOMAIN: %s", strerror(errno));
}

static bool
execute(uint64_t engine, const uint32_t *commands, unsigned count)
{
	struct drm_i915_gem_exec_object2 objects[BUFFERS];
	struct drm_i915_gem_execbuffer2 batch = {
		.buffers_ptr = (uintptr_t)objects,
		.buffer_count = BUFFERS,
		.batch_len = (4 * count + 7) & ~7u,
		.flags = engine | I915_EXEC_NO_RELOC | I915_EXEC_BATCH_FIRST,
	};

	own(BATCH, true);
	memset(buffers[BATCH].memory, 0, 4096);
	memcpy(buffers[BATCH].memory, commands, 4 * count);
	for (unsigned i = 0; i < BUFFERS; i++)
		objects[i] = (struct drm_i915_gem_exec_object2){
			.handle = buffers[i].handle,
			.offset = buffers[i].address,
			.flags = EXEC_OBJECT_PINNED | EXEC_OBJECT_SUPPORTS_48B_ADDRESS |
				 (i == BATCH ? 0 : EXEC_OBJECT_WRITE),
		};
	return check_request(DRM_IOCTL_I915_GEM_EXECBUFFER2, &batch, "batch accepted");
}

static bool
wait_for(int64_t seconds)
{
	struct drm_i915_gem_wait wait = {
		.bo_handle = buffers[BATCH].handle,
		.timeout_ns = seconds * 1000000000,
	};

	return check_request(DRM_IOCTL_I915_GEM_WAIT, &wait, "batch done");
}

#define run(engine, ...)                                                                           \
	(execute(engine, (const uint32_t[]){__VA_ARGS__},                                          \
		 sizeof((const uint32_t[]){__VA_ARGS__}) / 4) &&                                   \
	 wait_for(30))

#define ADDRESS(buffer)                                                                            \
	(uint32_t) buffers[buffer].address, (uint32_t)(buffers[buffer].address >> 32)
#define CORNER(x, y) ((uint32_t)(y) << 16 | (x))

static uint32_t
pattern(uint32_t x, uint32_t y)
{
	return y << 20 ^ x << 4 ^ 0x5a000000;
}

/* Where a pixel of a tiled buffer is, in dwords. */
static uint32_t
index_of(enum tiling tiling, uint32_t x, uint32_t y)
{
	uint32_t byte = 4 * x;

	switch (tiling) {
	case X:
		return (((y >> 3) * (PITCH >> 9) + (byte >> 9)) << 12 | (y & 7) << 9 |
			(byte & 511)) /
		       4;
	case Y:
		return (((y >> 5) * (PITCH >> 7) + (byte >> 7)) << 12 | (byte >> 4 & 7) << 9 |
			(y & 31) << 4 | (byte & 15)) /
		       4;
	default:
		return y * WIDTH + x;
	}
}

static void
check_pixels(const uint32_t *memory, enum tiling tiling, uint32_t step, const char *what)
{
	unsigned wrong = 0;

	for (uint32_t y = 0; y < height; y++)
		for (uint32_t x = 0; x < WIDTH; x += step)
			wrong += memory[index_of(tiling, x, y)] != pattern(x, y);
	check_equal(wrong, 0, "wrong pixels %s", what);
}

static void
fill_source(void)
{
	own(SOURCE, true);
	for (uint32_t y = 0; y < height; y++)
		for (uint32_t x = 0; x < WIDTH; x++)
			buffers[SOURCE].memory[y * WIDTH + x] = pattern(x, y);
}

static void
check_fill(void)
{
	unsigned wrong = 0;

	if (!run(I915_EXEC_BLT, COLOR, DEPTH_32 | ROP_PATTERN | PITCH, 0, CORNER(WIDTH, height),
		 ADDRESS(TARGET), 0x11111111, COLOR, DEPTH_32 | ROP_PATTERN | PITCH, CORNER(10, 20),
		 CORNER(100, 90), ADDRESS(TARGET), 0x22222222, BATCH_END))
		return;
	own(TARGET, false);
	for (uint32_t y = 0; y < height; y++)
		for (uint32_t x = 0; x < WIDTH; x++) {
			bool inside = x >= 10 && x < 100 && y >= 20 && y < 90;

			wrong += buffers[TARGET].memory[y * WIDTH + x] !=
				 (inside ? 0x22222222 : 0x11111111);
		}
	check_equal(wrong, 0, "wrong pixels after fills");
}

static void
check_copy(void)
{
	fill_source();
	if (!run(I915_EXEC_BLT, COPY, DEPTH_32 | ROP_SOURCE | PITCH, 0, CORNER(WIDTH, height),
		 ADDRESS(TARGET), 0, PITCH, ADDRESS(SOURCE), BATCH_END))
		return;
	own(TARGET, false);
	check_pixels(buffers[TARGET].memory, LINEAR, 1, "after XY_SRC_COPY_BLT");
}

/* From linear to X tiles, from there to Y tiles, and back. */
static void
check_tiled_copies(void)
{
	own(TARGET, true);
	memset(buffers[TARGET].memory, 0, SIZE);
	if (!run(I915_EXEC_BLT, FAST_COPY | 1u << 13, DEPTH_32 | WIDTH, 0, CORNER(WIDTH, height),
		 ADDRESS(TILED_X), 0, PITCH, ADDRESS(SOURCE), FLUSH, 0, 0, 0,
		 FAST_COPY | 1u << 20 | 2u << 13, DEPTH_32 | WIDTH, 0, CORNER(WIDTH, height),
		 ADDRESS(TILED_Y), 0, WIDTH, ADDRESS(TILED_X), FLUSH, 0, 0, 0, FAST_COPY | 2u << 20,
		 DEPTH_32 | PITCH, 0, CORNER(WIDTH, height), ADDRESS(TARGET), 0, WIDTH,
		 ADDRESS(TILED_Y), BATCH_END))
		return;
	for (unsigned i = TILED_X; i < BUFFERS; i++)
		own(i, false);
	check_pixels(buffers[TILED_X].memory, X, 1, "in X tiles");
	check_pixels(buffers[TILED_Y].memory, Y, 1, "in Y tiles");
	check_pixels(buffers[TARGET].memory, LINEAR, 1, "back from tiles");
}

/* The aperture: with a fence a tiled buffer looks linear. */
static void
check_aperture(unsigned buffer, uint32_t mode, const char *what)
{
	struct drm_i915_gem_set_tiling tiling = {
		.handle = buffers[buffer].handle,
		.tiling_mode = mode,
		.stride = mode == I915_TILING_NONE ? 0 : PITCH,
	};
	uint32_t *memory;

	if (!check_request(DRM_IOCTL_I915_GEM_SET_TILING, &tiling, "set tiling"))
		return;
	memory = map(buffers[buffer].handle, I915_MMAP_OFFSET_GTT);
	check_pixels(memory, LINEAR, aperture_step, what);
	munmap(memory, SIZE);
}

/* The other engines: a batch that leaves a mark. */
static void
check_engine(uint64_t engine, const char *name, uint32_t mark)
{
	bool render = engine == I915_EXEC_RENDER;
	uint32_t flush[6] = {FLUSH};

	if (render)
		flush[0] = PIPE_CONTROL;
	own(TARGET, true);
	buffers[TARGET].memory[0] = 0;
	if (!run(engine, STORE_DWORD, ADDRESS(TARGET), mark, flush[0], 0, 0, 0, render ? 0 : NOOP,
		 render ? 0 : NOOP, BATCH_END))
		return;
	own(TARGET, false);
	check_equal(buffers[TARGET].memory[0], mark, "mark of the %s engine", name);
}

static double
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* How fast small batches go through, and how fast the blitter is. */
static void
measure(void)
{
	double begin = now();
	unsigned batches = 0;

	while (now() - begin < 2 && run(I915_EXEC_BLT, BATCH_END, NOOP))
		batches++;
	printf("# %.0f batches a second\n", batches / (now() - begin));
}

static void
check_hang(void)
{
	struct drm_i915_reset_stats stats = {0};
	uint32_t address[2] = {ADDRESS(BATCH)};
	double begin = now();

	if (!run(I915_EXEC_BLT, NOOP, BATCH_START, address[0], address[1]))
		return;
	printf("# the driver got over a hang in %.1f s\n", now() - begin);
	check_request(DRM_IOCTL_I915_GET_RESET_STATS, &stats, "reset statistics");
	check_equal(stats.batch_active, 1, "batches that hung");
	check_fill();
	check_engine(I915_EXEC_RENDER, "render", 0x7e5e7);
}

int
main(int argc, char *argv[])
{
	const char *path = "/dev/dri/renderD128";

	setvbuf(stdout, NULL, _IOLBF, 0);
	card = open(path, O_RDWR | O_CLOEXEC);
	if (card < 0)
		give_up("%s", path);
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], "low"))
			height = 32, aperture_step = 7;
	make_buffers();
	/* The driver says EIO here once it has given the engines up. */
	check_request(DRM_IOCTL_I915_GEM_THROTTLE, NULL, "not wedged");
	check_fill();
	check_copy();
	check_tiled_copies();
	check_aperture(SOURCE, I915_TILING_NONE, "of a linear buffer in the aperture");
	check_aperture(TILED_X, I915_TILING_X, "of an X-tiled buffer in the aperture");
	check_aperture(TILED_Y, I915_TILING_Y, "of a Y-tiled buffer in the aperture");
	check_engine(I915_EXEC_RENDER, "render", 0x111);
	check_engine(I915_EXEC_BSD, "video", 0x222);
	check_engine(I915_EXEC_VEBOX, "video enhancement", 0x333);
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "hang"))
			check_hang();
		else if (!strcmp(argv[i], "measure"))
			measure();
	}
	return check_sums();
}
