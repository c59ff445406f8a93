/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long a device stays bound, and what a new binding begins with. */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "groups.h"
#include "run.h"

static void
dup_keeps(struct run *run)
{
	struct vfio_device_info info;
	int copy = dup(run->device.fd), other = open_again(run);

	close(run->device.fd);
	usleep(20000);
	expect(run, "GET_INFO on the copy", 0, get_info(copy, &info));
	expect(run, "BIND of another open", -EINVAL, bind_to(other, run->device.iommu, NULL));
}

static void
fork_shares(struct run *run)
{
	struct vfio_device_info info;
	int status;
	pid_t child = fork();

	if (!child)
		_exit(get_info(run->device.fd, &info) ||
		      run->facts->info.num_regions != info.num_regions);
	expect_that(run, waitpid(child, &status, 0) == child, "the child ends");
	expect_value(run, "the child's exit status", 0, (uint64_t)status);
	expect(run, "GET_INFO after the child's end", 0, get_info(run->device.fd, &info));
}

static void
fork_keeps(struct run *run)
{
	int ends[2], other = open_again(run);
	pid_t child;
	char byte;

	expect(run, "pipe", 0, pipe(ends));
	child = fork();
	if (!child) {
		struct vfio_device_info info;

		close(ends[1]);
		/* Until the parent has closed its own. */
		_exit(read(ends[0], &byte, 1) != 1 || get_info(run->device.fd, &info));
	}
	close(run->device.fd);
	usleep(20000);
	expect(run, "BIND of another open", -EINVAL, bind_to(other, run->device.iommu, NULL));
	expect(run, "write", 1, write(ends[1], "x", 1));
	int status;

	waitpid(child, &status, 0);
	expect_value(run, "exit status of the child, which asked GET_INFO", 0, (uint64_t)status);
}

static void
send_fd(int over, int fd)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec data = {&byte, 1};
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	if (sendmsg(over, &message, 0) != 1)
		_exit(99);
}

static int
receive_fd(struct run *run, int over)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec data = {&byte, 1};
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	int fd;

	if (recvmsg(over, &message, 0) != 1 || !CMSG_FIRSTHDR(&message))
		fail(run, "no descriptor came");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

/* The sender opens and binds, and ends; the receiver goes on with the device. */
static void
passed_on(struct run *run)
{
	struct vfio_device_info info;
	int ends[2], fd;
	pid_t child;

	expect(run, "socketpair", 0, socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	child = fork();
	if (!child) {
		struct device device;
		const char *step;

		if (device_open(run->way, &device, &step))
			_exit(1);
		send_fd(ends[0], device.fd);
		_exit(0);
	}
	close(ends[0]);
	fd = receive_fd(run, ends[1]);
	waitpid(child, NULL, 0);
	expect(run, "GET_INFO by the receiver", 0, get_info(fd, &info));
	expect(run, "BIND by the receiver", -EINVAL, bind_to(fd, open_iommu(run), NULL));
}

static void
reopen(struct run *run)
{
	const char *step;
	int result;

	device_close(&run->device);
	result = device_open(run->way, &run->device, &step);
	if (result)
		fail(run, "opening again: %s: %s", step, strerror(-result));
}

static void
irqs_are_gone(struct run *run)
{
	int fd = make_eventfd(run);

	expect(run, "TRIGGER with an eventfd on REQ", 0, arm(run->device.fd, VFIO_REQ, 0, 1, &fd));
	reopen(run);
	expect(run, "TRIGGER by loopback after the device was opened again", -EINVAL,
	       trigger(run->device.fd, VFIO_REQ, 0, 1));
	expect_value(run, "the eventfd", 0, counted_now(fd));
}

static void
mode_is_gone(struct run *run)
{
	int fd = make_eventfd(run);

	expect(run, "MSI on", 0, arm(run->device.fd, VFIO_MSI, 0, 1, &fd));
	reopen(run);
	expect(run, "MSI off after the device was opened again", -EINVAL,
	       disarm(run->device.fd, VFIO_MSI));
	expect_value(run, "enable bit of MSI", 0,
		     config_read(run, run->facts->msi + PCI_MSI_FLAGS, 2) & PCI_MSI_FLAGS_ENABLE);
}

static void
config_is_fresh(struct run *run)
{
	const uint32_t line = config_read(run, PCI_INTERRUPT_LINE, 1);

	config_write(run, PCI_INTERRUPT_LINE, 1, ~line & 0xff);
	expect_value(run, "interrupt line", ~line & 0xff, config_read(run, PCI_INTERRUPT_LINE, 1));
	reopen(run);
	expect_value(run, "interrupt line after the device was opened again", line,
		     config_read(run, PCI_INTERRUPT_LINE, 1));
}

static void
bar_is_fresh(struct run *run)
{
	const unsigned at = PCI_BASE_ADDRESS_0 + 4 * (unsigned)run->facts->memory_bar;
	const uint32_t before = config_read(run, at, 4);

	config_write(run, at, 4, 0xffffffff);
	reopen(run);
	expect_value(run, "BAR after the device was opened again", before, config_read(run, at, 4));
}

static void
master_is_off(struct run *run)
{
	config_write(run, PCI_COMMAND, 2, config_read(run, PCI_COMMAND, 2) | PCI_COMMAND_MASTER);
	reopen(run);
	expect_value(run, "bus master bit after the device was opened", 0,
		     config_read(run, PCI_COMMAND, 2) & PCI_COMMAND_MASTER);
}

static void
command_at_start(struct run *run)
{
	const uint32_t command = config_read(run, PCI_COMMAND, 2);

	expect_value(run, "bus master bit", 0, command & PCI_COMMAND_MASTER);
	expect_value(run, "DisINTx bit", 0, command & PCI_COMMAND_INTX_DISABLE);
	if (run->facts->memory_bar != NO_BAR)
		expect_value(run, "memory bit", PCI_COMMAND_MEMORY, command & PCI_COMMAND_MEMORY);
}

static void
id_is_same_again(struct run *run)
{
	const uint32_t first = run->device.devid;

	reopen(run);
	expect_value(run, "out_devid in a new context", first, run->device.devid);
}

static void
both_orders(struct run *run)
{
	uint32_t pt;

	close(run->device.iommu);
	run->device.iommu = -1;
	reopen(run);
	expect(run, "IOAS_ALLOC", 0, ioas_alloc(run->device.iommu, &pt));
	expect(run, "ATTACH", 0, attach_to(run->device.fd, &pt));
	close(run->device.fd);
	close(run->device.iommu);
	run->device = DEVICE_NONE;
	reopen(run);
	expect(run, "IOAS_ALLOC", 0, ioas_alloc(run->device.iommu, &pt));
	expect(run, "ATTACH", 0, attach_to(run->device.fd, &pt));
}

static void
mapping_keeps(struct run *run)
{
	int other = open_again(run);
	void *memory = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, run->device.fd,
			    (off_t)run->facts->region[run->facts->mmap_bar].offset);

	expect_that(run, memory != MAP_FAILED, "the BAR can be mapped");
	close(run->device.fd);
	expect(run, "BIND of another open while a mapping lives", -EINVAL,
	       bind_to(other, run->device.iommu, NULL));
	munmap(memory, PAGE);
	expect(run, "BIND after munmap", 0, bind_to(other, run->device.iommu, NULL));
}

static const struct rule rules[] = {
	{"dup", "a duplicate keeps the device bound", STATE_BOUND, NEED_CDEV, .body = dup_keeps},
	{"fork", "a child uses the device of its parent", STATE_BOUND, .body = fork_shares},
	{"fork-close", "it stays bound while a child has it", STATE_BOUND, NEED_CDEV,
	 .body = fork_keeps},
	{"passed", "a descriptor passed to another process stays bound", STATE_NONE, NEED_CDEV,
	 .body = passed_on},
	{"mmap-keeps", "a mapping keeps the device bound after close", STATE_BOUND,
	 NEED_CDEV | NEED_MMAP_BAR, .body = mapping_keeps},
	{"irqs-gone", "the last close drops eventfds", STATE_BOUND, .body = irqs_are_gone},
	{"mode-gone", "the last close turns interrupts off", STATE_BOUND, NEED_MSI,
	 .body = mode_is_gone},
	{"config-fresh", "config space is fresh after a new open", STATE_BOUND, NEED_FRESH,
	 .body = config_is_fresh},
	{"bar-fresh", "BAR values are fresh after a new open", STATE_BOUND,
	 NEED_MEMORY_BAR | NEED_FRESH, .body = bar_is_fresh},
	{"master-off", "bus mastering is off after a new open", STATE_BOUND, NEED_FRESH,
	 .body = master_is_off},
	{"command", "COMMAND at start: memory on, bus master and DisINTx off", STATE_BOUND,
	 .body = command_at_start},
	{"same-id", "a new context gives the device the same id again", STATE_BOUND, NEED_CDEV,
	 .body = id_is_same_again},
	{"close-order", "device and iommufd may be closed in either order", STATE_BOUND, NEED_CDEV,
	 .body = both_orders},
};

GROUP(life, "vfio_main.c, vfio_pci_core.c");
