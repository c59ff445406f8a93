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
#include "carrier/spawner.h"
#include "daemon/device_keys.h"
#include "models/models.h"
#include "util/eventfd.h"
#include "util/log.h"

/* Names that are tried for an iommufd without one: iommu, iommu1, … */
#define IOMMU_NAME  "iommu"
#define MAX_IOMMUS  1000u

/* So long a close may take from the client to us: 200 ms. */
#define CLOSE_STEPS   20
#define CLOSE_STEP_NS 10000000

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
refuse(const struct device_setting *setting, int error, const char *why)
{
	log_line(LOG_ERR, "device %s: %s", setting->name, why);
	return error;
}

/* The options that its type gives a device; those that it has already must not say otherwise. */
static int
add_type_options(struct device_setting *setting, char *text)
{
	char *save = NULL, why[TYPES_WHY];

	for (char *key = strtok_r(text, ",", &save); key; key = strtok_r(NULL, ",", &save)) {
		char *value = strchr(key, '=');

		*value++ = '\0';
		if (vfiod_option(&setting->options, key)) {
			snprintf(why, sizeof(why), "%s= is for its type to say", key);
			return refuse(setting, -EINVAL, why);
		}
		if (settings_set_key(setting, key, value, setting->name))
			return -ENOMEM;
	}
	return 0;
}

/* What a device with a type needs of the host. */
static int
claim(struct serving *serving, struct served *served)
{
	struct device_setting *setting = served->setting;
	char why[TYPES_WHY] = "", options[sizeof(served->claim.options)];
	int error;

	if (!setting->type)
		return 0;
	error = types_of(setting->model)->take(serving->host, setting->type, &served->claim, why);
	if (error)
		return refuse(setting, error, why);
	served->claimed = true;
	snprintf(options, sizeof(options), "%s", served->claim.options);
	return add_type_options(setting, options);
}

static int
errno_of(int code)
{
	switch (code) {
	case EX_CANTCREAT:
		return -EEXIST;
	case EX_NOPERM:
		return -EPERM;
	case EX_SOFTWARE:
		return -EPROTO;
	default:
		return -EIO;
	}
}

static int
start_node(struct serving *serving, struct served *served)
{
	const struct device_setting *setting = served->setting;
	const struct carrier *carrier = serving->carrier;
	int code;

	served->device = vfio_device_new(setting->model, setting->name, served->number,
					 &setting->options);
	if (!served->device)
		return -EINVAL;
	served->device->strict = settings_device_strict(setting);
	served->node = carrier->start(served->device, setting->name, &setting->permissions,
				       setting->poll_us < 0 ? serving->poll_us
							    : (unsigned)setting->poll_us,
				       &code);
	if (!served->node)
		return errno_of(code);
	log_line(LOG_INFO, "serving %s at %s/%s",
		 setting->type ? setting->type : setting->model->name, carrier->directory(),
		 setting->name);
	return 0;
}

static void
forget(struct serving *serving, struct served *served)
{
	vfio_device_free(served->device);
	if (served->claimed)
		types_of(served->setting->model)->give_back(serving->host, &served->claim);
	if (served->own_setting) {
		settings_device_free(served->setting);
		free(served->setting);
	}
	free(served);
}

/* The lowest number that no device has. */
static unsigned
free_number(const struct serving *serving)
{
	unsigned number = 0;

	while (number < serving->num_slots && serving->device[number])
		number++;
	return number;
}

struct served *
serve_find(const struct serving *serving, const char *uuid_or_name)
{
	struct served *found = NULL;
	char uuid[UUID_TEXT];
	bool is_uuid = uuid_parse(uuid_or_name, uuid);

	for (unsigned i = 0; i < serving->num_slots; i++) {
		struct served *served = serving->device[i];

		if (!served)
			continue;
		if (is_uuid && !strcmp(served->setting->uuid, uuid))
			return served;
		if (!strcmp(served->setting->name, uuid_or_name))
			found = served;
	}
	return found;
}

static int
check_new(const struct serving *serving, const struct device_setting *setting)
{
	if (setting->uuid[0] && serve_find(serving, setting->uuid))
		return refuse(setting, -EEXIST, "there is one with this UUID already");
	if (serve_find(serving, setting->name))
		return refuse(setting, -EEXIST, "there is one of this name already");
	if (free_number(serving) == MAX_DEVICES)
		return refuse(setting, -ENOSPC, "the daemon has as many devices as it can have");
	return 0;
}

int
serve_create(struct serving *serving, struct device_setting *setting, bool own_setting,
	     struct served **result)
{
	struct served *served;
	int error = check_new(serving, setting);

	if (error)
		return error;
	served = calloc(1, sizeof(*served));
	if (!served)
		return refuse(setting, -ENOMEM, "out of memory");
	served->number = free_number(serving);
	served->setting = setting;
	error = claim(serving, served);
	if (!error)
		error = start_node(serving, served);
	if (error) {
		forget(serving, served);
		return error;
	}
	served->own_setting = own_setting;
	serving->device[served->number] = served;
	serving->num_devices++;
	if (served->number == serving->num_slots)
		serving->num_slots++;
	if (result)
		*result = served;
	return 0;
}

/* The close of a client that has just ended may still be on its way to us. */
static int
retire(struct served *served)
{
	int error = vfio_retire(served->device);

	for (unsigned i = 0; error && i < CLOSE_STEPS; i++) {
		nanosleep(&(struct timespec){.tv_nsec = CLOSE_STEP_NS}, NULL);
		error = vfio_retire(served->device);
	}
	return error;
}

int
serve_remove(struct serving *serving, struct served *served, bool force)
{
	if (served->held)
		return -EAGAIN;
	if (!force && retire(served))
		return -EBUSY;
	if (!carried_stop(served->node)) {
		served->held = true;
		log_line(LOG_WARNING, "%s: a client holds it up: removed its node only",
			 served->setting->name);
		return -EAGAIN;
	}
	log_line(LOG_INFO, "removed %s", served->setting->name);
	serving->device[served->number] = NULL;
	serving->num_devices--;
	while (serving->num_slots && !serving->device[serving->num_slots - 1])
		serving->num_slots--;
	forget(serving, served);
	return 0;
}

static int
start_device(struct serving *serving, struct device_setting *setting)
{
	switch (serve_create(serving, setting, false, NULL)) {
	case 0:
		return 0;
	case -EINVAL:
	case -ENOENT:
		return EX_CONFIG;
	case -ENOSPC:
		return EX_UNAVAILABLE;
	case -EEXIST:
		return EX_CANTCREAT;
	case -EPERM:
		return EX_NOPERM;
	case -EPROTO:
		return EX_SOFTWARE;
	default:
		return EX_OSERR;
	}
}

static int
open_host(struct serving *serving, const struct settings *settings)
{
	char why[TYPES_WHY] = "";

	serving->host = gvt_types.open(&settings->host_gpu, why);
	if (serving->host)
		return 0;
	log_line(LOG_ERR, "host GPU: %s", why);
	return EX_USAGE;
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

	*serving = (struct serving){.carrier = carrier, .poll_us = (unsigned)settings->poll_us};
	code = open_host(serving, settings);
	if (!code)
		code = carrier->prepare();
	if (!code)
		code = start_eventfds();
	if (code)
		return code;
	for (unsigned i = 0; i < count && !code; i++)
		code = start_device(serving, &settings->device[i]);
	if (!code)
		code = start_iommu(serving, &settings->iommu);
	return code;
}

void
serve_ready(const struct serving *serving, bool start_more)
{
	unsigned count = serving->num_devices;

	if (serving->carrier->drop_privileges(start_more))
		log_line(LOG_WARNING, "cannot drop capabilities: going on with all of them");
	log_line(LOG_NOTICE, "ready: %u device%s", count, count == 1 ? "" : "s");
}

unsigned
serve_ended(const struct serving *serving)
{
	unsigned ended = 0;

	for (unsigned i = 0; i < serving->num_slots; i++)
		ended += serving->device[i] &&
			 (serving->device[i]->held || carried_ended(serving->device[i]->node));
	return ended;
}

void
serve_stop(struct serving *serving, int code)
{
	bool held = false;

	for (unsigned i = 0; i < serving->num_slots; i++) {
		struct served *served = serving->device[i];

		if (!served)
			continue;
		if (!served->held && carried_stop(served->node)) {
			forget(serving, served);
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
	if (serving->host)
		gvt_types.close(serving->host);
	*serving = (struct serving){0};
	spawner_end();
	eventfd_stop();
}
