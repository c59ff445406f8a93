/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Start and end of the daemon, in order: options, machine, proof of offsets, devices, readiness. */
#include "config.h"

#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "carrier/carrier.h"
#include "carrier/server.h"
#include "daemon/settings.h"
#include "models/models.h"
#include "util/eventfd.h"
#include "util/log.h"

#define DEFAULT_CONFIG SYSCONFDIR "/vfiod.conf"

const char *argp_program_version = "vfiod " PACKAGE_VERSION;

struct arguments {
	struct settings settings;
	const char *config;
	const char *carrier;
	int log_level;
	bool list_models;
	int code;
};

/* A device being served. */
struct served {
	struct vfio_device *device;
	struct carried *node;
};

enum { OPTION_LIST_MODELS = 0x100, OPTION_CARRIER };

static const struct argp_option argp_options[] = {
	{"device", 'd', "MODEL[,name=NAME][,KEY=VALUE...]", 0,
	 "serve a device of this model; may be repeated", 0},
	{"config", 'c', "FILE", 0, "read this file instead of " DEFAULT_CONFIG, 0},
	{"carrier", OPTION_CARRIER, "cuse|fuse|auto", 0,
	 "serve character devices, files, or what the machine can (the default)", 0},
	{"log-level", 'l', "LEVEL", 0, "error, warning, notice, info (the default) or debug", 0},
	{"list-models", OPTION_LIST_MODELS, NULL, 0, "print models with their options, and end", 0},
	{0},
};

static error_t
parse_option(int key, char *text, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case 'd':
		arguments->code = settings_add_device(&arguments->settings, text, "--device");
		return arguments->code ? EINVAL : 0;
	case 'c':
		arguments->config = text;
		return 0;
	case OPTION_CARRIER:
		arguments->carrier = text;
		if (strcmp(text, "auto") && !carrier_by_name(text))
			argp_error(state, "no carrier '%s'", text);
		return 0;
	case 'l':
		arguments->log_level = log_level_by_name(text);
		if (arguments->log_level < 0)
			argp_error(state, "no log level '%s'", text);
		return 0;
	case OPTION_LIST_MODELS:
		arguments->list_models = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument '%s'", text);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse_option,
	.doc = "Serves emulated PCI devices as character devices that behave like the kernel's VFIO "
	       "devices.\v"
	       "Without a device one Intel vGPU is served at /dev/vgpu0. Every device takes name=, "
	       "mode=, owner= and group= for its node. See vfiod(8).",
};

static void
list_models(void)
{
	for (const struct vfiod_model *const *model = models; *model; model++) {
		printf("%-8s %s\n", (*model)->name, (*model)->summary);
		for (const struct vfiod_option *o = (*model)->options; o && o->key; o++)
			printf("    %s=%-14s %s\n", o->key, o->value, o->help ? o->help : "");
		if ((*model)->default_memory)
			printf("    memory=%-12s system memory; default %lluM\n", "SIZE",
			       (unsigned long long)(*model)->default_memory >> 20);
	}
}

static int
read_settings(struct arguments *arguments)
{
	int code = 0;

	if (arguments->config)
		code = settings_read_file(&arguments->settings, arguments->config);
	else if (access(DEFAULT_CONFIG, F_OK) == 0)
		code = settings_read_file(&arguments->settings, DEFAULT_CONFIG);
	if (arguments->log_level < 0)
		arguments->log_level = arguments->settings.log_level;
	if (arguments->log_level >= 0)
		log_set_level(arguments->log_level);
	return code ? code : settings_finish(&arguments->settings);
}

/* Each device keeps descriptors of its callers open, and the soft limit is low by tradition. */
static void
raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static int
start_device(struct served *served, const struct carrier *carrier,
	     const struct device_setting *setting)
{
	struct carrier_permissions permissions = {
		.mode = setting->mode, .uid = setting->uid, .gid = setting->gid};
	int code;

	served->device = vfio_device_new(setting->model, setting->name, &setting->options);
	if (!served->device)
		return EX_CONFIG;
	served->node = carrier->start(served->device, setting->name, &permissions, &code);
	if (!served->node)
		return code;
	log_line(LOG_INFO, "serving %s at %s/%s", setting->model->name, carrier->directory(),
		 setting->name);
	return 0;
}

static void
stop_devices(const struct carrier *carrier, struct served *served, unsigned count)
{
	bool held = false;

	for (unsigned i = 0; i < count; i++) {
		if (!served[i].node || carrier->stop(served[i].node)) {
			vfio_device_free(served[i].device);
			continue;
		}
		log_line(LOG_WARNING, "%s: a client holds it up: ending without it",
			 served[i].device->dev.name);
		held = true;
	}
	/* A thread that is still in there must not see what an orderly end takes away. */
	if (held)
		_exit(0);
}

/* Until a signal asks us to end, or the kernel has ended every device. */
static int
wait_for_end(int signals, struct served *served, unsigned count)
{
	struct signalfd_siginfo info;
	unsigned ended = 0;

	while (ended < count) {
		if (read(signals, &info, sizeof(info)) != sizeof(info))
			continue;
		if (info.ssi_signo != SERVER_ENDED_SIGNAL) {
			log_line(LOG_INFO, "ending on %s", strsignal((int)info.ssi_signo));
			return 0;
		}
		ended = 0;
		for (unsigned i = 0; i < count; i++)
			ended += carried_ended(served[i].node);
	}
	log_line(LOG_ERR, "the kernel has removed all devices");
	return EX_IOERR;
}

static int
serve(const struct settings *settings, const struct carrier *carrier, int signals)
{
	unsigned count = settings->num_devices, i;
	struct served *served = calloc(count, sizeof(*served));
	int code = served ? 0 : EX_OSERR;

	for (i = 0; i < count && !code; i++)
		code = start_device(&served[i], carrier, &settings->device[i]);
	if (!code && carrier->drop_privileges())
		log_line(LOG_WARNING, "cannot drop capabilities: going on with all of them");
	if (!code) {
		log_line(LOG_NOTICE, "ready: %u device%s", count, count == 1 ? "" : "s");
		sd_notifyf(0, "READY=1\nSTATUS=Serving %u devices", count);
		code = wait_for_end(signals, served, count);
		sd_notify(0, "STOPPING=1");
	}
	stop_devices(carrier, served, i);
	free(served);
	return code;
}

static int
block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SERVER_ENDED_SIGNAL);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	/* A reader of our log that goes away must not end us. */
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

int
main(int argc, char **argv)
{
	struct arguments arguments = {.carrier = "auto", .log_level = -1, .settings = {.log_level = -1}};
	const struct carrier *carrier;
	int signals, error, code;

	argp_err_exit_status = EX_USAGE;
	error = argp_parse(&argp, argc, argv, 0, NULL, &arguments);
	if (error) {
		settings_free(&arguments.settings);
		return arguments.code ? arguments.code : EX_USAGE;
	}
	if (arguments.list_models) {
		list_models();
		settings_free(&arguments.settings);
		return fflush(stdout) ? EX_IOERR : 0;
	}
	code = read_settings(&arguments);
	if (code)
		goto out;
	/* Where neither is possible, CUSE's message says what to do. */
	carrier = carrier_by_name(arguments.carrier);
	if (!carrier)
		carrier = &cuse_carrier;
	raise_file_limit();
	signals = block_signals();
	code = carrier->prepare();
	if (code)
		goto out;
	error = eventfd_start();
	if (error) {
		log_line(LOG_ERR, "cannot set up asynchronous I/O for eventfds: %s%s",
			 strerror(-error), error == -EAGAIN ? " (raise fs.aio-max-nr)" : "");
		code = EX_OSERR;
		goto out;
	}
	code = serve(&arguments.settings, carrier, signals);
	eventfd_stop();
out:
	settings_free(&arguments.settings);
	if (!code)
		log_line(LOG_INFO, "ended");
	return code;
}
