/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several threads at once, and closes in the middle of something. */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "groups.h"
#include "run.h"

#define ROUNDS 200

/* Threads can't fail a rule themselves: what they see is judged at the end. */
struct shared {
	struct run *run;
	atomic_bool end;
	atomic_long wrong;  /* results that should not be */
	atomic_long result; /* the last of them */
};

static void
wrong(struct shared *shared, long result)
{
	atomic_store(&shared->result, result);
	atomic_fetch_add(&shared->wrong, 1);
}

static void
start(struct run *run, pthread_t *thread, void *(*body)(void *), struct shared *shared)
{
	expect(run, "pthread_create", 0, pthread_create(thread, NULL, body, shared));
}

static void
finish(struct run *run, pthread_t *threads, unsigned count, struct shared *shared)
{
	atomic_store(&shared->end, true);
	for (unsigned i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	if (atomic_load(&shared->wrong))
		fail(run, "%ld wrong results in a thread, the last %ld",
		     atomic_load(&shared->wrong), atomic_load(&shared->result));
}

static void *
read_config(void *arg)
{
	struct shared *shared = arg;
	const struct run *run = shared->run;
	const uint64_t offset = VFIO_REGION_OFFSET(VFIO_CONFIG_REGION);

	while (!atomic_load(&shared->end)) {
		uint32_t ids = 0;
		long result = read_at(run->device.fd, &ids, 4, offset);

		if (result != 4)
			wrong(shared, result);
		/* While the device is being reset it may not answer at all. */
		else if (ids != facts_config32(run->facts, 0) && ids != 0xffffffff)
			wrong(shared, (long)ids);
	}
	return NULL;
}

static void *
ask_info(void *arg)
{
	struct shared *shared = arg;

	while (!atomic_load(&shared->end)) {
		struct vfio_device_info info;
		long result = get_info(shared->run->device.fd, &info);

		if (result || info.num_regions != shared->run->facts->info.num_regions)
			wrong(shared, result);
	}
	return NULL;
}

static void
reset_while_reading(struct run *run)
{
	struct shared shared = {.run = run};
	pthread_t threads[3];

	start(run, &threads[0], read_config, &shared);
	start(run, &threads[1], read_config, &shared);
	start(run, &threads[2], ask_info, &shared);
	for (int i = 0; i < 10; i++) {
		long result = call(run->device.fd, VFIO_DEVICE_RESET, NULL);

		if (result != -EAGAIN)
			expect(run, "RESET", 0, result);
		usleep(1000);
	}
	finish(run, threads, 3, &shared);
}

static void *
toggle_req(void *arg)
{
	struct shared *shared = arg;
	const int device = shared->run->device.fd;
	int fd = make_eventfd(shared->run);

	while (!atomic_load(&shared->end)) {
		long result = arm(device, VFIO_REQ, 0, 1, &fd);

		if (result)
			wrong(shared, result);
		result = trigger(device, VFIO_REQ, 0, 1);
		if (result && result != -EINVAL)
			wrong(shared, result);
		result = arm(device, VFIO_REQ, 0, 1, &(int32_t){-1});
		if (result)
			wrong(shared, result);
	}
	return NULL;
}

static void
irqs_from_threads(struct run *run)
{
	struct shared shared = {.run = run};
	pthread_t threads[3];

	for (unsigned i = 0; i < 3; i++)
		start(run, &threads[i], toggle_req, &shared);
	usleep(200000);
	finish(run, threads, 3, &shared);
}

static void *
trigger_first(void *arg)
{
	struct shared *shared = arg;

	for (int i = 0; i < ROUNDS; i++) {
		long result = trigger(shared->run->device.fd, VFIO_REQ, 0, 1);

		if (result)
			wrong(shared, result);
	}
	return NULL;
}

static void
sums_from_threads(struct run *run)
{
	struct shared shared = {.run = run};
	pthread_t threads[4];
	int fd = make_eventfd(run);

	expect(run, "eventfd", 0, arm(run->device.fd, VFIO_REQ, 0, 1, &fd));
	for (unsigned i = 0; i < 4; i++)
		start(run, &threads[i], trigger_first, &shared);
	finish(run, threads, 4, &shared);
	expect_value(run, "signals of 4 threads", 4ull * ROUNDS, counted(fd));
}

static void *
map_and_unmap(void *arg)
{
	static atomic_uint next;
	struct shared *shared = arg;
	const struct run *run = shared->run;
	const uint64_t iova = 0x100000ull * (1 + atomic_fetch_add(&next, 1));

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t length = PAGE;
		long result = map_fixed(run->device.iommu, run->ioas, pages(), PAGE, iova);

		if (result)
			wrong(shared, result);
		result = unmap(run->device.iommu, run->ioas, iova, &length);
		if (result || length != PAGE)
			wrong(shared, result);
	}
	return NULL;
}

static void
maps_from_threads(struct run *run)
{
	struct shared shared = {.run = run};
	pthread_t threads[4];

	pages();
	for (unsigned i = 0; i < 4; i++)
		start(run, &threads[i], map_and_unmap, &shared);
	finish(run, threads, 4, &shared);
}

static void *
open_and_bind(void *arg)
{
	struct shared *shared = arg;
	int fd = device_open_node(shared->run->way, O_RDWR);
	int iommu = device_open_iommu(shared->run->way);
	long result = bind_to(fd, iommu, NULL);

	if (!result)
		atomic_fetch_add(&shared->result, 1);
	else if (result != -EINVAL)
		atomic_fetch_add(&shared->wrong, 1);
	return NULL;
}

static void
one_binds(struct run *run)
{
	struct shared shared = {.run = run};
	pthread_t threads[8];

	for (unsigned i = 0; i < 8; i++)
		start(run, &threads[i], open_and_bind, &shared);
	for (unsigned i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	expect_value(run, "threads with another error than EINVAL", 0,
		     (uint64_t)atomic_load(&shared.wrong));
	expect_value(run, "threads that have bound the device", 1,
		     (uint64_t)atomic_load(&shared.result));
}

static void
killed_client(struct run *run)
{
	const char *step;
	int ready[2], result;
	pid_t child;
	char byte;

	expect(run, "pipe", 0, pipe(ready));
	child = fork();
	if (!child) {
		struct device device;
		int fd = make_eventfd(run);

		if (device_open(run->way, &device, &step))
			_exit(1);
		arm(device.fd, VFIO_REQ, 0, 1, &fd);
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			trigger(device.fd, VFIO_REQ, 0, 1);
	}
	close(ready[1]);
	expect(run, "the child has the device", 1, read(ready[0], &byte, 1));
	usleep(20000);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	result = device_open(run->way, &run->device, &step);
	expect(run, "opening the device after its client was killed", 0, result);
}

static const struct rule rules[] = {
	{"reset", "reading while another thread resets", STATE_BOUND, NEED_RESET,
	 .body = reset_while_reading},
	{"irqs", "SET_IRQS from several threads", STATE_BOUND, .body = irqs_from_threads},
	{"sums", "no signal is lost", STATE_BOUND, .body = sums_from_threads},
	{"maps", "maps from several threads", STATE_IOAS, .body = maps_from_threads},
	{"maps-attached", "the same with a device attached", STATE_ATTACHED, NEED_CDEV,
	 .body = maps_from_threads},
	{"bind", "of several that bind at once one succeeds", STATE_NONE, NEED_CDEV,
	 .body = one_binds},
	{"killed", "a client that is killed leaves the device free", STATE_NONE,
	 .body = killed_client},
};

GROUP(concurrency, "vfio_main.c, vfio_pci_core.c");
