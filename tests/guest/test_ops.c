/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Preloaded into the kernel's iommufd selftest. That asks a kernel built for it for things that are no
 * part of iommufd. Some are answered here. What only counts or limits something inside that kernel is said
 * to be well. A mock device is a vGPU of vfiod, attached to the IOAS; what it sees at an I/O address is
 * looked up through its GGTT and aperture, which is DMA. Whatever else the test asks for fails, and with it
 * the tests that need it.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/vfio.h>

#include "drivers/iommu/iommufd/iommufd_test.h"

#define PAGE 4096u

/* The vGPU, see i915_reg.h: the table is at 8 MiB of BAR0, an entry is a frame and a present bit. */
#define REGION(index) ((off_t)(index) << 40)
#define GGTT          (REGION(VFIO_PCI_BAR0_REGION_INDEX) + (8 << 20))
#define APERTURE      REGION(VFIO_PCI_BAR2_REGION_INDEX)
#define COMMAND       (REGION(VFIO_PCI_CONFIG_REGION_INDEX) + 4)
#define PRESENT       1

#define DEVICES       8
#define FIRST_ID      0x7fff0000u

/* Descriptors of bound devices; the mock device has the id FIRST_ID + its place here. */
static int bound[DEVICES] = {-1, -1, -1, -1, -1, -1, -1, -1};

static int
real_ioctl(int fd, unsigned long request, void *argument)
{
	static int (*real)(int, unsigned long, ...);

	if (!real)
		real = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
	return real(fd, request, argument);
}

/* The n-th path of VFIOD_DEVICES, opened. */
static int
open_device(unsigned n)
{
	const char *paths = getenv("VFIOD_DEVICES");
	char copy[512], *path, *rest = copy;

	strncpy(copy, paths ? paths : "", sizeof(copy) - 1);
	copy[sizeof(copy) - 1] = '\0';
	do
		path = strsep(&rest, " ");
	while (path && n--);
	if (path)
		return open(path, O_RDWR | O_CLOEXEC);
	errno = ENODEV;
	return -1;
}

static int
make_mock_device(int iommu, struct iommu_test_cmd *command)
{
	struct vfio_device_bind_iommufd bind = {.argsz = sizeof(bind), .iommufd = iommu};
	struct vfio_device_attach_iommufd_pt attach = {.argsz = sizeof(attach),
						       .pt_id = command->id};
	unsigned n = 0;
	int fd, error;

	while (n < DEVICES && bound[n] >= 0)
		n++;
	fd = n < DEVICES ? open_device(n) : -1;
	if (fd < 0)
		return -1;
	if (real_ioctl(fd, VFIO_DEVICE_BIND_IOMMUFD, &bind) ||
	    real_ioctl(fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach)) {
		error = errno;
		close(fd);
		errno = error;
		return -1;
	}
	bound[n] = fd;
	command->mock_domain.out_stdev_id = FIRST_ID + n;
	command->mock_domain.out_hwpt_id = attach.pt_id;
	command->mock_domain.out_idev_id = bind.out_devid;
	return 0;
}

/* Attaches a mock device elsewhere. */
static int
replace(struct iommu_test_cmd *command)
{
	struct vfio_device_attach_iommufd_pt attach = {.argsz = sizeof(attach),
						       .pt_id = command->mock_domain_replace.pt_id};
	uint32_t n = command->id - FIRST_ID;

	if (n < DEVICES && bound[n] >= 0 &&
	    !real_ioctl(bound[n], VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach)) {
		command->mock_domain_replace.pt_id = attach.pt_id;
		return 0;
	}
	return -1;
}

/* Whether the device finds at these I/O addresses the bytes that the program has. */
static bool
sees(int fd, const struct iommu_test_cmd *command)
{
	static const uint16_t memory_and_master = 6;
	const uint8_t *bytes = (const uint8_t *)(uintptr_t)command->check_map.uptr;
	uint64_t iova = command->check_map.iova, left = command->check_map.length;

	pwrite(fd, &memory_and_master, sizeof(memory_and_master), COMMAND);
	while (left) {
		uint64_t inner = iova % PAGE, entry = (iova - inner) | PRESENT;
		size_t part = left < PAGE - inner ? left : PAGE - inner;
		uint8_t seen[PAGE];

		if (pwrite(fd, &entry, sizeof(entry), GGTT) != sizeof(entry) ||
		    pread(fd, seen, part, APERTURE + (off_t)inner) != (ssize_t)part ||
		    memcmp(seen, bytes, part))
			return false;
		bytes += part;
		iova += part;
		left -= part;
	}
	return true;
}

/* Any device that is bound will do: a test has one domain, or several that are to be the same. */
static int
check_map(const struct iommu_test_cmd *command)
{
	for (unsigned n = 0; n < DEVICES; n++)
		if (bound[n] >= 0 && !sees(bound[n], command)) {
			errno = EINVAL;
			return -1;
		}
	return 0;
}

static int
test_op(int fd, struct iommu_test_cmd *command)
{
	switch (command->op) {
	case IOMMU_TEST_OP_MD_CHECK_REFS:
	case IOMMU_TEST_OP_SET_TEMP_MEMORY_LIMIT:
	case IOMMU_TEST_OP_DEV_CHECK_CACHE:
		return 0;
	case IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE:
		return replace(command);
	case IOMMU_TEST_OP_MD_CHECK_MAP:
		return check_map(command);
	case IOMMU_TEST_OP_MOCK_DOMAIN:
		return make_mock_device(fd, command);
	}
	errno = ENOTTY;
	return -1;
}

int
ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *argument;

	va_start(args, request);
	argument = va_arg(args, void *);
	va_end(args);
	if (request == IOMMU_TEST_CMD)
		return test_op(fd, argument);
	if (request == IOMMU_DESTROY && argument) {
		const struct iommu_destroy *destroy = argument;
		uint32_t n = destroy->id - FIRST_ID;

		if (n < DEVICES && bound[n] >= 0) {
			struct vfio_device_detach_iommufd_pt detach = {.argsz = sizeof(detach)};

			/* What close() does to the file of a FUSE daemon comes a little later. */
			real_ioctl(bound[n], VFIO_DEVICE_DETACH_IOMMUFD_PT, &detach);
			close(bound[n]);
			bound[n] = -1;
			return 0;
		}
	}
	return real_ioctl(fd, request, argument);
}
