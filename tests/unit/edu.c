/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The edu device against QEMU's docs/specs/edu.rst. */
#include "unit.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>

#include "models/models.h"

static struct fake_host fake;
static struct vfiod_device *edu;

static void
setup(void)
{
	edu = fake_device(&fake, model_by_name("edu"), NULL, 1 << 20);
}

static void
teardown(void)
{
	fake_device_free(edu);
}

static uint64_t
rd(uint64_t pos)
{
	return reg_read(edu, 0, pos, 4);
}

static void
wr(uint64_t pos, uint64_t value)
{
	reg_write(edu, 0, pos, pos < 0x80 ? 4 : 8, value);
}

START_TEST(identification)
{
	ck_assert_uint_eq(vfiod_config_read(&edu->config, 0, 4), 0x11e81234);
	ck_assert_uint_eq(edu->region[0].size, 1 << 20);
	ck_assert_uint_eq(rd(0), 0x010000ed);
	reg_write(edu, 0, 0, 4, 0);
	ck_assert_uint_eq(rd(0), 0x010000ed);
}
END_TEST

START_TEST(liveness_inverts)
{
	wr(4, 0x12345678);
	ck_assert_uint_eq(rd(4), 0xedcba987);
}
END_TEST

START_TEST(factorial)
{
	static const struct {
		uint32_t n, product;
	} cases[] = {{0, 1}, {1, 1}, {5, 120}, {12, 479001600}, {13, 1932053504},
		     {33, 0x80000000}, {34, 0}, {0xffffffff, 0}};

	wr(8, cases[_i].n);
	ck_assert_uint_eq(rd(8), cases[_i].product);
	ck_assert_uint_eq(rd(0x20) & 1, 0);
	ck_assert(!fake.intx);
}
END_TEST

START_TEST(factorial_interrupt)
{
	wr(0x20, 0xffffffff);
	ck_assert_uint_eq(rd(0x20), 0x80);
	wr(8, 5);
	ck_assert_uint_eq(rd(0x24), 1);
	ck_assert(fake.intx);
	wr(0x64, 1);
	ck_assert_uint_eq(rd(0x24), 0);
	ck_assert(!fake.intx);
}
END_TEST

static bool
interrupt_status(void)
{
	return vfiod_config_read(&edu->config, PCI_STATUS, 2) & PCI_STATUS_INTERRUPT;
}

START_TEST(interrupt_is_a_level)
{
	ck_assert(!interrupt_status());
	wr(0x60, 0x6);
	wr(0x60, 0x10);
	ck_assert_uint_eq(rd(0x24), 0x16);
	ck_assert_uint_eq(fake.intx_edges, 1);
	ck_assert(interrupt_status());
	wr(0x64, 0x2);
	ck_assert(fake.intx);
	/* PCI 3.0, 6.2.3: disabling the line changes nothing. */
	vfiod_config_write(&edu->config, PCI_COMMAND, 2, PCI_COMMAND_INTX_DISABLE);
	ck_assert(interrupt_status());
	wr(0x64, 0xffffffff);
	ck_assert(!fake.intx);
	ck_assert(!interrupt_status());
}
END_TEST

START_TEST(interrupt_by_message)
{
	unsigned msi = vfiod_config_find_capability(&edu->config, PCI_CAP_ID_MSI);

	ck_assert_uint_ne(msi, 0);
	vfiod_config_write(&edu->config, msi + PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_ENABLE);
	wr(0x60, 1);
	ck_assert_uint_eq(fake.msi_count, 1);
	wr(0x60, 2);
	ck_assert_uint_eq(fake.msi_count, 2);
	wr(0x64, 3);
	ck_assert_uint_eq(fake.msi_count, 2);
	wr(0x60, 0);
	ck_assert_uint_eq(fake.msi_count, 2);
	wr(0x60, 1);
	ck_assert_uint_eq(fake.msi_count, 3);
	ck_assert(!fake.intx);
}
END_TEST

static void
dma(uint64_t source, uint64_t destination, uint64_t count, uint64_t command)
{
	wr(0x80, source);
	wr(0x88, destination);
	wr(0x90, count);
	wr(0x98, command);
}

START_TEST(dma_there_and_back)
{
	vfiod_config_write(&edu->config, PCI_COMMAND, 2, PCI_COMMAND_MASTER);
	memset(fake.memory + 0x1000, 0xa5, 4096);
	dma(0x1000, 0x40000, 4096, 1);
	ck_assert_uint_eq(reg_read(edu, 0, 0x98, 8) & 1, 0);
	ck_assert_uint_eq(rd(0x24), 0);
	dma(0x40000 + 100, 0x5000, 3996, 1 | 2 | 4);
	ck_assert_uint_eq(rd(0x24), 0x100);
	ck_assert(fake.intx);
	ck_assert_mem_eq(fake.memory + 0x5000, fake.memory + 0x1000, 3996);
	ck_assert_uint_eq(fake.memory[0x5000 + 3996], 0);
}
END_TEST

START_TEST(dma_outside_the_buffer)
{
	static const struct {
		uint64_t inner, count;
	} cases[] = {{0x3ffff, 1}, {0x40000, 4097}, {0x40fff, 2}, {0x41000, 1}, {0, 4},
		     {0x40000, UINT64_MAX}, {UINT64_MAX, 2}};

	vfiod_config_write(&edu->config, PCI_COMMAND, 2, PCI_COMMAND_MASTER);
	fake.memory[0] = 0x77;
	dma(0, cases[_i].inner, cases[_i].count, 1);
	dma(cases[_i].inner, 0, cases[_i].count, 3);
	ck_assert_uint_eq(fake.memory[0], 0x77);
	ck_assert_uint_eq(fake.log_lines, 2);
}
END_TEST

START_TEST(dma_refused_by_the_bus)
{
	/* Bus mastering is off. */
	dma(0x1000, 0x40000, 16, 1);
	ck_assert_uint_eq(vfiod_config_read(&edu->config, PCI_STATUS, 2) &
				  PCI_STATUS_REC_MASTER_ABORT,
			  PCI_STATUS_REC_MASTER_ABORT);
	vfiod_config_write(&edu->config, PCI_STATUS, 2, PCI_STATUS_REC_MASTER_ABORT);
	vfiod_config_write(&edu->config, PCI_COMMAND, 2, PCI_COMMAND_MASTER);
	dma(0x1000, 0x40000, 16, 1);
	ck_assert_uint_eq(vfiod_config_read(&edu->config, PCI_STATUS, 2) &
				  PCI_STATUS_REC_MASTER_ABORT,
			  0);
	/* Nobody answers past the end of memory. */
	dma((1 << 20) - 8, 0x40000, 16, 1 | 4);
	ck_assert_uint_ne(vfiod_config_read(&edu->config, PCI_STATUS, 2) &
				  PCI_STATUS_REC_MASTER_ABORT,
			  0);
}
END_TEST

START_TEST(dma_has_28_address_lines)
{
	vfiod_config_write(&edu->config, PCI_COMMAND, 2, PCI_COMMAND_MASTER);
	fake.memory[0x100] = 0x42;
	dma((UINT64_C(1) << 28) + 0x100, 0x40000, 1, 1);
	ck_assert_str_eq(fake.log, "DMA address 0x10000100 has more than 28 bits: the bus gets 0x100");
	dma(0x40000, 0x200, 1, 3);
	ck_assert_uint_eq(fake.memory[0x200], 0x42);
}
END_TEST

START_TEST(widths_that_are_not_allowed)
{
	ck_assert_uint_eq(reg_read(edu, 0, 0, 1), 0xff);
	ck_assert_uint_eq(reg_read(edu, 0, 0, 8), UINT64_MAX);
	ck_assert_uint_eq(reg_read(edu, 0, 0x80, 2), 0xffff);
	reg_write(edu, 0, 4, 2, 0);
	ck_assert_uint_eq(rd(4), 0);
	reg_write(edu, 0, 0x80, 4, 0x1234);
	ck_assert_uint_eq(reg_read(edu, 0, 0x80, 8), 0x1234);
}
END_TEST

START_TEST(reset_clears)
{
	wr(4, 1);
	wr(0x60, 1);
	edu->model->reset(edu);
	ck_assert_uint_eq(rd(4), 0);
	ck_assert_uint_eq(rd(0x24), 0);
	ck_assert_uint_eq(rd(0), 0x010000ed);
}
END_TEST

/* Cause bit n goes to vector n modulo their number, whatever is pending. */
START_TEST(msix_vectors)
{
	struct fake_host host;
	struct vfiod_device *dev = fake_device(&host, model_by_name("edu"), "msix=8", 0);
	unsigned at = vfiod_config_find_capability(&dev->config, PCI_CAP_ID_MSIX);

	ck_assert_uint_ne(at, 0);
	ck_assert_uint_eq(vfiod_config_msix_vectors(&dev->config), 8);
	ck_assert_uint_eq(vfiod_config_read(&dev->config, at + PCI_MSIX_TABLE, 4), 2);
	ck_assert_uint_eq(vfiod_config_read(&dev->config, at + PCI_MSIX_PBA, 4), 2 | 2048);
	ck_assert_uint_eq(dev->region[2].size, 4096);
	/* Off: the line. */
	reg_write(dev, 0, 0x60, 4, 0x20);
	ck_assert(host.intx);
	reg_write(dev, 0, 0x64, 4, 0x20);
	ck_assert(!host.intx);
	/* A client can't turn it on by writing. */
	vfiod_config_write(&dev->config, at + PCI_MSIX_FLAGS, 2, PCI_MSIX_FLAGS_ENABLE);
	ck_assert(!vfiod_config_msix_enabled(&dev->config));
	vfiod_config_set(&dev->config, at + PCI_MSIX_FLAGS, 2, PCI_MSIX_FLAGS_ENABLE | 7);
	reg_write(dev, 0, 0x60, 4, 0x20);
	ck_assert_uint_eq(host.msi_count, 1);
	ck_assert_uint_eq(host.last_vector, 5);
	reg_write(dev, 0, 0x60, 4, 0x401);
	ck_assert_uint_eq(host.msi_count, 3);
	ck_assert_uint_eq(host.last_vector, 2);
	ck_assert(!host.intx);
	fake_device_free(dev);
}
END_TEST

START_TEST(msix_option_is_checked)
{
	static const char *const bad[] = {"msix=0", "msix=33", "msix=x", "msix="};
	char why[256];

	for (unsigned i = 0; i < 4; i++)
		ck_assert_int_eq(fake_device_error(model_by_name("edu"), bad[i], why), -EINVAL);
}
END_TEST

Suite *
edu_suite(void)
{
	Suite *suite = suite_create("edu");
	TCase *tcase = tcase_create("edu");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, identification);
	tcase_add_test(tcase, liveness_inverts);
	tcase_add_loop_test(tcase, factorial, 0, 8);
	tcase_add_test(tcase, factorial_interrupt);
	tcase_add_test(tcase, interrupt_is_a_level);
	tcase_add_test(tcase, interrupt_by_message);
	tcase_add_test(tcase, dma_there_and_back);
	tcase_add_loop_test(tcase, dma_outside_the_buffer, 0, 7);
	tcase_add_test(tcase, dma_refused_by_the_bus);
	tcase_add_test(tcase, dma_has_28_address_lines);
	tcase_add_test(tcase, widths_that_are_not_allowed);
	tcase_add_test(tcase, reset_clears);
	tcase_add_test(tcase, msix_vectors);
	tcase_add_test(tcase, msix_option_is_checked);
	suite_add_tcase(suite, tcase);
	return suite;
}
