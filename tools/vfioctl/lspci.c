// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vfioctl lspci: the device's config space as lspci would show it.
 */
#include "config.h"

#include <err.h>
#include <stdlib.h>

#include "lspci.h"

#define CLASS_DISPLAY 0x03u

struct lspci_options {
	int hex;          /**< how many x */
	const char *slot; /**< NULL: not given */
};

/* Like lspci's own: [[DOMAIN:]BUS:]DEVICE.FUNCTION in hex, bus 0 if it is not given. */
static bool
parse_slot(const char *text, struct pci_function *function)
{
	unsigned domain = 0, bus = 0, dev, func;
	int end = -1;

	if (sscanf(text, "%4x:%2x:%2x.%1x%n", &domain, &bus, &dev, &func, &end) != 4) {
		domain = 0;
		if (sscanf(text, "%2x:%2x.%1x%n", &bus, &dev, &func, &end) != 3) {
			bus = 0;
			if (sscanf(text, "%2x.%1x%n", &dev, &func, &end) != 2)
				return false;
		}
	}
	if (end < 0 || text[end] || dev > 0x1f || func > 7)
		return false;
	function->slot.domain = domain;
	function->slot.bus = bus;
	function->slot.dev = dev;
	function->slot.func = func;
	return true;
}

static int
read_function(const struct device *dev, struct pci_function *function)
{
	struct region region = {0};
	int status;

	if (!device_is_pci(dev)) {
		warnx("%s: not a PCI device", dev->path);
		return EX_DEVICE;
	}
	for (uint32_t i = 0; i <= VFIO_PCI_ROM_REGION_INDEX; i++) {
		if (region_get(dev, i, &region) == 0)
			function->region_size[i] = region.info->size;
		region_release(&region);
	}
	status = region_find(dev, "config", &region);
	if (!status && region.info->size < LSPCI_HEADER_SIZE) {
		warnx("%s: config space of only %ju bytes", dev->path,
		      (uintmax_t)region.info->size);
		status = EX_DEVICE;
	}
	if (!status) {
		function->size = sizeof(function->config);
		if (region.info->size < function->size)
			function->size = (size_t)region.info->size;
		status = region_read_all(dev, &region, 0, function->config, function->size);
	}
	region_release(&region);
	return status;
}

void
lspci_print_hex(FILE *out, const struct pci_function *function, size_t size)
{
	for (size_t line = 0; line < size; line += 16) {
		fprintf(out, "%02zx:", line);
		for (size_t i = line; i < line + 16 && i < size; i++)
			fprintf(out, " %02x", function->config[i]);
		fputc('\n', out);
	}
}

static int
print_function(const struct pci_function *function, int hex)
{
	size_t size = hex >= 4 ? LSPCI_CONFIG_SIZE : hex == 3 ? 256 : LSPCI_HEADER_SIZE;
	int status = lspci_decode(function, hex == 0);

	if (!status && hex > 0) {
		lspci_print_hex(stdout, function, size < function->size ? size : function->size);
		putchar('\n');
	}
	return status;
}

static int
run_lspci(const struct call *call)
{
	const struct lspci_options *options = call->options;
	struct pci_function *function = allocate(sizeof(*function));
	struct device dev;
	int status = device_open(&dev, call);

	*function = (struct pci_function){0};
	if (!status)
		status = read_function(&dev, function);
	if (!status) {
		/* Where a machine would have it: graphics at 02.0, anything else behind it. */
		function->slot.dev = function->config[0x0b] == CLASS_DISPLAY ? 2 : 4;
		if (options->slot)
			parse_slot(options->slot, function);
		status = print_function(function, options->hex);
	}
	device_close(&dev);
	free(function);
	return status;
}

static error_t
parse_option(int key, char *arg, struct argp_state *state)
{
	struct lspci_options *options = state->input;
	struct pci_function scratch;

	switch (key) {
	case 'x':
		options->hex++;
		return 0;
	case 's':
		options->slot = arg;
		if (!parse_slot(arg, &scratch))
			argp_error(state, "SLOT must be [[DOMAIN:]BUS:]DEVICE.FUNCTION: %s", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option option_list[] = {
	{.key = 'x', .doc = "Print config space in hex: -x 64, -xxx 256, -xxxx 4096 bytes"},
	{.name = "slot",
	 .key = 's',
	 .arg = "SLOT",
	 .doc = "Slot to print (default 00:02.0 for display devices, 00:04.0 for others)"},
	{0},
};

const struct verb lspci_verb = {
	.name = "lspci",
	.arguments = "",
	.summary = "show config space as lspci does",
	.details =
		"With -x the output is a dump that lspci -F FILE reads and, with -vvv, explains in "
		"full.",
	.options = option_list,
	.parse_option = parse_option,
	.options_size = sizeof(struct lspci_options),
	.run = run_lspci,
};
