/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In a guest with a DRM driver: shows a picture of 1024 x 768 pixels whose colours the host can compute,
 * and a cursor, for as many seconds as the first argument says. The host compares what it sees.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm.h>
#include <drm_mode.h>

#define WIDTH  1024u
#define HEIGHT 768u
#define MOST   16u
#define MODES  64u

static int card;

static void
request(unsigned long number, void *argument, const char *name)
{
	int result;

	do
		result = ioctl(card, number, argument);
	while (result < 0 && errno == EINTR);
	if (result == 0)
		return;
	printf("show: FAIL: %s: %s\n", name, strerror(errno));
	exit(1);
}

#define REQUEST(number, argument) request(number, argument, #number)

/* Red across, green down, blue in squares. */
static uint32_t
colour(uint32_t x, uint32_t y)
{
	return (x / 4 & 0xff) << 16 | (y / 3 & 0xff) << 8 | ((x ^ y) & 0xff);
}

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
	if (memory == MAP_FAILED) {
		printf("show: FAIL: mmap: %s\n", strerror(errno));
		exit(1);
	}
	return memory;
}

static uint32_t
draw(void)
{
	struct drm_mode_create_dumb buffer;
	uint32_t *pixels = new_buffer(WIDTH, HEIGHT, &buffer);
	struct drm_mode_fb_cmd frame = {.width = WIDTH,
					.height = HEIGHT,
					.pitch = buffer.pitch,
					.bpp = 32,
					.depth = 24,
					.handle = buffer.handle};

	for (uint32_t y = 0; y < HEIGHT; y++)
		for (uint32_t x = 0; x < WIDTH; x++)
			pixels[y * (buffer.pitch / 4) + x] = colour(x, y);
	REQUEST(DRM_IOCTL_MODE_ADDFB, &frame);
	return frame.fb_id;
}

static void
show_cursor(uint32_t crtc)
{
	struct drm_mode_create_dumb buffer;
	uint32_t *pixels = new_buffer(64, 64, &buffer);
	struct drm_mode_cursor cursor = {.flags = DRM_MODE_CURSOR_BO | DRM_MODE_CURSOR_MOVE,
					 .crtc_id = crtc,
					 .x = 100,
					 .y = 50,
					 .width = 64,
					 .height = 64,
					 .handle = buffer.handle};

	for (uint32_t y = 0; y < 64; y++)
		for (uint32_t x = 0; x < 64; x++)
			pixels[y * (buffer.pitch / 4) + x] = x < y ? 0xff000000 | colour(x, y) : 0;
	REQUEST(DRM_IOCTL_MODE_CURSOR, &cursor);
}

/* The first connector with a monitor that has the mode. */
static uint32_t
find_connector(const uint32_t *ids, uint32_t count, struct drm_mode_modeinfo *mode)
{
	static struct drm_mode_modeinfo modes[MODES];

	for (uint32_t i = 0; i < count; i++) {
		struct drm_mode_get_connector connector = {.connector_id = ids[i],
							   .modes_ptr = (uintptr_t)modes,
							   .count_modes = MODES};

		REQUEST(DRM_IOCTL_MODE_GETCONNECTOR, &connector);
		for (uint32_t k = 0; connector.connection == 1 && k < connector.count_modes; k++)
			if (modes[k].hdisplay == WIDTH && modes[k].vdisplay == HEIGHT) {
				*mode = modes[k];
				return ids[i];
			}
	}
	printf("show: FAIL: no monitor with %u x %u pixels\n", WIDTH, HEIGHT);
	exit(1);
}

int
main(int argc, char **argv)
{
	uint32_t crtcs[MOST], connectors[MOST], connector;
	struct drm_mode_card_res resources = {.crtc_id_ptr = (uintptr_t)crtcs,
					      .connector_id_ptr = (uintptr_t)connectors,
					      .count_crtcs = MOST,
					      .count_connectors = MOST};
	struct drm_mode_crtc crtc = {.count_connectors = 1, .mode_valid = 1};

	card = open("/dev/dri/card0", O_RDWR | O_CLOEXEC);
	if (card < 0) {
		printf("show: FAIL: /dev/dri/card0: %s\n", strerror(errno));
		return 1;
	}
	REQUEST(DRM_IOCTL_MODE_GETRESOURCES, &resources);
	if (!resources.count_crtcs || resources.count_crtcs > MOST ||
	    resources.count_connectors > MOST) {
		printf("show: FAIL: no display, or a wall of them\n");
		return 1;
	}
	connector = find_connector(connectors, resources.count_connectors, &crtc.mode);
	crtc.crtc_id = crtcs[0];
	crtc.fb_id = draw();
	crtc.set_connectors_ptr = (uintptr_t)&connector;
	REQUEST(DRM_IOCTL_MODE_SETCRTC, &crtc);
	show_cursor(crtcs[0]);
	printf("show: shown\n");
	fflush(stdout);
	sleep(argc > 1 ? (unsigned)atoi(argv[1]) : 10);
	return 0;
}
