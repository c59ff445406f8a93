/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tests of the vGPU's registers share: one device over a fake host for each test. */
#ifndef GVT_DEVICE_H
#define GVT_DEVICE_H

#include "unit.h"

#include "models/gvt/registers.h"

/* Runs a test once for each row of its table. */
#define ALL(tests, test, rows)                                                                     \
	tcase_add_loop_test(tests, test, 0, (int)(sizeof(rows) / sizeof((rows)[0])))

static struct fake_host fake;
static struct vfiod_device *dev;
static struct gvt *gvt;

static void
setup(void)
{
	dev = fake_device(&fake, &gvt_model, NULL, 1 << 20);
	gvt = dev->state;
}

static void
teardown(void)
{
	fake_device_free(dev);
}

static inline uint32_t
get(uint32_t offset)
{
	return (uint32_t)reg_read(dev, VFIOD_BAR0, offset, 4);
}

static inline void
put(uint32_t offset, uint32_t value)
{
	reg_write(dev, VFIOD_BAR0, offset, 4, value);
}

#define assert_reg(offset, value) ck_assert_uint_eq(get(offset), (value))

/* Writes and expects to read. */
#define assert_write(offset, value, expected)                                                      \
	do {                                                                                       \
		put(offset, value);                                                                \
		assert_reg(offset, expected);                                                      \
	} while (0)

/* What a client's ioctl does: messages of one vector, without masking. */
static inline void
enable_msi(void)
{
	vfiod_config_write(&dev->config, 0xae, 2, 0x0001);
}

static inline TCase *
new_tcase(Suite *suite, const char *name)
{
	TCase *tests = tcase_create(name);

	tcase_add_checked_fixture(tests, setup, teardown);
	suite_add_tcase(suite, tests);
	return tests;
}

#endif
