// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vfioctl reset: VFIO_DEVICE_RESET.
 */
#include "config.h"

#include <err.h>
#include <sys/ioctl.h>

#include "vfioctl.h"

static int
run_reset(const struct call *call)
{
	struct device dev;
	int status = device_open(&dev, call);

	if (!status && !(dev.info->flags & VFIO_DEVICE_FLAGS_RESET)) {
		warnx("%s: does not offer a reset", dev.path);
		status = EX_DEVICE;
	}
	if (!status && ioctl(dev.fd, VFIO_DEVICE_RESET) < 0) {
		warn("%s: reset", dev.path);
		status = EX_DEVICE;
	}
	device_close(&dev);
	return status;
}

const struct verb reset_verb = {
	.name = "reset",
	.arguments = "",
	.summary = "reset the device",
	.details =
		"Asks for a function reset. Registers, and with vfiod's devices config space too, "
		"go back to what they were at first.",
	.run = run_reset,
};
