// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vfioctl irq: waits for an interrupt.
 */
#include "config.h"

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "vfioctl.h"

struct irq_options {
	double timeout; /**< seconds, or 0: for ever */
	uint64_t count; /**< 0: not given */
	bool trigger;
};

/** An interrupt vector that signals an eventfd. */
struct line {
	const struct device *dev;
	uint32_t index;
	uint32_t vector;
	bool automasked; /**< masked by the device at each event, until we say otherwise */
	int eventfd;
	char name[16];
};

/** One VFIO_DEVICE_SET_IRQS for the vector; @a fd is used with DATA_EVENTFD. */
static int
set_irqs(const struct line *line, uint32_t flags, uint32_t count, const char *what)
{
	size_t data = flags & VFIO_IRQ_SET_DATA_EVENTFD ? sizeof(int32_t) : 0;
	struct vfio_irq_set *set = allocate(sizeof(*set) + data);
	int32_t fd = line->eventfd;
	int result;

	*set = (struct vfio_irq_set){
		.argsz = (uint32_t)(sizeof(*set) + data),
		.flags = flags,
		.index = line->index,
		.start = count > 0 ? line->vector : 0,
		.count = count,
	};
	memcpy(set->data, &fd, data);
	result = ioctl(line->dev->fd, VFIO_DEVICE_SET_IRQS, set);
	free(set);
	if (result < 0) {
		warn("%s: %s %s vector %u", line->dev->path, what, line->name, line->vector);
		return EX_DEVICE;
	}
	if (result > 0) {
		/* The kernel's way to say how many MSI vectors it could give. */
		warnx("%s: %s %s vector %u: only %d vectors to be had", line->dev->path, what,
		      line->name, line->vector, result);
		return EX_DEVICE;
	}
	return EX_OK;
}

static int
check_vector(struct line *line)
{
	struct vfio_irq_info info;
	int error = interrupt_get(line->dev, line->index, &info);

	interrupt_name(line->dev, line->index, line->name);
	if (error) {
		warnx("%s: interrupt %s: %s", line->dev->path, line->name, strerror(error));
		return EX_DEVICE;
	}
	if (line->vector >= info.count) {
		warnx("%s: interrupt %s has %u vector%s", line->dev->path, line->name, info.count,
		      info.count == 1 ? "" : "s");
		return EX_DEVICE;
	}
	line->automasked = info.flags & VFIO_IRQ_INFO_AUTOMASKED;
	return EX_OK;
}

static double
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/** Waits until the eventfd is readable: 1, or 0 when the time is over. */
static int
wait_for_event(int fd, double timeout)
{
	struct pollfd pollfd = {.fd = fd, .events = POLLIN};
	double end = now() + timeout;
	int ready;

	do {
		double left = timeout > 0 ? end - now() : 0;
		struct timespec time = {
			.tv_sec = left > 0 ? (time_t)left : 0,
			.tv_nsec = left > 0 ? (long)((left - (double)(time_t)left) * 1e9) : 0,
		};

		ready = ppoll(&pollfd, 1, timeout > 0 ? &time : NULL, NULL);
	} while (ready < 0 && errno == EINTR);
	if (ready < 0)
		err(EX_OSERR, "poll");
	return ready;
}

static int
watch(const struct line *line, const struct irq_options *options)
{
	uint64_t wanted = options->count ? options->count : 1;
	double start = now();
	uint64_t seen = 0;
	int status = EX_OK;

	while (seen < wanted && !status) {
		uint64_t signals;

		if (!wait_for_event(line->eventfd, options->timeout)) {
			warnx("%s: %s vector %u: no event within %g s", line->dev->path, line->name,
			      line->vector, options->timeout);
			return EX_TEMPFAIL;
		}
		if (read(line->eventfd, &signals, sizeof(signals)) != (ssize_t)sizeof(signals))
			err(EX_OSERR, "eventfd");
		seen += signals;
		printf("%s vector %u: %ju event%s after %.6f s, %ju in all\n", line->name,
		       line->vector, (uintmax_t)signals, signals == 1 ? "" : "s", now() - start,
		       (uintmax_t)seen);
		fflush(stdout); /* somebody may be waiting at the other end of a pipe */
		if (line->automasked)
			status = set_irqs(line, VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_UNMASK,
					  1, "unmasking");
	}
	return status;
}

static int
arm_and_watch(struct line *line, const struct irq_options *options)
{
	int status, disarmed;

	line->eventfd = eventfd(0, EFD_CLOEXEC);
	if (line->eventfd < 0)
		err(EX_OSERR, "eventfd");
	status = set_irqs(line, VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER, 1,
			  "arming");
	if (!status) {
		if (options->trigger)
			status =
				set_irqs(line, VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER,
					 1, "triggering");
		if (!status)
			status = watch(line, options);
		disarmed = set_irqs(line, VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER, 0,
				    "disarming");
		status = status ? status : disarmed;
	}
	close(line->eventfd);
	return status;
}

static int
run_irq(const struct call *call)
{
	struct device dev;
	struct line line = {.dev = &dev};
	uint64_t vector = 0;
	int status = EX_OK;

	if (call->argc > 1)
		status = parse_argument("VECTOR", call->argv[1], &vector);
	if (status)
		return status;
	if (vector > UINT32_MAX) {
		warnx("VECTOR is out of range: %s", call->argv[1]);
		return EX_USAGE;
	}
	line.vector = (uint32_t)vector;
	status = device_open(&dev, call);
	if (!status)
		status = interrupt_find(&dev, call->argv[0], &line.index);
	if (!status)
		status = check_vector(&line);
	if (!status)
		status = arm_and_watch(&line, call->options);
	device_close(&dev);
	return status;
}

static error_t
parse_option(int key, char *arg, struct argp_state *state)
{
	struct irq_options *options = state->input;
	char *end;

	switch (key) {
	case 't':
		options->timeout = strtod(arg, &end);
		if (end == arg || *end || !(options->timeout > 0 && options->timeout < 1e9))
			argp_error(state, "SECONDS is not a time: %s", arg);
		return 0;
	case 'n':
		options->count = option_number(state, "COUNT", arg, 1, UINT64_MAX);
		return 0;
	case 'T':
		options->trigger = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option option_list[] = {
	{.name = "timeout",
	 .key = 't',
	 .arg = "SECONDS",
	 .doc = "Give up after so long without an event (default: never)"},
	{.name = "count", .key = 'n', .arg = "COUNT", .doc = "Wait for so many events (default 1)"},
	{.name = "trigger", .key = 'T', .doc = "Have the interrupt raised once, to try the path"},
	{0},
};

const struct verb irq_verb = {
	.name = "irq",
	.arguments = "INDEX|NAME [VECTOR]",
	.summary = "wait for an interrupt",
	.details =
		"NAME is intx, msi, msix, err or req. Arms the vector (0 if not given) with an "
		"eventfd, prints a line for each time it is signalled, and disarms it at the end. "
		"The exit status is 75 when the time is over.",
	.min_arguments = 1,
	.max_arguments = 2,
	.options = option_list,
	.parse_option = parse_option,
	.options_size = sizeof(struct irq_options),
	.run = run_irq,
};
