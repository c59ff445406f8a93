/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers of the vGPU. Values are GVT-g's (mmio.c, handlers.c, display.c, interrupt.c). */
#include "gvt_device.h"

#include <string.h>

#define BAR VFIOD_BAR0

START_TEST(tables_do_not_overlap)
{
	ck_assert_uint_eq(gvt_register_conflicts(), 0);
	ck_assert_uint_lt(gvt_num_rows, GVT_MAX_ROWS);
}
END_TEST

START_TEST(tables_fit_the_space)
{
	for (unsigned row = 1; row < gvt_num_rows; row++) {
		const struct gvt_register *reg = &gvt_rows[row];

		ck_assert_msg(reg->offset % 4 == 0 && reg->stride % 4 == 0, "%s", reg->name);
		ck_assert_msg(reg->count == 1 || reg->stride >= 4, "%s", reg->name);
		ck_assert_msg(reg->offset + (reg->count - 1u) * reg->stride < GVT_MMIO_SIZE, "%s",
			      reg->name);
		ck_assert_msg(strlen(reg->name) < 32, "%s", reg->name);
	}
}
END_TEST

START_TEST(names)
{
	static const struct {
		uint32_t offset;
		const char *name;
	} rows[] = {
		{0x44200, "MASTER_INT_CTL"},
		{0x44318, "GT1_IIR"},
		{0x4442c, "DE_PIPE_C_IER"},
		{0xc4004, "SDE_IMR"},
		{0x22030, "BCS_RING_BUFFER_TAIL"},
		{0x1203c, "VCS0_RING_BUFFER_CTL"},
		{0x1a29c, "VECS_GFX_MODE"},
		{0x24d4, "RCS_FORCE_TO_NONPRIV_1"},
		{0x2234, "RCS_EXECLIST_STATUS_LDW"},
		{0x72180, "PLANE_CTL_1_C"},
		{0x7129c, "PLANE_SURF_2_B"},
		{0x703ac, "PLANE_SURFLIVE_3_A"},
		{0x71080, "CUR_CTL_B"},
		{0x64300, "DDI_BUF_CTL_D"},
		{0x64110, "DDI_AUX_CTL_B"},
		{0x64318, "DDI_AUX_DATA_D_1"},
		{0x6101c, "PIPE_SRCSZ_B"},
		{0x6f400, "TRANS_DDI_FUNC_CTL_EDP"},
		{0x60403, "TRANS_DDI_FUNC_CTL_A"},
		{0x7f008, "TRANS_CONF_EDP"},
		{0x46000, "CDCLK_CTL"},
		{0x4f060, "SWF_24"},
		{0x45414, "PWR_WELL_CTL6"},
		{0xc5108, "GMBUS2"},
		{0x78818, "PVINFO_G2V_NOTIFY"},
		{0x7884c, "PVINFO_PDP2_UDW"},
		{0x100018, "FENCE_LSB_3"},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_str_eq(gvt_register_name(rows[i].offset), rows[i].name);
	ck_assert_ptr_null(gvt_register_name(0x80000));
	ck_assert_ptr_null(gvt_register_name(0x200000));
}
END_TEST

/* 80000h, firmware of the display controller: no register that anybody tracks. */
START_TEST(untracked_registers_are_memory)
{
	const uint32_t at = 0x80100;

	assert_reg(at, 0);
	reg_write(dev, BAR, at, 8, UINT64_C(0x8877665544332211));
	ck_assert_uint_eq(reg_read(dev, BAR, at, 8), UINT64_C(0x8877665544332211));
	assert_reg(at, 0x44332211);
	assert_reg(at + 4, 0x88776655);
	for (unsigned i = 0; i < 8; i++)
		ck_assert_uint_eq(reg_read(dev, BAR, at + i, 1), 0x11u * (i + 1));
	ck_assert_uint_eq(reg_read(dev, BAR, at + 6, 2), 0x8877);
	reg_write(dev, BAR, at + 5, 1, 0xee);
	reg_write(dev, BAR, at + 2, 2, 0xabcd);
	ck_assert_uint_eq(reg_read(dev, BAR, at, 8), UINT64_C(0x8877ee55abcd2211));
	/* The last register there is. */
	assert_write(0x1ffffc, 0x12345678, 0x12345678);
}
END_TEST

static const uint32_t hole_edges[] = {0x200000, 0x3ffffc, 0x7ffff8};

START_TEST(hole)
{
	put(hole_edges[_i], 0xffffffff);
	reg_write(dev, BAR, hole_edges[_i], 8, UINT64_MAX);
	reg_write(dev, BAR, hole_edges[_i] + 1, 1, 0xff);
	ck_assert_uint_eq(reg_read(dev, BAR, hole_edges[_i], 8), 0);
	ck_assert_uint_eq(reg_read(dev, BAR, hole_edges[_i], 1), 0);
}
END_TEST

static const uint32_t masked[] = {
	0x20c0, 0x220c0, /* INSTPM */
	0x7000, 0x7004,  0x7008, 0x7010, 0x7014, 0x7018, 0x7300, 0x7304, 0x7308, 0xe100,
	0xe180, 0xe184,  0xe188, 0xe18c, 0xe194, 0xe4f0, 0xe4f4, 0x2088, 0x2090, 0x20e0,
	0x20e4, 0x20ec,  0x2580, 0x5588, 0x2244, 0x208c, 0x731c, 0x21d0,
};

/* Those that also tell which guests know what they have; see the failsafe tests. */
START_TEST(masked_registers_of_engines)
{
	static const uint32_t bases[] = {0x2000, 0x22000, 0x12000, 0x1a000};

	get(0x78000);
	for (unsigned i = 0; i < 4; i++) {
		assert_write(bases[i] + 0x29c, 0x0000ffff, 0);
		assert_write(bases[i] + 0x29c, 0x82008208, 0x00008200);
		assert_write(bases[i] + 0x29c, 0x02000000, 0x00008000);
		assert_write(bases[i] + 0x0d4, 0x0000ffff, 0);
		assert_write(bases[i] + 0x0d4, 0x80028003, 0x00008002);
	}
	ck_assert_uint_eq(fake.log_lines, 0);
}
END_TEST

START_TEST(masked_registers)
{
	uint32_t at = masked[_i];

	assert_reg(at, 0);
	assert_write(at, 0x0000ffff, 0);
	assert_write(at, 0x00f000ff, 0x000000f0);
	assert_write(at, 0x800f8003, 0x000080f3);
	assert_write(at, 0x00f00000, 0x00008003);
	/* 16 bits without the mask change nothing. */
	reg_write(dev, BAR, at, 2, 0x0000);
	assert_reg(at, 0x00008003);
}
END_TEST

static const uint32_t read_only[] = {
	0x9120, 0x9134,   0xa26c,  0x2234,  0x22238,  0x2370,   0x1a39c, 0xd84,
	0xd88,  0x130044, 0x42000, 0x51000, 0x120010, 0x13805c, 0x6c060, 0xe661c,
	0x7100, 0xc2014,  0x78000, 0x206c,  0x12074,  0xe651c,
};

START_TEST(read_only_registers)
{
	uint32_t at = read_only[_i], before = get(at);

	put(at, ~before);
	assert_reg(at, before);
	reg_write(dev, BAR, at, 8, ~(uint64_t)before);
	assert_reg(at, before);
	reg_write(dev, BAR, at + 1, 1, ~(before >> 8) & 0xff);
	reg_write(dev, BAR, at + 2, 2, ~(before >> 16) & 0xffff);
	assert_reg(at, before);
}
END_TEST

static const struct {
	uint32_t offset, value;
} initial[] = {
	{0x13805c, 0},         /* GT_THREAD_STATUS */
	{0x138060, 0},         /* GT_CORE_STATUS */
	{0x42000, 0x8e000000}, /* FUSE_STATUS */
	{0x6c058, 0x00000007}, /* DPLL_CTRL1 */
	{0x46010, 0xc0000000}, /* LCPLL1_CTL */
	{0x6c060, 0x00000001}, /* DPLL_STATUS */
	{0xc2014, 0x00000001}, /* SFUSE_STRAP */
	{0xc4000, 0x00800000}, /* SDE_ISR */
	{0x60400, 0xb2000000}, /* TRANS_DDI_FUNC_CTL_A */
	{0x64300, 0x80000000}, /* DDI_BUF_CTL_D */
	{0x60030, 0x7e5b425e}, /* TRANS_DATAM1_A */
	{0x60034, 0x00800000}, /* TRANS_DATAN1_A */
	{0x60040, 0x0003cd6e}, /* TRANS_LINKM1_A */
	{0x60044, 0x00080000}, /* TRANS_LINKN1_A */
	{0x70008, 0x80000000}, /* TRANS_CONF_A */
	{0x71008, 0},          /* TRANS_CONF_B */
	{0x70180, 0},          /* PLANE_CTL_1_A */
	{0x70080, 0},          /* CUR_CTL_A */
	{0x9120, 0x02800000},  /* FUSE2 */
	{0x9134, 0},           /* EU_DISABLE_0 */
	{0xa26c, 0x00000004},  /* CTC_MODE */
	{0x51000, 0},          /* DFSM */
	{0x42300, 0},          /* FPGA_DBG */
	{0x45404, 0},          /* PWR_WELL_CTL2 */
	{0x45400, 0},          /* PWR_WELL_CTL1 */
	{0x138124, 0},         /* GT_DRIVER_MAILBOX_INTERFACE */
	{0x120010, 0},         /* EDRAM_CAP */
	{0x23a0, 0x00000007},  /* RCS_CONTEXT_STATUS_BUFFER_PTR */
	{0x2358, 0},           /* RCS_TIMESTAMP */
	{0xc6204, 24},         /* RAWCLK_FREQ */
	{0xe651c, 0x20000},    /* PCH_E651C */
	{0xe661c, 0x20000},    /* PCH_E661C */
	{0xe671c, 0x20000},    /* PCH_E671C */
	{0xe681c, 0x20000},    /* PCH_E681C */
	{0xe6c04, 0x3},        /* PCH_E6C04 */
	{0xe6e1c, 0x2f0000},   /* PCH_E6E1C */
	{0x64834, 0},          /* SRD_IMR */
	{0x64838, 0},          /* SRD_IIR */
	{0x60000, 0x081f077f}, /* TRANS_HTOTAL_A */
	{0x60004, 0x081f077f}, /* TRANS_HBLANK_A */
	{0x60008, 0x07cf07af}, /* TRANS_HSYNC_A */
	{0x6000c, 0x04d204af}, /* TRANS_VTOTAL_A */
	{0x60010, 0x04d204af}, /* TRANS_VBLANK_A */
	{0x60014, 0x04b804b2}, /* TRANS_VSYNC_A */
	{0x6001c, 0x077f04af}, /* PIPE_SRCSZ_A */
	{0x6c05c, 0x000b8200}, /* DPLL_CTRL2 */
	{0x7100, 0xffffffff},  /* SC_INSTDONE */
	{0xe160, 0xffffffff},  /* SAMPLER_INSTDONE */
	{0xe164, 0xffffffff},  /* ROW_INSTDONE */
};

START_TEST(initial_values)
{
	assert_reg(initial[_i].offset, initial[_i].value);
}
END_TEST

START_TEST(clock_of_port_d)
{
	/* Port D: clock not off (18), override (9), DPLL0 (11:10). */
	ck_assert_uint_eq(get(0x6c05c) & (1u << 18 | 7u << 9), 1u << 9);
}
END_TEST

static const struct {
	uint32_t request, ack;
} forcewakes[] = {{0xa278, 0xd84}, {0xa188, 0x130044}, {0xa270, 0xd88}};

START_TEST(forcewake)
{
	assert_reg(forcewakes[_i].ack, 0);
	put(forcewakes[_i].request, 0x00010001);
	assert_reg(forcewakes[_i].ack, 0x1);
	put(forcewakes[_i].request, 0x80008000);
	assert_reg(forcewakes[_i].ack, 0x8001);
	put(forcewakes[_i].request, 0x00010000);
	assert_reg(forcewakes[_i].ack, 0x8000);
	put(forcewakes[_i].request, 0xffff0000);
	assert_reg(forcewakes[_i].ack, 0);
}
END_TEST

START_TEST(full_gt_reset)
{
	get(0x78000);
	put(0x2030, 0x1234);
	put(0x2229c, 0x80008000);
	put(0x44100, 0x55);
	put(0x441fc, 0x77);
	put(0x44304, 0x0000ffff);
	put(0x44200, 0x80000000);
	put(0x79000, 0x33);
	put(0x45404, 0x80000000);
	put(0x80000, 0x99);
	put(0x100000, 0x11);
	put(0x78804, 1);
	get(0xc000);
	put(0x941c, 1);
	assert_reg(0x941c, 0);
	assert_reg(0x2030, 0);
	assert_reg(0x2229c, 0);
	assert_reg(0x44100, 0);
	assert_reg(0x441fc, 0);
	assert_reg(0x9120, 0x02800000);
	assert_reg(0x223a0, 0x00000007);
	assert_reg(0xc000, 1);
	/* What survives. */
	assert_reg(0x44200, 0x80000000);
	assert_reg(0x44304, 0x0000ffff);
	assert_reg(0x79000, 0x33);
	assert_reg(0x45404, 0xc0000000);
	assert_reg(0x80000, 0x99);
	assert_reg(0x100000, 0x11);
	assert_reg(0x78804, 0);
	assert_reg(0x78050, 4);
	assert_reg(0x70008, 0x80000000);
}
END_TEST

static const struct {
	uint32_t bit, base;
} gdrst_bits[] = {{1u << 1, 0x2000}, {1u << 2, 0x12000}, {1u << 3, 0x22000}, {1u << 4, 0x1a000}};

START_TEST(engine_reset)
{
	for (unsigned i = 0; i < 4; i++) {
		put(gdrst_bits[i].base + 0x3a0, 0xffff0505);
		put(gdrst_bits[i].base + 0x30, 0x40);
	}
	put(0x941c, gdrst_bits[_i].bit);
	assert_reg(0x941c, 0);
	for (unsigned i = 0; i < 4; i++) {
		assert_reg(gdrst_bits[i].base + 0x3a0, i == (unsigned)_i ? 0x7 : 0x505);
		assert_reg(gdrst_bits[i].base + 0x30, 0x40);
	}
}
END_TEST

START_TEST(guc_status)
{
	assert_reg(0xc000, 1);
	assert_reg(0xc000, 0);
	put(0x941c, 1u << 5);
	assert_reg(0xc000, 1);
	assert_reg(0xc000, 0);
}
END_TEST

static const uint32_t engine_bases[] = {0x2000, 0x12000, 0x1a000, 0x22000};

START_TEST(engine_reset_control)
{
	uint32_t at = engine_bases[_i] + 0xd0;

	assert_reg(at, 0);
	assert_write(at, 0x00010001, 0x3);
	assert_write(at, 0x00040004, 0x3); /* other bits can't be written */
	assert_write(at, 0x00010000, 0x0);
	assert_write(at, 0x00000001, 0x0);
	/* An idle engine stops at once: STOP_RING gives MODE_IDLE. */
	put(engine_bases[_i] + 0x9c, 0x01000100);
	ck_assert_uint_eq(get(engine_bases[_i] + 0x9c), 0x300);
	put(engine_bases[_i] + 0x9c, 0x03000000);
	ck_assert_uint_eq(get(engine_bases[_i] + 0x9c), 0x200);
}
END_TEST

START_TEST(power_wells)
{
	assert_write(0x45404, 0x80000000, 0xc0000000);
	assert_write(0x45404, 0xa00002aa, 0xf00003ff);
	assert_write(0x45404, 0x00000002, 0x00000003);
	/* States alone are nothing, and only the wells there are can be asked for. */
	assert_write(0x45404, 0x40000001, 0);
	assert_write(0x45404, 0xffffffff, 0xf00003ff);
	assert_write(0x45404, 0, 0);
	assert_write(0x45008, 0x80000000, 0xc0000000);
	assert_write(0x45008, 0x40000000, 0);
	for (unsigned i = 0; i < 6; i++) /* as the DC_STATE_EN loop does */
		assert_write(0x45504, i, i);
}
END_TEST

START_TEST(plls)
{
	assert_write(0x46010, 0, 0);
	assert_reg(0x6c060, 0);
	assert_write(0x46010, 0x80000fff, 0xc0000000);
	assert_write(0x46014, 0x80000000, 0xc0000000);
	assert_reg(0x6c060, 0x00000101);
	assert_write(0x46040, 0x80000000, 0x80000000);
	assert_reg(0x6c060, 0x00010101);
	assert_write(0x46060, 0x80000000, 0x80000000);
	assert_reg(0x6c060, 0x01010101);
	put(0x46014, 0);
	assert_reg(0x6c060, 0x01010001);
	/* Broadwell's LCPLL: bit 31 disables; bit 21 has its echo in bit 19. */
	assert_write(0x130040, 0x00000000, 0x40000000);
	assert_write(0x130040, 0x80000000, 0x80000000);
	assert_write(0x130040, 0x00200000, 0x40280000);
	assert_write(0x130040, 0xc0080000, 0x80000000);
}
END_TEST

START_TEST(display_states_follow)
{
	static const uint32_t conf[] = {0x70008, 0x71008, 0x72008, 0x7f008};

	for (unsigned i = 0; i < 4; i++) {
		assert_write(conf[i], 0x80000000, 0xc0000000);
		assert_write(conf[i], 0x40000000, 0);
	}
	for (uint32_t port = 0; port < 5; port++) {
		uint32_t ctl = 0x64000 + 0x100 * port;

		assert_write(ctl, 0x80000082, 0x80000002);
		assert_write(ctl, 0x00000002, 0x00000082);
		/* Idle pattern: done at once. */
		put(ctl + 0x40, 0x80000100);
		assert_reg(ctl + 0x44, 0);
		put(ctl + 0x40, 0x80000200);
		assert_reg(ctl + 0x44, 1u << 25);
		assert_write(ctl + 0x44, 0, 0);
	}
}
END_TEST

START_TEST(training_status_bits_clear)
{
	*gvt_vreg(gvt, 0x64144) = 0x0f000000;
	assert_write(0x64144, 0x02000000, 0x0f000000);
	assert_write(0x64144, 0x08000000, 0x05000000);
	assert_write(0x64144, 0x05000003, 0x00000003);
}
END_TEST

START_TEST(south_display)
{
	assert_write(0xc7204, 0x1, 0x1);
	assert_reg(0xc7200, 0x80000008);
	assert_write(0xc7200, 0, 0x80000008);
	assert_write(0xc7204, 0x0, 0x0);
	assert_reg(0xc7200, 0);
	assert_write(0xc2004, 1u << 12, 3u << 12);
	assert_write(0xc2004, 0, 0);
	/* Side band: ready, and successful. */
	put(0xc6000, 0x00080000);
	assert_write(0xc6008, 0x0607, 0x0600);
	assert_write(0xf0008, 0x80000000, 0xc0000000);
	assert_write(0xf0008, 0x40000000, 0);
	assert_write(0xc7208, 0x12345678, 0x12345678);
	/* Hot plug: two status bits for each port, the rest are enables. */
	*gvt_vreg(dev->state, 0xc4030) = 0xffffffff;
	assert_write(0xc4030, 0xffffffff, 0xfcfcfcfc);
	*gvt_vreg(dev->state, 0xc403c) = 0xffffffff;
	assert_write(0xc403c, 0xffffffff, 0xfffffffc);
}
END_TEST

START_TEST(odds_and_ends)
{
	assert_write(0x42300, 0x80000000, 0);
	assert_write(0x42300, 0x80000001, 1);
	for (uint32_t at = 0x4260; at <= 0x4270; at += 4)
		assert_write(at, 1, 0);
	assert_write(0x907c, 0x1f, 0x0f);
	assert_write(0x4df4, 0x3, 0x3);
	assert_write(0x4df4, 0x1, 0x3); /* physical addresses: dropped */
	assert_write(0x4df4, 0x0, 0x0);
	assert_write(0x64834, 0xffffffff, 0);
	assert_write(0x64838, 0xffffffff, 0);
	assert_write(0x68180, 0x80000000, 0x80000000);
	assert_write(0x68180, 0x82000000, 0x80000000); /* plane scaler: dropped */
	assert_write(0x68a80, 0x84000000, 0);
	assert_write(0x41000, 0x80000000, 0x80000000);
}
END_TEST

static const struct {
	uint32_t command, data, answer;
} pcode_commands[] = {
	{0x06, 0, 0x1e1a1100}, {0x06, 1, 0x61514b3d}, {0x07, 3, 1}, {0x05, 0x10, 0x11},
	{0x21, 0, 1},          {0x08, 0x55, 0x55},    {0x1a, 0, 0},
};

START_TEST(pcode)
{
	put(0x138128, pcode_commands[_i].data);
	put(0x138124, 0x80000000 | pcode_commands[_i].command);
	assert_reg(0x138124, 0);
	assert_reg(0x138128, pcode_commands[_i].answer);
	/* Bits between busy and command stay. */
	assert_write(0x138124, 0x80012300 | pcode_commands[_i].command, 0x00012300);
}
END_TEST

START_TEST(ring_registers)
{
	static const uint32_t memory[] = {0x30,  0x34,  0x38,  0x3c,  0x80,  0x98,
					  0x180, 0x270, 0x28c, 0x4d0, 0x600, 0x67c};

	for (unsigned i = 0; i < sizeof(memory) / sizeof(memory[0]); i++)
		assert_write(engine_bases[_i] + memory[i], 0xdeadbeef, 0xdeadbeef);
	assert_write(engine_bases[_i] + 0x80, 0, 0); /* 0 for the status page means none */
	assert_write(engine_bases[_i] + 0x3a0, 0xffff0505, 0x0505);
	assert_write(engine_bases[_i] + 0x50, 0x00010001, 0x1);
	ck_assert_uint_eq(get(engine_bases[_i] + 0x6c), 0xffffffff);
	assert_reg(engine_bases[_i] + 0x74, 0);
}
END_TEST

START_TEST(timestamps)
{
	fake.clock = UINT64_C(1000000000);
	assert_reg(0x2358, 12000000);
	assert_reg(0x2235c, 0);
	fake.clock = UINT64_C(1000000000000); /* 12e9 ticks = 2CB417800h */
	assert_reg(0x12358, 0xcb417800);
	assert_reg(0x1a35c, 0x2);
	ck_assert_uint_eq(reg_read(dev, BAR, 0x2358, 8), UINT64_C(0x2cb417800));
	fake.clock = UINT64_C(10000000000000); /* 120e9 ticks: 36 bits are 68.7e9 */
	ck_assert_uint_eq(reg_read(dev, BAR, 0x2358, 8), UINT64_C(120000000000) & 0xfffffffff);
	assert_write(0x2358, 0, (uint32_t)UINT64_C(120000000000));
}
END_TEST

START_TEST(device_reset)
{
	put(0x44200, 0x80000000);
	put(0x44304, 0);
	put(0x80000, 0x99);
	put(0x100000, 0x1);
	put(0x60400, 0);
	put(0x78834, 5);
	put(0xc2004, 1u << 12);
	gvt_model.reset(dev);
	assert_reg(0x44200, 0);
	assert_reg(0x44304, 0xffffffff);
	assert_reg(0x80000, 0);
	assert_reg(0x100000, 0);
	assert_reg(0x60400, 0xb2000000);
	assert_reg(0x78834, 0xffffffff);
	assert_reg(0x78044, 256 << 20);
	assert_reg(0xc2004, 0);
	assert_reg(0xc4000, 0x00800000);
}
END_TEST

/* Interrupts */

/* An unmasked, enabled user interrupt of the render engine with the master on. */
static void
enable_render(void)
{
	put(0x44304, ~0x1u);
	put(0x4430c, 0x1);
	put(0x44200, 0x80000000);
}

/* ISRs of all groups. */
static const uint32_t groups[] = {
	0x44300, 0x44310, 0x44320, 0x44330, /* GT */
	0x44400, 0x44410, 0x44420,          /* pipes */
	0x44440, 0x44460, 0x444e0, 0xc4000, /* port, misc, PCU, PCH */
};

START_TEST(interrupt_registers)
{
	uint32_t isr = groups[_i];
	assert_reg(isr + 4, 0xffffffff);
	assert_write(isr + 4, 0x12345678, 0x12345678);
	assert_write(isr + 0xc, 0x87654321, 0x87654321);
	*gvt_vreg(gvt, isr + 8) = 0xf0f0f0f0;
	assert_write(isr + 8, 0x80000001, 0x70f0f0f0);
	/* Partial writes of a write-1-to-clear register leave the rest alone. */
	reg_write(dev, BAR, isr + 8, 1, 0xff);
	assert_reg(isr + 8, 0x70f0f000);
	reg_write(dev, BAR, isr + 9, 1, 0x30);
	assert_reg(isr + 8, 0x70f0c000);
	assert_write(isr + 8, 0xffffffff, 0);
}
END_TEST

START_TEST(event_sends_a_message)
{
	enable_msi();
	enable_render();
	gvt_event(dev->state, 0x44300, 0x1);
	assert_reg(0x44308, 0x1);
	assert_reg(0x44200, 0x80000001);
	ck_assert_uint_eq(fake.msi_count, 1);
	ck_assert_uint_eq(fake.last_vector, 0);
	ck_assert(!fake.intx);
	/* Acknowledged: the summary goes, and no message comes of it. */
	put(0x44308, 0x1);
	assert_reg(0x44200, 0x80000000);
	ck_assert_uint_eq(fake.msi_count, 1);
}
END_TEST

START_TEST(no_message_without_msi)
{
	enable_render();
	gvt_event(dev->state, 0x44300, 0x1);
	assert_reg(0x44200, 0x80000001);
	ck_assert_uint_eq(fake.msi_count, 0);
	ck_assert_uint_eq(fake.intx_edges, 0);
	ck_assert_uint_eq(fake.log_lines, 0);
}
END_TEST

/* GVT-g knows one 32-bit message and no other control word. */
static const uint32_t other_controls[] = {0x0000, 0x0011, 0x0081, 0x0101, 0x0080};

START_TEST(no_message_with_other_msi_control)
{
	enable_render();
	vfiod_config_set(&dev->config, 0xae, 2, other_controls[_i]);
	gvt_event(dev->state, 0x44300, 0x1);
	ck_assert_uint_eq(fake.msi_count, 0);
	ck_assert_uint_eq(fake.log_lines, other_controls[_i] & 1);
}
END_TEST

START_TEST(masked_events_are_lost)
{
	enable_msi();
	enable_render();
	gvt_event(dev->state, 0x44300, 0x100);
	assert_reg(0x44308, 0);
	put(0x44304, 0);
	assert_reg(0x44308, 0);
	ck_assert_uint_eq(fake.msi_count, 0);
}
END_TEST

START_TEST(event_not_enabled)
{
	enable_msi();
	enable_render();
	put(0x44304, 0);
	gvt_event(dev->state, 0x44300, 0x2);
	assert_reg(0x44308, 0x2);
	assert_reg(0x44200, 0x80000000);
	ck_assert_uint_eq(fake.msi_count, 0);
	/* Enabling it later delivers what is pending. */
	put(0x4430c, 0x3);
	assert_reg(0x44200, 0x80000001);
	ck_assert_uint_eq(fake.msi_count, 1);
}
END_TEST

START_TEST(master_gates_messages)
{
	enable_msi();
	enable_render();
	put(0x44200, 0);
	gvt_event(dev->state, 0x44300, 0x1);
	ck_assert_uint_eq(fake.msi_count, 0);
	/* Only bit 31 can be written; turning it on sends what waits. */
	put(0x44200, 0xffffffff);
	assert_reg(0x44200, 0x80000001);
	ck_assert_uint_eq(fake.msi_count, 1);
	put(0x44200, 0);
	put(0x44200, 0x80000000);
	ck_assert_uint_eq(fake.msi_count, 2);
	put(0x44308, 0x1);
	put(0x44200, 0);
	put(0x44200, 0x80000000);
	ck_assert_uint_eq(fake.msi_count, 2);
}
END_TEST

static const uint32_t mask_registers[] = {0x44304, 0x20a8, 0x120a8, 0x1a0a8, 0x220a8};

/* Where GVT-g sends a message at every check, hardware sends one when the summary goes up. */
START_TEST(one_message_while_pending)
{
	enable_msi();
	enable_render();
	gvt_event(gvt, 0x44300, 0x1);
	ck_assert_uint_eq(fake.msi_count, 1);
	assert_write(mask_registers[_i], 0xfffffffe, 0xfffffffe);
	put(0x4430c, 0x3);
	gvt_event(gvt, 0x44300, 0x1);
	put(0x44200, 0x80000000);
	ck_assert_uint_eq(fake.msi_count, 1);
	put(0x44308, 0x1);
	put(mask_registers[_i], 0);
	put(0x44304, 0);
	ck_assert_uint_eq(fake.msi_count, 1);
	gvt_event(gvt, 0x44300, 0x2);
	ck_assert_uint_eq(fake.msi_count, 2);
}
END_TEST

/* Of two groups the second one doesn't raise the summary again; what is left when it falls does. */
START_TEST(two_groups_one_message)
{
	enable_msi();
	enable_render();
	put(0x44404, ~1u);
	put(0x4440c, 1);
	gvt_event(gvt, 0x44300, 0x1);
	gvt_event(gvt, 0x44400, 0x1);
	assert_reg(0x44200, 0x80010001);
	ck_assert_uint_eq(fake.msi_count, 1);
	/* A handler takes the master down, sees to one group, and puts it up: the other one calls again. */
	put(0x44200, 0);
	put(0x44308, 0x1);
	put(0x44200, 0x80000000);
	assert_reg(0x44200, 0x80010000);
	ck_assert_uint_eq(fake.msi_count, 2);
	put(0x44408, 0x1);
	ck_assert_uint_eq(fake.msi_count, 2);
}
END_TEST

/* No message was sent for it, so the next look at the summary sends one. */
START_TEST(message_after_msi_is_enabled)
{
	enable_render();
	gvt_event(gvt, 0x44300, 0x1);
	enable_msi();
	put(0x44200, 0x80000000);
	ck_assert_uint_eq(fake.msi_count, 1);
}
END_TEST

static const struct {
	uint32_t isr, bit, master;
} summaries[] = {
	{0x44300, 0x1, 1u << 0},       {0x44300, 0x10000, 1u << 1}, {0x44310, 0x100, 1u << 2},
	{0x44310, 0x1000000, 1u << 3}, {0x44320, 0x20, 1u << 4},    {0x44330, 0x1, 1u << 6},
	{0x44400, 0x1, 1u << 16},      {0x44410, 0x8, 1u << 17},    {0x44420, 0x80000000, 1u << 18},
	{0x44440, 1u << 27, 1u << 20}, {0x44460, 1, 1u << 22},      {0x444e0, 1u << 25, 1u << 30},
	{0xc4000, 1u << 23, 1u << 23}, {0x44440, 0x8, 1u << 20},    {0x44410, 0x20000, 1u << 17},
	{0x44420, 0x1, 1u << 18},      {0x444e0, 0x1, 1u << 30},    {0xc4000, 0x1, 1u << 23},
};

START_TEST(summary_bits)
{
	enable_msi();
	put(0x44200, 0x80000000);
	put(summaries[_i].isr + 4, 0);
	put(summaries[_i].isr + 0xc, summaries[_i].bit);
	gvt_event(dev->state, summaries[_i].isr, summaries[_i].bit);
	assert_reg(0x44200, 0x80000000 | summaries[_i].master);
	ck_assert_uint_eq(fake.msi_count, 1);
	put(summaries[_i].isr + 8, summaries[_i].bit);
	assert_reg(0x44200, 0x80000000);
}
END_TEST

START_TEST(irq_reset_sequence)
{
	/* What i915 does at load: nothing is left pending, nothing is sent. */

	enable_msi();
	put(0x44200, 0);
	gvt_hotplug(dev->state, true);
	for (unsigned i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		put(groups[i] + 4, 0xffffffff);
		put(groups[i] + 0xc, 0);
		put(groups[i] + 8, 0xffffffff);
		put(groups[i] + 8, 0xffffffff);
		assert_reg(groups[i] + 8, 0);
	}
	put(0x44200, 0x80000000);
	ck_assert_uint_eq(fake.msi_count, 0);
}
END_TEST

START_TEST(hotplug)
{
	enable_msi();
	put(0xc4004, ~(1u << 23));
	put(0xc400c, 1u << 23);
	put(0x44200, 0x80000000);
	gvt_hotplug(dev->state, false);
	assert_reg(0xc2014, 0);
	assert_reg(0xc4000, 0);
	assert_reg(0xc4008, 1u << 23);
	assert_reg(0xc4030, 3u << 16);
	assert_reg(0x44200, 0x80800000);
	ck_assert_uint_eq(fake.msi_count, 1);
	put(0xc4030, 0x10130000); /* enable bits stored, status cleared */
	assert_reg(0xc4030, 0x10100000);
	put(0xc4008, 1u << 23);
	gvt_hotplug(dev->state, true);
	assert_reg(0xc2014, 1);
	assert_reg(0xc4000, 1u << 23);
	assert_reg(0xc4030, 0x10130000);
	ck_assert_uint_eq(fake.msi_count, 2);
	/* Live state is the device's to change. */
	assert_write(0xc4000, 0x01000001, 0x00800001);
}
END_TEST

/* PVINFO */

START_TEST(pvinfo)
{
	ck_assert_uint_eq(reg_read(dev, BAR, 0x78000, 8), UINT64_C(0x4776544776544776));
	for (unsigned i = 0; i < 8; i++)
		ck_assert_uint_eq(reg_read(dev, BAR, 0x78000 + i, 1), (uint8_t) "vGTvGTvG"[i]);
	ck_assert_uint_eq(reg_read(dev, BAR, 0x78008, 2), 1);
	ck_assert_uint_eq(reg_read(dev, BAR, 0x7800a, 2), 0);
	ck_assert_uint_ge(get(0x7800c), 1);
	assert_reg(0x78010, 0x1c);
	assert_reg(0x78040, 0);
	assert_reg(0x78044, 256 << 20);
	assert_reg(0x78048, 256 << 20);
	assert_reg(0x7804c, 0xf0000000);
	assert_reg(0x78050, 4);
	assert_reg(0x78804, 0);
	assert_reg(0x78818, 0);
	assert_reg(0x78830, 0xffffffff);
	assert_reg(0x78834, 0xffffffff);
}
END_TEST

START_TEST(pvinfo_slices)
{
	struct fake_host host;
	struct vfiod_device *other = fake_device(
		&host, &gvt_model, "aperture=512M,low=0x2180000+64M,high=0x20000000+384M", 4096);

	ck_assert_uint_eq(reg_read(other, BAR, 0x78040, 4), 0x2180000);
	ck_assert_uint_eq(reg_read(other, BAR, 0x78044, 4), 64 << 20);
	ck_assert_uint_eq(reg_read(other, BAR, 0x78048, 4), 0x20000000);
	ck_assert_uint_eq(reg_read(other, BAR, 0x7804c, 4), 384 << 20);
	fake_device_free(other);
}
END_TEST

START_TEST(display_ready_is_logged_once)
{
	put(0x78804, 0);
	ck_assert_uint_eq(fake.log_lines, 0);
	put(0x78804, 1);
	put(0x78804, 1);
	ck_assert_uint_eq(fake.log_lines, 1);
	ck_assert_ptr_nonnull(strstr(fake.log, "ready"));
}
END_TEST

START_TEST(notifications)
{
	for (uint32_t code = 1; code <= 7; code++)
		assert_write(0x78818, code, code);
	ck_assert_uint_eq(fake.log_lines, 0);
	assert_write(0x78818, 8, 8);
	ck_assert_uint_eq(fake.log_lines, 1);
}
END_TEST

START_TEST(pvinfo_writes)
{
	static const struct {
		uint32_t from, to;
	} stored[] = {
		{0x78804, 0x78808},
		{0x78818, 0x7881c},
		{0x78830, 0x78860},
	};

	for (uint32_t at = 0x78000; at < 0x79000; at += 4) {
		uint32_t before = get(at), value = 0x5a5a0000 | (at & 0xffff);
		bool writable = false;

		if (at >= 0x78808 && at < 0x78818)
			continue; /* failsafe tests */

		for (unsigned i = 0; i < 3; i++)
			writable |= at >= stored[i].from && at < stored[i].to;
		put(at, value);
		ck_assert_msg(get(at) == (writable ? value : before), "offset %x", at);
	}
	put(0x941c, 1);
	assert_reg(0x78838, 0);
	assert_reg(0x78830, 0xffffffff);
	assert_reg(0x78044, 256 << 20);
}
END_TEST

/* Fences */

START_TEST(fences)
{
	for (uint32_t n = 0; n < 4; n++) {
		uint64_t value = UINT64_C(0x0003f00f00010001) + n;

		reg_write(dev, BAR, 0x100000 + 8 * n, 8, value);
		ck_assert_uint_eq(reg_read(dev, BAR, 0x100000 + 8 * n, 8), value);
		ck_assert_uint_eq(reg_read(dev, BAR, 0x100000 + 8 * n, 8), value);
	}
	put(0x100004, 0x12345678);
	ck_assert_uint_eq(reg_read(dev, BAR, 0x100000 + 8 * 0, 8), UINT64_C(0x1234567800010001));
	get(0x78000);
	for (uint32_t at = 0x100020; at < 0x100080; at += 4)
		assert_write(at, 0xffffffff, 0);
	/* Behind the sixteen there is memory. */
	assert_write(0x100080, 0x55, 0x55);
	assert_write(0x1000fc, 0x55, 0x55);
	gvt_model.reset(dev);
	ck_assert_uint_eq(reg_read(dev, BAR, 0x100000 + 8 * 0, 8), 0);
}
END_TEST

/* Failsafe mode */

static const struct {
	uint32_t offset, value;
	bool aware; /* the guest has read PVINFO before */
	bool failsafe;
} signs[] = {
	{0x229c, 0x80008000, false, true},  {0x229c, 0x80008000, true, false},
	{0x2229c, 0x02000200, false, true}, {0x2229c, 0x02000200, true, false},
	{0x1229c, 0x00010001, true, true},  {0x1a29c, 0x00010001, false, true},
	{0x229c, 0x00010000, false, false}, {0x229c, 0x0000ffff, false, false},
	{0x20d4, 0x00080008, true, true},   {0x220d4, 0x00100010, true, true},
	{0x20d4, 0x00040004, false, false}, {0x78808, 1, true, true},
	{0x78814, 0, true, true},           {0x78818, 1, false, false},
	{0x100020, 1, false, true},         {0x10007c, 0, false, true},
	{0x100020, 1, true, false},         {0x100018, 1, false, false},
	{0x100080, 1, false, false},
};

/* Registers that do something otherwise are memory in failsafe mode, and nothing is said but once. */
static void
assert_failsafe(void)
{
	ck_assert_uint_eq(fake.log_lines, 1);
	ck_assert_ptr_nonnull(strstr(fake.log, "failsafe"));
	assert_write(0x941c, 0x1f, 0x1f);             /* a reset */
	assert_write(0x78000, 0x1234, 0x1234);        /* read-only */
	assert_write(0x2230, 7, 7);                   /* submission */
	assert_write(0x209c, 0xffff0100, 0xffff0100); /* masked */
	assert_write(0x44300, 3, 3);
	assert_write(0x138124, 0x80000006, 0x80000006); /* the power controller never answers */
	assert_write(0x64310, 0xd0000000, 0xd0000000);
	reg_write(dev, BAR, 0x64311, 1, 0x55);
	assert_reg(0x64310, 0xd0005500);
	reg_write(dev, BAR, 0x800000, 8, 0x5001);
	ck_assert_uint_eq(reg_read(dev, BAR, 0x800000, 8), 0x5001);
	assert_write(0x229c, 0x80008000, 0x80008000);
	assert_write(0x78808, 1, 1);
	ck_assert_uint_eq(fake.log_lines, 1);
	ck_assert_uint_eq(fake.msi_count, 0);
}

START_TEST(failsafe)
{
	uint32_t peeked;

	enable_msi();
	/* Those who debug it don't count. */
	ck_assert_int_eq(gvt_model.peek(dev, BAR, 0x78000, &peeked, 4), 0);
	if (signs[_i].aware)
		reg_read(dev, BAR, 0x78008, 2);
	put(signs[_i].offset, signs[_i].value);
	if (!signs[_i].failsafe) {
		ck_assert_uint_eq(fake.log_lines, 0);
		assert_write(0x941c, 0x1f, 0);
		return;
	}
	assert_failsafe();
	/* Nothing but a reset of the device ends it, and then all is as new. */
	gvt_model.reset(dev);
	assert_reg(0x78000, 0x76544776);
	assert_reg(0x64310, 0);
	assert_write(0x941c, 0x1f, 0);
	ck_assert_uint_eq(fake.log_lines, 1);
}
END_TEST

Suite *
gvt_mmio_suite(void)
{
	Suite *suite = suite_create("gvt_mmio");
	TCase *tests = new_tcase(suite, "registers");

	tcase_add_test(tests, tables_do_not_overlap);
	tcase_add_test(tests, tables_fit_the_space);
	tcase_add_test(tests, names);
	tcase_add_test(tests, untracked_registers_are_memory);
	ALL(tests, hole, hole_edges);
	ALL(tests, masked_registers, masked);
	tcase_add_test(tests, masked_registers_of_engines);
	ALL(tests, read_only_registers, read_only);
	ALL(tests, initial_values, initial);
	tcase_add_test(tests, clock_of_port_d);
	ALL(tests, forcewake, forcewakes);
	tcase_add_test(tests, full_gt_reset);
	ALL(tests, engine_reset, gdrst_bits);
	tcase_add_test(tests, guc_status);
	ALL(tests, engine_reset_control, engine_bases);
	tcase_add_test(tests, power_wells);
	tcase_add_test(tests, plls);
	tcase_add_test(tests, display_states_follow);
	tcase_add_test(tests, training_status_bits_clear);
	tcase_add_test(tests, south_display);
	tcase_add_test(tests, odds_and_ends);
	ALL(tests, pcode, pcode_commands);
	ALL(tests, ring_registers, engine_bases);
	tcase_add_test(tests, timestamps);
	tcase_add_test(tests, device_reset);

	tests = new_tcase(suite, "interrupts");
	ALL(tests, interrupt_registers, groups);
	tcase_add_test(tests, event_sends_a_message);
	tcase_add_test(tests, no_message_without_msi);
	ALL(tests, no_message_with_other_msi_control, other_controls);
	tcase_add_test(tests, masked_events_are_lost);
	tcase_add_test(tests, event_not_enabled);
	tcase_add_test(tests, master_gates_messages);
	ALL(tests, one_message_while_pending, mask_registers);
	tcase_add_test(tests, two_groups_one_message);
	tcase_add_test(tests, message_after_msi_is_enabled);
	ALL(tests, summary_bits, summaries);
	tcase_add_test(tests, irq_reset_sequence);
	tcase_add_test(tests, hotplug);

	tests = new_tcase(suite, "pvinfo");
	tcase_add_test(tests, pvinfo);
	tcase_add_test(tests, pvinfo_slices);
	tcase_add_test(tests, display_ready_is_logged_once);
	tcase_add_test(tests, notifications);
	tcase_add_test(tests, pvinfo_writes);
	tcase_add_test(tests, fences);
	ALL(tests, failsafe, signs);
	return suite;
}
