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

static bool
start_single(struct scale *scale, const struct carrier *carrier)
{
	char name[64];

	snprintf(name, sizeof(name), "vfiod-bench-%d-single", (int)getpid());
	return carrier_start_many(carrier, &scale->single, name, 1);
}

static bool
start_many(struct scale *scale, const struct carrier *carrier)
{
	char name[64], mark[80], path[PATH_MAX];

	snprintf(name, sizeof(name), "vfiod-bench-%d-many", (int)getpid());
	snprintf(mark, sizeof(mark), "/%s-%u\n", name, scale->devices / 2);
	if (!carrier_start_many(carrier, &scale->daemon, name, scale->devices) ||
	    !daemon_path(&scale->daemon, mark, path))
		return false;
	scale->opened.device = open(path, O_RDWR | O_CLOEXEC);
	if (scale->opened.device < 0)
		fprintf(stderr, "bench: %s: %s\n", path, strerror(errno));
	return scale->opened.device >= 0;
}

void
scale_start(struct scale *scale, const struct carrier *carrier, unsigned devices)
{
	double cpu[2], memory[2];

	scale->devices = devices;
	scale->opened.device = -1;
	snprintf(scale->title, sizeof(scale->title), "read 4 B, one of %u", devices);
	if (!start_single(scale, carrier) || !start_many(scale, carrier)) {
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
	scale->fact[0] =
		(struct fact){"start", "start of the daemon, a device", "ms",
			      scale->daemon.start_ns / 1e6 / devices, scale->single.start_ns / 1e6};
	scale->fact[1] = (struct fact){"memory", "idle memory, a device", "KiB",
				       memory[1] / 1024 / devices, memory[0] / 1024};
	scale->fact[2] = (struct fact){"cpu", "idle processor time, all of them", "ms/s",
				       cpu[1] * 1e3 / IDLE_S, cpu[0] * 1e3 / IDLE_S};
	daemon_stop(&scale->single);
	/* Only this one's device is measured; functions and settings are those of the daemon with few. */
	scale->target = carrier->served[0].target;
	scale->target.port[PLAIN_VGPU].ctx = &scale->opened;
	scale->target.event = -1;
}

static struct work *
add(struct plan *plan, const struct scale *scale, const struct operation *op,
    const struct target *target, const char *title)
{
	struct work *work = access_add(plan, op, target);

	if (work) {
		work->operation = target == &scale->target ? "one_of_many" : "one_of_few";
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
	single = add(plan, scale, op, &carrier->served[0].target, "read 4 B, one of 3");
	work = add(plan, scale, op, &scale->target, scale->title);
	if (!floor || !single || !work)
		return false;
	floor->operation = "one_of_many";
	single->against[FLOOR] = work->against[FLOOR] = floor;
	work->against[SINGLE] = single;
	return true;
}

void
scale_stop(struct scale *scale)
{
	if (scale->opened.device > 0)
		close(scale->opened.device);
	daemon_stop(&scale->daemon);
	daemon_stop(&scale->single);
}
