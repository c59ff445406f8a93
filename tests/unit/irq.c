/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VFIO_DEVICE_SET_IRQS and delivery, with real eventfds. Rules: vfio.h and drivers/vfio/pci. */
#include "recorder.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "util/eventfd.h"

#define NONE    VFIO_IRQ_SET_DATA_NONE
#define BOOL    VFIO_IRQ_SET_DATA_BOOL
#define EVENTFD VFIO_IRQ_SET_DATA_EVENTFD
#define MASK    VFIO_IRQ_SET_ACTION_MASK
#define UNMASK  VFIO_IRQ_SET_ACTION_UNMASK
#define TRIGGER VFIO_IRQ_SET_ACTION_TRIGGER

enum { INTX, MSI, MSIX, ERR, REQ };

static struct vfio_device *device;
static struct vfio_file *file;

static void
setup(void)
{
	ck_assert_int_eq(eventfd_start(), 0);
	device = recorder_new();
	ck_assert_ptr_nonnull(device);
	file = vfio_open(device);
}

static void
teardown(void)
{
	vfio_close(file);
	vfio_device_free(device);
	eventfd_stop();
}

/* The caller is this very process. */
static int
take_eventfd(struct caller *caller, int fd)
{
	int error = eventfd_check(fd);

	(void)caller;
	return error ? error : fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

static int
set_raw(uint32_t argsz, uint32_t flags, uint32_t index, uint32_t start, uint32_t count,
	const void *data, size_t length)
{
	uint8_t argument[256] = {0};
	struct vfio_irq_set set = {
		.argsz = argsz, .flags = flags, .index = index, .start = start, .count = count};
	struct caller caller = {.take_eventfd = take_eventfd};
	struct call request = {.command = VFIO_DEVICE_SET_IRQS, .caller = &caller};

	memcpy(argument, &set, 20);
	if (length)
		memcpy(argument + 20, data, length);
	while (vfio_ioctl(file, &request) == CALL_MORE) {
		ck_assert_uint_le(request.want_in, sizeof(argument));
		request.in = argument;
		request.in_size = request.want_in;
	}
	return request.result;
}

static int
set(uint32_t flags, uint32_t index, uint32_t start, uint32_t count, const void *data)
{
	size_t item = flags & EVENTFD ? 4 : flags & BOOL ? 1 : 0;

	return set_raw((uint32_t)(20 + item * count), flags, index, start, count, data,
		       item * count);
}

static int
set_fd(uint32_t flags, uint32_t index, uint32_t start, int32_t fd)
{
	return set(EVENTFD | flags, index, start, 1, &fd);
}

static int
new_eventfd(void)
{
	int fd = eventfd(0, EFD_NONBLOCK);

	ck_assert_int_ge(fd, 0);
	return fd;
}

/* Takes the counter's value; 0 if it was never signalled. */
static uint64_t
taken(int fd)
{
	uint64_t value = 0;

	if (read(fd, &value, sizeof(value)) < 0)
		ck_assert_int_eq(errno, EAGAIN);
	return value;
}

/* The same, for what another thread will do soon. */
static uint64_t
taken_soon(int fd)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};

	poll(&wait, 1, 5000);
	return taken(fd);
}

static const struct {
	uint32_t argsz, flags, index, start, count;
	int result;
} refused[] = {
	{19, NONE | TRIGGER, MSI, 0, 0, -EINVAL},
	{20, NONE | TRIGGER, 5, 0, 0, -EINVAL},
	{20, NONE | TRIGGER, 0xffffffff, 0, 0, -EINVAL},
	{20, NONE | TRIGGER | 1 << 6, MSI, 0, 0, -EINVAL},
	{20, NONE | TRIGGER, MSI, 4, 0, -EINVAL},          /* start at the end */
	{20, NONE | TRIGGER, MSI, 0, 5, -EINVAL},          /* one too many */
	{20, NONE | TRIGGER, MSI, 3, 2, -EINVAL},
	{20, NONE | TRIGGER, MSI, 1, 0xffffffff, -EINVAL}, /* overflow */
	{20, NONE | TRIGGER, MSI, 0xffffffff, 1, -EINVAL},
	{20, TRIGGER, MSI, 0, 0, -EINVAL},                 /* no data kind */
	{20, NONE | BOOL | TRIGGER, MSI, 0, 0, -EINVAL},   /* two */
	{21, BOOL | TRIGGER, MSI, 0, 2, -EINVAL},          /* data too short */
	{23, EVENTFD | TRIGGER, MSI, 0, 1, -EINVAL},
	{20, NONE, MSI, 0, 0, -ENOTTY},                    /* no action */
	{20, NONE | MASK | TRIGGER, MSI, 0, 0, -ENOTTY},   /* two */
	{20, NONE | MASK, MSI, 0, 1, -ENOTTY},
	{20, NONE | UNMASK, MSI, 0, 1, -ENOTTY},
	{20, NONE | MASK, MSIX, 0, 1, -ENOTTY},
	{20, NONE | MASK, ERR, 0, 1, -ENOTTY},
	{20, NONE | UNMASK, REQ, 0, 1, -ENOTTY},
	{24, EVENTFD | MASK, INTX, 0, 1, -EINVAL}, /* the mode is checked first */
	/* Nothing is armed yet. */
	{20, NONE | TRIGGER, MSI, 0, 0, -EINVAL},
	{20, NONE | TRIGGER, MSI, 0, 1, -EINVAL},
	{20, NONE | TRIGGER, INTX, 0, 0, -EINVAL},
	{20, NONE | TRIGGER, INTX, 0, 1, -EINVAL},
	{20, NONE | MASK, INTX, 0, 1, -EINVAL},
	{20, NONE | UNMASK, INTX, 0, 1, -EINVAL},
	{20, NONE | TRIGGER, ERR, 0, 1, -EINVAL},
	{20, NONE | TRIGGER, REQ, 0, 0, -EINVAL},
	{20, EVENTFD | TRIGGER, MSI, 0, 0, -ERANGE},
	{20, EVENTFD | TRIGGER, REQ, 0, 0, -EINVAL},
	{20, BOOL | TRIGGER, ERR, 0, 0, -EINVAL},
};

START_TEST(refusals)
{
	const int32_t none[4] = {-1, -1, -1, -1};

	ck_assert_int_eq(set_raw(refused[_i].argsz, refused[_i].flags, refused[_i].index,
				 refused[_i].start, refused[_i].count, none, sizeof(none)),
			 refused[_i].result);
}
END_TEST

START_TEST(bad_descriptors)
{
	int file_fd = open("/dev/null", O_RDONLY);

	for (unsigned index = INTX; index <= REQ; index++) {
		ck_assert_int_eq(set_fd(TRIGGER, index, 0, 9999), -EBADF);
		ck_assert_int_eq(set_fd(TRIGGER, index, 0, file_fd), -EINVAL);
	}
	/* A failed first enable leaves no mode behind. */
	ck_assert_int_eq(irqs_mode(&device->irqs), -1);
	ck_assert_int_eq(set_fd(TRIGGER, ERR, 0, -2), -EINVAL);
	ck_assert_int_eq(set_fd(TRIGGER, REQ, 0, -1), 0);
	close(file_fd);
}
END_TEST

START_TEST(msi_delivers)
{
	int fds[4] = {new_eventfd(), new_eventfd(), -1, new_eventfd()};

	ck_assert_int_eq(set(EVENTFD | TRIGGER, MSI, 0, 4, fds), 0);
	for (int i = 0; i < 3; i++)
		device->host.msi(device, 0);
	device->host.msi(device, 1);
	device->host.msi(device, 2);
	device->host.msi(device, 77);
	ck_assert_uint_eq(taken(fds[0]), 3);
	ck_assert_uint_eq(taken(fds[1]), 1);
	ck_assert_uint_eq(taken(fds[3]), 0);
	/* Loopback by NONE and BOOL. */
	ck_assert_int_eq(set(NONE | TRIGGER, MSI, 0, 4, NULL), 0);
	ck_assert_int_eq(set(BOOL | TRIGGER, MSI, 0, 4, "\0\1\1\1"), 0);
	ck_assert_uint_eq(taken(fds[0]), 1);
	ck_assert_uint_eq(taken(fds[1]), 2);
	ck_assert_uint_eq(taken(fds[3]), 2);
	/* Removed one by one the mode stays; count 0 ends it. */
	ck_assert_int_eq(set_fd(TRIGGER, MSI, 0, -1), 0);
	device->host.msi(device, 0);
	ck_assert_uint_eq(taken(fds[0]), 0);
	ck_assert_int_eq(irqs_mode(&device->irqs), VFIO_PCI_MSI_IRQ_INDEX);
	ck_assert_int_eq(set(NONE | TRIGGER, MSI, 0, 0, NULL), 0);
	ck_assert_int_eq(irqs_mode(&device->irqs), -1);
	device->host.msi(device, 1);
	ck_assert_uint_eq(taken(fds[1]), 0);
}
END_TEST

START_TEST(msi_block_rules)
{
	int fds[4] = {new_eventfd(), new_eventfd(), new_eventfd(), 9999};

	/* Enabling a block at 1 allocates 0 and 1: 2 is out, for lack of resizing. */
	ck_assert_int_eq(set_fd(TRIGGER, MSI, 1, fds[1]), 0);
	ck_assert_int_eq(set_fd(TRIGGER, MSI, 0, fds[0]), 0);
	ck_assert_int_eq(set_fd(TRIGGER, MSI, 2, fds[2]), -EINVAL);
	ck_assert_int_eq(set_fd(TRIGGER, MSI, 2, -1), 0);
	ck_assert_int_eq(set(EVENTFD | TRIGGER, MSI, 0, 0, NULL), 0);
	ck_assert_int_eq(set(NONE | TRIGGER, MSI, 0, 0, NULL), 0);
	/* A bad one in the middle of an update takes the eventfds before it away. */
	ck_assert_int_eq(set(EVENTFD | TRIGGER, MSI, 0, 3, fds), 0);
	ck_assert_int_eq(set(EVENTFD | TRIGGER, MSI, 1, 2, (int[]){fds[0], 9999}), -EBADF);
	device->host.msi(device, 0);
	device->host.msi(device, 1);
	device->host.msi(device, 2);
	ck_assert_uint_eq(taken(fds[0]), 1);
	ck_assert_uint_eq(taken(fds[1]), 0);
	ck_assert_uint_eq(taken(fds[2]), 0);
}
END_TEST

START_TEST(one_mode_at_a_time)
{
	int fd = new_eventfd();

	ck_assert_int_eq(set_fd(TRIGGER, MSI, 0, fd), 0);
	ck_assert_int_eq(set_fd(TRIGGER, INTX, 0, fd), -EINVAL);
	ck_assert_int_eq(set_fd(TRIGGER, MSIX, 0, fd), -EINVAL);
	ck_assert_int_eq(set(NONE | TRIGGER, MSIX, 0, 0, NULL), -EINVAL);
	ck_assert_int_eq(set_fd(TRIGGER, REQ, 0, fd), 0);
	ck_assert_int_eq(set(NONE | TRIGGER, MSI, 0, 0, NULL), 0);
	ck_assert_int_eq(set_fd(TRIGGER, MSIX, 3, fd), 0);
	device->host.msi(device, 3);
	ck_assert_uint_eq(taken(fd), 1);
}
END_TEST

START_TEST(msi_enable_shows_in_config)
{
	uint16_t control = 0;
	int fd = new_eventfd();

	ck_assert_int_eq(set_fd(TRIGGER, MSI, 0, fd), 0);
	device_read(device, at(VFIOD_CONFIG, 0x42), &control, 2);
	ck_assert_uint_eq(control & PCI_MSI_FLAGS_ENABLE, 1);
	/* A reset keeps what SET_IRQS did. */
	vfio_reset(device);
	device_read(device, at(VFIOD_CONFIG, 0x42), &control, 2);
	ck_assert_uint_eq(control & PCI_MSI_FLAGS_ENABLE, 1);
	device->host.msi(device, 0);
	ck_assert_uint_eq(taken(fd), 1);
	ck_assert_int_eq(set(NONE | TRIGGER, MSI, 0, 0, NULL), 0);
	device_read(device, at(VFIOD_CONFIG, 0x42), &control, 2);
	ck_assert_uint_eq(control & PCI_MSI_FLAGS_ENABLE, 0);
}
END_TEST

START_TEST(msi_control_is_not_the_clients)
{
	uint16_t control = 0x0071;
	int fds[4] = {new_eventfd(), -1, -1, -1};

	/* Off: enable stays 0, and 4 vectors are what the device has. */
	ck_assert_int_eq(device_write(device, at(VFIOD_CONFIG, 0x42), &control, 2), 2);
	device_read(device, at(VFIOD_CONFIG, 0x42), &control, 2);
	ck_assert_uint_eq(control & 0x71, 0x20);
	/* Two vectors armed: the client may turn MSI off and on, and use two. */
	ck_assert_int_eq(set(EVENTFD | TRIGGER, MSI, 0, 2, fds), 0);
	control = 0x0070;
	ck_assert_int_eq(device_write(device, at(VFIOD_CONFIG, 0x42), &control, 2), 2);
	device_read(device, at(VFIOD_CONFIG, 0x42), &control, 2);
	ck_assert_uint_eq(control & 0x71, 0x10);
	control = 0x0001;
	ck_assert_int_eq(device_write(device, at(VFIOD_CONFIG, 0x42), &control, 2), 2);
	device_read(device, at(VFIOD_CONFIG, 0x42), &control, 2);
	ck_assert_uint_eq(control & 0x71, 0x01);
}
END_TEST

START_TEST(msix_enable_shows_in_config)
{
	uint16_t control = 0;
	int fd = new_eventfd();

	ck_assert_int_eq(set_fd(TRIGGER, MSIX, 3, fd), 0);
	device_read(device, at(VFIOD_CONFIG, 0x62), &control, 2);
	ck_assert_uint_eq(control, 0x8003);
	ck_assert_int_eq(set(NONE | TRIGGER, MSIX, 0, 0, NULL), 0);
	device_read(device, at(VFIOD_CONFIG, 0x62), &control, 2);
	ck_assert_uint_eq(control, 0x0003);
}
END_TEST

START_TEST(intx_masks_itself)
{
	int fd = new_eventfd();

	ck_assert_int_eq(set_fd(TRIGGER, INTX, 0, fd), 0);
	device->host.intx(device, true);
	ck_assert_uint_eq(taken(fd), 1);
	device->host.intx(device, true);
	ck_assert_uint_eq(taken(fd), 0);
	/* Unmasked while the line is up: again at once, and masked again. */
	ck_assert_int_eq(set(NONE | UNMASK, INTX, 0, 1, NULL), 0);
	ck_assert_uint_eq(taken(fd), 1);
	device->host.intx(device, false);
	device->host.intx(device, true);
	ck_assert_uint_eq(taken(fd), 0);
	device->host.intx(device, false);
	ck_assert_int_eq(set(BOOL | UNMASK, INTX, 0, 1, "\1"), 0);
	ck_assert_uint_eq(taken(fd), 0);
	device->host.intx(device, true);
	ck_assert_uint_eq(taken(fd), 1);
}
END_TEST

START_TEST(intx_mask_by_client)
{
	int fd = new_eventfd();

	ck_assert_int_eq(set_fd(TRIGGER, INTX, 0, fd), 0);
	ck_assert_int_eq(set(BOOL | MASK, INTX, 0, 1, "\0"), 0);
	ck_assert_int_eq(set_fd(MASK, INTX, 0, fd), -ENOTTY);
	device->host.intx(device, true);
	ck_assert_uint_eq(taken(fd), 1);
	device->host.intx(device, false);
	ck_assert_int_eq(set(NONE | UNMASK, INTX, 0, 1, NULL), 0);
	ck_assert_int_eq(set(NONE | MASK, INTX, 0, 1, NULL), 0);
	device->host.intx(device, true);
	ck_assert_uint_eq(taken(fd), 0);
	/* The loopback ignores the mask and leaves it. */
	ck_assert_int_eq(set(NONE | TRIGGER, INTX, 0, 1, NULL), 0);
	ck_assert_uint_eq(taken(fd), 1);
	ck_assert_int_eq(set(NONE | UNMASK, INTX, 0, 1, NULL), 0);
	ck_assert_uint_eq(taken(fd), 1);
}
END_TEST

START_TEST(intx_disable_bit)
{
	int fd = new_eventfd();

	ck_assert_int_eq(set_fd(TRIGGER, INTX, 0, fd), 0);
	ck_assert_int_eq(device_write(device, at(VFIOD_CONFIG, PCI_COMMAND), "\x02\x04", 2), 2);
	device->host.intx(device, true);
	ck_assert_uint_eq(taken(fd), 0);
	ck_assert_int_eq(set(NONE | UNMASK, INTX, 0, 1, NULL), 0);
	ck_assert_int_eq(set(NONE | TRIGGER, INTX, 0, 1, NULL), 0);
	ck_assert_uint_eq(taken(fd), 0);
	ck_assert_int_eq(device_write(device, at(VFIOD_CONFIG, PCI_COMMAND), "\x02\x00", 2), 2);
	ck_assert_uint_eq(taken(fd), 1);
}
END_TEST

START_TEST(intx_modes)
{
	int fd = new_eventfd(), other = new_eventfd();

	/* No eventfd is still the mode. */
	ck_assert_int_eq(set_fd(TRIGGER, INTX, 0, -1), 0);
	ck_assert_int_eq(irqs_mode(&device->irqs), VFIO_PCI_INTX_IRQ_INDEX);
	ck_assert_int_eq(set_fd(TRIGGER, INTX, 0, fd), 0);
	ck_assert_int_eq(set_fd(TRIGGER, INTX, 0, other), 0);
	device->host.intx(device, true);
	ck_assert_uint_eq(taken(fd), 0);
	ck_assert_uint_eq(taken(other), 1);
	ck_assert_int_eq(set(NONE | TRIGGER, INTX, 0, 0, NULL), 0);
	ck_assert_int_eq(irqs_mode(&device->irqs), -1);
	/* Enabled with the line up already. */
	ck_assert_int_eq(set_fd(TRIGGER, INTX, 0, fd), 0);
	ck_assert_uint_eq(taken(fd), 1);
}
END_TEST

START_TEST(intx_unmask_by_eventfd)
{
	int fd = new_eventfd(), unmask = new_eventfd();
	uint64_t one = 1;

	ck_assert_int_eq(set_fd(UNMASK, INTX, 0, unmask), -EINVAL);
	ck_assert_int_eq(set_fd(TRIGGER, INTX, 0, fd), 0);
	ck_assert_int_eq(set_fd(UNMASK, INTX, 0, 9999), -EBADF);
	ck_assert_int_eq(set_fd(UNMASK, INTX, 0, -1), 0);
	ck_assert_int_eq(set_fd(UNMASK, INTX, 0, unmask), 0);
	ck_assert_int_eq(set_fd(UNMASK, INTX, 0, unmask), -EBUSY);
	device->host.intx(device, true);
	ck_assert_uint_eq(taken(fd), 1);
	ck_assert_int_eq(write(unmask, &one, sizeof(one)), 8);
	ck_assert_uint_eq(taken_soon(fd), 1);
	ck_assert_uint_eq(taken(unmask), 0);
	ck_assert_int_eq(set_fd(UNMASK, INTX, 0, -1), 0);
	ck_assert_int_eq(write(unmask, &one, sizeof(one)), 8);
	usleep(20000);
	ck_assert_uint_eq(taken(fd), 0);
	/* Readable when it is installed: acts at once. */
	ck_assert_int_eq(set_fd(UNMASK, INTX, 0, unmask), 0);
	ck_assert_uint_eq(taken_soon(fd), 1);
}
END_TEST

START_TEST(single_eventfds)
{
	unsigned index = _i ? REQ : ERR;
	int fd = new_eventfd();

	ck_assert_int_eq(set_fd(TRIGGER, index, 0, fd), 0);
	ck_assert_int_eq(set(NONE | TRIGGER, index, 0, 1, NULL), 0);
	ck_assert_int_eq(set(BOOL | TRIGGER, index, 0, 1, "\1"), 0);
	ck_assert_int_eq(set(BOOL | TRIGGER, index, 0, 1, "\0"), 0);
	ck_assert_uint_eq(taken(fd), 2);
	ck_assert_int_eq(set(NONE | TRIGGER, index, 0, 0, NULL), 0);
	ck_assert_int_eq(set(NONE | TRIGGER, index, 0, 1, NULL), -EINVAL);
}
END_TEST

START_TEST(full_counter_does_not_block)
{
	int fd = eventfd(0, 0);
	uint64_t full = UINT64_MAX - 1;

	ck_assert_int_eq(write(fd, &full, sizeof(full)), 8);
	ck_assert_int_eq(set_fd(TRIGGER, MSI, 0, fd), 0);
	for (int i = 0; i < 1000; i++)
		device->host.msi(device, 0);
	ck_assert_uint_ge(taken(fd), full);
}
END_TEST

START_TEST(close_of_the_owner_tears_down)
{
	struct vfio_file *other = vfio_open(device);
	int fd = new_eventfd();

	ck_assert_int_eq(set_fd(TRIGGER, MSI, 0, fd), 0);
	vfio_close(other);
	device->host.msi(device, 0);
	ck_assert_uint_eq(taken(fd), 1);
	other = vfio_open(device);
	vfio_close(file);
	file = other;
	device->host.msi(device, 0);
	ck_assert_uint_eq(taken(fd), 0);
	ck_assert_int_eq(irqs_mode(&device->irqs), -1);
}
END_TEST

START_TEST(each_open_takes_its_own_along)
{
	struct vfio_file *first = file, *second = vfio_open(device);
	int fd = new_eventfd();

	ck_assert_int_eq(set_fd(TRIGGER, MSI, 0, fd), 0);
	file = second;
	ck_assert_int_eq(set_fd(TRIGGER, REQ, 0, fd), 0);
	vfio_close(first);
	ck_assert_int_eq(irqs_mode(&device->irqs), -1);
	ck_assert_int_eq(set(NONE | TRIGGER, REQ, 0, 1, NULL), 0);
	ck_assert_uint_eq(taken(fd), 1);
}
END_TEST

Suite *
irq_suite(void)
{
	Suite *suite = suite_create("irq");
	TCase *tcase = tcase_create("set_irqs");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, refusals, 0, sizeof(refused) / sizeof(*refused));
	tcase_add_test(tcase, bad_descriptors);
	tcase_add_test(tcase, msi_delivers);
	tcase_add_test(tcase, msi_block_rules);
	tcase_add_test(tcase, one_mode_at_a_time);
	tcase_add_test(tcase, msi_enable_shows_in_config);
	tcase_add_test(tcase, msi_control_is_not_the_clients);
	tcase_add_test(tcase, msix_enable_shows_in_config);
	tcase_add_test(tcase, intx_masks_itself);
	tcase_add_test(tcase, intx_mask_by_client);
	tcase_add_test(tcase, intx_disable_bit);
	tcase_add_test(tcase, intx_modes);
	tcase_add_test(tcase, intx_unmask_by_eventfd);
	tcase_add_loop_test(tcase, single_eventfds, 0, 2);
	tcase_add_test(tcase, full_counter_does_not_block);
	tcase_add_test(tcase, close_of_the_owner_tears_down);
	tcase_add_test(tcase, each_open_takes_its_own_along);
	suite_add_tcase(suite, tcase);
	return suite;
}
