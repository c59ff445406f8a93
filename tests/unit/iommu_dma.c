/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DMA to the memory of clients, private and in files. */
#include "iommu_client.h"
#include "unit.h"

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGES 16u

static uint32_t ioas;
static struct iommu_device device;
static uint8_t *memory;
static int file;

static void
setup(void)
{
	iommu_setup();
	ioas = new_ioas();
	memory = new_pages(PAGES);
	new_attached(&device, ioas);
	file = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	ck_assert_int_eq(ftruncate(file, PAGES * PAGE), 0);
	ck_assert_int_eq(pwrite(file, memory, PAGES * PAGE, 0), PAGES * PAGE);
}

static void
teardown(void)
{
	close(file);
	iommu_device_destroy(&device);
	free_pages(memory, PAGES);
	iommu_teardown();
}

static uint64_t
map_file(int fd, uint64_t start, uint64_t length, uint64_t iova, uint32_t flags)
{
	ck_assert_int_eq(try_map_file(ioas, fd, start, length, &iova, flags | FIXED), 0);
	return iova;
}

START_TEST(reads_and_writes)
{
	uint8_t buffer[3 * PAGE];

	map_fixed(ioas, memory, 4 * PAGE, 0x10000, R | W);
	ck_assert_int_eq(iommu_read(&device, 0x10000 + 100, buffer, sizeof(buffer)), 0);
	ck_assert_mem_eq(buffer, memory + 100, sizeof(buffer));
	memset(buffer, 0x55, sizeof(buffer));
	ck_assert_int_eq(iommu_write(&device, 0x10000 + 3, buffer, 9), 0);
	ck_assert_mem_eq(memory + 3, buffer, 9);
	ck_assert_uint_eq(memory[2], 2);
	ck_assert_uint_eq(memory[12], 12);
	ck_assert_int_eq(iommu_read(&device, 0, buffer, 0), 0);
}
END_TEST

/* Nothing moves if part of it is not mapped or not with the right. */
START_TEST(all_or_nothing)
{
	uint8_t buffer[2 * PAGE];

	map_fixed(ioas, memory, PAGE, PAGE, R | W);
	map_fixed(ioas, memory + PAGE, PAGE, 2 * PAGE, R);
	map_fixed(ioas, memory + 2 * PAGE, PAGE, 3 * PAGE, W);
	memset(buffer, 0xee, sizeof(buffer));
	ck_assert_int_eq(iommu_read(&device, 0, buffer, 1), -EFAULT);
	ck_assert_int_eq(iommu_read(&device, PAGE - 1, buffer, 2), -EFAULT);
	ck_assert_int_eq(iommu_read(&device, UINT64_MAX, buffer, 2), -EFAULT);
	ck_assert_int_eq(iommu_read(&device, 2 * PAGE, buffer, PAGE + 1), -EFAULT);
	ck_assert_int_eq(iommu_read(&device, 3 * PAGE, buffer, 1), -EFAULT);
	ck_assert_uint_eq(buffer[0], 0xee);
	ck_assert_int_eq(iommu_write(&device, PAGE, buffer, PAGE + 1), -EFAULT);
	ck_assert_uint_eq(memory[0], 0);
	ck_assert_int_eq(iommu_write(&device, 3 * PAGE, buffer, PAGE + 1), -EFAULT);
	ck_assert_uint_eq(memory[2 * PAGE], 2);
	ck_assert_int_eq(iommu_write(&device, 3 * PAGE, buffer, PAGE), 0);
	ck_assert_uint_eq(memory[2 * PAGE], 0xee);
	ck_assert_int_eq(iommu_read(&device, PAGE, buffer, 2 * PAGE), 0);
	ck_assert_mem_eq(buffer, memory, 2 * PAGE);
}
END_TEST

START_TEST(across_mappings)
{
	uint8_t buffer[4 * PAGE];

	/* Backwards, and one of them in a file. */
	for (unsigned i = 0; i < 4; i++)
		if (i == 2)
			map_file(file, 9 * PAGE, PAGE, i * PAGE, R | W);
		else
			map_fixed(ioas, memory + (8 - i) * PAGE, PAGE, i * PAGE, R | W);
	ck_assert_int_eq(iommu_read(&device, 0, buffer, sizeof(buffer)), 0);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_mem_eq(buffer + i * PAGE, memory + (i == 2 ? 9 : 8 - i) * PAGE, PAGE);
	memset(buffer, 0xab, sizeof(buffer));
	ck_assert_int_eq(iommu_write(&device, 2000, buffer, 3 * PAGE), 0);
	ck_assert_uint_eq(memory[8 * PAGE + 1999], (uint8_t)(1999 + 8));
	ck_assert_uint_eq(memory[8 * PAGE + 2000], 0xab);
	ck_assert_uint_eq(memory[5 * PAGE + 1999], 0xab);
	ck_assert_uint_eq(memory[5 * PAGE + 2000], (uint8_t)(2000 + 5));
	ck_assert_int_eq(pread(file, buffer, PAGE, 9 * PAGE), PAGE);
	ck_assert_uint_eq(buffer[0], 0xab);
	ck_assert_uint_eq(buffer[PAGE - 1], 0xab);
}
END_TEST

START_TEST(only_while_attached)
{
	uint8_t byte;
	uint32_t id = ioas;
	uint64_t length = PAGE;

	map_fixed(ioas, memory, PAGE, 0, R | W);
	ck_assert_int_eq(iommu_read(&device, 0, &byte, 1), 0);
	iommu_detach(&device);
	ck_assert_int_eq(iommu_read(&device, 0, &byte, 1), -EFAULT);
	ck_assert_int_eq(iommu_write(&device, 0, &byte, 1), -EFAULT);
	ck_assert_ptr_null(iommu_map(&device, 0, 1, false));
	iommu_release(&device);
	ck_assert_int_eq(iommu_attach(&device, &id), 0);
	ck_assert_int_eq(iommu_read(&device, 0, &byte, 1), 0);
	ck_assert_int_eq(try_unmap(ioas, 0, &length), 0);
	ck_assert_int_eq(iommu_read(&device, 0, &byte, 1), -EFAULT);
	iommu_unbind(&device);
	ck_assert_int_eq(iommu_read(&device, 0, &byte, 1), -EFAULT);
}
END_TEST

START_TEST(memory_that_goes)
{
	uint8_t byte = 1;

	map_fixed(ioas, memory + PAGE, 2 * PAGE, 0, R | W);
	munmap(memory + 2 * PAGE, PAGE);
	ck_assert_int_eq(iommu_read(&device, 0, &byte, 1), 0);
	ck_assert_int_eq(iommu_read(&device, PAGE, &byte, 1), -EFAULT);
	ck_assert_int_eq(iommu_write(&device, PAGE, &byte, 1), -EFAULT);
	ck_assert_int_eq(iommu_read(&device, PAGE - 1, (uint8_t[2]){0}, 2), -EFAULT);
}
END_TEST

/* Adjacent pieces, others, bad ones in between. */
START_TEST(transfers)
{
	enum { COUNT = 200 };
	static uint8_t buffer[COUNT][64];
	struct vfiod_piece piece[COUNT];

	map_fixed(ioas, memory, 4 * PAGE, 0, R | W);
	map_fixed(ioas, memory + 4 * PAGE, PAGE, 4 * PAGE, R | W);
	map_fixed(ioas, memory + 8 * PAGE, PAGE, 5 * PAGE, R | W);
	map_file(file, 0, PAGE, 6 * PAGE, R | W);
	for (unsigned i = 0; i < COUNT; i++)
		piece[i] = (struct vfiod_piece){.address = 3 * PAGE - 32 + i * 64,
						.buffer = buffer[i],
						.length = 64,
						.failed = true};
	ck_assert_int_eq(iommu_transfer(&device, false, piece, COUNT), 0);
	for (unsigned i = 0; i < COUNT; i++) {
		ck_assert(!piece[i].failed);
		for (unsigned j = 0; j < 64; j++) {
			uint64_t at = piece[i].address + j, page = at / PAGE, in = at % PAGE;
			static const uint8_t from[] = {0, 1, 2, 3, 4, 8, 0};

			ck_assert_uint_eq(buffer[i][j], memory[from[page] * PAGE + in]);
		}
	}
	piece[7].address = 7 * PAGE - 1;
	piece[9].address = UINT64_MAX - 1;
	for (unsigned i = 0; i < COUNT; i++)
		memset(buffer[i], 0x30 + i % 64, 64);
	ck_assert_int_eq(iommu_transfer(&device, true, piece, COUNT), -EFAULT);
	for (unsigned i = 0; i < COUNT; i++)
		ck_assert_int_eq(piece[i].failed, i == 7 || i == 9);
	ck_assert_uint_eq(memory[3 * PAGE - 32], 0x30);
	ck_assert_uint_eq(memory[3 * PAGE - 32 + 6 * 64], 0x36);
	ck_assert_uint_eq(memory[3 * PAGE - 32 + 8 * 64], 0x38);
	iommu_detach(&device);
	ck_assert_int_eq(iommu_transfer(&device, true, piece, 2), -EFAULT);
	ck_assert(piece[0].failed && piece[1].failed);
	ck_assert_int_eq(iommu_transfer(&device, true, piece, 0), 0);
}
END_TEST

/* Pieces in any order, with gaps, twice the same. */
START_TEST(scattered_transfer)
{
	static const uint16_t places[] = {0, 64, 256, 128, 128, 4096, 4160, 4000, 8191};
	enum { COUNT = sizeof(places) / sizeof(*places) };
	uint8_t buffer[COUNT][64];
	struct vfiod_piece piece[COUNT];

	map_fixed(ioas, memory, 4 * PAGE, 0, R | W);
	for (unsigned i = 0; i < COUNT; i++)
		piece[i] = (struct vfiod_piece){
			.address = places[i], .buffer = buffer[i], .length = 64};
	ck_assert_int_eq(iommu_transfer(&device, false, piece, COUNT), 0);
	for (unsigned i = 0; i < COUNT; i++)
		ck_assert_mem_eq(buffer[i], memory + places[i], 64);
	for (unsigned i = 0; i < COUNT; i++)
		memset(buffer[i], 0xa0 + (int)i, 64);
	ck_assert_int_eq(iommu_transfer(&device, true, piece, COUNT), 0);
	for (unsigned i = 0; i < COUNT; i++)
		if (i != 3)
			ck_assert_mem_eq(memory + places[i], buffer[i], 64);
	/* The later one wins. */
	ck_assert_mem_eq(memory + 128, buffer[4], 64);
	ck_assert_uint_eq(memory[192], 192);
}
END_TEST

/* All of a range in another order, as many pieces as fit and more, and a hole that stays as it is. */
START_TEST(shuffled_transfer)
{
	static const unsigned counts[] = {2, 3, 10, 131, 255, 256, 257, 300};
	unsigned count = counts[_i];
	static uint8_t buffer[300][40];
	struct vfiod_piece piece[300];

	map_fixed(ioas, memory, 4 * PAGE, 0, R | W);
	/* 211 is prime to all of the counts. */
	for (unsigned i = 0; i < count; i++) {
		unsigned place = i * 211 % count;

		piece[i] = (struct vfiod_piece){.address = place * 40 + (place > count / 2 ? 16 : 0),
						.buffer = buffer[i],
						.length = 40,
						.failed = true};
	}
	ck_assert_int_eq(iommu_transfer(&device, false, piece, count), 0);
	for (unsigned i = 0; i < count; i++) {
		ck_assert(!piece[i].failed);
		ck_assert_mem_eq(buffer[i], memory + piece[i].address, 40);
		memset(buffer[i], (int)i, 40);
	}
	memset(memory + (count / 2 + 1) * 40, 0xee, 16);
	ck_assert_int_eq(iommu_transfer(&device, true, piece, count), 0);
	for (unsigned i = 0; i < count; i++)
		ck_assert_mem_eq(memory + piece[i].address, buffer[i], 40);
	for (unsigned i = 0; i < 16; i++)
		ck_assert_uint_eq(memory[(count / 2 + 1) * 40 + i], 0xee);
}
END_TEST

/* Adjacent pieces of which the memory of some is gone: those fail, the others don't. */
START_TEST(transfer_of_bad_memory)
{
	uint8_t buffer[4][64];
	struct vfiod_piece piece[4];

	map_fixed(ioas, memory, 2 * PAGE, 0, R | W);
	munmap(memory + PAGE, PAGE);
	for (unsigned i = 0; i < 4; i++)
		piece[i] = (struct vfiod_piece){
			.address = PAGE - 128 + i * 64, .buffer = buffer[i], .length = 64};
	ck_assert_int_eq(iommu_transfer(&device, false, piece, 4), -EFAULT);
	ck_assert(!piece[0].failed && !piece[1].failed && piece[2].failed && piece[3].failed);
	ck_assert_mem_eq(buffer[1], memory + PAGE - 64, 64);
}
END_TEST

START_TEST(file_checks)
{
	struct abi_map_file argument = {.flags = R | 8, .ioas_id = ioas, .fd = file};
	int pipes[2], read_only;
	char path[64];
	uint64_t iova = 0;

	ck_assert_int_eq(CALL(ABI_MAP_FILE, &argument), -EOPNOTSUPP);
	ck_assert_int_eq(try_map_file(9, file, 0, PAGE, &iova, R | FIXED), -ENOENT);
	ck_assert_int_eq(try_map_file(ioas, file, 0, PAGE, &iova, FIXED), -EINVAL);
	ck_assert_int_eq(try_map_file(ioas, file, 0, 0, &iova, R | FIXED), -EINVAL);
	ck_assert_int_eq(try_map_file(ioas, file, UINT64_MAX, 2, &iova, R | FIXED), -EOVERFLOW);
	ck_assert_int_eq(try_map_file(ioas, file, 0, UINT64_MAX, &iova, R | FIXED), -EOVERFLOW);
	ck_assert_int_eq(try_map_file(ioas, -1, 0, PAGE, &iova, R | FIXED), -EBADF);
	ck_assert_int_eq(pipe(pipes), 0);
	ck_assert_int_eq(try_map_file(ioas, pipes[0], 0, PAGE, &iova, R | FIXED), -EINVAL);
	close(pipes[0]);
	close(pipes[1]);
	ck_assert_int_eq(try_map_file(ioas, file, PAGE, PAGES * PAGE, &iova, R | FIXED), -EINVAL);
	ck_assert_int_eq(try_map_file(ioas, file, PAGES * PAGE, PAGE, &iova, R | FIXED), -EINVAL);
	ck_assert_int_eq(try_map_file(ioas, file, 1, PAGE, &iova, R | FIXED), -EINVAL);
	/* Without the right to write. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	read_only = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(try_map_file(ioas, read_only, 0, PAGE, &iova, R | W | FIXED), -EPERM);
	ck_assert_int_eq(try_map_file(ioas, read_only, 0, PAGE, &iova, R | FIXED), 0);
	/* That it is mapped read-only already doesn't matter to who may write, and the other way. */
	iova = PAGE;
	ck_assert_int_eq(try_map_file(ioas, file, 0, PAGE, &iova, R | W | FIXED), 0);
	ck_assert_int_eq(iommu_write(&device, PAGE, "x", 1), 0);
	ck_assert_int_eq(iommu_write(&device, 0, "x", 1), -EFAULT);
	iova = 2 * PAGE;
	ck_assert_int_eq(try_map_file(ioas, read_only, 0, PAGE, &iova, R | W | FIXED), -EPERM);
	close(read_only);
}
END_TEST

START_TEST(sealed_file)
{
	uint64_t iova = 0;
	uint8_t byte;

	ck_assert_int_eq(fcntl(file, F_ADD_SEALS, F_SEAL_WRITE), 0);
	ck_assert_int_eq(try_map_file(ioas, file, 0, PAGE, &iova, R | W | FIXED), -EPERM);
	ck_assert_int_eq(try_map_file(ioas, file, PAGE, PAGE, &iova, R | FIXED), 0);
	ck_assert_int_eq(iommu_read(&device, 1, &byte, 1), 0);
	ck_assert_uint_eq(byte, 2);
}
END_TEST

START_TEST(file_addresses)
{
	uint64_t iova = 0;
	uint8_t byte;

	/* Aligned like the place in the file. */
	ck_assert_int_eq(try_map_file(ioas, file, 2 * PAGE, 4 * PAGE, &iova, R | W), 0);
	ck_assert_uint_eq(iova, 2 * PAGE);
	ck_assert_int_eq(iommu_read(&device, iova + PAGE + 1, &byte, 1), 0);
	ck_assert_uint_eq(byte, 4);
	ck_assert_int_eq(try_map_file(ioas, file, 0, 8 * PAGE, &iova, R | W), 0);
	ck_assert_uint_eq(iova, 8 * PAGE);
}
END_TEST

START_TEST(growing_file)
{
	uint8_t byte;

	map_file(file, 0, PAGE, 0, R | W);
	ck_assert_int_eq(ftruncate(file, 1000 * PAGE), 0);
	ck_assert_int_eq(pwrite(file, "y", 1, 900 * PAGE), 1);
	map_file(file, 900 * PAGE, PAGE, PAGE, R | W);
	ck_assert_int_eq(iommu_read(&device, PAGE, &byte, 1), 0);
	ck_assert_uint_eq(byte, 'y');
	ck_assert_int_eq(iommu_read(&device, 1, &byte, 1), 0);
	ck_assert_uint_eq(byte, 1);
}
END_TEST

/* Lines of /proc/self/maps that mention the file. */
static unsigned
times_mapped(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[256];
	unsigned count = 0;

	while (fgets(line, sizeof(line), maps))
		count += strstr(line, "memfd:test") != NULL;
	fclose(maps);
	return count;
}

START_TEST(file_is_mapped_once)
{
	uint64_t length = UINT64_MAX;

	ck_assert_uint_eq(times_mapped(), 0);
	for (unsigned i = 0; i < PAGES; i++)
		map_file(file, i * PAGE, PAGE, 2 * i * PAGE, R | W);
	ck_assert_uint_eq(times_mapped(), 1);
	ck_assert_int_eq(try_unmap(ioas, 0, &length), 0);
	ck_assert_uint_eq(times_mapped(), 0);
}
END_TEST

START_TEST(pointers)
{
	uint8_t *at, *other;

	map_file(file, PAGE, 2 * PAGE, 0x10000, R | W);
	map_file(file, 5 * PAGE, PAGE, 0x12000, R);
	map_fixed(ioas, memory, PAGE, 0x13000, R | W);
	at = iommu_map(&device, 0x10000 + 5, 2 * PAGE - 5, true);
	ck_assert_ptr_nonnull(at);
	ck_assert_uint_eq(at[0], (uint8_t)(PAGE + 5 + 1));
	at[0] = 0xcd;
	other = iommu_map(&device, 0x10005, 1, false);
	ck_assert_ptr_eq(other, at);
	/* Meanwhile the thread does what it likes. */
	ck_assert_int_eq(iommu_read(&device, 0x10005, (uint8_t[1]){0}, 1), 0);
	ck_assert_ptr_null(iommu_map(&device, 0x13000, 1, false));
	ck_assert_ptr_null(iommu_map(&device, 0x12000, 1, true));
	ck_assert_ptr_nonnull(iommu_map(&device, 0x12000, PAGE, false));
	ck_assert_ptr_null(iommu_map(&device, 0x11fff, 2, false));
	ck_assert_ptr_null(iommu_map(&device, 0x20000, 1, false));
	ck_assert_ptr_null(iommu_map(&device, 0x10000, 0, false));
	iommu_release(&device);
	iommu_release(&device);
	ck_assert_ptr_null(iommu_map(&device, 0x13000, 1, false));
	ck_assert_int_eq(pread(file, &memory[0], 1, PAGE + 5), 1);
	ck_assert_uint_eq(memory[0], 0xcd);
	/* After too many for writing it takes another way. */
	for (unsigned i = 0; i < IOMMU_MAX_WRITTEN; i++)
		ck_assert_ptr_nonnull(iommu_map(&device, 0x10000, 1, true));
	ck_assert_ptr_null(iommu_map(&device, 0x10000, 1, true));
	ck_assert_ptr_nonnull(iommu_map(&device, 0x10000, 1, false));
	/* Detaching ends it. */
	iommu_detach(&device);
	iommu_release(&device);
}
END_TEST

static void *
unmap_in_thread(void *arg)
{
	uint64_t length = PAGE;

	ck_assert_int_eq(try_unmap(ioas, 0x10000, &length), 0);
	atomic_store((atomic_bool *)arg, true);
	return NULL;
}

START_TEST(unmapping_waits_for_pointers)
{
	atomic_bool done = false;
	pthread_t thread;
	uint8_t *at;

	map_file(file, 0, PAGE, 0x10000, R | W);
	at = iommu_map(&device, 0x10000, PAGE, true);
	ck_assert_int_eq(pthread_create(&thread, NULL, unmap_in_thread, &done), 0);
	for (unsigned i = 0; i < 50; i++) {
		at[i] = 1;
		/* The one who waits must not keep the holder from going on. */
		ck_assert_int_eq(iommu_read(&device, 0x10000, (uint8_t[1]){0}, 1), 0);
		usleep(1000);
	}
	ck_assert(!atomic_load(&done));
	iommu_release(&device);
	pthread_join(thread, NULL);
	ck_assert_int_eq(iommu_read(&device, 0x10000, (uint8_t[1]){0}, 1), -EFAULT);
}
END_TEST

static void *
use_in_thread(void *arg)
{
	*(void **)arg = iommu_map(&device, 0x10000, PAGE, true);
	ck_assert_int_eq(iommu_read(&device, 0x10000, (uint8_t[1]){0}, 1), 0);
	iommu_release(&device);
	return NULL;
}

START_TEST(one_holder_at_a_time)
{
	void *at = &device;
	pthread_t thread;

	map_file(file, 0, PAGE, 0x10000, R | W);
	ck_assert_ptr_nonnull(iommu_map(&device, 0x10000, PAGE, true));
	ck_assert_int_eq(pthread_create(&thread, NULL, use_in_thread, &at), 0);
	pthread_join(thread, NULL);
	ck_assert_ptr_null(at);
	ck_assert_ptr_nonnull(iommu_map(&device, 0x10000, PAGE, true));
	iommu_release(&device);
}
END_TEST

/* A file cut short: accesses fail from the first that comes upon it, and the process lives. */
START_TEST(file_cut_short)
{
	uint8_t buffer[PAGE];
	struct vfiod_piece piece = {.address = 9 * PAGE, .buffer = buffer, .length = 100};
	volatile uint8_t *at;

	map_file(file, 0, PAGES * PAGE, 0, R | W);
	ck_assert_int_eq(iommu_read(&device, 9 * PAGE, buffer, PAGE), 0);
	ck_assert_int_eq(ftruncate(file, 8 * PAGE), 0);
	switch (_i) {
	case 0:
		ck_assert_int_eq(iommu_read(&device, 9 * PAGE, buffer, PAGE), -EFAULT);
		break;
	case 1:
		ck_assert_int_eq(iommu_write(&device, 8 * PAGE - 1, buffer, 2), -EFAULT);
		break;
	case 2:
		ck_assert_int_eq(iommu_transfer(&device, true, &piece, 1), -EFAULT);
		ck_assert(piece.failed);
		break;
	case 3:
		at = iommu_map(&device, 9 * PAGE, PAGE, true);
		ck_assert(at != NULL);
		ck_assert_uint_eq(at[5], 0);
		at[5] = 1;
		iommu_release(&device);
		break;
	}
	ck_assert_int_eq(iommu_read(&device, 9 * PAGE, buffer, 1), -EFAULT);
	ck_assert_ptr_null(iommu_map(&device, 9 * PAGE, PAGE, true));
	/* Mapped anew it is as good as any. */
	map_file(file, 0, 8 * PAGE, 0x100000, R | W);
	ck_assert_int_eq(iommu_read(&device, 0x100000 + 2 * PAGE, buffer, 1), 0);
	ck_assert_uint_eq(buffer[0], 2);
	ck_assert_int_eq(ftruncate(file, 16 * PAGE), 0);
	map_file(file, 9 * PAGE, PAGE, 0x200000, R | W);
	ck_assert_int_eq(iommu_read(&device, 0x200000, buffer, 1), 0);
}
END_TEST

static void *
cut_blocked(void *arg)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	*(int *)arg = iommu_read(&device, 9 * PAGE, (uint8_t[1]){0}, 1);
	return NULL;
}

START_TEST(file_cut_short_where_signals_are_blocked)
{
	pthread_t thread;
	int error = 0;

	map_file(file, 0, PAGES * PAGE, 0, R | W);
	ck_assert_int_eq(ftruncate(file, 0), 0);
	pthread_create(&thread, NULL, cut_blocked, &error);
	pthread_join(thread, NULL);
	ck_assert_int_eq(error, -EFAULT);
}
END_TEST

/* SIGBUS of anybody else is what it was. */
START_TEST(other_sigbus_ends_the_process)
{
	int status, own = memfd_create("own", MFD_CLOEXEC);
	pid_t child;

	map_file(file, 0, PAGES * PAGE, 0, R | W);
	ck_assert_int_eq(iommu_read(&device, 0, (uint8_t[1]){0}, 1), 0);
	child = fork();
	if (child == 0) {
		volatile uint8_t *at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, own, 0);

		_exit(at[0]);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
#ifdef __SANITIZE_ADDRESS__
	ck_assert(!WIFEXITED(status) || WEXITSTATUS(status));
#else
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
#endif
	close(own);
}
END_TEST

/* A client that is another process; ends when its pipe is closed. */
struct other {
	pid_t pid;
	int pipe;
};

static struct other
start_other(bool exec)
{
	struct other other;
	int pipes[2], back[2];
	char byte;

	ck_assert_int_eq(pipe(pipes), 0);
	ck_assert_int_eq(pipe(back), 0);
	other.pid = fork();
	if (other.pid == 0) {
		close(pipes[1]);
		memset(memory, 0x66, PAGES * PAGE);
		if (write(back[1], "", 1) != 1 || read(pipes[0], &byte, 1) != 1 || !exec)
			_exit(0);
		dup2(pipes[0], 0);
		close(back[1]);
		execl("/bin/cat", "cat", NULL);
		_exit(1);
	}
	close(pipes[0]);
	close(back[1]);
	ck_assert_int_eq(read(back[0], &byte, 1), 1);
	close(back[0]);
	other.pipe = pipes[1];
	return other;
}

static void
end_other(struct other *other)
{
	close(other->pipe);
	waitpid(other->pid, NULL, 0);
}

START_TEST(memory_of_whoever_mapped)
{
	struct other other = start_other(false);
	uint8_t byte;
	uint64_t iova = 2 * PAGE;

	map_fixed(ioas, memory, PAGE, 0, R | W);
	iommu_process = other.pid;
	map_fixed(ioas, memory, PAGE, PAGE, R | W);
	iommu_process = 0;
	ck_assert_int_eq(iommu_read(&device, 1, &byte, 1), 0);
	ck_assert_uint_eq(byte, 1);
	ck_assert_int_eq(iommu_read(&device, PAGE + 1, &byte, 1), 0);
	ck_assert_uint_eq(byte, 0x66);
	ck_assert_int_eq(iommu_write(&device, PAGE + 1, "!", 1), 0);
	ck_assert_uint_eq(memory[1], 1);
	/* A copy is of the same process's. */
	ck_assert_int_eq(try_copy(ioas, &iova, ioas, PAGE, PAGE, R | FIXED), 0);
	ck_assert_int_eq(iommu_read(&device, 2 * PAGE + 1, &byte, 1), 0);
	ck_assert_uint_eq(byte, '!');
	end_other(&other);
	ck_assert_int_eq(iommu_read(&device, PAGE + 1, &byte, 1), -EFAULT);
	ck_assert_int_eq(iommu_read(&device, 1, &byte, 1), 0);
}
END_TEST

/* Where a process has mapped the program "cat", once it is one. */
static void *
where_is_cat(pid_t pid)
{
	unsigned long start = 0;
	char path[64], line[512] = "";

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	while (!strstr(line, "/cat")) {
		FILE *maps = fopen(path, "r");

		usleep(1000);
		ck_assert_ptr_nonnull(maps);
		if (!fgets(line, sizeof(line), maps))
			line[0] = '\0';
		fclose(maps);
	}
	ck_assert_int_eq(sscanf(line, "%lx-", &start), 1);
	return (void *)start;
}

START_TEST(other_program_in_the_process)
{
	struct other other = start_other(true);
	unsigned opened;
	uint8_t byte;

	iommu_process = other.pid;
	map_fixed(ioas, memory, PAGE, 0, R | W);
	ck_assert_int_eq(iommu_read(&device, 0, &byte, 1), 0);
	opened = iommu_opened;
	map_fixed(ioas, memory, PAGE, PAGE, R | W);
	ck_assert_uint_eq(iommu_opened, opened);
	ck_assert_int_eq(write(other.pipe, "x", 1), 1);
	while (iommu_read(&device, 0, &byte, 1) == 0)
		usleep(1000);
	/* What was mapped before is gone; new mappings are of the new program. */
	map_fixed(ioas, where_is_cat(other.pid), PAGE, 2 * PAGE, R);
	ck_assert_uint_eq(iommu_opened, opened + 1);
	ck_assert_int_eq(iommu_read(&device, PAGE, &byte, 1), -EFAULT);
	ck_assert_int_eq(iommu_read(&device, 2 * PAGE + 1, &byte, 1), 0);
	ck_assert_uint_eq(byte, 'E'); /* of an ELF header */
	end_other(&other);
}
END_TEST

START_TEST(memory_that_cannot_be_opened)
{
	uint64_t iova = 0;

	iommu_open_error = -EACCES;
	ck_assert_int_eq(try_map(ioas, memory, PAGE, &iova, R | FIXED), -EFAULT);
	iommu_open_error = -EMFILE;
	ck_assert_int_eq(try_map(ioas, memory, PAGE, &iova, R | FIXED), -ENOMEM);
	iommu_open_error = 0;
	ck_assert_int_eq(try_map(ioas, memory, PAGE, &iova, R | FIXED), 0);
}
END_TEST

static unsigned
open_descriptors(void)
{
	unsigned count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

START_TEST(nothing_is_left)
{
	unsigned before = open_descriptors();
	struct iommu_context *file_of = iommu_context_new(3), *saved = context;
	struct iommu_device third;
	uint32_t id;
	uint64_t iova;

	context = file_of;
	for (unsigned i = 0; i < 5; i++) {
		struct other other = start_other(false);

		id = new_ioas();
		iommu_process = other.pid;
		map_fixed(id, memory, PAGE, 0, R | W);
		iommu_process = 0;
		iova = PAGE;
		ck_assert_int_eq(try_map_file(id, file, 0, PAGE, &iova, R | W | FIXED), 0);
		end_other(&other);
	}
	new_device(&third);
	id = 2;
	ck_assert_int_eq(iommu_attach(&third, &id), -EFAULT);
	iommu_device_destroy(&third);
	context = saved;
	iommu_context_put(file_of);
	ck_assert_uint_eq(open_descriptors(), before);
	ck_assert_uint_eq(times_mapped(), 0);
}
END_TEST

START_TEST(refused_file_systems)
{
	char name[] = "/tmp/vfiod-unit-XXXXXX";
	int fd = mkstemp(name);
	uint64_t iova = 0;
	struct stat st;
	uint8_t *mapped;

	unlink(name);
	ck_assert_int_eq(ftruncate(fd, 4 * PAGE), 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	mapped = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_int_eq(try_map(ioas, mapped, PAGE, &iova, R | FIXED), 0);
	ck_assert_int_eq(iommu_refuse_device(st.st_dev), 0);
	iova = PAGE;
	ck_assert_int_eq(try_map(ioas, mapped, PAGE, &iova, R | FIXED), -EFAULT);
	ck_assert_int_eq(try_map(ioas, memory, PAGE, &iova, R | FIXED), 0);
	iommu_accept_device(st.st_dev);
	iova = 2 * PAGE;
	ck_assert_int_eq(try_map(ioas, mapped, PAGE, &iova, R | FIXED), 0);
	munmap(mapped, 4 * PAGE);
	close(fd);
}
END_TEST

Suite *
iommu_dma_suite(void)
{
	Suite *suite = suite_create("iommu_dma");
	TCase *tcase = tcase_create("dma");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, reads_and_writes);
	tcase_add_test(tcase, all_or_nothing);
	tcase_add_test(tcase, across_mappings);
	tcase_add_test(tcase, only_while_attached);
	tcase_add_test(tcase, memory_that_goes);
	tcase_add_test(tcase, transfers);
	tcase_add_test(tcase, scattered_transfer);
	tcase_add_loop_test(tcase, shuffled_transfer, 0, 8);
	tcase_add_test(tcase, transfer_of_bad_memory);
	tcase_add_test(tcase, file_checks);
	tcase_add_test(tcase, sealed_file);
	tcase_add_test(tcase, file_addresses);
	tcase_add_test(tcase, growing_file);
	tcase_add_test(tcase, file_is_mapped_once);
	tcase_add_test(tcase, pointers);
	tcase_add_test(tcase, unmapping_waits_for_pointers);
	tcase_add_test(tcase, one_holder_at_a_time);
	tcase_add_loop_test(tcase, file_cut_short, 0, 4);
	tcase_add_test(tcase, file_cut_short_where_signals_are_blocked);
	tcase_add_test(tcase, other_sigbus_ends_the_process);
	tcase_add_test(tcase, memory_of_whoever_mapped);
	tcase_add_test(tcase, other_program_in_the_process);
	tcase_add_test(tcase, memory_that_cannot_be_opened);
	tcase_add_test(tcase, nothing_is_left);
	tcase_add_test(tcase, refused_file_systems);
	suite_add_tcase(suite, tcase);
	return suite;
}
