/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "node.h"

#include <endian.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "iommufd.h"
#include "served.h"

void *volatile null_pointer;

const char *
node_path(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", daemon_carrier_is_fuse() ? "/run/vfiod" : "/dev", name);
	return path;
}

int
node_open(const char *name)
{
	const char *path = node_path(name);
	int fd = open(path, O_RDWR | O_CLOEXEC);

	ck_assert_msg(fd >= 0, "cannot open %s: errno %d", path, errno);
	return fd;
}

int
node_open_reset(void)
{
	int fd = node_open(SERVED_NODE), iommufd = iommufd_open(&served);

	assert_returns(device_bind(fd, iommufd, NULL), 0);
	close(iommufd);
	close(fd);
	return node_open(SERVED_NODE);
}

uint64_t
node_get(int fd, unsigned region, uint64_t position, unsigned width)
{
	uint64_t value = 0;

	assert_returns(pread(fd, &value, width, AT(region, position)), width);
	return le64toh(value);
}

void
node_put(int fd, unsigned region, uint64_t position, unsigned width, uint64_t value)
{
	value = htole64(value);
	assert_returns(pwrite(fd, &value, width, AT(region, position)), width);
}

struct node_region
node_region(int fd, unsigned index)
{
	struct node_region region = {.info = {.argsz = sizeof(region), .index = index}};

	assert_returns(ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, &region), 0);
	return region;
}

unsigned
node_capability(int fd, uint8_t id)
{
	unsigned at = (unsigned)node_get(fd, CONFIG, PCI_CAPABILITY_LIST, 1);

	for (unsigned n = 0; at && n < 48; n++) {
		if (node_get(fd, CONFIG, at, 1) == id)
			return at;
		at = (unsigned)node_get(fd, CONFIG, at + PCI_CAP_LIST_NEXT, 1);
	}
	return 0;
}

static uint64_t
pattern_word(size_t i, uint64_t seed)
{
	uint64_t x = (i + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ seed * UINT64_C(0xbf58476d1ce4e5b9);

	return x ^ x >> 29;
}

void
pattern_fill(void *buffer, size_t length, uint64_t seed)
{
	for (size_t at = 0; at < length; at += sizeof(uint64_t)) {
		uint64_t word = pattern_word(at / sizeof(word), seed);
		size_t part = length - at < sizeof(word) ? length - at : sizeof(word);

		memcpy((uint8_t *)buffer + at, &word, part);
	}
}

bool
pattern_is(const void *buffer, size_t length, uint64_t seed)
{
	for (size_t at = 0; at < length; at += sizeof(uint64_t)) {
		uint64_t word = pattern_word(at / sizeof(word), seed);
		size_t part = length - at < sizeof(word) ? length - at : sizeof(word);

		if (memcmp((const uint8_t *)buffer + at, &word, part))
			return false;
	}
	return true;
}

size_t
page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

uint8_t *
page_end(void)
{
	size_t page = page_size();
	uint8_t *pages =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(pages, MAP_FAILED);
	ck_assert_int_eq(mprotect(pages + page, page, PROT_NONE), 0);
	return pages + page;
}

void
pause_ms(unsigned ms)
{
	struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}
