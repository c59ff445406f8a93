/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interrupts: groups of ISR, IMR, IIR, IER below one master register. Intel PRM SKL Vol 12 "Display
 * interrupts", GVT-g interrupt.c. The IIR is one event deep, where gen8 hardware remembers two.
 */
#include "models/gvt/registers.h"

#include <linux/pci_regs.h>

#define MASTER        0x44200u
#define MASTER_ENABLE (1u << 31)

/* Registers of a group, relative to its ISR. */
#define IMR           0x4u
#define IIR           0x8u
#define IER           0xcu

#define GT(n)         (0x44300u + 0x10 * (n))
#define DE_PIPE       0x44400u
#define DE_PORT       0x44440u
#define DE_MISC       0x44460u
#define PCU           0x444e0u
#define SDE           0xc4000u
#define SDE_LIVE_BITS 0x03e00000u /* hotplug live state, ports B, C, D, A, E */
#define SDE_PORT_D    (1u << 23)

/* A group and the master bits that sum up the low and the high half of its IIR & IER. */
static const struct group {
	uint32_t isr;
	uint32_t low, high;
} groups[] = {
	{GT(0), 1u << 0, 1u << 1}, /* render, blitter */
	{GT(1), 1u << 2, 1u << 3}, /* video 0, video 1 */
	{GT(2), 1u << 4, 0},       /* power management */
	{GT(3), 1u << 6, 0},       /* video enhancement */
	{DE_PIPE + 0x00, 1u << 16, 1u << 16},
	{DE_PIPE + 0x10, 1u << 17, 1u << 17},
	{DE_PIPE + 0x20, 1u << 18, 1u << 18},
	{DE_PORT, 1u << 20, 1u << 20},
	{DE_MISC, 1u << 22, 1u << 22},
	{PCU, 1u << 30, 1u << 30},
	{SDE, 1u << 23, 1u << 23},
};
#define GROUPS (sizeof(groups) / sizeof(groups[0]))

/* Brings the master's bits of the group that has the register at offset up to date. */
static void
sum_up(struct gvt *gvt, uint32_t offset)
{
	const struct group *group = groups, *last = &groups[GROUPS - 1];
	uint32_t pending, *master = gvt_vreg(gvt, MASTER);

	while (group < last && group->isr != (offset & ~0xfu))
		group++;
	pending = *gvt_vreg(gvt, group->isr + IIR) & *gvt_vreg(gvt, group->isr + IER);
	*master &= ~(group->low | group->high);
	if (pending & 0x0000ffff)
		*master |= group->low;
	if (pending & 0xffff0000)
		*master |= group->high;
}

/*
 * GVT-g knows one message with a 32-bit address, and sends it only if the control word says just
 * that. The word is memory (see config.c), so it is read where it was put, not looked for. Returns
 * whether it was sent; if not, the next check tries again.
 */
static bool
inject(struct gvt *gvt)
{
	uint32_t control = vfiod_config_read(&gvt->dev->config, GVT_CAP_MSI + PCI_MSI_FLAGS, 2);

	if (control == PCI_MSI_FLAGS_ENABLE) {
		gvt->dev->host->msi(gvt->dev->host->ctx, 0);
		return true;
	}
	if (control & PCI_MSI_FLAGS_ENABLE)
		vfiod_log(gvt->dev, VFIOD_LOG_WARNING,
			  "no interrupt: MSI control 0x%04x asks for more than one 32-bit message",
			  control);
	return false;
}

/*
 * One message each time that the summary of all groups, gated by the master enable, goes up. GVT-g sends
 * one at every check while it is up, which hardware does not.
 */
void
gvt_interrupt_check(struct gvt *gvt)
{
	uint32_t master = *gvt_vreg(gvt, MASTER);
	bool up = (master & MASTER_ENABLE) && (master & ~MASTER_ENABLE);

	if (!up)
		gvt->interrupt = false;
	else if (!gvt->interrupt)
		gvt->interrupt = inject(gvt);
}

void
gvt_event(struct gvt *gvt, uint32_t isr, uint32_t bits)
{
	*gvt_vreg(gvt, isr + IIR) |= bits & ~*gvt_vreg(gvt, isr + IMR);
	sum_up(gvt, isr);
	gvt_interrupt_check(gvt);
}

static uint32_t
master_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	(void)old;
	*gvt_vreg(gvt, offset) = value;
	gvt_interrupt_check(gvt);
	return *gvt_vreg(gvt, offset);
}

uint32_t
gvt_imr_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	(void)old;
	*gvt_vreg(gvt, offset) = value;
	gvt_interrupt_check(gvt);
	return value;
}

static uint32_t
iir_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	(void)old;
	*gvt_vreg(gvt, offset) = value;
	sum_up(gvt, offset);
	gvt_interrupt_check(gvt);
	return value;
}

/*
 * A vblank that has passed must not be taken for one after the change, and the timer runs only while it
 * would set a bit.
 */
static uint32_t
pipe_imr_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	gvt_pipes_run(gvt);
	value = gvt_imr_write(gvt, offset, old, value);
	gvt_pipes_arm(gvt);
	return value;
}

static uint32_t
pipe_iir_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	uint32_t cleared = old & ~value;

	gvt_pipes_run(gvt);
	value = iir_write(gvt, offset, old, *gvt_vreg(gvt, offset) & ~cleared);
	gvt_pipes_arm(gvt);
	return value;
}

static uint32_t
ier_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	(void)old;
	*gvt_vreg(gvt, offset) = value;
	sum_up(gvt, offset);
	gvt_interrupt_check(gvt);
	return value;
}

/* IMR resets to all ones: what happens before a driver unmasks it is lost. */
#define GROUP_REGISTERS(isr, name, n, imr_hook, iir_hook)                                          \
	REG((isr) + IMR, name "_IMR", .count = (n), .stride = 0x10, .reset = 0xffffffff,           \
	    .write = (imr_hook)),                                                                  \
		REG((isr) + IIR, name "_IIR", .count = (n), .stride = 0x10, .kind = GVT_BITS,      \
		    .write1clear = 0xffffffff, .write = (iir_hook)),                               \
		REG((isr) + IER, name "_IER", .count = (n), .stride = 0x10, .write = ier_write)

static const struct gvt_register registers[] = {
	REG(MASTER, "MASTER_INT_CTL", .kind = GVT_BITS, .writable = MASTER_ENABLE,
	    .write = master_write),
	REG(GT(0), "GT#_ISR", .count = 4, .stride = 0x10),
	GROUP_REGISTERS(GT(0), "GT#", 4, gvt_imr_write, iir_write),
	REG(DE_PIPE, "DE_PIPE_*_ISR", .count = 3, .stride = 0x10),
	GROUP_REGISTERS(DE_PIPE, "DE_PIPE_*", 3, pipe_imr_write, pipe_iir_write),
	REG(DE_PORT, "DE_PORT_ISR"),
	GROUP_REGISTERS(DE_PORT, "DE_PORT", 1, gvt_imr_write, iir_write),
	REG(DE_MISC, "DE_MISC_ISR"),
	GROUP_REGISTERS(DE_MISC, "DE_MISC", 1, gvt_imr_write, iir_write),
	REG(PCU, "PCU_ISR"),
	GROUP_REGISTERS(PCU, "PCU", 1, gvt_imr_write, iir_write),
	/* The monitor on port D is there from the start. */
	REG(SDE, "SDE_ISR", .kind = GVT_BITS, .writable = ~SDE_LIVE_BITS, .reset = SDE_PORT_D),
	GROUP_REGISTERS(SDE, "SDE", 1, gvt_imr_write, iir_write),
};

const struct gvt_register_block gvt_interrupt_registers = {GVT_BLOCK("interrupts", registers)};
