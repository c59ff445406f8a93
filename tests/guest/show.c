/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In a guest with a DRM driver: shows the picture of pattern.h with the seed that is the first argument,
 * as large as the monitor likes it, and its cursor; says so, and keeps showing it until a line comes in.
 * Meanwhile the host compares what it sees.
 */
#include "check.h"
#include "pattern.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm.h>
#include <drm_mode.h>

#define CONNECTED 1u
#define MOST      16u
#define MODES     64u

static int card;

static void
request(unsigned long number, void *argument, const char *name)
{
	int result;

	do
		result = ioctl(card, number, argument);
	while (result < 0 && errno == EINTR);
	if (result)
		give_up("%s", name);
}

#define REQUEST(number, argument) request(number, argument, #number)

static uint32_t *
new_buffer(uint32_t width, uint32_t height, struct drm_mode_create_dumb *out)
{
	struct drm_mode_map_dumb map = {0};
	void *memory;

	*out = (struct drm_mode_create_dumb){.width = width, .height = height, .bpp = 32};
	REQUEST(DRM_IOCTL_MODE_CREATE_DUMB, out);
	map.handle = out->handle;
	REQUEST(DRM_IOCTL_MODE_MAP_DUMB, &map);
	memory = mmap(NULL, out->size, PROT_READ | PROT_WRITE, MAP_SHARED, card, (off_t)map.offset);
	if (memory == MAP_FAILED)
		give_up("mmap of a buffer");
	return memory;
}

/* Returns the framebuffer's id. */
static uint32_t
draw(uint32_t width, uint32_t height, uint32_t seed)
{
	struct drm_mode_create_dumb buffer;
	uint32_t *pixels = new_buffer(width, height, &buffer);
	struct drm_mode_fb_cmd frame = {.width = width,
					.height = height,
					.pitch = buffer.pitch,
					.bpp = 32,
					.depth = 24,
					.handle = buffer.handle};

	for (uint32_t y = 0; y < height; y++)
		for (uint32_t x = 0; x < width; x++)
			pixels[y * (buffer.pitch / 4) + x] = pattern_pixel(x, y, seed);
	REQUEST(DRM_IOCTL_MODE_ADDFB, &frame);
	return frame.fb_id;
}

static void
show_cursor(uint32_t crtc, uint32_t seed)
{
	struct drm_mode_create_dumb buffer;
	uint32_t *pixels = new_buffer(PATTERN_CURSOR, PATTERN_CURSOR, &buffer);
	struct drm_mode_cursor cursor = {.flags = DRM_MODE_CURSOR_BO | DRM_MODE_CURSOR_MOVE,
					 .crtc_id = crtc,
					 .x = 100,
					 .y = 50,
					 .width = PATTERN_CURSOR,
					 .height = PATTERN_CURSOR,
					 .handle = buffer.handle};

	for (uint32_t y = 0; y < PATTERN_CURSOR; y++)
		for (uint32_t x = 0; x < PATTERN_CURSOR; x++)
			pixels[y * (buffer.pitch / 4) + x] = pattern_cursor(x, y, seed);
	REQUEST(DRM_IOCTL_MODE_CURSOR, &cursor);
}

/* The first connector with a monitor, and the mode that this one likes best. */
static uint32_t
find_connector(const uint32_t *ids, uint32_t count, struct drm_mode_modeinfo *mode)
{
	static struct drm_mode_modeinfo modes[MODES];

	for (uint32_t i = 0; i < count; i++) {
		struct drm_mode_get_connector connector = {.connector_id = ids[i],
							   .modes_ptr = (uintptr_t)modes,
							   .count_modes = MODES};

		REQUEST(DRM_IOCTL_MODE_GETCONNECTOR, &connector);
		if (connector.connection == CONNECTED && connector.count_modes) {
			*mode = modes[0];
			return ids[i];
		}
	}
	errno = ENODEV;
	give_up("a monitor with modes");
}

int
main(int argc, char **argv)
{
	uint32_t crtcs[MOST], connectors[MOST], connector;
	uint32_t seed = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 0) : 0;
	struct drm_mode_card_res resources = {.crtc_id_ptr = (uintptr_t)crtcs,
					      .connector_id_ptr = (uintptr_t)connectors,
					      .count_crtcs = MOST,
					      .count_connectors = MOST};
	struct drm_mode_crtc crtc = {.count_connectors = 1, .mode_valid = 1};
	char line[64];

	setvbuf(stdout, NULL, _IOLBF, 0);
	card = open("/dev/dri/card0", O_RDWR | O_CLOEXEC);
	if (card < 0)
		give_up("/dev/dri/card0");
	REQUEST(DRM_IOCTL_MODE_GETRESOURCES, &resources);
	errno = ENODEV;
	if (!resources.count_crtcs || resources.count_crtcs > MOST ||
	    resources.count_connectors > MOST)
		give_up("a display");
	connector = find_connector(connectors, resources.count_connectors, &crtc.mode);
	crtc.crtc_id = crtcs[0];
	crtc.fb_id = draw(crtc.mode.hdisplay, crtc.mode.vdisplay, seed);
	crtc.set_connectors_ptr = (uintptr_t)&connector;
	REQUEST(DRM_IOCTL_MODE_SETCRTC, &crtc);
	show_cursor(crtcs[0], seed);
	check(true, "picture %u is shown", seed);
	puts("shown");
	if (!fgets(line, sizeof(line), stdin))
		return 1;
	return check_sums();
}
