/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DMA of the devices to and from a client's memory, through an iommufd. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "iommufd.h"
#include "kernel.h"
#include "node.h"
#include "served.h"

#define RW        (MAP_READABLE | MAP_WRITEABLE)
#define EDU_BUFFER 0x40000u
#define IOVA       UINT64_C(0x1000000)
#define SIZE       (UINT64_C(2) << 20)
#define CHUNK      4096u

static uint8_t *
memory_new(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(memory, MAP_FAILED);
	return memory;
}

static void
bus_master(int fd, bool on)
{
	node_put(fd, CONFIG, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | (on ? PCI_COMMAND_MASTER : 0));
}

/* One transfer of the edu device; its buffer is at EDU_BUFFER. */
static void
edu_dma(int fd, uint64_t bus, uint64_t count, bool to_bus)
{
	node_put(fd, BAR0, EDU_DMA_SOURCE, 8, to_bus ? EDU_BUFFER : bus);
	node_put(fd, BAR0, EDU_DMA_DESTINATION, 8, to_bus ? bus : EDU_BUFFER);
	node_put(fd, BAR0, EDU_DMA_COUNT, 8, count);
	node_put(fd, BAR0, EDU_DMA_COMMAND, 4, to_bus ? 3 : 1);
}

static bool
master_abort(int fd)
{
	return node_get(fd, CONFIG, PCI_STATUS, 2) & PCI_STATUS_REC_MASTER_ABORT;
}

static void
clear_status(int fd)
{
	node_put(fd, CONFIG, PCI_STATUS, 2, PCI_STATUS_REC_MASTER_ABORT);
}

/* 2 MiB out of one place and into another, 4 KiB at a time. */
static void
copy_by_edu(int fd, uint64_t from, uint64_t to)
{
	for (uint64_t done = 0; done < SIZE; done += CHUNK) {
		edu_dma(fd, from + done, CHUNK, false);
		edu_dma(fd, to + done, CHUNK, true);
	}
}

START_TEST(two_megabytes)
{
	struct attached attached = device_attached(&served, SERVED_NODE);
	uint8_t *from = memory_new(SIZE), *to = memory_new(SIZE);

	bus_master(attached.device, true);
	pattern_fill(from, SIZE, 1);
	assert_returns(ioas_map(attached.iommufd, attached.ioas, from, SIZE, IOVA, MAP_READABLE), 0);
	assert_returns(ioas_map(attached.iommufd, attached.ioas, to, SIZE, IOVA + SIZE, RW), 0);
	copy_by_edu(attached.device, IOVA, IOVA + SIZE);
	ck_assert(pattern_is(to, SIZE, 1));
	ck_assert(!master_abort(attached.device));
	device_close_attached(&attached);
}
END_TEST

START_TEST(two_megabytes_in_a_file)
{
	struct attached attached = device_attached(&served, SERVED_NODE);
	int file = memfd_create("client-memory", MFD_CLOEXEC);
	uint8_t *memory;

	ck_assert_int_eq(ftruncate(file, 3 * SIZE), 0);
	memory = mmap(NULL, 3 * SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	bus_master(attached.device, true);
	pattern_fill(memory + SIZE, SIZE, 2);
	assert_returns(ioas_map_file(attached.iommufd, attached.ioas, file, SIZE, SIZE, IOVA,
				     MAP_READABLE),
		       0);
	assert_returns(ioas_map_file(attached.iommufd, attached.ioas, file, 2 * SIZE, SIZE,
				     IOVA + SIZE, RW),
		       0);
	copy_by_edu(attached.device, IOVA, IOVA + SIZE);
	ck_assert(pattern_is(memory + 2 * SIZE, SIZE, 2));
	ck_assert_uint_eq(memory[0], 0);
	device_close_attached(&attached);
	close(file);
}
END_TEST

/* A file cut short under the mapping: the client's loss, the daemon's log is clean and it lives. */
START_TEST(file_cut_short)
{
	struct attached attached = device_attached(&served, SERVED_NODE);
	int file = memfd_create("client-memory", MFD_CLOEXEC);

	ck_assert_int_eq(ftruncate(file, SIZE), 0);
	bus_master(attached.device, true);
	assert_returns(ioas_map_file(attached.iommufd, attached.ioas, file, 0, SIZE, IOVA, RW), 0);
	ck_assert_int_eq(ftruncate(file, 4096), 0);
	edu_dma(attached.device, IOVA + SIZE / 2, CHUNK, false);
	edu_dma(attached.device, IOVA + SIZE / 2, CHUNK, true);
	daemon_assert_alive(&served);
	ck_assert_uint_eq(node_get(attached.device, BAR0, EDU_ID, 4), 0x010000ed);
	device_close_attached(&attached);
	close(file);
}
END_TEST

START_TEST(other_files_are_no_memory)
{
	struct attached attached = device_attached(&served, SERVED_NODE);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), self = open("/proc/self/exe", O_RDONLY);

	assert_fails(ioas_map_file(attached.iommufd, attached.ioas, null, 0, 4096, IOVA, RW), EINVAL);
	assert_fails(ioas_map_file(attached.iommufd, attached.ioas, attached.device, 0, 4096, IOVA, RW),
		     EINVAL);
	assert_fails(ioas_map_file(attached.iommufd, attached.ioas, self, 0, 4096, IOVA, MAP_READABLE),
		     EINVAL);
	close(null);
	assert_fails(ioas_map_file(attached.iommufd, attached.ioas, null, 0, 4096, IOVA, RW), EBADF);
	device_close_attached(&attached);
}
END_TEST

/* Where nothing is mapped, or without the right, nothing moves and the status register tells. */
START_TEST(refused)
{
	struct attached attached = device_attached(&served, SERVED_NODE);
	int fd = attached.device;
	uint8_t *memory = memory_new(2 * CHUNK);
	unsigned before = daemon_log_lines(&served, "DMA");

	memset(memory, 0x55, 2 * CHUNK);
	assert_returns(ioas_map(attached.iommufd, attached.ioas, memory, CHUNK, IOVA, MAP_READABLE), 0);
	/* No bus mastering: nothing. */
	edu_dma(fd, IOVA, 16, false);
	ck_assert(master_abort(fd));
	clear_status(fd);
	bus_master(fd, true);
	edu_dma(fd, IOVA, 16, false);
	ck_assert(!master_abort(fd));
	/* Read-only. */
	edu_dma(fd, IOVA, 16, true);
	ck_assert(master_abort(fd));
	clear_status(fd);
	/* Unmapped, and half out of the mapping. */
	edu_dma(fd, IOVA + CHUNK, 16, false);
	ck_assert(master_abort(fd));
	clear_status(fd);
	edu_dma(fd, IOVA + CHUNK - 8, 16, false);
	ck_assert(master_abort(fd));
	clear_status(fd);
	for (unsigned i = 0; i < CHUNK; i++)
		ck_assert_uint_eq(memory[i], 0x55);
	ck_assert_uint_gt(daemon_log_lines(&served, "DMA"), before);
	/* Mapped with the right: works again. */
	assert_returns(ioas_unmap(attached.iommufd, attached.ioas, IOVA, CHUNK), CHUNK);
	assert_returns(ioas_map(attached.iommufd, attached.ioas, memory, CHUNK, IOVA, RW), 0);
	edu_dma(fd, IOVA, 16, true);
	ck_assert(!master_abort(fd));
	/* Unmapped again, detached. */
	assert_returns(ioas_unmap(attached.iommufd, attached.ioas, IOVA, CHUNK), CHUNK);
	edu_dma(fd, IOVA, 16, true);
	ck_assert(master_abort(fd));
	clear_status(fd);
	assert_returns(device_detach(fd), 0);
	edu_dma(fd, IOVA, 16, true);
	ck_assert(master_abort(fd));
	device_close_attached(&attached);
	daemon_assert_alive(&served);
}
END_TEST

/* Memory that is gone when the device reaches for it. */
START_TEST(memory_unmapped_by_the_client)
{
	struct attached attached = device_attached(&served, SERVED_NODE);
	uint8_t *memory = memory_new(2 * CHUNK);

	bus_master(attached.device, true);
	assert_returns(ioas_map(attached.iommufd, attached.ioas, memory, 2 * CHUNK, IOVA, RW), 0);
	munmap(memory, 2 * CHUNK);
	edu_dma(attached.device, IOVA, CHUNK, false);
	ck_assert(master_abort(attached.device));
	daemon_assert_alive(&served);
	device_close_attached(&attached);
}
END_TEST

/* A client that is killed with everything mapped leaves nothing. */
START_TEST(client_killed)
{
	unsigned before = daemon_num_fds(&served);
	int ready[2], status;
	char byte;

	for (unsigned round = 0; round < 3; round++) {
		pid_t child;

		ck_assert_int_eq(pipe(ready), 0);
		child = fork();
		if (!child) {
			struct attached attached = device_attached(&served, SERVED_NODE);
			int file = memfd_create("client-memory", MFD_CLOEXEC);

			if (ftruncate(file, SIZE))
				_exit(1);
			for (uint64_t i = 0; i < 100; i++)
				ioas_map(attached.iommufd, attached.ioas, memory_new(4096), 4096,
					 i * 8192, RW);
			ioas_map_file(attached.iommufd, attached.ioas, file, 0, SIZE, IOVA, RW);
			if (write(ready[1], "", 1) != 1)
				_exit(1);
			pause();
		}
		close(ready[1]);
		ck_assert_int_eq(read(ready[0], &byte, 1), 1);
		close(ready[0]);
		kill(child, SIGKILL);
		ck_assert_int_eq(waitpid(child, &status, 0), child);
	}
	for (unsigned i = 0; daemon_num_fds(&served) > before && i < 500; i++)
		pause_ms(10);
	ck_assert_uint_le(daemon_num_fds(&served), before);
	{
		struct attached attached = device_attached(&served, SERVED_NODE);

		device_close_attached(&attached);
	}
}
END_TEST

/* GGTT entries point at IOVAs: the aperture is the client's memory. */
START_TEST(aperture_is_client_memory)
{
	struct attached attached = device_attached(&served, SERVED_NODE);
	int fd = attached.device;
	uint8_t *memory = memory_new(16 * CHUNK), *seen = memory_new(16 * CHUNK);
	uint64_t low = node_get(fd, BAR0, 0x78040, 4), size = 16 * CHUNK;

	pattern_fill(memory, size, 3);
	assert_returns(ioas_map(attached.iommufd, attached.ioas, memory, size, IOVA, RW), 0);
	bus_master(fd, true);
	/* Backwards, so that nothing is contiguous. */
	for (unsigned i = 0; i < 16; i++)
		node_put(fd, BAR0, 0x800000 + (low / CHUNK + i) * 8, 8,
			 (IOVA + (15 - i) * (uint64_t)CHUNK) | 1);
	assert_returns(pread(fd, seen, size, AT(BAR2, low)), size);
	for (unsigned i = 0; i < 16; i++)
		ck_assert_mem_eq(seen + i * CHUNK, memory + (15 - i) * CHUNK, CHUNK);
	pattern_fill(seen, size, 4);
	assert_returns(pwrite(fd, seen, size, AT(BAR2, low)), size);
	for (unsigned i = 0; i < 16; i++)
		ck_assert_mem_eq(seen + i * CHUNK, memory + (15 - i) * CHUNK, CHUNK);
	/* An IOVA that isn't mapped reads 0 and swallows writes. */
	node_put(fd, BAR0, 0x800000 + low / CHUNK * 8, 8, (IOVA + size) | 1);
	ck_assert_uint_eq(node_get(fd, BAR2, low, 8), 0);
	node_put(fd, BAR2, low, 8, 1);
	daemon_assert_alive(&served);
	device_close_attached(&attached);
}
END_TEST

Suite *
dma_suite(void)
{
	Suite *suite = suite_create("dma");
	TCase *edu = served_case("edu", serve_strict, 120), *vgpu;

	tcase_add_test(edu, two_megabytes);
	tcase_add_test(edu, two_megabytes_in_a_file);
	tcase_add_test(edu, file_cut_short);
	tcase_add_test(edu, other_files_are_no_memory);
	tcase_add_test(edu, refused);
	tcase_add_test(edu, memory_unmapped_by_the_client);
	tcase_add_test(edu, client_killed);
	served_last(edu);
	suite_add_tcase(suite, edu);
	vgpu = served_case("vgpu", serve_vgpu, 60);
	tcase_add_test(vgpu, aperture_is_client_memory);
	served_last(vgpu);
	suite_add_tcase(suite, vgpu);
	return suite;
}
