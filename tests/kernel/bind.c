/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Binding a device to an iommufd: who may do what, before and after (drivers/vfio/device_cdev.c). */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "iommufd.h"
#include "irq.h"
#include "kernel.h"
#include "node.h"
#include "served.h"

static int
bind_raw(int device, uint32_t argsz, uint32_t flags, int iommufd)
{
	struct {
		struct bind_iommufd bind;
		uint8_t tail[40];
	} raw = {.bind = {.argsz = argsz, .flags = flags, .iommufd = iommufd}};

	return ioctl(device, BIND_IOMMUFD, &raw);
}

static int
region_info(int fd)
{
	struct vfio_region_info info = {.argsz = sizeof(info)};

	return ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, &info);
}

/* Before BIND everything but BIND is EINVAL, known or not. */
START_TEST(strict_gate)
{
	int fd = node_open(SERVED_NODE), iommufd = iommufd_open(&served);
	uint32_t id = 1, word;

	for (unsigned number = 100; number < 125; number++)
		if (number != 118)
			assert_fails(ioctl(fd, _IO(VFIO_TYPE, number), &word), EINVAL);
	assert_fails(ioctl(fd, VFIO_DEVICE_RESET), EINVAL);
	assert_fails(region_info(fd), EINVAL);
	assert_fails(pread(fd, &word, 4, AT(CONFIG, 0)), EINVAL);
	assert_fails(pwrite(fd, &word, 4, AT(BAR0, EDU_LIVENESS)), EINVAL);
	assert_fails(device_attach(fd, &id), EINVAL);
	assert_fails(device_detach(fd), EINVAL);
	assert_returns(device_bind(fd, iommufd, &id), 0);
	ck_assert_uint_eq(id, 1);
	assert_returns(region_info(fd), 0);
	ck_assert_uint_eq(node_get(fd, CONFIG, 0, 4), 0x11e81234);
	assert_fails(ioctl(fd, _IO(VFIO_TYPE, 99), &word), ENOTTY);
	close(fd);
	close(iommufd);
}
END_TEST

START_TEST(bind_checks)
{
	int fd = node_open(SERVED_NODE), iommufd = iommufd_open(&served), null, closed;
	uint8_t *end = page_end(), long_one[64] = {0};
	struct bind_iommufd bind = {.argsz = 16, .iommufd = iommufd};

	assert_fails(ioctl(fd, BIND_IOMMUFD, NULL), EFAULT);
	assert_fails(bind_raw(fd, 0, 0, iommufd), EINVAL);
	assert_fails(bind_raw(fd, 15, 0, iommufd), EINVAL);
	assert_fails(bind_raw(fd, 16, 2, iommufd), EINVAL);
	assert_fails(bind_raw(fd, 16, 0, -1), EINVAL);
	assert_fails(bind_raw(fd, 16, 0, -2), EINVAL);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	assert_fails(bind_raw(fd, 16, 0, null), EBADFD);
	assert_fails(bind_raw(fd, 16, 0, fd), EBADFD);
	closed = dup(null);
	close(closed);
	assert_fails(bind_raw(fd, 16, 0, closed), EBADF);
	/* A newer struct is fine if what we don't know in it is 0. */
	bind.argsz = 40;
	memcpy(long_one, &bind, sizeof(bind));
	long_one[39] = 1;
	assert_fails(ioctl(fd, BIND_IOMMUFD, long_one), E2BIG);
	/* A token is for SR-IOV; its pointer is read first. */
	bind = (struct bind_iommufd){.argsz = 24, .flags = 1, .iommufd = iommufd, .token = 8};
	assert_fails(ioctl(fd, BIND_IOMMUFD, &bind), EFAULT);
	bind.token = (uintptr_t)&bind;
	assert_fails(ioctl(fd, BIND_IOMMUFD, &bind), EINVAL);
	/* 16 bytes up to the end of what can be read are enough. */
	bind = (struct bind_iommufd){.argsz = 16, .iommufd = iommufd};
	memcpy(end - 16, &bind, 16);
	assert_returns(ioctl(fd, BIND_IOMMUFD, end - 16), 0);
	assert_fails(bind_raw(fd, 16, 0, iommufd), EINVAL);
	close(fd);
	fd = node_open(SERVED_NODE);
	long_one[39] = 0;
	assert_returns(ioctl(fd, BIND_IOMMUFD, long_one), 0);
	close(fd);
	close(iommufd);
	close(null);
}
END_TEST

/* What can't be told the id isn't bound. */
START_TEST(bind_is_undone)
{
	int fd = node_open(SERVED_NODE), iommufd = iommufd_open(&served);
	struct bind_iommufd bind = {.argsz = 16, .iommufd = iommufd};
	void *page = mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memcpy(page, &bind, 16);
	ck_assert_int_eq(mprotect(page, page_size(), PROT_READ), 0);
	assert_fails(ioctl(fd, BIND_IOMMUFD, page), EFAULT);
	assert_fails(region_info(fd), EINVAL);
	assert_returns(device_bind(fd, iommufd, NULL), 0);
	close(fd);
	close(iommufd);
}
END_TEST

START_TEST(one_owner)
{
	int first = node_open(SERVED_NODE), second = node_open(SERVED_NODE);
	int iommufd = iommufd_open(&served), other = iommufd_open(&served), copy;

	assert_returns(device_bind(first, iommufd, NULL), 0);
	assert_fails(device_bind(second, iommufd, NULL), EINVAL);
	assert_fails(device_bind(second, other, NULL), EINVAL);
	assert_fails(region_info(second), EINVAL);
	/* The file is bound, not the descriptor. */
	copy = dup(first);
	close(first);
	assert_returns(region_info(copy), 0);
	assert_fails(device_bind(second, other, NULL), EINVAL);
	close(copy);
	assert_returns(device_bind(second, other, NULL), 0);
	close(second);
	close(iommufd);
	close(other);
}
END_TEST

/*
 * However many files were closed before: the device is free when close() has returned, also if the
 * daemon had no time to hear of it. (With CUSE close() itself waits for the daemon.)
 */
START_TEST(free_when_closed)
{
	enum { MANY = 64 };
	int iommufd = iommufd_open(&served), files[MANY], fd, status;
	pid_t child;

	for (int i = 0; i < MANY; i++)
		files[i] = node_open(SERVED_NODE);
	assert_returns(device_bind(files[MANY - 1], iommufd, NULL), 0);
	if (daemon_carrier_is_fuse())
		kill(served.pid, SIGSTOP);
	for (int i = 0; i < MANY; i++)
		close(files[i]);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (!child) {
		fd = open(node_path(SERVED_NODE), O_RDWR);
		_exit(device_bind(fd, iommufd, NULL) ? errno : 0);
	}
	usleep(100000);
	kill(served.pid, SIGCONT);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	close(iommufd);
}
END_TEST

/* The device holds the context of an iommufd that was closed. */
START_TEST(iommufd_closed_first)
{
	int fd = node_open(SERVED_NODE), iommufd = iommufd_open(&served);
	uint32_t ioas = ioas_new(iommufd);

	assert_returns(device_bind(fd, iommufd, NULL), 0);
	close(iommufd);
	assert_returns(region_info(fd), 0);
	assert_returns(device_attach(fd, &ioas), 0);
	assert_returns(device_detach(fd), 0);
	close(fd);
}
END_TEST

START_TEST(attach_rules)
{
	int fd = node_open(SERVED_NODE), iommufd = iommufd_open(&served);
	struct attach_pt attach = {.argsz = 12};
	struct detach_pt detach = {.argsz = 8};
	uint32_t devid, ioas = ioas_new(iommufd), hwpt = ioas, again, other = ioas_new(iommufd);
	uint32_t missing = 0xffffffff;

	assert_returns(device_bind(fd, iommufd, &devid), 0);
	ck_assert_uint_ne(devid, ioas);
	assert_returns(device_detach(fd), 0); /* not attached: fine */
	assert_fails(device_attach(fd, &missing), ENOENT);
	attach.pt_id = devid;
	assert_fails(ioctl(fd, ATTACH_IOMMUFD_PT, &attach), EINVAL);
	attach = (struct attach_pt){.argsz = 11, .pt_id = ioas};
	assert_fails(ioctl(fd, ATTACH_IOMMUFD_PT, &attach), EINVAL);
	attach = (struct attach_pt){.argsz = 16, .flags = 2, .pt_id = ioas};
	assert_fails(ioctl(fd, ATTACH_IOMMUFD_PT, &attach), EINVAL);
	attach = (struct attach_pt){.argsz = 16, .flags = 1, .pt_id = ioas};
	assert_fails(ioctl(fd, ATTACH_IOMMUFD_PT, &attach), EOPNOTSUPP);
	/* A page table is made, and its id comes back. */
	assert_returns(device_attach(fd, &hwpt), 0);
	ck_assert_uint_ne(hwpt, ioas);
	ck_assert_uint_ne(hwpt, devid);
	again = hwpt;
	assert_returns(device_attach(fd, &again), 0);
	ck_assert_uint_eq(again, hwpt);
	again = ioas;
	assert_returns(device_attach(fd, &again), 0);
	ck_assert_uint_eq(again, hwpt);
	assert_fails(iommufd_destroy(iommufd, ioas), EBUSY);
	assert_fails(iommufd_destroy(iommufd, hwpt), EBUSY);
	assert_fails(iommufd_destroy(iommufd, devid), EBUSY);
	/* Replaced at once; the automatic page table goes with its last user. */
	assert_returns(device_attach(fd, &other), 0);
	assert_returns(iommufd_destroy(iommufd, ioas), 0);
	detach.argsz = 7;
	assert_fails(ioctl(fd, DETACH_IOMMUFD_PT, &detach), EINVAL);
	detach = (struct detach_pt){.argsz = 12, .flags = 1};
	assert_fails(ioctl(fd, DETACH_IOMMUFD_PT, &detach), EOPNOTSUPP);
	detach = (struct detach_pt){.argsz = 12, .flags = 4};
	assert_fails(ioctl(fd, DETACH_IOMMUFD_PT, &detach), EINVAL);
	assert_returns(device_detach(fd), 0);
	assert_returns(device_detach(fd), 0);
	close(fd);
	close(iommufd);
}
END_TEST

/* A fresh start: nothing armed, nothing of the last owner in config space, no bus mastering. */
START_TEST(bind_starts_afresh)
{
	struct attached attached = device_attached(&served, SERVED_NODE);
	int event = event_new();

	node_put(attached.device, CONFIG, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	node_put(attached.device, BAR0, EDU_LIVENESS, 4, 1);
	assert_returns(irq_arm(attached.device, MSI, TRIGGER, 0, event), 0);
	device_close_attached(&attached);
	attached = device_attached(&served, SERVED_NODE);
	ck_assert_uint_eq(node_get(attached.device, CONFIG, PCI_COMMAND, 2), PCI_COMMAND_MEMORY);
	ck_assert_uint_eq(node_get(attached.device, BAR0, EDU_LIVENESS, 4), 0);
	/* Another mode than the last owner's. */
	assert_returns(irq_arm(attached.device, INTX, TRIGGER, 0, event), 0);
	device_close_attached(&attached);
	close(event);
}
END_TEST

/* A bound file that is passed on works in the other process, whose descriptors then count. */
START_TEST(inherited_by_a_child)
{
	int fd = node_open(SERVED_NODE), status;
	pid_t child;

	child = fork();
	ck_assert_int_ge(child, 0);
	if (!child) {
		int iommufd = iommufd_open(&served), unused = dup(iommufd);

		/* A number that the parent doesn't have. */
		_exit(unused < 0 || device_bind(fd, dup2(iommufd, 500), NULL) || region_info(fd));
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	assert_returns(region_info(fd), 0);
	close(fd);
}
END_TEST

static int
hot_reset_info(int fd, uint32_t argsz, uint32_t info[5])
{
	memset(info, 0xee, 5 * sizeof(*info));
	info[0] = argsz;
	return ioctl(fd, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, info);
}

START_TEST(hot_reset)
{
	struct attached attached = device_attached(&served, SERVED_NODE);
	uint32_t info[5], reset[4] = {12};

	assert_fails(hot_reset_info(attached.device, 11, info), EINVAL);
	assert_fails(hot_reset_info(attached.device, 12, info), ENOSPC);
	ck_assert_uint_eq(info[1], 0);
	ck_assert_uint_eq(info[2], 1);
	ck_assert_uint_eq(info[3], 0xeeeeeeee);
	assert_returns(hot_reset_info(attached.device, 20, info), 0);
	ck_assert_uint_eq(info[1], 3); /* DEV_ID, DEV_ID_OWNED */
	ck_assert_uint_eq(info[2], 1);
	ck_assert_uint_eq(info[3], attached.devid);
	node_put(attached.device, BAR0, EDU_LIVENESS, 4, 1);
	reset[1] = 1;
	assert_fails(ioctl(attached.device, VFIO_DEVICE_PCI_HOT_RESET, reset), EINVAL);
	reset[1] = 0, reset[2] = 1;
	assert_fails(ioctl(attached.device, VFIO_DEVICE_PCI_HOT_RESET, reset), EINVAL);
	ck_assert_uint_eq(node_get(attached.device, BAR0, EDU_LIVENESS, 4), 0xfffffffe);
	reset[2] = 0;
	assert_returns(ioctl(attached.device, VFIO_DEVICE_PCI_HOT_RESET, reset), 0);
	ck_assert_uint_eq(node_get(attached.device, BAR0, EDU_LIVENESS, 4), 0);
	device_close_attached(&attached);
}
END_TEST

/* An `open` device answers without BIND, beside the bound file too. */
START_TEST(open_beside_bound)
{
	int tool = node_open(SERVED_NODE), fd = node_open(SERVED_NODE);
	int iommufd = iommufd_open(&served);

	ck_assert_uint_eq(node_get(tool, BAR0, EDU_ID, 4), 0x010000ed);
	assert_returns(device_bind(fd, iommufd, NULL), 0);
	ck_assert_uint_eq(node_get(tool, BAR0, EDU_ID, 4), 0x010000ed);
	ck_assert_uint_eq(node_get(fd, BAR0, EDU_ID, 4), 0x010000ed);
	assert_fails(device_bind(tool, iommufd, NULL), EINVAL);
	close(tool);
	close(fd);
	close(iommufd);
}
END_TEST

Suite *
bind_suite(void)
{
	Suite *suite = suite_create("bind");
	TCase *strict = served_case("strict", serve_strict, 60), *open;

	tcase_add_test(strict, strict_gate);
	tcase_add_test(strict, bind_checks);
	tcase_add_test(strict, bind_is_undone);
	tcase_add_test(strict, one_owner);
	tcase_add_test(strict, free_when_closed);
	tcase_add_test(strict, iommufd_closed_first);
	tcase_add_test(strict, attach_rules);
	tcase_add_test(strict, bind_starts_afresh);
	tcase_add_test(strict, inherited_by_a_child);
	tcase_add_test(strict, hot_reset);
	served_last(strict);
	suite_add_tcase(suite, strict);
	open = served_case("open", serve_edu, 60);
	tcase_add_test(open, open_beside_bound);
	served_last(open);
	suite_add_tcase(suite, open);
	return suite;
}
