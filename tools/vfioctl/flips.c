// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Flips of an Intel GPU's planes, generation 9: Intel PRM SKL Vol 2c, PIPE_FLIPCNT and CUR_SURFLIVE. A
 * driver that gives a plane another surface, even the same once more, is counted there.
 */
#include "config.h"

#include <err.h>
#include <string.h>
#include <unistd.h>

#include "picture.h"

#define VENDOR_INTEL  0x8086u
#define CLASS_DISPLAY 0x03u

#define CONFIG_VENDOR 0x00u
#define CONFIG_CLASS  0x0bu

#define BAR0          0u
#define PIPE_STRIDE   0x1000u
#define PIPE_FLIPCNT  0x70044u
#define CUR_SURFLIVE  0x700acu

int
flips_check(const struct device *dev)
{
	uint8_t vendor[2] = {0}, class = 0;
	struct region config;
	int status = EX_OK;

	if (device_is_pci(dev))
		status = region_find(dev, "config", &config);
	else
		config.info = NULL;
	if (!status && config.info)
		status = region_read(dev, &config, CONFIG_VENDOR, vendor, sizeof(vendor));
	if (!status && config.info)
		status = region_read(dev, &config, CONFIG_CLASS, &class, 1);
	region_release(&config);
	if (status)
		return status;
	if (get_le(vendor, 2) != VENDOR_INTEL || class != CLASS_DISPLAY) {
		warnx("%s: --follow is for Intel GPUs: no other's flips can be seen", dev->path);
		return EX_DEVICE;
	}
	return EX_OK;
}

bool
flips_get(const struct device *dev, uint32_t plane, struct flips *flips)
{
	uint64_t at = plane == PLANE_CURSOR ? CUR_SURFLIVE : PIPE_FLIPCNT;
	struct region bar0;
	bool good = true;

	/* Past region_read(), which would say each time that it can't. */
	if (region_get(dev, BAR0, &bar0))
		return false;
	for (unsigned i = 0; i < PIPES && good; i++) {
		uint64_t position = bar0.info->offset + at + i * PIPE_STRIDE;
		uint8_t bytes[4];

		good = pread(dev->fd, bytes, sizeof(bytes), (off_t)position) ==
		       (ssize_t)sizeof(bytes);
		flips->mark[i] = good ? (uint32_t)get_le(bytes, sizeof(bytes)) : 0;
	}
	region_release(&bar0);
	return good;
}
