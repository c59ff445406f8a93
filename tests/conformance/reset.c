/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VFIO_DEVICE_RESET. */
#include <linux/pci_regs.h>

#include "groups.h"
#include "run.h"

static void
reset(struct run *run)
{
	expect(run, "RESET", 0, call(run->device.fd, VFIO_DEVICE_RESET, NULL));
}

static void
argument_ignored(struct run *run)
{
	reset(run);
	expect(run, "RESET with an address that isn't mapped", 0,
	       call(run->device.fd, VFIO_DEVICE_RESET, (uint8_t *)at_edge(PAGE) + PAGE));
}

static void
eventfds_survive(struct run *run)
{
	const uint32_t mode = run->facts->vectors[VFIO_MSI]    ? VFIO_MSI
			      : run->facts->vectors[VFIO_MSIX] ? VFIO_MSIX
							       : VFIO_INTX;
	int fd = make_eventfd(run), req = make_eventfd(run);

	if (!run->facts->vectors[mode])
		skip(run, "the device has no interrupt");
	expect(run, "eventfd", 0, arm(run->device.fd, mode, 0, 1, &fd));
	expect(run, "eventfd of REQ", 0, arm(run->device.fd, VFIO_REQ, 0, 1, &req));
	reset(run);
	expect(run, "loopback", 0, trigger(run->device.fd, mode, 0, 1));
	expect_value(run, "signals", 1, counted(fd));
	expect(run, "loopback of REQ", 0, trigger(run->device.fd, VFIO_REQ, 0, 1));
	expect_value(run, "signals of REQ", 1, counted(req));
	expect(run, "off: the mode was still on", 0, disarm(run->device.fd, mode));
}

static void
bars_survive(struct run *run)
{
	const unsigned at = PCI_BASE_ADDRESS_0 + 4 * (unsigned)run->facts->memory_bar;
	uint32_t value;

	config_write(run, at, 4, 0xc0000000);
	value = config_read(run, at, 4);
	reset(run);
	expect_value(run, "the BAR", value, config_read(run, at, 4));
}

static void
line_survives(struct run *run)
{
	config_write(run, PCI_INTERRUPT_LINE, 1, 0x5a);
	reset(run);
	expect_value(run, "the interrupt line", 0x5a, config_read(run, PCI_INTERRUPT_LINE, 1));
}

static void
command_survives(struct run *run)
{
	const uint32_t bits = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;

	config_write(run, PCI_COMMAND, 2, config_read(run, PCI_COMMAND, 2) | PCI_COMMAND_MASTER);
	reset(run);
	expect_value(run, "memory and bus master bits of COMMAND", bits,
		     config_read(run, PCI_COMMAND, 2) & bits);
}

static void
regions_work(struct run *run)
{
	uint32_t value;

	reset(run);
	expect(run, "read of a memory BAR", 4,
	       read_at(run->device.fd, &value, 4, VFIO_REGION_OFFSET(run->facts->memory_bar)));
}

static void
mapping_stays(struct run *run)
{
	uint64_t length = PAGE;

	expect(run, "MAP", 0, map_fixed(run->device.iommu, run->ioas, pages(), PAGE, 0x10000));
	reset(run);
	expect(run, "DESTROY of the IOAS: still attached", -EBUSY,
	       destroy(run->device.iommu, run->ioas));
	expect(run, "UNMAP", 0, unmap(run->device.iommu, run->ioas, 0x10000, &length));
}

static void
edu_state(struct run *run)
{
	const uint64_t at = VFIO_REGION_OFFSET(0) + 4;
	uint32_t value = 0;

	reset(run);
	expect(run, "identification", 4, read_at(run->device.fd, &value, 4, VFIO_REGION_OFFSET(0)));
	expect_value(run, "identification", 0x010000ed, value);
	expect(run, "a register", 4, read_at(run->device.fd, &value, 4, at));
}

static const struct rule rules[] = {
	{"none", "no function reset (no flag RESET in GET_INFO): EINVAL", STATE_BOUND,
	 NEED_NO_RESET, IOCTL_NULL(VFIO_DEVICE_RESET), .err = EINVAL},
	{"argument", "ok, whatever the argument is", STATE_BOUND, NEED_RESET,
	 .body = argument_ignored},
	{"eventfds", "eventfds and the mode survive", STATE_BOUND, NEED_RESET,
	 .body = eventfds_survive},
	{"bars", "BAR values survive", STATE_BOUND, NEED_RESET | NEED_MEMORY_BAR,
	 .body = bars_survive},
	{"line", "the interrupt line survives", STATE_BOUND, NEED_RESET, .body = line_survives},
	{"command", "COMMAND survives", STATE_BOUND, NEED_RESET | NEED_MEMORY_BAR,
	 .body = command_survives},
	{"regions", "regions answer after it", STATE_BOUND, NEED_RESET | NEED_MEMORY_BAR,
	 .body = regions_work},
	{"attachment", "the device stays attached", STATE_ATTACHED, NEED_RESET | NEED_CDEV,
	 .body = mapping_stays},
	{"edu", "edu: its registers answer after it", STATE_BOUND, NEED_RESET | NEED_EDU,
	 .body = edu_state},
};

GROUP(reset, "vfio_pci_core.c");
