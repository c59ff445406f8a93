/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scale.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "access.h"

#define IDLE_S 2

static void
idle(void)
{
	nanosleep(&(struct timespec){.tv_sec = IDLE_S}, NULL);
}

/* Starts a daemon and opens the one in the middle of its devices. */
static bool
start(struct daemon *daemon, struct opened *opened, const struct carrier *carrier, const char *kind,
      unsigned devices)
{
	char name[64], mark[80], path[PATH_MAX];

	snprintf(name, sizeof(name), "vfiod-bench-%d-%s", (int)getpid(), kind);
	snprintf(mark, sizeof(mark), "/%s-%u\n", name, devices / 2);
	if (!carrier_start_many(carrier, daemon, name, devices) || !daemon_path(daemon, mark, path))
		return false;
	opened->device = open(path, O_RDWR | O_CLOEXEC);
	if (opened->device < 0)
		fprintf(stderr, "bench: %s: %s\n", path, strerror(errno));
	return opened->device >= 0;
}

/* Only this device is measured; functions and settings are those of the daemon with few. */
static void
make_target(struct target *target, struct opened *opened, const struct carrier *carrier)
{
	*target = carrier->served[0].target;
	target->port[PLAIN_VGPU].ctx = opened;
	target->event = -1;
}

void
scale_start(struct scale *scale, const struct carrier *carrier, unsigned devices)
{
	double cpu[2], memory[2];

	scale->devices = devices;
	scale->opened.device = scale->single_opened.device = -1;
	snprintf(scale->title, sizeof(scale->title), "read 4 B, one of %u", devices);
	if (!start(&scale->single, &scale->single_opened, carrier, "single", 1) ||
	    !start(&scale->daemon, &scale->opened, carrier, "many", devices)) {
		fprintf(stderr, "bench: going on without a daemon with %u devices\n", devices);
		scale->devices = 0;
		return;
	}
	cpu[0] = daemon_cpu(&scale->single);
	cpu[1] = daemon_cpu(&scale->daemon);
	idle();
	cpu[0] = daemon_cpu(&scale->single) - cpu[0];
	cpu[1] = daemon_cpu(&scale->daemon) - cpu[1];
	memory[0] = daemon_memory(&scale->single);
	memory[1] = daemon_memory(&scale->daemon);
	scale->fact[0] = (struct fact){"start_all", "start of the daemon, all of them", "ms",
				       scale->daemon.start_ns / 1e6, scale->single.start_ns / 1e6};
	scale->fact[1] =
		(struct fact){"start", "start of the daemon, a device", "ms",
			      scale->daemon.start_ns / 1e6 / devices, scale->single.start_ns / 1e6};
	scale->fact[2] = (struct fact){"memory", "idle memory, a device", "KiB",
				       memory[1] / 1024 / devices, memory[0] / 1024};
	scale->fact[3] = (struct fact){"cpu", "idle processor time, all of them", "ms/s",
				       cpu[1] * 1e3 / IDLE_S, cpu[0] * 1e3 / IDLE_S};
	make_target(&scale->target, &scale->opened, carrier);
	make_target(&scale->single_target, &scale->single_opened, carrier);
}

static struct work *
add(struct plan *plan, const struct scale *scale, const struct operation *op,
    const struct target *target, const char *title)
{
	struct work *work = access_add(plan, op, target);

	if (work) {
		work->operation = target == &scale->single_target ? "one_of_one" : "one_of_many";
		work->title = title;
	}
	return work;
}

bool
scale_plan(struct plan *plan, struct scale *scale, const struct carrier *carrier)
{
	const struct operation *op = operation_by_key("register_read_4");
	struct work *floor, *single, *work;

	plan_group(plan);
	floor = add(plan, scale, op, &carrier->null.target, scale->title);
	single = add(plan, scale, op, &scale->single_target, "read 4 B, the only one");
	work = add(plan, scale, op, &scale->target, scale->title);
	if (!floor || !single || !work)
		return false;
	single->against[FLOOR] = work->against[FLOOR] = floor;
	work->against[SINGLE] = single;
	return true;
}

void
scale_stop(struct scale *scale)
{
	if (scale->opened.device > 0)
		close(scale->opened.device);
	if (scale->single_opened.device > 0)
		close(scale->single_opened.device);
	daemon_stop(&scale->daemon);
	daemon_stop(&scale->single);
}
