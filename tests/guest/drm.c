/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In a guest with the i915 driver on vfiod's vGPU: the monitor, modes, page flips, vblanks and the cursor,
 * through the driver's ordinary interface. Words: "1920x1200" is the resolution that the monitor prefers,
 * "flips=N" is how often to flip, "vblanks=N" for how many of them to wait (default 30), "slack=N" how many
 * frames a measurement of their rate may be off by (default 3), and "modes" sets every mode that the monitor
 * has.
 */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm.h>
#include <drm_mode.h>

#define CONNECTED      1u
#define PATIENCE       30000 /* ms; the driver itself gives a flip up after 10 s */
#define MAX_CRTCS      8u
#define MAX_CONNECTORS 16u
#define MAX_MODES      64u
#define CURSOR         64u /* pixels, square */

/* The port that the documentation has the monitor at: digital port D, DisplayPort. */
#define MONITOR_TYPE   DRM_MODE_CONNECTOR_DisplayPort
#define MONITOR_NUMBER 3u

/* Frame counter and clock are read at different times: frames that a measurement may be off by. */
static double slack = 3;

static int card;
static uint32_t crtc, connector;
static struct drm_mode_modeinfo modes[MAX_MODES];
static unsigned mode_count;

static int
request(unsigned long number, void *argument)
{
	int result;

	do
		result = ioctl(card, number, argument);
	while (result && (errno == EINTR || errno == EAGAIN));
	return result;
}

static void
need(unsigned long number, void *argument, const char *what)
{
	if (request(number, argument))
		give_up("%s", what);
}

/* Frames in a second, by the mode's numbers. */
static double
rate_of(const struct drm_mode_modeinfo *mode)
{
	return mode->clock * 1000.0 / ((double)mode->htotal * mode->vtotal);
}

/* Sets connector and modes if there is a monitor. Asking for no modes makes the driver look at the port. */
static bool
probe(uint32_t id)
{
	struct drm_mode_get_connector answer = {.connector_id = id};

	need(DRM_IOCTL_MODE_GETCONNECTOR, &answer, "MODE_GETCONNECTOR");
	if (answer.connection != CONNECTED)
		return false;
	answer = (struct drm_mode_get_connector){
		.connector_id = id,
		.modes_ptr = (uintptr_t)modes,
		.count_modes = MAX_MODES,
	};
	need(DRM_IOCTL_MODE_GETCONNECTOR, &answer, "MODE_GETCONNECTOR");
	check_equal(answer.connector_type, MONITOR_TYPE, "type of the monitor's connector");
	check_equal(answer.connector_type_id, MONITOR_NUMBER, "number of the monitor's connector");
	check(answer.mm_width && answer.mm_height, "the monitor has a size");
	connector = id;
	mode_count = answer.count_modes < MAX_MODES ? answer.count_modes : MAX_MODES;
	return true;
}

static void
check_monitor(const char *resolution)
{
	uint32_t crtcs[MAX_CRTCS], connectors[MAX_CONNECTORS];
	struct drm_mode_card_res resources = {
		.crtc_id_ptr = (uintptr_t)crtcs,
		.connector_id_ptr = (uintptr_t)connectors,
		.count_crtcs = MAX_CRTCS,
		.count_connectors = MAX_CONNECTORS,
	};
	unsigned monitors = 0, preferred = 0;

	need(DRM_IOCTL_MODE_GETRESOURCES, &resources, "MODE_GETRESOURCES");
	check_equal(resources.count_crtcs, 3, "pipes");
	for (unsigned i = 0; i < resources.count_connectors && i < MAX_CONNECTORS; i++)
		monitors += probe(connectors[i]);
	check_equal(monitors, 1, "monitors");
	errno = ENODEV;
	if (!monitors || !mode_count || !resources.count_crtcs)
		give_up("a monitor with modes");
	crtc = crtcs[0];
	for (unsigned i = 0; i < mode_count; i++)
		preferred += !!(modes[i].type & DRM_MODE_TYPE_PREFERRED);
	check_equal(preferred, 1, "preferred modes");
	check(modes[0].type & DRM_MODE_TYPE_PREFERRED && !strcmp(modes[0].name, resolution),
	      "the monitor prefers %s: %s", resolution, modes[0].name);
	check(rate_of(&modes[0]) > 59 && rate_of(&modes[0]) < 61, "its rate is 60 Hz: %.2f",
	      rate_of(&modes[0]));
}

/* A picture of the mode's size. Returns the framebuffer's id. */
static uint32_t
make_picture(const struct drm_mode_modeinfo *mode, uint32_t color)
{
	struct drm_mode_create_dumb create = {
		.width = mode->hdisplay,
		.height = mode->vdisplay,
		.bpp = 32,
	};
	struct drm_mode_fb_cmd add = {
		.width = mode->hdisplay,
		.height = mode->vdisplay,
		.bpp = 32,
		.depth = 24,
	};
	struct drm_mode_map_dumb where = {0};
	uint32_t *pixels;

	need(DRM_IOCTL_MODE_CREATE_DUMB, &create, "MODE_CREATE_DUMB");
	where.handle = create.handle;
	need(DRM_IOCTL_MODE_MAP_DUMB, &where, "MODE_MAP_DUMB");
	pixels = mmap(NULL, create.size, PROT_READ | PROT_WRITE, MAP_SHARED, card,
		      (off_t)where.offset);
	if (pixels == MAP_FAILED)
		give_up("mmap of a picture");
	/* Each row's beginning will do: an emulated processor needs its time. */
	for (uint32_t y = 0; y < create.height; y++)
		for (uint32_t x = 0; x < 16; x++)
			pixels[y * (create.pitch / 4) + x] = color;
	munmap(pixels, create.size);
	add.pitch = create.pitch;
	add.handle = create.handle;
	need(DRM_IOCTL_MODE_ADDFB, &add, "MODE_ADDFB");
	return add.fb_id;
}

static bool
set_mode(const struct drm_mode_modeinfo *mode, uint32_t picture)
{
	struct drm_mode_crtc set = {
		.crtc_id = crtc,
		.fb_id = picture,
		.set_connectors_ptr = (uintptr_t)&connector,
		.count_connectors = 1,
		.mode = *mode,
		.mode_valid = 1,
	};
	struct drm_mode_crtc get = {.crtc_id = crtc};

	if (request(DRM_IOCTL_MODE_SETCRTC, &set))
		return check(false, "mode %s set: %s", mode->name, strerror(errno));
	need(DRM_IOCTL_MODE_GETCRTC, &get, "MODE_GETCRTC");
	return check(get.mode_valid && get.fb_id == picture && get.mode.clock == mode->clock &&
			     get.mode.hdisplay == mode->hdisplay &&
			     get.mode.vdisplay == mode->vdisplay,
		     "mode %s set", mode->name);
}

/* When a frame began, s, and which it was. */
struct frame {
	double time;
	uint32_t number;
};

static void
check_rate(const struct drm_mode_modeinfo *mode, struct frame first, struct frame last)
{
	double frames = last.number - first.number;
	double expected = (last.time - first.time) * rate_of(mode);

	check(frames > expected - slack && frames < expected + slack,
	      "mode %s has %.2f frames a second: %.0f frames in the time of %.2f", mode->name,
	      rate_of(mode), frames, expected);
}

/* Waits for the next vblank. */
static bool
next_frame(struct frame *frame)
{
	union drm_wait_vblank wait = {
		.request = {.type = _DRM_VBLANK_RELATIVE, .sequence = 1},
	};

	if (request(DRM_IOCTL_WAIT_VBLANK, &wait))
		return check(false, "vblank: %s", strerror(errno));
	frame->time = (double)wait.reply.tval_sec + (double)wait.reply.tval_usec / 1e6;
	frame->number = wait.reply.sequence;
	return true;
}

static void
check_vblanks(const struct drm_mode_modeinfo *mode, unsigned count)
{
	struct frame first, last;

	if (!next_frame(&first))
		return;
	for (unsigned i = 0; i < count; i++)
		if (!next_frame(&last))
			return;
	check(last.number - first.number >= count, "each of %u waits is for another frame", count);
	check_rate(mode, first, last);
}

/* Flips to a picture; true when the driver has said that it is shown. */
static bool
flip(uint32_t picture, struct frame *frame)
{
	struct drm_mode_crtc_page_flip wish = {
		.crtc_id = crtc,
		.fb_id = picture,
		.flags = DRM_MODE_PAGE_FLIP_EVENT,
		.user_data = picture,
	};
	struct pollfd ready = {.fd = card, .events = POLLIN};
	struct drm_event_vblank event;

	if (request(DRM_IOCTL_MODE_PAGE_FLIP, &wish))
		return check(false, "MODE_PAGE_FLIP: %s", strerror(errno));
	if (poll(&ready, 1, PATIENCE) != 1)
		return check(false, "a flip is done in time");
	if (read(card, &event, sizeof(event)) != (ssize_t)sizeof(event) ||
	    event.base.type != DRM_EVENT_FLIP_COMPLETE || event.user_data != picture)
		return check(false, "the event is the flip's");
	frame->time = event.tv_sec + event.tv_usec / 1e6;
	frame->number = event.sequence;
	return true;
}

static void
check_flips(const struct drm_mode_modeinfo *mode, const uint32_t pictures[2], unsigned count)
{
	struct frame first = {0}, before = {0}, frame = {0};
	unsigned done = 0, backward = 0, late = 0;

	for (; done < count && flip(pictures[~done & 1], &frame); done++) {
		if (!done)
			first = frame;
		else if (frame.number - before.number != 1) {
			late++;
			backward += (int32_t)(frame.number - before.number) < 1;
		}
		before = frame;
	}
	check_equal(done, count, "flips");
	check_equal(backward, 0, "flips in the frame of the one before");
	if (done > 1)
		check_rate(mode, first, frame);
	printf("# %u flips, %u of them not in the next frame", done, late);
	if (done > 1)
		printf(", %.1f a second", (done - 1) / (frame.time - first.time));
	putchar('\n');
}

static void
check_cursor(void)
{
	struct drm_mode_create_dumb create = {.width = CURSOR, .height = CURSOR, .bpp = 32};
	struct drm_mode_cursor cursor = {
		.flags = DRM_MODE_CURSOR_BO | DRM_MODE_CURSOR_MOVE,
		.crtc_id = crtc,
		.x = 100,
		.y = 50,
		.width = CURSOR,
		.height = CURSOR,
	};

	need(DRM_IOCTL_MODE_CREATE_DUMB, &create, "MODE_CREATE_DUMB");
	cursor.handle = create.handle;
	check(!request(DRM_IOCTL_MODE_CURSOR, &cursor), "a cursor");
	cursor.x = -10;
	cursor.flags = DRM_MODE_CURSOR_MOVE;
	check(!request(DRM_IOCTL_MODE_CURSOR, &cursor), "a cursor over the edge");
	cursor.handle = 0;
	cursor.flags = DRM_MODE_CURSOR_BO;
	check(!request(DRM_IOCTL_MODE_CURSOR, &cursor), "no cursor");
}

static void
check_modes(void)
{
	check(mode_count > 1, "the monitor has more than one mode");
	for (unsigned i = 1; i < mode_count; i++) {
		uint32_t picture = make_picture(&modes[i], 0x0000ff);

		if (set_mode(&modes[i], picture))
			check_vblanks(&modes[i], 10);
		/* That ends the mode too, if it is the one that is shown. */
		need(DRM_IOCTL_MODE_RMFB, &picture, "MODE_RMFB");
	}
}

int
main(int argc, char *argv[])
{
	const char *path = "/dev/dri/card0", *resolution = "1920x1200";
	unsigned flips = 0, vblanks = 30;
	bool all_modes = false;
	uint32_t pictures[2];

	for (int i = 1; i < argc; i++) {
		if (!strncmp(argv[i], "flips=", 6))
			flips = (unsigned)strtoul(argv[i] + 6, NULL, 10);
		else if (!strncmp(argv[i], "vblanks=", 8))
			vblanks = (unsigned)strtoul(argv[i] + 8, NULL, 10);
		else if (!strncmp(argv[i], "slack=", 6))
			slack = strtod(argv[i] + 6, NULL);
		else if (!strcmp(argv[i], "modes"))
			all_modes = true;
		else
			resolution = argv[i];
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	card = open(path, O_RDWR | O_CLOEXEC);
	if (card < 0)
		give_up("%s", path);
	check_monitor(resolution);
	pictures[0] = make_picture(&modes[0], 0xff0000);
	pictures[1] = make_picture(&modes[0], 0x00ff00);
	if (set_mode(&modes[0], pictures[0])) {
		check_flips(&modes[0], pictures, flips);
		check_vblanks(&modes[0], vblanks);
		check_cursor();
	}
	if (all_modes)
		check_modes();
	return check_sums();
}
