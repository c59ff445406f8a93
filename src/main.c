/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Start and end of the daemon, in order: options, machine, proof of offsets, devices, readiness. */
#include "config.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "carrier/carrier.h"
#include "carrier/fuse_file.h"
#include "carrier/offset.h"
#include "carrier/server.h"
#include "control/socket.h"
#include "daemon/command_line.h"
#include "daemon/serve.h"
#include "models/models.h"
#include "run/run.h"
#include "util/log.h"

#define DEFAULT_CONFIG SYSCONFDIR "/vfiod.conf"

const char *argp_program_version = "vfiod " PACKAGE_VERSION;

struct arguments {
	struct command_line line;
	/* What overrides the file is applied after it. */
	const char *iommu, *control, *host_gpu;
	bool list_models;
};

enum {
	OPTION_LIST_MODELS = 0x100,
	OPTION_IOMMU,
	OPTION_OFFSETS,
	OPTION_CONTROL,
	OPTION_HOST_GPU,
};

static const struct argp_option argp_options[] = {
	{"iommu", OPTION_IOMMU, "NAME[,KEY=VALUE...]|none", 0,
	 "where the iommufd is; without this at the first free of iommu, iommu1, ...", 0},
	{"control", OPTION_CONTROL, "PATH[,mode=MODE...]|none", 0,
	 "where vfioctl types, create, list and remove reach the daemon; without this at the first "
	 "free of control, control1, ... in /run/vfiod",
	 0},
	{"host-gpu", OPTION_HOST_GPU, "KEY=VALUE...", 0,
	 "the GPU that vGPUs with a type share: aperture=SIZE, device=ID", 0},
	{"offsets", OPTION_OFFSETS, "bpf|proc|auto", 0,
	 "how to learn the offsets that CUSE drops; auto (the default): bpf where it works", 0},
	{"list-models", OPTION_LIST_MODELS, NULL, 0, "print models with their options, and end", 0},
	{0},
};

static error_t
parse_option(int key, char *text, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &arguments->line;
		return 0;
	case OPTION_IOMMU:
		arguments->iommu = text;
		return 0;
	case OPTION_CONTROL:
		arguments->control = text;
		return 0;
	case OPTION_HOST_GPU:
		arguments->host_gpu = text;
		return 0;
	case OPTION_OFFSETS:
		if (!offset_choose(text))
			argp_error(state, "this vfiod can't recover offsets by '%s'", text);
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

static const struct argp_child children[] = {{.argp = &command_line_argp}, {0}};

static const struct argp argp = {
	.children = children,
	.options = argp_options,
	.parser = parse_option,
	.doc = "Serves emulated PCI devices as character devices that behave like the kernel's "
	       "VFIO "
	       "devices.\v"
	       "Without a device one Intel vGPU is served at /dev/vgpu0. Every device takes name=, "
	       "mode=, owner= and group= for its node. See vfiod(8).\n"
	       "vfiod run [OPTION...] -- COMMAND... gives devices to one command: see "
	       "vfiod-run(8).",
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
override_settings(const struct arguments *arguments, struct settings *settings)
{
	int code = 0;

	if (arguments->iommu)
		code = settings_set_iommu(settings, arguments->iommu, "--iommu");
	if (!code && arguments->control)
		code = settings_set_control(settings, arguments->control, "--control");
	if (!code && arguments->host_gpu)
		code = settings_set_host_gpu(settings, arguments->host_gpu, "--host-gpu");
	return code;
}

static int
read_settings(struct arguments *arguments)
{
	struct settings *settings = &arguments->line.settings;
	const char *config = arguments->line.config;
	int code;

	if (!config && access(DEFAULT_CONFIG, F_OK) == 0)
		config = DEFAULT_CONFIG;
	code = command_line_read_config(&arguments->line, config);
	if (!code)
		code = override_settings(arguments, settings);
	if (!code)
		code = settings_finish(settings);
	if (!code && !settings->num_devices && settings->control.none) {
		log_line(LOG_ERR, "no device, and no control socket to make one");
		code = EX_USAGE;
	}
	return code;
}

/* Until a signal asks us to end, or the kernel has ended every device. */
static int
wait_for_end(int signals, const struct serving *serving, struct control *control)
{
	struct signalfd_siginfo info;

	while (!serving->num_devices || serve_ended(serving) < serving->num_devices) {
		if (control)
			control_serve(control, signals);
		if (read(signals, &info, sizeof(info)) != sizeof(info))
			continue;
		if (info.ssi_signo != SERVER_ENDED_SIGNAL) {
			log_line(LOG_INFO, "ending on %s", strsignal((int)info.ssi_signo));
			return 0;
		}
	}
	log_line(LOG_ERR, "the kernel has removed all devices");
	return EX_IOERR;
}

static int
serve(const struct arguments *arguments)
{
	const struct carrier *carrier = carrier_by_name(arguments->line.carrier);
	int signals = serve_prepare(), code;
	struct control *control = NULL;
	struct serving serving;

	/* Where neither is possible, CUSE's message says what to do. */
	if (!carrier)
		carrier = &cuse_carrier;
	code = serve_start(&serving, &arguments->line.settings, carrier);
	if (!code)
		code = control_open(&control, &arguments->line.settings.control,
				    fuse_file_directory(), &serving);
	if (!code) {
		serve_ready(&serving, control != NULL);
		sd_notifyf(0, "READY=1\nSTATUS=Serving %u devices", serving.num_devices);
		code = wait_for_end(signals, &serving, control);
		sd_notify(0, "STOPPING=1");
	}
	control_close(control);
	serve_stop(&serving, code);
	/* Ours, if nobody else uses it. */
	rmdir(fuse_file_directory());
	return code;
}

int
main(int argc, char **argv)
{
	struct arguments arguments = {.line = {.carrier = "auto", .log_level = -1}};
	int error, code;

	if (argc > 1 && !strcmp(argv[1], "run"))
		return run_main(argc - 1, argv + 1);
	settings_init(&arguments.line.settings);
	argp_err_exit_status = EX_USAGE;
	error = argp_parse(&argp, argc, argv, 0, NULL, &arguments);
	if (error) {
		settings_free(&arguments.line.settings);
		return arguments.line.code ? arguments.line.code : EX_USAGE;
	}
	if (arguments.list_models) {
		list_models();
		settings_free(&arguments.line.settings);
		return fflush(stdout) ? EX_IOERR : 0;
	}
	code = read_settings(&arguments);
	if (!code)
		code = serve(&arguments);
	settings_free(&arguments.line.settings);
	if (!code)
		log_line(LOG_INFO, "ended");
	return code;
}
