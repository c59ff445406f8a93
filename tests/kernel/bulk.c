/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transfers that the kernel splits (at 32 pages): byte-exact, at any alignment. */
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "kernel.h"
#include "node.h"
#include "served.h"

#define MIB ((size_t)1 << 20)

struct transfer {
	size_t length, buffer_shift;
	uint64_t position;
};

static const struct transfer transfers[] = {
	{131072, 0, 0},           {131073, 0, 0},       {131072, 1, 1},
	{300000, 0, 0x1000},      {300007, 3, 0x12345}, {MIB, 0, 0},
	{MIB + 1, 4095, MIB - 1}, {5 * MIB, 17, 5},     {16 * MIB, 0, 0},
};

/* Compares with what the other way of reading, in pieces below the split, gives. */
static void
assert_memory_is(int fd, const uint8_t *want, size_t length, uint64_t position)
{
	uint8_t piece[65536];

	for (size_t at = 0; at < length; at += sizeof(piece)) {
		size_t part = length - at < sizeof(piece) ? length - at : sizeof(piece);

		assert_returns(pread(fd, piece, part, AT(EDU_MEMORY, position + at)), part);
		ck_assert_msg(!memcmp(piece, want + at, part), "the piece at %zu differs", at);
	}
}

START_TEST(split_transfers)
{
	const struct transfer *t = &transfers[_i];
	uint8_t *room = aligned_alloc(4096, t->length + 8192), *from = room + t->buffer_shift;
	int fd = node_open_reset();

	ck_assert_ptr_nonnull(room);
	pattern_fill(from, t->length, (uint64_t)_i + 1);
	assert_returns(pwrite(fd, from, t->length, AT(EDU_MEMORY, t->position)), t->length);
	assert_memory_is(fd, from, t->length, t->position);
	memset(from, 0, t->length);
	assert_returns(pread(fd, from, t->length, AT(EDU_MEMORY, t->position)), t->length);
	ck_assert(pattern_is(from, t->length, (uint64_t)_i + 1));
	free(room);
}
END_TEST

#define PIECES 40

START_TEST(split_vectors)
{
	struct iovec iov[PIECES];
	size_t total = 0;
	uint8_t *whole;
	int fd = node_open_reset();

	for (unsigned i = 0; i < PIECES; i++)
		total += iov[i].iov_len = 1 + i * 1019u;
	whole = malloc(total);
	ck_assert_ptr_nonnull(whole);
	pattern_fill(whole, total, 99);
	for (size_t i = 0, at = 0; i < PIECES; at += iov[i++].iov_len)
		iov[i].iov_base = whole + at;
	assert_returns(pwritev(fd, iov, PIECES, AT(EDU_MEMORY, 0x300001)), total);
	assert_memory_is(fd, whole, total, 0x300001);
	memset(whole, 0, total);
	assert_returns(preadv(fd, iov, PIECES, AT(EDU_MEMORY, 0x300001)), total);
	ck_assert(pattern_is(whole, total, 99));
	free(whole);
}
END_TEST

START_TEST(short_at_the_end)
{
	uint8_t *buffer = aligned_alloc(4096, MIB);
	int fd = node_open_reset();

	ck_assert_ptr_nonnull(buffer);
	/* The end inside a part, and just between two parts. */
	assert_returns(pread(fd, buffer, 300000, AT(EDU_MEMORY, EDU_MEMORY_SIZE - 200000)), 200000);
	assert_returns(pread(fd, buffer, 262144, AT(EDU_MEMORY, EDU_MEMORY_SIZE - 131072)), 131072);
	assert_returns(pwrite(fd, buffer, MIB, AT(EDU_MEMORY, EDU_MEMORY_SIZE - 262144)), 262144);
	free(buffer);
}
END_TEST

Suite *
bulk_suite(void)
{
	Suite *suite = suite_create("bulk");
	TCase *edu = served_case("edu", serve_edu, 120);

	tcase_add_loop_test(edu, split_transfers, 0, sizeof(transfers) / sizeof(*transfers));
	tcase_add_test(edu, split_vectors);
	tcase_add_test(edu, short_at_the_end);
	served_last(edu);
	suite_add_tcase(suite, edu);
	return suite;
}
