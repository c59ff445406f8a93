// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vfioctl watch: what the device shows, live on a terminal.
 */
#include "config.h"

#include <err.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "paint.h"

#define RATE 10

#define BEGIN_UPDATE "\033[?2026h"
#define END_UPDATE   "\033[?2026l"

struct watch_options {
	uint32_t plane;              /**< 0: not given */
	uint64_t count;              /**< 0: not given */
	unsigned rate;               /**< 0: not given */
	const struct painter *painter; /**< NULL: what the terminal can */
};

struct watch {
	const struct device *dev;
	struct terminal terminal;
	const struct painter *painter;
	uint32_t plane;
	struct picture last; /**< bytes NULL: nothing has been shown, or the plane is off */
	bool is_off;
	uint64_t shown;
};

static const struct painter *
choose_painter(const struct terminal *terminal)
{
	if (terminal->kitty)
		return &kitty_painter;
#ifdef HAVE_SIXEL
	if (terminal->sixel)
		return &sixel_painter;
#endif
	return &blocks_painter;
}

static bool
same(const struct picture *a, const struct picture *b)
{
	return a->bytes && b->bytes && a->format == b->format && a->width == b->width &&
	       a->height == b->height && a->stride == b->stride &&
	       memcmp(a->bytes, b->bytes, (size_t)a->stride * a->height) == 0;
}

/* The last row. What is longer than it is cut off. */
static void
put_status(const struct watch *watch, FILE *out, const char *what)
{
	char *line;

	if (asprintf(&line, "%s: %s, by %s. q ends.", watch->dev->path, what,
		     watch->painter->name) < 0)
		err(EX_OSERR, "asprintf");
	fprintf(out, "\033[%u;1H\033[0m\033[2K%.*s", watch->terminal.rows,
		(int)watch->terminal.columns - 1, line);
	free(line);
}

static void
put_picture(struct watch *watch, FILE *out, const struct picture *picture, bool anew, int *status)
{
	uint32_t width, height;
	struct frame frame;
	char what[64];

	watch->painter->area(&watch->terminal, &width, &height);
	scale_fit(picture, &width, &height);
	scale_picture(picture, width, height, &frame);
	*status = watch->painter->paint(out, &frame, anew);
	free(frame.rgb);
	snprintf(what, sizeof(what), "%u x %u pixels", picture->width, picture->height);
	put_status(watch, out, what);
}

/* All at once, so that a terminal that knows how shows no half picture. @a picture NULL: there is none. */
static int
show(struct watch *watch, const struct picture *picture, bool anew)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int status = EX_OK;

	if (!out)
		err(EX_OSERR, "open_memstream");
	fputs(BEGIN_UPDATE, out);
	if (anew && watch->painter->remove)
		watch->painter->remove(out);
	if (anew)
		fputs("\033[0m\033[2J", out);
	if (picture)
		put_picture(watch, out, picture, anew, &status);
	else
		put_status(watch, out, "no picture");
	fputs(END_UPDATE, out);
	if (fclose(out) != 0)
		err(EX_OSERR, "memory for a picture");
	if (!status)
		status = terminal_write(text, size);
	free(text);
	return status;
}

/* A driver may set up a plane step by step, and what comes in between be no picture: that passes. */
static bool
is_still_there(const struct device *dev)
{
	struct vfio_device_info info = {.argsz = sizeof(info)};

	return ioctl(dev->fd, VFIO_DEVICE_GET_INFO, &info) == 0;
}

/* The picture of this moment, if it is another one, or all is to be drawn anew. */
static int
look(struct watch *watch, bool anew)
{
	struct picture picture = {0};
	int status = picture_take(watch->dev, watch->plane, true, &picture);

	if (status == EX_DEVICE && is_still_there(watch->dev)) {
		terminal_forget_messages();
		status = EX_NO_PICTURE;
	}
	if (status == EX_NO_PICTURE) {
		status = EX_OK;
		if (!watch->is_off || anew)
			status = show(watch, NULL, true);
		watch->is_off = true;
	} else if (!status && (anew || !same(&picture, &watch->last))) {
		/* One of another size doesn't cover what was there. */
		if (picture.width != watch->last.width || picture.height != watch->last.height)
			anew = true;
		status = show(watch, &picture, anew);
		watch->is_off = false;
		watch->shown++;
	}
	if (status || watch->is_off || picture.bytes) {
		picture_free(&watch->last);
		watch->last = picture;
	}
	return status;
}

static long
milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Until it is time for the next look. Returns whether the user has had enough. */
static bool
wait_for_key(long until)
{
	long left = until - milliseconds();
	int key;

	do {
		key = terminal_key(left > 0 ? (int)left : 0);
		left = until - milliseconds();
	} while (key >= 0 && key != 'q' && key != 'Q');
	return key >= 0;
}

static int
run_screen(struct watch *watch, const struct watch_options *options)
{
	long period = 1000 / (options->rate ? options->rate : RATE);
	bool enough = false, anew = true;
	int status = EX_OK;

	while (!status && !enough && !terminal_caught()) {
		long start = milliseconds();

		status = look(watch, anew);
		if (options->count && watch->shown >= options->count)
			break;
		if (!status)
			enough = wait_for_key(start + period);
		anew = terminal_changed(&watch->terminal);
	}
	return status;
}

static void
take_away(const struct watch *watch)
{
	char text[64] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	if (!out || !watch->painter->remove) {
		if (out)
			fclose(out);
		return;
	}
	watch->painter->remove(out);
	fclose(out);
	terminal_write(text, strlen(text));
}

static int
run(const struct call *call)
{
	const struct watch_options *options = call->options;
	struct watch watch = {.plane = options->plane ? options->plane : PLANE_PRIMARY};
	struct device dev;
	int status = device_open(&dev, call);

	if (!status) {
		struct picture first = {0};

		/* A device that has nothing to show says so before the screen is taken. */
		status = picture_take(&dev, watch.plane, true, &first);
		if (status == EX_NO_PICTURE)
			status = EX_OK;
		picture_free(&first);
	}
	if (!status)
		status = terminal_open(&watch.terminal, options->painter != &blocks_painter);
	if (!status) {
		watch.dev = &dev;
		watch.painter = options->painter ? options->painter
						 : choose_painter(&watch.terminal);
		status = run_screen(&watch, options);
		take_away(&watch);
		picture_free(&watch.last);
	}
	terminal_close();
	device_close(&dev);
	if (terminal_caught()) {
		signal(terminal_caught(), SIG_DFL);
		raise(terminal_caught());
	}
	return status;
}

static const struct painter *
find_painter(struct argp_state *state, const char *name)
{
	static const struct painter *const painters[] = {
		&blocks_painter,
		&kitty_painter,
#ifdef HAVE_SIXEL
		&sixel_painter,
#endif
	};

	for (size_t i = 0; i < sizeof(painters) / sizeof(*painters); i++)
		if (strcmp(painters[i]->name, name) == 0)
			return painters[i];
	if (strcmp(name, "sixel") == 0)
		argp_error(state, "MODE sixel: this vfioctl was built without libsixel");
	else if (strcmp(name, "auto") != 0)
		argp_error(state, "MODE is none of auto, kitty, sixel, blocks: %s", name);
	return NULL;
}

static error_t
parse_option(int key, char *arg, struct argp_state *state)
{
	struct watch_options *options = state->input;

	switch (key) {
	case 'm':
		options->painter = find_painter(state, arg);
		return 0;
	case 'n':
		options->count = option_number(state, "COUNT", arg, 1, UINT64_MAX);
		return 0;
	case 'p':
		options->plane = option_plane(state, arg);
		return 0;
	case 'r':
		options->rate = (unsigned)option_number(state, "RATE", arg, 1, 100);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option option_list[] = {
	{.name = "mode",
	 .key = 'm',
	 .arg = "MODE",
	 .doc = "How to draw: kitty, sixel, blocks, or auto (default): the best that the terminal "
		"says it can"},
	{.name = "count", .key = 'n', .arg = "COUNT", .doc = "End after so many pictures"},
	{.name = "plane", .key = 'p', .arg = "PLANE", .doc = "primary (default) or cursor"},
	{.name = "rate", .key = 'r', .arg = "RATE", .doc = "Most pictures a second (default 10)"},
	{0},
};

const struct verb watch_verb = {
	.name = "watch",
	.summary = "show the display live on a terminal",
	.details = "The picture is scaled to the terminal's size, and drawn again when it has "
		   "changed. q or Ctrl-C ends.",
	.options = option_list,
	.parse_option = parse_option,
	.options_size = sizeof(struct watch_options),
	.run = run,
};
