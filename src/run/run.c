/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/run.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "carrier/carrier.h"
#include "carrier/fuse_file.h"
#include "carrier/server.h"
#include "daemon/command_line.h"
#include "daemon/serve.h"
#include "pci/address.h"
#include "run/command.h"
#include "run/namespace.h"
#include "run/view.h"
#include "util/log.h"

struct arguments {
	struct command_line line;
	char **command; /* NULL: none given */
};

static error_t
parse_option(int key, char *text, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	(void)text;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &arguments->line;
		return 0;
	case ARGP_KEY_ARG:
		/* The command's own options are not for us. */
		arguments->command = &state->argv[state->next - 1];
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "no command to run");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = {{.argp = &command_line_argp}, {0}};

static const struct argp argp = {
	.children = children,
	.parser = parse_option,
	.args_doc = "[--] COMMAND [ARGUMENT...]",
	.doc = "Runs a command that has emulated PCI devices to itself: /dev/vfio/devices/vfioN, "
	       "/dev/iommu and their entries in /sys/bus/pci/devices. Nobody else sees them, "
	       "nothing "
	       "is left of them, and no root is needed.\v"
	       "Without a device it is one Intel vGPU; without a carrier they are files. The "
	       "command "
	       "finds the devices' nodes and PCI addresses in VFIOD_DEVICES and VFIOD_BDFS. Its "
	       "exit code is returned. See "
	       "vfiod-run(8).",
};

static int
read_settings(struct command_line *line)
{
	int code;

	log_set_level(LOG_WARNING);
	code = command_line_read_config(line, line->config);
	return code ? code : settings_finish(&line->settings);
}

static bool
is_fuse(const struct carrier *carrier)
{
	return carrier == &fuse_carrier;
}

/*
 * Names of the nodes: with FUSE those that the command sees. Character devices are seen by everybody
 * on the machine, so theirs must be nobody else's.
 */
static int
name_nodes(struct settings *settings, const struct carrier *carrier)
{
	char folder[64];

	if (!settings->num_devices) {
		log_line(LOG_ERR, "no device to give to the command");
		return EX_USAGE;
	}
	if (is_fuse(carrier))
		folder[0] = '\0';
	else
		snprintf(folder, sizeof(folder), "vfiod-run-%d/", (int)getpid());
	free(settings->iommu.name);
	settings->iommu.none = false;
	if (asprintf(&settings->iommu.name, "%s" VIEW_IOMMU, folder) < 0)
		return EX_OSERR;
	for (unsigned i = 0; i < settings->num_devices; i++) {
		struct device_setting *device = &settings->device[i];

		free(device->name);
		if (asprintf(&device->name, "%s" VIEW_DEVICE "%u", folder, i) < 0)
			return EX_OSERR;
		if (device->access == ACCESS_BY_NAME)
			device->access = ACCESS_STRICT;
	}
	return 0;
}

/* Character devices are shown where clients look for them. */
static int
bind_nodes(const struct settings *settings)
{
	char path[300], name[64];
	int error;

	snprintf(path, sizeof(path), "/dev/%s", settings->iommu.name);
	error = view_bind_node(path, VIEW_IOMMU);
	for (unsigned i = 0; i < settings->num_devices && !error; i++) {
		snprintf(path, sizeof(path), "/dev/%s", settings->device[i].name);
		snprintf(name, sizeof(name), VIEW_DEVICE "%u", i);
		error = view_bind_node(path, name);
	}
	return error;
}

static int
make_sys(const struct serving *serving)
{
	const struct vfiod_device **device = calloc(serving->num_devices, sizeof(*device));
	int error = -ENOMEM;

	if (device) {
		for (unsigned i = 0; i < serving->num_devices; i++)
			device[i] = &serving->device[i]->device->dev;
		error = view_make_sys(device, serving->num_devices);
	}
	free(device);
	return error;
}

/* /dev, /sys and the devices. */
static int
furnish(struct serving *serving, const struct settings *settings, const struct carrier *carrier)
{
	int code;

	if (is_fuse(carrier)) {
		if (view_make_dev())
			return EX_OSERR;
		fuse_file_set_directory("/dev");
	}
	code = serve_start(serving, settings, carrier);
	if (code)
		return code;
	/* A new character device appears in the /dev that everybody has. */
	if (!is_fuse(carrier) && (view_make_dev() || bind_nodes(settings)))
		return EX_OSERR;
	return make_sys(serving) ? EX_OSERR : 0;
}

/* What the command is told: all nodes and all addresses, with spaces between. */
static int
set_environment(unsigned count)
{
	size_t size = count * sizeof("/dev/" VIEW_DEVICE "1024"),
	       slots_size = count * PCI_ADDRESS_TEXT;
	char *nodes = calloc(1, size), *slots = calloc(1, slots_size), slot[PCI_ADDRESS_TEXT];
	size_t nodes_used = 0, slots_used = 0;
	int error = 0;

	if (!nodes || !slots)
		error = -ENOMEM;
	for (unsigned i = 0; i < count && !error; i++) {
		const char *space = i ? " " : "";

		pci_address_text(pci_address_of(i), slot);
		nodes_used += (size_t)snprintf(nodes + nodes_used, size - nodes_used,
					       "%s/dev/" VIEW_DEVICE "%u", space, i);
		slots_used += (size_t)snprintf(slots + slots_used, slots_size - slots_used, "%s%s",
					       space, slot);
	}
	if (!error && (setenv("VFIOD_DEVICES", nodes, 1) || setenv("VFIOD_BDFS", slots, 1)))
		error = -errno;
	free(nodes);
	free(slots);
	return error;
}

static void
on_server_ended(void *arg, int number)
{
	const struct serving *serving = arg;

	(void)number;
	if (serve_ended(serving) == serving->num_devices)
		log_line(LOG_ERR, "the kernel has removed all devices");
}

static int
run_command(char *const argv[], const struct command_state *state, int signals,
	    struct serving *serving)
{
	pid_t pid;
	int code, error = set_environment(serving->num_devices);

	pid = error ? error : command_start(argv, state);
	if (pid < 0) {
		log_line(LOG_ERR, "cannot start the command: %s", strerror(-pid));
		return EX_OSERR;
	}
	serve_ready(serving, false);
	code = command_wait(pid, signals, on_server_ended, serving);
	command_end_leftovers(signals);
	return code;
}

static int
run(struct arguments *arguments)
{
	const struct carrier *carrier = carrier_by_name(arguments->line.carrier);
	struct command_state state;
	struct serving serving = {0};
	sigset_t ended;
	int signals, code;

	if (!carrier)
		carrier = &fuse_carrier;
	code = name_nodes(&arguments->line.settings, carrier);
	if (code)
		return code;
	sigemptyset(&ended);
	sigaddset(&ended, SERVER_ENDED_SIGNAL);
	signals = command_prepare(&state, &ended);
	if (signals < 0) {
		log_line(LOG_ERR, "cannot prepare for a command: %s", strerror(-signals));
		return EX_OSERR;
	}
	serve_raise_file_limit();
	code = namespace_enter();
	if (!code)
		code = furnish(&serving, &arguments->line.settings, carrier);
	if (!code)
		code = run_command(arguments->command, &state, signals, &serving);
	serve_stop(&serving, code);
	close(signals);
	return code;
}

int
run_main(int argc, char **argv)
{
	struct arguments arguments = {.line = {.carrier = "fuse", .log_level = -1}};
	static char name[] = "vfiod run";
	int error, code;

	settings_init(&arguments.line.settings);
	argp_err_exit_status = EX_USAGE;
	argv[0] = name;
	error = argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &arguments);
	if (error)
		code = arguments.line.code ? arguments.line.code : EX_USAGE;
	else
		code = read_settings(&arguments.line);
	if (!code)
		code = run(&arguments);
	settings_free(&arguments.line.settings);
	return code;
}
