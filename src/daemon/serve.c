/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "carrier/server.h"
#include "util/eventfd.h"
#include "util/log.h"

/* Names that are tried for an iommufd without one: iommu, iommu1, … */
#define IOMMU_NAME  "iommu"
#define MAX_IOMMUS  1000u

/* So long a daemon that has one of these names may take to say so. */
#define PATIENCE_S 1

/* Each device keeps descriptors of its callers open, and the soft limit is low by tradition. */
void
serve_raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int
serve_prepare(void)
{
	sigset_t set;

	serve_raise_file_limit();
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SERVER_ENDED_SIGNAL);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	/* A reader of our log that goes away must not end us. */
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static int
start_eventfds(void)
{
	int error = eventfd_start();

	if (!error)
		return 0;
	log_line(LOG_ERR, "cannot set up asynchronous I/O for eventfds: %s%s", strerror(-error),
		 error == -EAGAIN ? " (raise fs.aio-max-nr)" : "");
	return EX_OSERR;
}

static int
start_device(struct serving *serving, const struct device_setting *setting)
{
	const struct carrier *carrier = serving->carrier;
	struct served *served = &serving->device[serving->num_devices];
	int code;

	served->device = vfio_device_new(setting->model, setting->name, serving->num_devices,
					 &setting->options);
	if (!served->device)
		return EX_CONFIG;
	served->device->strict = settings_device_strict(setting);
	serving->num_devices++;
	served->node = carrier->start(served->device, setting->name, &setting->permissions, &code);
	if (!served->node)
		return code;
	log_line(LOG_INFO, "serving %s at %s/%s", setting->model->name, carrier->directory(),
		 setting->name);
	return 0;
}

/* A question to whoever serves a node: it may be dead, or frozen for as long as it likes. */
struct question {
	char path[512];
	bool is_free;
};

static void *
ask(void *arg)
{
	struct question *question = arg;
	struct statx st;

	/* The kernel remembers attributes of nodes that are dead: ask the server. */
	question->is_free = statx(AT_FDCWD, question->path, AT_SYMLINK_NOFOLLOW | AT_STATX_FORCE_SYNC,
				  STATX_TYPE | STATX_SIZE, &st) < 0 ||
			    (S_ISREG(st.stx_mode) && st.stx_size == 0);
	return NULL;
}

/* Whether nobody has a node of that name. What is left of a daemon that was killed doesn't count. */
static bool
name_is_free(const struct carrier *carrier, const char *name)
{
	struct question *question = calloc(1, sizeof(*question));
	struct timespec end;
	pthread_t thread;
	bool is_free;

	if (!question)
		return false;
	snprintf(question->path, sizeof(question->path), "%s/%s", carrier->directory(), name);
	if (pthread_create(&thread, NULL, ask, question)) {
		free(question);
		return false;
	}
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += PATIENCE_S;
	if (pthread_timedjoin_np(thread, NULL, &end)) {
		/* The thread waits on, and keeps the question. */
		pthread_detach(thread);
		return false;
	}
	is_free = question->is_free;
	free(question);
	return is_free;
}

static void
choose_iommu_name(struct serving *serving, const struct iommu_setting *setting)
{
	char *name = serving->iommu_name;
	size_t size = sizeof(serving->iommu_name);

	snprintf(name, size, "%s", setting->name ? setting->name : IOMMU_NAME);
	for (unsigned n = 1; !setting->name && !name_is_free(serving->carrier, name); n++) {
		if (n == MAX_IOMMUS)
			break;
		snprintf(name, size, IOMMU_NAME "%u", n);
	}
}

static int
start_iommu(struct serving *serving, const struct iommu_setting *setting)
{
	int code;

	if (setting->none)
		return 0;
	choose_iommu_name(serving, setting);
	serving->iommu = serving->carrier->start_iommu(serving->iommu_name, &setting->permissions,
						       &code);
	if (!serving->iommu)
		return code;
	log_line(LOG_INFO, "serving an iommufd at %s/%s", serving->carrier->directory(),
		 serving->iommu_name);
	return 0;
}

int
serve_start(struct serving *serving, const struct settings *settings, const struct carrier *carrier)
{
	unsigned count = settings->num_devices;
	int code;

	*serving = (struct serving){.carrier = carrier};
	code = carrier->prepare();
	if (!code)
		code = start_eventfds();
	if (code)
		return code;
	serving->device = calloc(count, sizeof(*serving->device));
	if (!serving->device)
		return EX_OSERR;
	for (unsigned i = 0; i < count && !code; i++)
		code = start_device(serving, &settings->device[i]);
	if (!code)
		code = start_iommu(serving, &settings->iommu);
	return code;
}

void
serve_ready(const struct serving *serving)
{
	unsigned count = serving->num_devices;

	if (serving->carrier->drop_privileges())
		log_line(LOG_WARNING, "cannot drop capabilities: going on with all of them");
	log_line(LOG_NOTICE, "ready: %u device%s", count, count == 1 ? "" : "s");
}

unsigned
serve_ended(const struct serving *serving)
{
	unsigned ended = 0;

	for (unsigned i = 0; i < serving->num_devices; i++)
		ended += carried_ended(serving->device[i].node);
	return ended;
}

void
serve_stop(struct serving *serving, int code)
{
	bool held = false;

	for (unsigned i = 0; i < serving->num_devices; i++) {
		struct served *served = &serving->device[i];

		if (!served->node || carried_stop(served->node)) {
			vfio_device_free(served->device);
			continue;
		}
		log_line(LOG_WARNING, "%s: a client holds it up: ending without it",
			 served->device->dev.name);
		held = true;
	}
	if (serving->iommu && !carried_stop(serving->iommu)) {
		log_line(LOG_WARNING, "%s: a client holds it up: ending without it",
			 serving->iommu_name);
		held = true;
	}
	/* A thread that is still in there must not see what an orderly end takes away. */
	if (held)
		_exit(code);
	free(serving->device);
	*serving = (struct serving){0};
	eventfd_stop();
}
