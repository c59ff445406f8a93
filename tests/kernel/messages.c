/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MSI and MSI-X: messages of the edu device, and vectors in blocks. */
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "dump.h"
#include "irq.h"
#include "kernel.h"
#include "node.h"
#include "served.h"

#define EDU_MSI 0x40

static bool
msi_shown(int fd)
{
	return node_get(fd, CONFIG, EDU_MSI + PCI_MSI_FLAGS, 2) & PCI_MSI_FLAGS_ENABLE;
}

START_TEST(factorial_sends_a_message)
{
	int fd = node_open_reset(), event = event_new();

	ck_assert_int_eq(irq_arm(fd, MSI, TRIGGER, 0, event), 0);
	node_put(fd, BAR0, EDU_FACTORIAL, 4, 5);
	ck_assert_uint_eq(event_take(event), 0);
	/* 80h: interrupt when the factorial is done. */
	node_put(fd, BAR0, EDU_STATUS, 4, 0x80);
	for (uint32_t n = 1; n <= 3; n++) {
		node_put(fd, BAR0, EDU_FACTORIAL, 4, 10);
		ck_assert_uint_eq(event_wait(event), 1);
		ck_assert_uint_eq(node_get(fd, BAR0, EDU_FACTORIAL, 4), 3628800);
		ck_assert_uint_eq(node_get(fd, BAR0, EDU_IRQ_STATUS, 4), 1);
		node_put(fd, BAR0, EDU_IRQ_ACK, 4, 1);
		ck_assert_uint_eq(node_get(fd, BAR0, EDU_IRQ_STATUS, 4), 0);
	}
	ck_assert_uint_eq(event_take(event), 0);
}
END_TEST

START_TEST(raise_register_sends_a_message)
{
	int fd = node_open_reset(), event = event_new();

	ck_assert_int_eq(irq_arm(fd, MSI, TRIGGER, 0, event), 0);
	for (unsigned n = 0; n < 20; n++) {
		node_put(fd, BAR0, EDU_IRQ_RAISE, 4, 1u << n);
		ck_assert_uint_eq(node_get(fd, BAR0, EDU_IRQ_STATUS, 4), 1u << n);
		node_put(fd, BAR0, EDU_IRQ_ACK, 4, 1u << n);
	}
	/* A message isn't masked by its delivery. */
	ck_assert_uint_eq(event_take(event), 20);
	/* Disabled, the device falls back to a line that nobody listens to. */
	ck_assert_int_eq(irq_none(fd, MSI, TRIGGER, 0, 0), 0);
	node_put(fd, BAR0, EDU_IRQ_RAISE, 4, 1);
	ck_assert_uint_eq(event_take(event), 0);
}
END_TEST

START_TEST(dma_sends_a_message)
{
	int fd = node_open_reset(), event = event_new();

	node_put(fd, CONFIG, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	ck_assert_int_eq(irq_arm(fd, MSI, TRIGGER, 0, event), 0);
	node_put(fd, BAR0, EDU_DMA_SOURCE, 8, 0x40000);
	node_put(fd, BAR0, EDU_DMA_DESTINATION, 8, 0);
	node_put(fd, BAR0, EDU_DMA_COUNT, 8, 64);
	node_put(fd, BAR0, EDU_DMA_COMMAND, 8, 7);
	ck_assert_uint_eq(event_wait(event), 1);
	ck_assert_uint_eq(node_get(fd, BAR0, EDU_IRQ_STATUS, 4), 0x100);
}
END_TEST

START_TEST(enable_bit_follows)
{
	int fd = node_open_reset(), event = event_new();

	ck_assert(!msi_shown(fd));
	ck_assert_int_eq(irq_arm(fd, MSI, TRIGGER, 0, event), 0);
	ck_assert(msi_shown(fd));
	assert_returns(ioctl(fd, VFIO_DEVICE_RESET), 0);
	ck_assert(msi_shown(fd));
	/* No eventfd left, and yet the mode. */
	ck_assert_int_eq(irq_arm(fd, MSI, TRIGGER, 0, -1), 0);
	ck_assert(msi_shown(fd));
	ck_assert_int_eq(irq_none(fd, MSI, TRIGGER, 0, 1), 0);
	ck_assert_int_eq(irq_none(fd, MSI, TRIGGER, 0, 0), 0);
	ck_assert(!msi_shown(fd));
	ck_assert_int_eq(irq_arm(fd, MSI, TRIGGER, 0, event), 0);
	close(fd);
	fd = node_open(SERVED_NODE);
	ck_assert(!msi_shown(fd));
}
END_TEST

/* The client's own bit: cleared in config space while the mode is on, no message goes out. */
START_TEST(client_clears_the_enable_bit)
{
	int fd = node_open_reset(), event = event_new();

	ck_assert_int_eq(irq_arm(fd, MSI, TRIGGER, 0, event), 0);
	node_put(fd, CONFIG, EDU_MSI + PCI_MSI_FLAGS, 2, 0);
	ck_assert(!msi_shown(fd));
	node_put(fd, CONFIG, EDU_MSI + PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_ENABLE);
	ck_assert(msi_shown(fd));
	node_put(fd, BAR0, EDU_IRQ_RAISE, 4, 1);
	ck_assert_uint_eq(event_take(event), 1);
}
END_TEST

/* Vectors in blocks, on MSI (4) and MSI-X (8). */

static const struct {
	uint32_t index, vectors;
} kinds[] = {{MSI, EXPRESS_MSI_VECTORS}, {MSIX, EXPRESS_MSIX_VECTORS}};

struct vectors {
	int32_t event[IRQ_MAX_VECTORS];
};

static struct vectors
new_vectors(void)
{
	struct vectors vectors;

	for (unsigned i = 0; i < IRQ_MAX_VECTORS; i++)
		vectors.event[i] = event_new();
	return vectors;
}

/* Triggers all and compares: bit n of want says whether vector n has an eventfd. */
static void
assert_armed(int fd, uint32_t index, uint32_t count, const struct vectors *vectors, uint32_t want)
{
	ck_assert_int_eq(irq_none(fd, index, TRIGGER, 0, count), 0);
	for (unsigned i = 0; i < IRQ_MAX_VECTORS; i++)
		ck_assert_msg(event_take(vectors->event[i]) == (want >> i & 1), "vector %u", i);
}

START_TEST(blocks)
{
	const uint32_t index = kinds[_i].index, n = kinds[_i].vectors;
	struct vectors vectors = new_vectors();
	const uint8_t bools[IRQ_MAX_VECTORS] = {1, 0, 0xff, 0};
	int fd = node_open_reset();

	ck_assert_int_eq(irq_set(fd, index, EVENTFD | TRIGGER, 0, n, vectors.event), 0);
	assert_armed(fd, index, n, &vectors, (1u << n) - 1);
	ck_assert_int_eq(irq_set(fd, index, BOOL | TRIGGER, 0, 4, bools), 0);
	for (unsigned i = 0; i < IRQ_MAX_VECTORS; i++)
		ck_assert_uint_eq(event_take(vectors.event[i]), i == 0 || i == 2);
	ck_assert_int_eq(irq_none(fd, index, TRIGGER, n - 1, 1), 0);
	ck_assert_uint_eq(event_take(vectors.event[n - 1]), 1);
	/* Taken away one by one; the mode stays. */
	for (unsigned i = 0; i < n; i++)
		ck_assert_int_eq(irq_arm(fd, index, TRIGGER, i, -1), 0);
	assert_armed(fd, index, n, &vectors, 0);
	ck_assert_int_eq(irq_arm(fd, index, TRIGGER, 1, vectors.event[1]), 0);
	assert_armed(fd, index, n, &vectors, 1u << 1);
	ck_assert_int_eq(irq_none(fd, index, TRIGGER, n - 1, 0), 0);
	ck_assert_int_eq(irq_none(fd, index, TRIGGER, 0, n), -EINVAL);
}
END_TEST

START_TEST(allocated_at_first)
{
	const uint32_t index = kinds[_i].index, n = kinds[_i].vectors;
	struct vectors vectors = new_vectors();
	int fd = node_open_reset();

	/* start + count are allocated: 0 and 1. The index is NORESIZE. */
	ck_assert_int_eq(irq_arm(fd, index, TRIGGER, 1, vectors.event[1]), 0);
	assert_armed(fd, index, n, &vectors, 1u << 1);
	ck_assert_int_eq(irq_arm(fd, index, TRIGGER, 0, vectors.event[0]), 0);
	ck_assert_int_eq(irq_arm(fd, index, TRIGGER, 2, vectors.event[2]), -EINVAL);
	ck_assert_int_eq(irq_arm(fd, index, TRIGGER, 2, -1), 0);
	assert_armed(fd, index, n, &vectors, 3);
	ck_assert_int_eq(irq_set(fd, index, EVENTFD | TRIGGER, 0, 0, NULL), 0);
	assert_armed(fd, index, n, &vectors, 3);
	/* Allocated without any eventfd. */
	ck_assert_int_eq(irq_none(fd, index, TRIGGER, 0, 0), 0);
	ck_assert_int_eq(irq_set(fd, index, EVENTFD | TRIGGER, 3, 0, NULL), 0);
	ck_assert_int_eq(irq_arm(fd, index, TRIGGER, 2, vectors.event[2]), 0);
	ck_assert_int_eq(irq_arm(fd, index, TRIGGER, 3, vectors.event[3]), -EINVAL);
}
END_TEST

START_TEST(roll_back_of_the_first)
{
	const uint32_t index = kinds[_i].index, n = kinds[_i].vectors;
	struct vectors vectors = new_vectors(), bad = vectors;
	int fd = node_open_reset();

	bad.event[2] = fd; /* no eventfd */
	ck_assert_int_eq(irq_set(fd, index, EVENTFD | TRIGGER, 0, n, bad.event), -EINVAL);
	ck_assert_int_eq(irq_none(fd, index, TRIGGER, 0, n), -EINVAL);
	bad.event[2] = 54321; /* not open */
	ck_assert_int_eq(irq_set(fd, index, EVENTFD | TRIGGER, 0, n, bad.event), -EBADF);
	ck_assert_int_eq(irq_none(fd, index, TRIGGER, 0, 0), -EINVAL);
	ck_assert_int_eq(irq_arm(fd, INTX, TRIGGER, 0, vectors.event[0]), 0);
}
END_TEST

/* Later, the vectors from start to the failing one lose theirs, the others keep them. */
START_TEST(roll_back_of_a_change)
{
	const uint32_t index = kinds[_i].index, n = kinds[_i].vectors;
	struct vectors vectors = new_vectors(), bad = vectors;
	int fd = node_open_reset();

	ck_assert_int_eq(irq_set(fd, index, EVENTFD | TRIGGER, 0, n, vectors.event), 0);
	bad.event[2] = fd;
	ck_assert_int_eq(irq_set(fd, index, EVENTFD | TRIGGER, 1, 3, bad.event), -EINVAL);
	assert_armed(fd, index, n, &vectors, ((1u << n) - 1) & ~0xeu);
}
END_TEST

START_TEST(msix_enable_bit_follows)
{
	struct vectors vectors = new_vectors();
	int fd = node_open_reset();
	const unsigned at = EXPRESS_MSIX + PCI_MSIX_FLAGS;

	ck_assert_uint_eq(node_get(fd, CONFIG, at, 2) & PCI_MSIX_FLAGS_ENABLE, 0);
	ck_assert_int_eq(irq_set(fd, MSIX, EVENTFD | TRIGGER, 0, 8, vectors.event), 0);
	ck_assert_uint_ne(node_get(fd, CONFIG, at, 2) & PCI_MSIX_FLAGS_ENABLE, 0);
	ck_assert_int_eq(irq_none(fd, MSIX, TRIGGER, 0, 0), 0);
	ck_assert_uint_eq(node_get(fd, CONFIG, at, 2) & PCI_MSIX_FLAGS_ENABLE, 0);
}
END_TEST

START_TEST(err_of_an_express_device)
{
	int fd = node_open_reset(), event = event_new();

	ck_assert_int_eq(irq_arm(fd, ERR, TRIGGER, 0, event), 0);
	ck_assert_int_eq(irq_none(fd, ERR, TRIGGER, 0, 1), 0);
	ck_assert_uint_eq(event_take(event), 1);
	ck_assert_int_eq(irq_arm(fd, ERR, TRIGGER, 0, -2), -EINVAL);
	ck_assert_int_eq(irq_none(fd, ERR, TRIGGER, 0, 0), 0);
	ck_assert_int_eq(irq_none(fd, ERR, TRIGGER, 0, 0), -EINVAL);
}
END_TEST

Suite *
messages_suite(void)
{
	Suite *suite = suite_create("messages");
	TCase *edu = served_case("edu", serve_edu, 120);
	TCase *express = served_case("express", serve_express, 120);

	tcase_add_test(edu, factorial_sends_a_message);
	tcase_add_test(edu, raise_register_sends_a_message);
	tcase_add_test(edu, dma_sends_a_message);
	tcase_add_test(edu, enable_bit_follows);
	tcase_add_test(edu, client_clears_the_enable_bit);
	served_last(edu);
	suite_add_tcase(suite, edu);
	tcase_add_loop_test(express, blocks, 0, 2);
	tcase_add_loop_test(express, allocated_at_first, 0, 2);
	tcase_add_loop_test(express, roll_back_of_the_first, 0, 2);
	tcase_add_loop_test(express, roll_back_of_a_change, 0, 2);
	tcase_add_test(express, msix_enable_bit_follows);
	tcase_add_test(express, err_of_an_express_device);
	served_last(express);
	suite_add_tcase(suite, express);
	return suite;
}
