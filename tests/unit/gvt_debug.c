/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a debugger sees of a vGPU: named registers, fields, reads that change nothing; the monitor's plug. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gvt_device.h"

/* Registers ----------------------------------------------------------------------------------------- */

struct names {
	unsigned count;
	struct vfiod_register list[2048];
};
static struct names names;

static void
note(void *ctx, const struct vfiod_register *reg)
{
	ck_assert_ptr_eq(ctx, &names);
	ck_assert_uint_lt(names.count, 2048);
	names.list[names.count++] = *reg;
}

static void
list(void)
{
	names.count = 0;
	gvt_model.list_registers(dev, note, &names);
}

static const struct vfiod_register *
find(const char *name)
{
	for (unsigned i = 0; i < names.count; i++)
		if (!strcmp(names.list[i].name, name))
			return &names.list[i];
	return NULL;
}

static uint32_t
peek(uint32_t offset)
{
	uint8_t b[4];

	ck_assert_int_eq(gvt_model.peek(dev, VFIOD_BAR0, offset, b, 4), 0);
	return b[0] | b[1] << 8 | b[2] << 16 | (uint32_t)b[3] << 24;
}

/* Intel PRM SKL Vol 2c, i915_reg.h. */
static const struct {
	const char *name, *block;
	uint32_t offset;
} known[] = {
	{"TRANS_CONF_B", "display", 0x71008},
	{"PIPE_SCANLINE_C", "display", 0x72000},
	{"PLANE_SURF_2_A", "planes", 0x7029c},
	{"DDI_BUF_CTL_D", "display", 0x64300},
	{"DDI_AUX_CTL_D", "aux", 0x64310},
	{"MASTER_INT_CTL", "interrupts", 0x44200},
	{"DE_PIPE_C_IIR", "interrupts", 0x44428},
	{"BCS_RING_BUFFER_TAIL", "engines", 0x22030},
	{"VECS_CS_GPR_R15_UDW", "engines", 0x1a67c},
	{"GDRST", "gt", 0x941c},
	{"PWR_WELL_CTL2", "power", 0x45404},
	{"GT_DRIVER_MAILBOX_INTERFACE", "pcode", 0x138124},
	{"DPLL_CTRL1", "clocks", 0x6c058},
	{"SFUSE_STRAP", "pch", 0xc2014},
	{"GMBUS2", "gmbus", 0xc5108},
	{"SBI_CTL_STAT", "sbi", 0xc6008},
	{"PVINFO_CAPS", "pvinfo", 0x78010},
	{"FENCE_MSB_3", "fences", 0x10001c},
	{"CACHE_MODE_0", "render", 0x7000},
};

START_TEST(registers_by_name)
{
	const struct vfiod_register *reg;

	list();
	reg = find(known[_i].name);
	ck_assert_ptr_nonnull(reg);
	ck_assert_str_eq(reg->block, known[_i].block);
	ck_assert_uint_eq(reg->offset, known[_i].offset);
	ck_assert_uint_eq(reg->region, VFIOD_BAR0);
}
END_TEST

/* Whoever types a name or an offset means one register; a block is one piece of the list. */
START_TEST(names_are_unambiguous)
{
	list();
	ck_assert_uint_gt(names.count, 1000);
	for (unsigned i = 0; i < names.count; i++) {
		const struct vfiod_register *reg = &names.list[i];

		ck_assert_uint_eq(reg->offset % 4, 0);
		ck_assert_uint_lt(reg->offset, GVT_MMIO_SIZE);
		for (const char *c = reg->name; *c; c++)
			ck_assert_msg(isalnum((unsigned char)*c) || *c == '_', "%s", reg->name);
		for (unsigned j = i + 1; j < names.count; j++) {
			const struct vfiod_register *other = &names.list[j];

			/* A million pairs: Check's own words only where there is something to say. */
			if (!strcmp(reg->name, other->name) || reg->offset == other->offset)
				ck_abort_msg("%s at %x and %s at %x", reg->name, reg->offset,
					     other->name, other->offset);
			if (!strcmp(reg->block, other->block) &&
			    strcmp(names.list[j - 1].block, other->block))
				ck_abort_msg("%s is apart", other->name);
		}
	}
}
END_TEST

START_TEST(fields_have_registers)
{
	const struct vfiod_field *fields;
	const char *row;

	list();
	for (unsigned i = 0; (row = gvt_fields_row(i, &fields)); i++) {
		uint64_t used = 0;
		bool found = find(row) != NULL;

		for (unsigned r = 1; r < gvt_num_rows && !found; r++)
			found = !strcmp(gvt_rows[r].name, row);
		ck_assert_msg(found, "no register %s", row);
		for (const struct vfiod_field *field = fields; field->name; field++) {
			uint64_t bits;

			ck_assert_msg(field->low <= field->high && field->high < 32, "%s.%s", row,
				      field->name);
			bits = ((UINT64_C(2) << (field->high - field->low)) - 1) << field->low;
			ck_assert_msg(!(used & bits), "%s.%s overlaps", row, field->name);
			ck_assert_uint_le(field->num_meanings,
					  UINT64_C(2) << (field->high - field->low));
			used |= bits;
		}
	}
	ck_assert_uint_gt(names.count, 0);
	ck_assert_ptr_nonnull(find("DE_PIPE_A_IIR")->fields);
	/* One group of interrupts is unlike its sisters. */
	ck_assert_str_eq(find("GT2_IIR")->fields[0].name, "DOWN_TIMEOUT");
	ck_assert_ptr_null(find("GMBUS3")->fields);
}
END_TEST

/* What reads return without being stored: the display's clock is 1 microsecond, the lock of DPLL0. */
START_TEST(peek_sees_what_a_read_does)
{
	uint64_t entry = 0x12345001;
	uint8_t bytes[8];

	fake.clock = 7000000;
	ck_assert_uint_eq(peek(0x44070), 7000);
	ck_assert_uint_eq(peek(0x6c060), 1);
	put(0x12340, 0xcafe);
	ck_assert_uint_eq(peek(0x12340), 0xcafe);
	ck_assert_uint_eq(peek(0x78000), 0x76544776); /* half of PVINFO's magic */
	ck_assert_uint_eq(peek(0x300000), 0); /* the hole */
	reg_write(dev, VFIOD_BAR0, GVT_GGTT_OFFSET + 8 * 5, 8, entry);
	ck_assert_int_eq(gvt_model.peek(dev, VFIOD_BAR0, GVT_GGTT_OFFSET + 8 * 5, bytes, 8), 0);
	ck_assert_int_eq(memcmp(bytes, "\x01\x50\x34\x12\0\0\0\0", 8), 0);
	ck_assert_int_eq(gvt_model.peek(dev, VFIOD_BAR2, 0, bytes, 4), -EOPNOTSUPP);
	list();
	for (unsigned i = 0; i < names.count; i++)
		if (names.list[i].offset != 0xc000 && names.list[i].offset != 0xc5108)
			ck_assert_msg(peek(names.list[i].offset) == get(names.list[i].offset), "%s",
				      names.list[i].name);
}
END_TEST

/* GMBUS2's in-use bit goes to the first reader, GUC_STATUS tells of a reset once: not to a debugger. */
START_TEST(peek_changes_nothing)
{
	size_t size = GVT_MMIO_SIZE;
	uint8_t *before = malloc(size), *after = malloc(size), *bytes = malloc(size);

	memcpy(before, gvt->vreg, size);
	ck_assert_int_eq(gvt_model.peek(dev, VFIOD_BAR0, 0, bytes, size), 0);
	memcpy(after, gvt->vreg, size);
	ck_assert_int_eq(memcmp(before, after, size), 0);
	ck_assert_uint_eq(peek(0xc5108), 0x800);
	ck_assert_uint_eq(peek(0xc5108), 0x800);
	assert_reg(0xc5108, 0x800);
	ck_assert_uint_eq(peek(0xc5108), 0x8800);
	ck_assert_uint_eq(peek(0xc000) & 1, 1);
	assert_reg(0xc000, 1);
	assert_reg(0xc000, 0);
	ck_assert_uint_eq(fake.msi_count, 0);
	free(before);
	free(after);
	free(bytes);
}
END_TEST

/* The monitor --------------------------------------------------------------------------------------- */

#define SDE_ISR 0xc4000
#define SDE_IIR 0xc4008

static uint8_t edid[512];

/* Another monitor: a serial number, and @a extensions blocks. */
static void
make_edid(unsigned extensions)
{
	struct vfiod_monitor monitor;

	gvt_model.get_monitor(dev, &monitor);
	ck_assert_uint_eq(monitor.edid_size, 128);
	memset(edid, 0, sizeof(edid));
	memcpy(edid, monitor.edid, 128);
	edid[12] += 5;
	edid[126] = (uint8_t)extensions;
	edid[127] = (uint8_t)(edid[127] - 5 - extensions);
}

static void
listen(void)
{
	enable_msi();
	put(0xc4004, ~(1u << 23));
	put(0xc400c, 1u << 23);
	put(0x44200, 1u << 31);
}

static void
handle(void)
{
	assert_reg(SDE_IIR, 1u << 23);
	put(0x44200, 0);
	put(0xc4030, get(0xc4030));
	put(SDE_IIR, 1u << 23);
	put(0x44200, 1u << 31);
}

static bool
is_plugged(void)
{
	struct vfiod_monitor monitor;

	gvt_model.get_monitor(dev, &monitor);
	ck_assert_str_eq(monitor.connector, "DP-D");
	return monitor.plugged;
}

START_TEST(plug_and_unplug)
{
	listen();
	ck_assert(is_plugged());
	/* It is plugged in: nothing happens. */
	ck_assert_int_eq(gvt_model.set_monitor(dev, true, NULL, 0), 0);
	ck_assert_uint_eq(fake.msi_count, 0);
	ck_assert_int_eq(gvt_model.set_monitor(dev, false, NULL, 0), 0);
	ck_assert(!is_plugged());
	ck_assert_uint_eq(fake.msi_count, 1);
	assert_reg(SDE_ISR, 0);
	assert_reg(0xc2014, 0);
	ck_assert_uint_eq(get(0xc4030) >> 16 & 3, 3);
	/* The EDID region's link state says the same. */
	ck_assert_uint_eq(reg_read(dev, VFIOD_FIRST_SPECIFIC + 1, 20, 4), 2);
	handle();
	ck_assert_int_eq(gvt_model.set_monitor(dev, false, NULL, 0), 0);
	ck_assert_uint_eq(fake.msi_count, 1);
	ck_assert_int_eq(gvt_model.set_monitor(dev, true, NULL, 0), 0);
	ck_assert(is_plugged());
	ck_assert_uint_eq(fake.msi_count, 2);
	assert_reg(SDE_ISR, 1u << 23);
	assert_reg(0xc2014, 1);
	ck_assert_uint_eq(reg_read(dev, VFIOD_FIRST_SPECIFIC + 1, 20, 4), 1);
	/* A reset of the function leaves the plug alone. */
	ck_assert_int_eq(gvt_model.set_monitor(dev, false, NULL, 0), 0);
	gvt_model.reset(dev);
	ck_assert(!is_plugged());
}
END_TEST

START_TEST(another_monitor)
{
	struct vfiod_monitor monitor;

	listen();
	make_edid(0);
	ck_assert_int_eq(gvt_model.set_monitor(dev, true, edid, 128), 0);
	ck_assert_uint_eq(fake.msi_count, 1);
	gvt_model.get_monitor(dev, &monitor);
	ck_assert_uint_eq(monitor.edid_size, 128);
	ck_assert_int_eq(memcmp(monitor.edid, edid, 128), 0);
	ck_assert_uint_eq(reg_read(dev, VFIOD_FIRST_SPECIFIC + 1, 2048 + 12, 1), edid[12]);
	edid[126] = 1;
	edid[127] = (uint8_t)(edid[127] - 1);
	ck_assert_int_eq(gvt_model.set_monitor(dev, true, edid, 256), 0);
	ck_assert_uint_eq(reg_read(dev, VFIOD_FIRST_SPECIFIC + 1, 8, 4), 256);
}
END_TEST

static const struct {
	unsigned extensions;
	size_t size;
	unsigned damage; /* byte that is changed; 0: none */
	const char *why;
} bad[] = {
	{0, 0, 0, "multiple of 128"},
	{0, 127, 0, "multiple of 128"},
	{0, 129, 0, "multiple of 128"},
	{0, 128, 1, "header"},
	{0, 128, 60, "checksum of its first block"},
	{1, 256, 200, "checksum of its second block"},
	{1, 128, 0, "as many blocks as it says"},
	{0, 256, 0, "as many blocks as it says"},
	{3, 512, 0, "more than two blocks"},
};

START_TEST(bad_edid)
{
	struct vfiod_monitor monitor;

	listen();
	make_edid(bad[_i].extensions);
	if (bad[_i].damage)
		edid[bad[_i].damage] ^= 0x40;
	ck_assert_int_eq(gvt_model.set_monitor(dev, true, edid, bad[_i].size), -EINVAL);
	ck_assert_msg(strstr(dev->why, bad[_i].why), "%s", dev->why);
	ck_assert_uint_eq(fake.msi_count, 0);
	gvt_model.get_monitor(dev, &monitor);
	ck_assert_uint_eq(monitor.edid_size, 128);
	ck_assert_uint_ne(monitor.edid[12], edid[12]);
}
END_TEST

/* A client may write what it likes into the region while the link is down. */
START_TEST(half_an_edid)
{
	ck_assert_int_eq(gvt_model.set_monitor(dev, false, NULL, 0), 0);
	reg_write(dev, VFIOD_FIRST_SPECIFIC + 1, 2048, 4, 0);
	ck_assert_int_eq(gvt_model.set_monitor(dev, true, NULL, 0), -EINVAL);
	ck_assert(!is_plugged());
	make_edid(0);
	memcpy(edid, "\x00\xff\xff\xff", 4);
	ck_assert_int_eq(gvt_model.set_monitor(dev, true, edid, 128), 0);
	ck_assert(is_plugged());
}
END_TEST

static char path[] = "/tmp/vfiod-edid-XXXXXX";

static void
write_file(size_t size)
{
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, edid, size), (ssize_t)size);
	close(fd);
}

static void
remove_file(void)
{
	unlink(path);
	memcpy(strrchr(path, '-') + 1, "XXXXXX", 6);
}

START_TEST(edid_from_a_file)
{
	struct vfiod_device *other;
	struct fake_host host;
	char option[64];

	make_edid(1);
	write_file(256);
	snprintf(option, sizeof(option), "edid=%s", path);
	other = fake_device(&host, &gvt_model, option, 4096);
	ck_assert_uint_eq(reg_read(other, VFIOD_FIRST_SPECIFIC + 1, 8, 4), 256);
	for (unsigned i = 0; i < 256; i++)
		ck_assert_uint_eq(reg_read(other, VFIOD_FIRST_SPECIFIC + 1, 2048 + i, 1), edid[i]);
	fake_device_free(other);
	remove_file();
}
END_TEST

START_TEST(bad_file)
{
	char option[64], why[256];

	make_edid(bad[_i].extensions);
	if (bad[_i].damage)
		edid[bad[_i].damage] ^= 0x40;
	write_file(bad[_i].size);
	snprintf(option, sizeof(option), "edid=%s", path);
	ck_assert_int_eq(fake_device_error(&gvt_model, option, why), -EINVAL);
	ck_assert_msg(strstr(why, option) && strstr(why, bad[_i].why), "%s", why);
	remove_file();
	ck_assert_int_eq(fake_device_error(&gvt_model, option, why), -ENOENT);
	ck_assert_msg(strstr(why, "No such file"), "%s", why);
	ck_assert_int_eq(fake_device_error(&gvt_model, "edid=/dev/zero", why), -EINVAL);
	ck_assert_msg(strstr(why, "not a regular file"), "%s", why);
	ck_assert_int_eq(fake_device_error(&gvt_model, "edid=/tmp", why), -EINVAL);
}
END_TEST

Suite *
gvt_debug_suite(void)
{
	Suite *suite = suite_create("gvt_debug");
	TCase *registers = new_tcase(suite, "registers");
	TCase *monitor = new_tcase(suite, "monitor");

	ALL(registers, registers_by_name, known);
	tcase_add_test(registers, names_are_unambiguous);
	tcase_add_test(registers, fields_have_registers);
	tcase_add_test(registers, peek_sees_what_a_read_does);
	tcase_add_test(registers, peek_changes_nothing);
	tcase_add_test(monitor, plug_and_unplug);
	tcase_add_test(monitor, another_monitor);
	ALL(monitor, bad_edid, bad);
	tcase_add_test(monitor, half_an_edid);
	tcase_add_test(monitor, edid_from_a_file);
	ALL(monitor, bad_file, bad);
	return suite;
}
