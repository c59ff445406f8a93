/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VFIO_DEVICE_GET_IRQ_INFO. */
#include <linux/pci_regs.h>

#include "groups.h"
#include "run.h"

#define IRQ(...)   IOCTL(VFIO_DEVICE_GET_IRQ_INFO, vfio_irq_info, __VA_ARGS__)
#define INTX_FLAGS (VFIO_IRQ_EVENTFD | VFIO_IRQ_MASKABLE | VFIO_IRQ_AUTOMASKED)
#define MSI_FLAGS  (VFIO_IRQ_EVENTFD | VFIO_IRQ_NORESIZE)

static void
ask(struct run *run, uint32_t index, struct vfio_irq_info *info)
{
	*info = (struct vfio_irq_info){.argsz = sizeof(*info), .index = index};
	expect(run, "GET_IRQ_INFO", 0, call(run->device.fd, VFIO_DEVICE_GET_IRQ_INFO, info));
	expect_value(run, "argsz", sizeof(*info), info->argsz);
	expect_value(run, "index", index, info->index);
}

static void
intx(struct run *run)
{
	struct vfio_irq_info info;

	ask(run, VFIO_INTX, &info);
	expect_value(run, "flags", INTX_FLAGS, info.flags);
	expect_value(run, "count", config_read(run, PCI_INTERRUPT_PIN, 1) ? 1 : 0, info.count);
}

static void
msi(struct run *run)
{
	struct vfio_irq_info info;
	unsigned vectors = 0;

	if (run->facts->msi)
		vectors = 1u << ((facts_config16(run->facts, run->facts->msi + PCI_MSI_FLAGS) &
				  PCI_MSI_FLAGS_QMASK) >>
				 1);
	ask(run, VFIO_MSI, &info);
	expect_value(run, "flags", MSI_FLAGS, info.flags);
	expect_value(run, "count", vectors, info.count);
}

static void
msix(struct run *run)
{
	struct vfio_irq_info info;
	unsigned vectors = 0;

	if (run->facts->msix)
		vectors = (facts_config16(run->facts, run->facts->msix + PCI_MSIX_FLAGS) &
			   PCI_MSIX_FLAGS_QSIZE) +
			  1;
	ask(run, VFIO_MSIX, &info);
	expect_value(run, "flags but NORESIZE", VFIO_IRQ_EVENTFD, info.flags & ~VFIO_IRQ_NORESIZE);
	expect_value(run, "count", vectors, info.count);
}

static void
single(struct run *run)
{
	struct vfio_irq_info info;

	ask(run, run->rule->param, &info);
	expect_value(run, "flags", MSI_FLAGS, info.flags);
	expect_value(run, "count", 1, info.count);
}

static const struct rule rules[] = {
	{"null", "a null pointer: EFAULT", STATE_BOUND, IOCTL_NULL(VFIO_DEVICE_GET_IRQ_INFO),
	 .err = EFAULT},
	{"argsz-0", "argsz 0: EINVAL", STATE_BOUND, IRQ(.argsz = 0), .err = EINVAL},
	{"argsz-15", "argsz 15: EINVAL", STATE_BOUND, IRQ(.argsz = 15), .err = EINVAL},
	{"argsz-16", "argsz 16: ok, nothing behind is touched", STATE_BOUND, IRQ(.argsz = 16),
	 .readable = 16, .fields = {IS(vfio_irq_info, argsz, 16)}},
	{"argsz-4096", "a larger argsz: 16 bytes are written, argsz stays", STATE_BOUND,
	 IRQ(.argsz = 4096, .index = VFIO_REQ), .writes = 16,
	 .fields = {IS(vfio_irq_info, argsz, 4096)}},
	{"short-unreadable", "8 readable bytes with argsz 8: EFAULT, not EINVAL", STATE_BOUND,
	 IRQ(.argsz = 8), .readable = 8, .err = EFAULT},
	{"unwritable", "memory that can't be written: EFAULT", STATE_BOUND, IRQ(.argsz = 16),
	 .read_only = true, .err = EFAULT},
	{"index-5", "index 5: EINVAL", STATE_BOUND, IRQ(.argsz = 16, .index = 5), .err = EINVAL},
	{"index-max", "index 2^32 - 1: EINVAL", STATE_BOUND, IRQ(.argsz = 16, .index = 0xffffffff),
	 .err = EINVAL},
	{"flags-ignored", "flags and count that the caller sets are ignored", STATE_BOUND,
	 IRQ(.argsz = 16, .index = VFIO_REQ, .flags = 0xffffffff, .count = 99),
	 .fields = {IS(vfio_irq_info, flags, MSI_FLAGS), IS(vfio_irq_info, count, 1)}},
	{"intx", "INTx: maskable, automasked; 1 if there is an interrupt pin", STATE_BOUND,
	 .body = intx},
	{"msi", "MSI: not resizable; as many as the MSI capability says", STATE_BOUND, .body = msi},
	{"msix", "MSI-X: as many as the MSI-X capability says", STATE_BOUND, .body = msix},
	{"err", "ERR of a PCI Express device: 1", STATE_BOUND, NEED_EXPRESS, .body = single,
	 .param = VFIO_ERR},
	{"no-err", "ERR of another device: EINVAL", STATE_BOUND, NEED_NO_EXPRESS,
	 IRQ(.argsz = 16, .index = VFIO_ERR), .err = EINVAL},
	{"req", "REQ: 1", STATE_BOUND, .body = single, .param = VFIO_REQ},
};

GROUP(irq_info, "vfio_pci_core.c");
