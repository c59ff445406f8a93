/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The functions that include/vfiod/device.h gives to models. */
#include "vfiod/device.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/pci_regs.h>

int
vfiod_add_region(struct vfiod_device *dev, const struct vfiod_region *region)
{
	if (dev->num_regions >= VFIOD_MAX_REGIONS)
		return vfiod_fail(dev, ENOSPC, "more than %u regions", VFIOD_MAX_REGIONS);
	dev->region[dev->num_regions] = *region;
	return (int)dev->num_regions++;
}

int
vfiod_fail(struct vfiod_device *dev, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(dev->why, sizeof(dev->why), format, args);
	va_end(args);
	return -error;
}

void
vfiod_log(struct vfiod_device *dev, enum vfiod_log_level level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	dev->host->log(dev->host->ctx, level, format, args);
	va_end(args);
}

/* PCI 3.0, 6.2.3: the line as the function wants it, whatever COMMAND's INTx disable says. */
static void
drive_line(struct vfiod_device *dev, bool level)
{
	uint32_t status = vfiod_config_read(&dev->config, PCI_STATUS, 2);

	status &= ~(uint32_t)PCI_STATUS_INTERRUPT;
	vfiod_config_set(&dev->config, PCI_STATUS, 2,
			 level ? status | PCI_STATUS_INTERRUPT : status);
	dev->host->intx(dev->host->ctx, level);
}

void
vfiod_interrupt(struct vfiod_device *dev, bool was, bool level)
{
	if (vfiod_config_msi_enabled(&dev->config)) {
		if (level && !was)
			dev->host->msi(dev->host->ctx, 0);
		return;
	}
	if (dev->config.image[PCI_INTERRUPT_PIN])
		drive_line(dev, level);
}

static int
master_abort(struct vfiod_device *dev, const char *what, uint64_t address, size_t length,
	     const char *why)
{
	uint32_t status = vfiod_config_read(&dev->config, PCI_STATUS, 2);

	vfiod_config_set(&dev->config, PCI_STATUS, 2, status | PCI_STATUS_REC_MASTER_ABORT);
	vfiod_log(dev, VFIOD_LOG_WARNING, "DMA %s of %zu bytes at bus address 0x%llx refused: %s",
		  what, length, (unsigned long long)address, why);
	return -EFAULT;
}

int
vfiod_dma_read(struct vfiod_device *dev, uint64_t address, void *buffer, size_t length)
{
	if (!vfiod_config_bus_master(&dev->config))
		return master_abort(dev, "read", address, length, "bus mastering is off");
	if (dev->host->bus_read(dev->host->ctx, address, buffer, length))
		return master_abort(dev, "read", address, length, "no memory there");
	return 0;
}

int
vfiod_dma_write(struct vfiod_device *dev, uint64_t address, const void *buffer, size_t length)
{
	if (!vfiod_config_bus_master(&dev->config))
		return master_abort(dev, "write", address, length, "bus mastering is off");
	if (dev->host->bus_write(dev->host->ctx, address, buffer, length))
		return master_abort(dev, "write", address, length, "no memory there");
	return 0;
}
