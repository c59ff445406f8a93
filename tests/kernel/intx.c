/* SPDX-License-Identifier: GPL-2.0-or-later */
/* INTx of the edu device: a level, masked by its delivery, unmasked by the client. */
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "irq.h"
#include "kernel.h"
#include "node.h"
#include "served.h"

/* The device raises or lowers its line. */
static void
raise_line(int fd)
{
	node_put(fd, BAR0, EDU_IRQ_RAISE, 4, 0x10);
}

static void
lower_line(int fd)
{
	node_put(fd, BAR0, EDU_IRQ_ACK, 4, 0x10);
}

static int
open_with_intx(int event)
{
	int fd = node_open_reset();

	ck_assert_int_eq(irq_arm(fd, INTX, TRIGGER, 0, event), 0);
	ck_assert_uint_eq(event_take(event), 0);
	return fd;
}

static int
unmask(int fd)
{
	return irq_none(fd, INTX, UNMASK, 0, 1);
}

START_TEST(delivery_masks)
{
	int event = event_new(), fd = open_with_intx(event);

	raise_line(fd);
	ck_assert_uint_eq(event_take(event), 1);
	lower_line(fd);
	raise_line(fd);
	ck_assert_uint_eq(event_take(event), 0);
	lower_line(fd);
	ck_assert_int_eq(unmask(fd), 0);
	ck_assert_uint_eq(event_take(event), 0);
	raise_line(fd);
	ck_assert_uint_eq(event_take(event), 1);
}
END_TEST

START_TEST(unmask_with_the_line_pending)
{
	int event = event_new(), fd = open_with_intx(event);

	raise_line(fd);
	ck_assert_uint_eq(event_take(event), 1);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_int_eq(unmask(fd), 0);
		ck_assert_uint_eq(event_take(event), 1);
	}
	/* It stays masked after that: a further edge says nothing. */
	lower_line(fd);
	raise_line(fd);
	ck_assert_uint_eq(event_take(event), 0);
}
END_TEST

START_TEST(mask_holds_back)
{
	int event = event_new(), fd = open_with_intx(event);
	uint8_t yes = 1, no = 0;

	ck_assert_int_eq(irq_none(fd, INTX, MASK, 0, 1), 0);
	raise_line(fd);
	ck_assert_uint_eq(event_take(event), 0);
	ck_assert_int_eq(irq_set(fd, INTX, BOOL | UNMASK, 0, 1, &no), 0);
	ck_assert_uint_eq(event_take(event), 0);
	ck_assert_int_eq(irq_set(fd, INTX, BOOL | UNMASK, 0, 1, &yes), 0);
	ck_assert_uint_eq(event_take(event), 1);
	lower_line(fd);
	ck_assert_int_eq(unmask(fd), 0);
	ck_assert_int_eq(irq_set(fd, INTX, BOOL | MASK, 0, 1, &no), 0);
	raise_line(fd);
	ck_assert_uint_eq(event_take(event), 1);
	lower_line(fd);
	ck_assert_int_eq(unmask(fd), 0);
	ck_assert_int_eq(irq_set(fd, INTX, BOOL | MASK, 0, 1, &yes), 0);
	raise_line(fd);
	ck_assert_uint_eq(event_take(event), 0);
}
END_TEST

START_TEST(loopback_leaves_the_mask)
{
	int event = event_new(), fd = open_with_intx(event);

	ck_assert_int_eq(irq_none(fd, INTX, TRIGGER, 0, 1), 0);
	ck_assert_int_eq(irq_none(fd, INTX, TRIGGER, 0, 1), 0);
	ck_assert_uint_eq(event_take(event), 2);
	raise_line(fd);
	ck_assert_uint_eq(event_take(event), 1);
	ck_assert_int_eq(irq_none(fd, INTX, TRIGGER, 0, 1), 0);
	ck_assert_uint_eq(event_take(event), 1);
}
END_TEST

START_TEST(line_that_waits_for_enabling)
{
	int event = event_new(), fd = node_open_reset();

	raise_line(fd);
	ck_assert_int_eq(irq_arm(fd, INTX, TRIGGER, 0, event), 0);
	ck_assert_uint_eq(event_take(event), 1);
}
END_TEST

START_TEST(another_eventfd)
{
	int event = event_new(), other = event_new(), fd = open_with_intx(event);

	raise_line(fd);
	ck_assert_uint_eq(event_take(event), 1);
	/* The mask is kept: the line, still up, isn't told again. */
	ck_assert_int_eq(irq_arm(fd, INTX, TRIGGER, 0, other), 0);
	ck_assert_uint_eq(event_take(other), 0);
	ck_assert_int_eq(unmask(fd), 0);
	ck_assert_uint_eq(event_take(other), 1);
	ck_assert_uint_eq(event_take(event), 0);
	/* Without any it is still the mode. */
	ck_assert_int_eq(irq_arm(fd, INTX, TRIGGER, 0, -1), 0);
	ck_assert_int_eq(irq_none(fd, INTX, TRIGGER, 0, 1), 0);
	ck_assert_uint_eq(event_take(other), 0);
	ck_assert_int_eq(irq_arm(fd, MSI, TRIGGER, 0, event), -EINVAL);
}
END_TEST

START_TEST(mode_is_exclusive)
{
	int event = event_new(), fd = node_open_reset();

	/* -1 enables it without an eventfd. */
	ck_assert_int_eq(irq_arm(fd, INTX, TRIGGER, 0, -1), 0);
	ck_assert_int_eq(irq_arm(fd, MSI, TRIGGER, 0, event), -EINVAL);
	ck_assert_int_eq(irq_none(fd, MSI, TRIGGER, 0, 0), -EINVAL);
	ck_assert_int_eq(irq_none(fd, INTX, TRIGGER, 0, 0), 0);
	ck_assert_int_eq(irq_none(fd, INTX, TRIGGER, 0, 0), -EINVAL);
	ck_assert_int_eq(irq_arm(fd, MSI, TRIGGER, 0, event), 0);
	ck_assert_int_eq(irq_arm(fd, INTX, TRIGGER, 0, event), -EINVAL);
	ck_assert_int_eq(irq_arm(fd, INTX, TRIGGER, 0, -1), -EINVAL);
	ck_assert_int_eq(unmask(fd), -EINVAL);
	ck_assert_int_eq(irq_none(fd, MSI, TRIGGER, 0, 0), 0);
	ck_assert_int_eq(irq_arm(fd, INTX, TRIGGER, 0, event), 0);
}
END_TEST

static void
disintx(int fd, bool on)
{
	node_put(fd, CONFIG, PCI_COMMAND, 2,
		 PCI_COMMAND_MEMORY | (on ? PCI_COMMAND_INTX_DISABLE : 0));
}

START_TEST(disable_bit_masks)
{
	int event = event_new(), fd = open_with_intx(event);

	disintx(fd, true);
	raise_line(fd);
	ck_assert_uint_eq(event_take(event), 0);
	/* UNMASK is accepted and does nothing; the loopback is silent. */
	ck_assert_int_eq(unmask(fd), 0);
	ck_assert_int_eq(irq_none(fd, INTX, TRIGGER, 0, 1), 0);
	ck_assert_uint_eq(event_take(event), 0);
	disintx(fd, false);
	ck_assert_uint_eq(event_take(event), 1);
	disintx(fd, false);
	ck_assert_uint_eq(event_take(event), 0);
}
END_TEST

START_TEST(disable_bit_before_enabling)
{
	int event = event_new(), fd = node_open_reset();

	disintx(fd, true);
	raise_line(fd);
	ck_assert_int_eq(irq_arm(fd, INTX, TRIGGER, 0, event), 0);
	ck_assert_uint_eq(event_take(event), 0);
	disintx(fd, false);
	ck_assert_uint_eq(event_take(event), 1);
}
END_TEST

START_TEST(unmask_eventfd)
{
	int event = event_new(), unmasker = event_new(), fd = open_with_intx(event);
	const uint64_t one = 1;

	ck_assert_int_eq(irq_arm(fd, INTX, UNMASK, 0, unmasker), 0);
	ck_assert_int_eq(irq_arm(fd, INTX, UNMASK, 0, unmasker), -EBUSY);
	raise_line(fd);
	ck_assert_uint_eq(event_take(event), 1);
	/* The line is up still: unmasking tells it again, every time. */
	for (unsigned i = 0; i < 5; i++) {
		ck_assert_int_eq(write(unmasker, &one, sizeof(one)), sizeof(one));
		ck_assert_uint_eq(event_wait(event), 1);
	}
	lower_line(fd);
	ck_assert_int_eq(irq_arm(fd, INTX, UNMASK, 0, -1), 0);
	ck_assert_int_eq(irq_arm(fd, INTX, UNMASK, 0, -1), 0);
	ck_assert_int_eq(write(unmasker, &one, sizeof(one)), sizeof(one));
	pause_ms(50);
	raise_line(fd);
	ck_assert_uint_eq(event_take(event), 0);
}
END_TEST

START_TEST(unmask_eventfd_that_is_readable)
{
	int event = event_new(), unmasker = event_new(), fd = open_with_intx(event);
	const uint64_t one = 1;

	raise_line(fd);
	ck_assert_uint_eq(event_take(event), 1);
	ck_assert_int_eq(write(unmasker, &one, sizeof(one)), sizeof(one));
	ck_assert_int_eq(irq_arm(fd, INTX, UNMASK, 0, unmasker), 0);
	ck_assert_uint_eq(event_wait(event), 1);
}
END_TEST

START_TEST(unmask_eventfd_must_be_one)
{
	int event = event_new(), fd = open_with_intx(event);

	ck_assert_int_eq(irq_arm(fd, INTX, UNMASK, 0, fd), -EINVAL);
	ck_assert_int_eq(irq_arm(fd, INTX, UNMASK, 0, 12345), -EBADF);
	ck_assert_int_eq(irq_arm(fd, INTX, MASK, 0, event), -ENOTTY);
	ck_assert_int_eq(irq_none(fd, INTX, TRIGGER, 0, 0), 0);
	ck_assert_int_eq(irq_arm(fd, INTX, UNMASK, 0, event), -EINVAL);
}
END_TEST

START_TEST(disabling_drops_the_unmask_eventfd)
{
	int event = event_new(), unmasker = event_new(), fd = open_with_intx(event);

	ck_assert_int_eq(irq_arm(fd, INTX, UNMASK, 0, unmasker), 0);
	ck_assert_int_eq(irq_none(fd, INTX, TRIGGER, 0, 0), 0);
	ck_assert_int_eq(irq_arm(fd, INTX, TRIGGER, 0, event), 0);
	ck_assert_int_eq(irq_arm(fd, INTX, UNMASK, 0, unmasker), 0);
}
END_TEST

START_TEST(reset_lowers_the_line)
{
	int event = event_new(), fd = open_with_intx(event);

	raise_line(fd);
	ck_assert_uint_eq(event_take(event), 1);
	assert_returns(ioctl(fd, VFIO_DEVICE_RESET), 0);
	ck_assert_int_eq(unmask(fd), 0);
	ck_assert_uint_eq(event_take(event), 0);
	raise_line(fd);
	ck_assert_uint_eq(event_take(event), 1);
}
END_TEST

Suite *
intx_suite(void)
{
	Suite *suite = suite_create("intx");
	TCase *edu = served_case("edu", serve_edu, 120);

	tcase_add_test(edu, delivery_masks);
	tcase_add_test(edu, unmask_with_the_line_pending);
	tcase_add_test(edu, mask_holds_back);
	tcase_add_test(edu, loopback_leaves_the_mask);
	tcase_add_test(edu, line_that_waits_for_enabling);
	tcase_add_test(edu, another_eventfd);
	tcase_add_test(edu, mode_is_exclusive);
	tcase_add_test(edu, disable_bit_masks);
	tcase_add_test(edu, disable_bit_before_enabling);
	tcase_add_test(edu, unmask_eventfd);
	tcase_add_test(edu, unmask_eventfd_that_is_readable);
	tcase_add_test(edu, unmask_eventfd_must_be_one);
	tcase_add_test(edu, disabling_drops_the_unmask_eventfd);
	tcase_add_test(edu, reset_lowers_the_line);
	served_last(edu);
	suite_add_tcase(suite, edu);
	return suite;
}
