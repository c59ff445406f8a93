/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sideband interface to clock registers of the platform controller hub: an address, a command, the
 * data. What is written can be read back; the rest reads 0. Intel PRM HSW Vol 2c, GVT-g handlers.c.
 */
#include "models/gvt/registers.h"

#define SBI_ADDR          0xc6000u
#define SBI_DATA          0xc6004u
#define SBI_CTL_STAT      0xc6008u

#define SBI_BUSY          (1u << 0)
#define SBI_RESPONSE      (3u << 1) /* 0 is success */
#define SBI_OPCODE(value) ((value) >> 8 & 0xff)
#define SBI_PORT          (1u << 16) /* which of two sets of registers */

/* Opcodes come in pairs, even to read and odd to write: 2, 3 for I/O, 6, 7 for configuration. */
#define SBI_IS_WRITE(value) (SBI_OPCODE(value) & 1)

/* Both halves of what tells one register from another. */
static uint32_t
sbi_address(const struct gvt *gvt, uint32_t control)
{
	return (*gvt_vreg(gvt, SBI_ADDR) & 0xffff0000u) | (control & SBI_PORT) >> 16;
}

static struct gvt_sbi_register *
find(struct gvt_sbi *sbi, uint32_t address)
{
	for (unsigned i = 0; i < sbi->used; i++)
		if (sbi->reg[i].address == address)
			return &sbi->reg[i];
	return NULL;
}

static void
store(struct gvt *gvt, uint32_t address, uint32_t value)
{
	struct gvt_sbi_register *reg = find(&gvt->sbi, address);

	if (!reg && gvt->sbi.used < GVT_SBI_REGISTERS) {
		reg = &gvt->sbi.reg[gvt->sbi.used++];
		reg->address = address;
	}
	if (reg)
		reg->value = value;
	else
		vfiod_log(gvt->dev, VFIOD_LOG_DEBUG, "no room for sideband register 0x%x", address);
}

static uint32_t
ctl_stat_write(struct gvt *gvt, uint32_t offset, uint32_t old, uint32_t value)
{
	uint32_t address = sbi_address(gvt, value);

	(void)offset, (void)old;
	if (value & SBI_BUSY) {
		if (SBI_IS_WRITE(value)) {
			store(gvt, address, *gvt_vreg(gvt, SBI_DATA));
		} else {
			const struct gvt_sbi_register *reg = find(&gvt->sbi, address);

			*gvt_vreg(gvt, SBI_DATA) = reg ? reg->value : 0;
		}
	}
	return value & ~(SBI_BUSY | SBI_RESPONSE);
}

void
gvt_sbi_reset(struct gvt *gvt)
{
	gvt->sbi.used = 0;
}

static const struct gvt_register registers[] = {
	REG(SBI_ADDR, "SBI_ADDR"),
	REG(SBI_DATA, "SBI_DATA"),
	REG(SBI_CTL_STAT, "SBI_CTL_STAT", .write = ctl_stat_write),
};

const struct gvt_register_block gvt_sbi_registers = {GVT_BLOCK("sbi", registers)};
