// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vfioctl screenshot: what the device shows, as PNG files.
 */
#include "config.h"

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "picture.h"

/* Two looks at each frame of a display with 60 Hz. */
#define POLL_NANOSECONDS (8 * 1000 * 1000)

/* Times to try for a picture that no flip has come into. */
#define TRIES 4

struct screenshot_options {
	uint32_t plane; /**< 0: not given */
	uint64_t count; /**< 0: not given */
	bool follow;
};

/* Ctrl-C is how following ends; the file that is being written is finished. */
static volatile sig_atomic_t caught;

static void
catch_signal(int signal)
{
	caught = signal;
}

static void
catch_signals(void)
{
	struct sigaction action = {.sa_handler = catch_signal, .sa_flags = SA_RESTART};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

static bool
same(const struct flips *a, const struct flips *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* Half of one frame and half of the next is no picture: once more if there was a flip. */
static int
take_whole(const struct device *dev, uint32_t plane, struct picture *picture, struct flips *before)
{
	int status = picture_take(dev, plane, true, picture);
	struct flips after;

	for (int i = 1; i < TRIES && !status; i++) {
		if (!flips_get(dev, plane, &after) || same(before, &after))
			break;
		*before = after;
		picture_free(picture);
		status = picture_take(dev, plane, true, picture);
	}
	return status;
}

static int
take_one(const struct device *dev, uint32_t plane, const char *file)
{
	struct picture picture;
	int status = picture_take(dev, plane, false, &picture);

	if (status)
		return status;
	status = png_write_file(&picture, file);
	picture_free(&picture);
	return status;
}

static int
write_numbered(const struct picture *picture, const char *folder, uint64_t number)
{
	char *name;
	int status;

	if (asprintf(&name, "%s/%06ju.png", folder, (uintmax_t)number) < 0)
		err(EX_OSERR, "asprintf");
	status = png_write_file(picture, name);
	if (!status) {
		puts(name);
		fflush(stdout); /* somebody may be waiting at the other end of a pipe */
	}
	free(name);
	return status;
}

static int
make_folder(const char *folder)
{
	if (mkdir(folder, 0777) == 0 || errno == EEXIST)
		return EX_OK;
	warn("%s", folder);
	return EX_CANTCREAT;
}

static int
follow(const struct device *dev, uint32_t plane, uint64_t count, const char *folder)
{
	const struct timespec pause = {.tv_nsec = POLL_NANOSECONDS};
	struct flips last, now;
	bool known = flips_get(dev, plane, &last);
	uint64_t done = 0;
	int status = EX_OK;

	while (!caught && !status && (count == 0 || done < count)) {
		struct picture picture;

		nanosleep(&pause, NULL);
		if (!flips_get(dev, plane, &now) || (known && same(&last, &now)))
			continue;
		if (known)
			status = take_whole(dev, plane, &picture, &now);
		last = now;
		if (known && !status) {
			status = write_numbered(&picture, folder, ++done);
			picture_free(&picture);
		} else if (status == EX_NO_PICTURE) {
			status = EX_OK;
		}
		known = true;
	}
	return status;
}

static int
run_screenshot(const struct call *call)
{
	const struct screenshot_options *options = call->options;
	uint32_t plane = options->plane ? options->plane : PLANE_PRIMARY;
	struct device dev;
	int status;

	if (options->count && !options->follow) {
		warnx("screenshot: --count is for --follow");
		return EX_USAGE;
	}
	status = device_open(&dev, call);
	if (!status && options->follow) {
		catch_signals();
		status = flips_check(&dev);
		if (!status)
			status = make_folder(call->argv[0]);
		if (!status)
			status = follow(&dev, plane, options->count, call->argv[0]);
	} else if (!status) {
		status = take_one(&dev, plane, call->argv[0]);
	}
	device_close(&dev);
	return status;
}

static error_t
parse_option(int key, char *arg, struct argp_state *state)
{
	struct screenshot_options *options = state->input;

	switch (key) {
	case 'p':
		options->plane = option_plane(state, arg);
		return 0;
	case 'f':
		options->follow = true;
		return 0;
	case 'n':
		options->count = option_number(state, "COUNT", arg, 1, UINT64_MAX);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option option_list[] = {
	{.name = "plane", .key = 'p', .arg = "PLANE", .doc = "primary (default) or cursor"},
	{.name = "follow", .key = 'f', .doc = "FILE is a folder: a numbered file at each flip"},
	{.name = "count",
	 .key = 'n',
	 .arg = "COUNT",
	 .doc = "With --follow: end after so many files (default: when interrupted)"},
	{0},
};

const struct verb screenshot_verb = {
	.name = "screenshot",
	.arguments = "FILE",
	.summary = "write what the display shows to a PNG",
	.details = "FILE may be - for standard output. The exit status is 69 when the plane is "
		   "off, so "
		   "that there is nothing to see.",
	.min_arguments = 1,
	.max_arguments = 1,
	.options = option_list,
	.parse_option = parse_option,
	.options_size = sizeof(struct screenshot_options),
	.run = run_screenshot,
};
