// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names and numbers of interrupts.
 */
#include "config.h"

#include <err.h>
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "vfioctl.h"

/* VFIO_PCI_*_IRQ_INDEX */
static const char *const pci_names[VFIO_PCI_NUM_IRQS] = {"INTX", "MSI", "MSIX", "ERR", "REQ"};

int
interrupt_get(const struct device *dev, uint32_t index, struct vfio_irq_info *info)
{
	*info = (struct vfio_irq_info){.argsz = sizeof(*info), .index = index};
	return ioctl(dev->fd, VFIO_DEVICE_GET_IRQ_INFO, info) < 0 ? errno : 0;
}

const char *
interrupt_name(const struct device *dev, uint32_t index, char name[16])
{
	if (device_is_pci(dev) && index < VFIO_PCI_NUM_IRQS)
		snprintf(name, 16, "%s", pci_names[index]);
	else
		snprintf(name, 16, "IRQ%u", index);
	return name;
}

int
interrupt_find(const struct device *dev, const char *text, uint32_t *index)
{
	uint64_t number;

	if (strncasecmp(text, "irq", 3) == 0)
		text += 3;
	if (parse_number(text, &number) && number <= UINT32_MAX) {
		*index = (uint32_t)number;
		return EX_OK;
	}
	for (uint32_t i = 0; i < VFIO_PCI_NUM_IRQS; i++) {
		if (strcasecmp(pci_names[i], text) != 0)
			continue;
		if (!device_is_pci(dev)) {
			warnx("%s: has no interrupt %s: not a PCI device", dev->path, text);
			return EX_DEVICE;
		}
		*index = i;
		return EX_OK;
	}
	warnx("no such interrupt: %s (a number, intx, msi, msix, err or req)", text);
	return EX_USAGE;
}
