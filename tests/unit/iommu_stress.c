/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many mappings, many threads, and clients that let the daemon wait. */
#include "iommu_client.h"
#include "unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "iommu/areas.h"
#include "iommu/limits.h"

static uint32_t ioas;
static struct iommu_device device;

static void
setup(void)
{
	iommu_setup();
	ioas = new_ioas();
	new_attached(&device, ioas);
}

static void
teardown(void)
{
	iommu_device_destroy(&device);
	iommu_teardown();
}

/* The tree and its table against a plain list of which page belongs to what. */
START_TEST(areas_against_a_list)
{
	enum { SPACE = 2000, ROUNDS = 20000 };
	static struct area *owner[SPACE];
	struct areas areas;
	unsigned count = 0;

	areas_init(&areas);
	srandom(7);
	for (unsigned round = 0; round < ROUNDS; round++) {
		unsigned first = (unsigned)random() % SPACE, length = 1 + (unsigned)random() % 9;
		unsigned last = first + length - 1 < SPACE ? first + length - 1 : SPACE - 1;
		struct area *area = NULL, *in;

		for (unsigned i = first; i <= last && !area; i++)
			area = owner[i];
		in = areas_in(&areas, first * PAGE, last * PAGE + PAGE - 1);
		ck_assert_ptr_eq(in, area);
		if (area && random() % 2) {
			areas_remove(&areas, area);
			for (unsigned i = 0; i < SPACE; i++)
				if (owner[i] == area)
					owner[i] = NULL;
			free(area);
			count--;
		} else if (!area) {
			area = calloc(1, sizeof(*area));
			area->mapping.first = first * PAGE;
			area->mapping.last = last * PAGE + PAGE - 1;
			areas_insert(&areas, area);
			for (unsigned i = first; i <= last; i++)
				owner[i] = area;
			count++;
		}
		for (unsigned i = 0; i < 20; i++) {
			unsigned page = (unsigned)random() % SPACE;
			struct mapping mapping;

			ck_assert_ptr_eq(areas_find(&areas, page * PAGE + 5), owner[page]);
			ck_assert_int_eq(areas_look_up(&areas, page * PAGE + 5, &mapping),
					 owner[page] != NULL);
			if (owner[page])
				ck_assert_mem_eq(&mapping, &owner[page]->mapping, sizeof(mapping));
		}
	}
	ck_assert_uint_eq(areas.count, count);
	for (struct area *area = areas_from(&areas, 0), *next; area; area = next) {
		next = areas_next(area);
		areas_remove(&areas, area);
		free(area);
		count--;
	}
	ck_assert_uint_eq(count, 0);
	ck_assert(areas_empty(&areas));
	areas_destroy(&areas);
}
END_TEST

/* 100,000 mappings, each of another page than its neighbours. */
START_TEST(many_mappings)
{
	enum { COUNT = 100000, PAGES = 997 };
	uint8_t *memory = new_pages(PAGES);
	uint64_t length = UINT64_MAX;
	uint32_t id = ioas;

	for (unsigned i = 0; i < PAGES; i++)
		memcpy(memory + i * PAGE, &i, sizeof(i));
	/* Without hardware nobody looks at each page's memory, which takes most of the time. */
	iommu_detach(&device);
	/* In an order that is neither rising nor falling. */
	for (unsigned i = 0; i < COUNT; i++) {
		uint64_t at = (uint64_t)i * 7919 % COUNT;

		map_fixed(ioas, memory + at % PAGES * PAGE, PAGE, (at + 5) * PAGE, R | W);
	}
	ck_assert_int_eq(iommu_attach(&device, &id), 0);
	for (unsigned i = 0; i < COUNT; i++) {
		uint64_t at = (uint64_t)i * 104729 % COUNT;
		unsigned found;

		ck_assert_int_eq(iommu_read(&device, (at + 5) * PAGE, &found, sizeof(found)), 0);
		ck_assert_uint_eq(found, at % PAGES);
	}
	length = PAGE;
	ck_assert_int_eq(try_unmap(ioas, 1005 * PAGE, &length), 0);
	ck_assert_int_eq(iommu_read(&device, 1005 * PAGE, &length, 1), -EFAULT);
	ck_assert_int_eq(iommu_read(&device, 1004 * PAGE, &length, 1), 0);
	length = UINT64_MAX;
	ck_assert_int_eq(try_unmap(ioas, 0, &length), 0);
	ck_assert_uint_eq(length, (COUNT - 1) * PAGE);
	free_pages(memory, PAGES);
}
END_TEST

enum { SLOTS = 64, STRIDE = 4 };

static struct {
	atomic_bool stop;
	uint8_t *memory; /* page i begins with i */
	int file;        /* page i too */
	struct iommu_device devices[2];
	atomic_uint moved, refused, mapped; /* how often */
} stress;

/* Where slot i is mapped there must be page i, or nothing. */
static void *
run_dma(void *arg)
{
	struct iommu_device *mine = arg;
	unsigned seed = (unsigned)(uintptr_t)arg, moved = 0, refused = 0;

	while (!atomic_load(&stress.stop)) {
		unsigned slot = (unsigned)rand_r(&seed) % SLOTS, found = 0;
		uint64_t iova = (slot + 1) * STRIDE * PAGE;
		struct vfiod_piece piece[] = {{.address = iova, .buffer = &found, .length = 4}};
		unsigned *at;
		int error;

		switch (rand_r(&seed) % 4) {
		case 0:
			error = iommu_read(mine, iova, &found, sizeof(found));
			break;
		case 1:
			error = iommu_transfer(mine, false, piece, 1);
			break;
		case 2:
			at = iommu_map(mine, iova, sizeof(*at), false);
			error = at ? 0 : -EFAULT;
			found = at ? *at : 0;
			iommu_release(mine);
			break;
		default:
			error = iommu_write(mine, iova, &slot, sizeof(slot));
			found = slot;
		}
		if (error)
			refused++;
		else
			moved++;
		ck_assert(error == -EFAULT || (error == 0 && found == slot));
	}
	atomic_fetch_add(&stress.moved, moved);
	atomic_fetch_add(&stress.refused, refused);
	return NULL;
}

static void *
run_mapping(void *arg)
{
	unsigned seed = (unsigned)(uintptr_t)arg;

	while (!atomic_load(&stress.stop)) {
		unsigned slot = (unsigned)rand_r(&seed) % SLOTS;
		uint64_t iova = (slot + 1) * STRIDE * PAGE, length = PAGE;
		int error;

		switch (rand_r(&seed) % 3) {
		case 0:
			error = try_map(ioas, stress.memory + slot * PAGE, PAGE, &iova,
					R | W | FIXED);
			break;
		case 1:
			error = try_map_file(ioas, stress.file, slot * PAGE, PAGE, &iova,
					     R | W | FIXED);
			break;
		default:
			error = try_unmap(ioas, iova, &length);
		}
		ck_assert(error == 0 || error == -EEXIST || error == -ENOENT);
		atomic_fetch_add(&stress.mapped, error == 0);
	}
	return NULL;
}

static void *
run_attaching(void *arg)
{
	struct iommu_device mine;

	(void)arg;
	ck_assert_int_eq(iommu_device_init(&mine), 0);
	while (!atomic_load(&stress.stop)) {
		uint32_t id = ioas;

		ck_assert_int_eq(iommu_bind(&mine, context), 0);
		ck_assert_int_eq(iommu_attach(&mine, &id), 0);
		if (id % 2)
			iommu_detach(&mine);
		iommu_unbind(&mine);
	}
	iommu_device_destroy(&mine);
	return NULL;
}

START_TEST(many_threads)
{
	struct timespec time = {.tv_nsec = 500000000};
	pthread_t thread[5];

	stress.memory = new_pages(SLOTS);
	stress.file = memfd_create("test", MFD_CLOEXEC);
	for (unsigned i = 0; i < SLOTS; i++)
		memcpy(stress.memory + i * PAGE, &i, sizeof(i));
	ck_assert_int_eq(write(stress.file, stress.memory, SLOTS * PAGE), SLOTS * PAGE);
	for (unsigned i = 0; i < 2; i++) {
		new_attached(&stress.devices[i], ioas);
		pthread_create(&thread[i], NULL, run_dma, &stress.devices[i]);
		pthread_create(&thread[2 + i], NULL, run_mapping, (void *)(uintptr_t)i);
	}
	pthread_create(&thread[4], NULL, run_attaching, NULL);
	nanosleep(&time, NULL);
	atomic_store(&stress.stop, true);
	for (unsigned i = 0; i < 5; i++)
		pthread_join(thread[i], NULL);
	ck_assert_uint_gt(stress.moved, 0);
	ck_assert_uint_gt(stress.refused, 0);
	ck_assert_uint_gt(stress.mapped, 0);
	for (unsigned i = 0; i < 2; i++)
		iommu_device_destroy(&stress.devices[i]);
	close(stress.file);
	free_pages(stress.memory, SLOTS);
}
END_TEST

static struct {
	pthread_barrier_t barrier; /* first when it has begun, then to end */
	int file;
} stalled;

/* What DMA is, as long as the client's memory lets it wait. */
static void *
stall(void *arg)
{
	(void)arg;
	ck_assert_ptr_nonnull(iommu_map(&device, PAGE, PAGE, false));
	pthread_barrier_wait(&stalled.barrier);
	pthread_barrier_wait(&stalled.barrier);
	iommu_release(&device);
	return NULL;
}

static void *
unmap_stalled(void *error)
{
	uint64_t length = PAGE;

	*(int *)error = try_unmap(ioas, 100 * PAGE, &length);
	return NULL;
}

/* What a client can do whose DMA doesn't end, and what others can. */
static void
use_meanwhile(struct iommu_device *neighbour)
{
	uint8_t *memory = new_pages(1), byte;
	struct iommu_context *saved = context;
	struct iommu_device third;
	uint32_t id;

	iommu_unbind(neighbour);
	context = iommu_context_new(9);
	id = new_ioas();
	map_fixed(id, memory, PAGE, 0, R);
	new_attached(&third, id);
	memory[3] = 0x44;
	ck_assert_int_eq(iommu_read(&third, 3, &byte, 1), 0);
	ck_assert_uint_eq(byte, 0x44);
	iommu_device_destroy(&third);
	iommu_context_put(context);
	context = saved;
	free_pages(memory, 1);
}

static unsigned
calls_now(struct user *user)
{
	unsigned left = 0;

	while (user_take(user, LIMIT_CALLS, 1))
		left++;
	user_give(user, LIMIT_CALLS, left);
	return 48 - left;
}

/* DMA that doesn't end: who changes its address space waits, but only so many; nobody else does. */
START_TEST(stalled_client)
{
	enum { WAITING = 48 };
	struct user *user = user_get(0);
	struct abi_ioas_alloc alloc = {.flags = 0};
	struct iommu_device neighbour;
	pthread_t reader, waiter[WAITING];
	uint64_t iova = PAGE;
	int error[WAITING];

	new_attached(&neighbour, ioas);
	stalled.file = memfd_create("test", MFD_CLOEXEC);
	ck_assert_int_eq(ftruncate(stalled.file, PAGE), 0);
	ck_assert_int_eq(try_map_file(ioas, stalled.file, 0, PAGE, &iova, R | FIXED), 0);
	pthread_barrier_init(&stalled.barrier, NULL, 2);
	pthread_create(&reader, NULL, stall, NULL);
	pthread_barrier_wait(&stalled.barrier);
	for (unsigned i = 0; i < WAITING; i++)
		pthread_create(&waiter[i], NULL, unmap_stalled, &error[i]);
	while (calls_now(user) < WAITING)
		usleep(1000);
	ck_assert_int_eq(CALL(ABI_IOAS_ALLOC, &alloc), -EBUSY);
	use_meanwhile(&neighbour);
	ck_assert_uint_eq(calls_now(user), WAITING);
	pthread_barrier_wait(&stalled.barrier);
	pthread_join(reader, NULL);
	for (unsigned i = 0; i < WAITING; i++) {
		pthread_join(waiter[i], NULL);
		ck_assert_int_eq(error[i], -ENOENT);
	}
	ck_assert_uint_eq(calls_now(user), 0);
	ck_assert_int_eq(CALL(ABI_IOAS_ALLOC, &alloc), 0);
	pthread_barrier_destroy(&stalled.barrier);
	close(stalled.file);
	user_put(user);
	iommu_device_destroy(&neighbour);
}
END_TEST

/* Any ioctl with any numbers in it: small ones that may be ids, addresses and the like, and large ones. */
START_TEST(random_ioctls)
{
	/* Sizes of the arguments, by number. */
	static const uint8_t sizes[] = {8,  12, 24, 40, 32, 40, 24, 24, 12, 48, 40,
					16, 48, 32, 16, 40, 40, 24, 8,  32, 40};
	static uint64_t scratch[512];
	uint32_t *argument = (uint32_t *)scratch;
	struct iommu_device second;
	unsigned done = 0;

	new_attached(&second, ioas);
	iommu_writable = scratch;
	iommu_writable_size = sizeof(scratch);
	srandom(3);
	for (unsigned i = 0; i < 30000; i++) {
		unsigned number = ABI_FIRST + (unsigned)random() % (ABI_END - ABI_FIRST);
		uint32_t id = ioas;

		memset(scratch, 0, 64);
		argument[0] = sizes[number - ABI_FIRST];
		for (unsigned j = 1; j < argument[0] / 4; j++)
			switch (random() % 16) {
			case 0:
				argument[j] = (uint32_t)random() % 16;
				break;
			case 1:
				argument[j] = (uint32_t)random() % 64 * 4096;
				break;
			case 2:
				argument[j] = (uint32_t)random() << 1;
				break;
			case 3:
				argument[j] = (uint32_t)(uintptr_t)scratch;
				argument[j + 1] = (uint32_t)((uintptr_t)scratch >> 32);
				j++;
				break;
			case 4:
				argument[j] = UINT32_MAX;
				break;
			case 5:
				argument[j] = (uint32_t)random() % 3;
			}
		/* What DMA might reach is ours, and files are none of the test's business. */
		if (number == ABI_MAP_FILE)
			continue;
		done += iommu_call(context, _IO(';', number), argument) == 0;
		if (i % 100 == 0) {
			iommu_attach(&second, &id);
			id = (uint32_t)random() % 16;
			iommu_attach(&second, &id);
			iommu_read(&second, (uint64_t)random() % 64 * 4096, scratch, 4096);
		}
	}
	ck_assert_uint_gt(done, 1000);
	iommu_device_destroy(&second);
}
END_TEST

Suite *
iommu_stress_suite(void)
{
	Suite *suite = suite_create("iommu_stress");
	TCase *tcase = tcase_create("stress");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, areas_against_a_list);
	tcase_add_test(tcase, many_mappings);
	tcase_add_test(tcase, many_threads);
	tcase_add_test(tcase, stalled_client);
	tcase_add_test(tcase, random_ioctls);
	suite_add_tcase(suite, tcase);
	return suite;
}
