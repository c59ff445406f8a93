/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records as the eBPF program leaves them: of this call, of an earlier one, of another thread, of two
 * threads at once. System call numbers: syscall_64.tbl; flags: RWF_* of linux/fs.h.
 */
#include "unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "carrier/recorded.h"

#define TID    4711
#define DEVICE (240u << 20 | 3)
#define PLACE  UINT64_C(0x70012345678)

#define PREAD  17
#define PWRITE 18
#define READ   0

static struct record
recorded(unsigned tid, uint64_t position, uint64_t count, unsigned number, unsigned flags)
{
	struct record record = {0};

	record.word[RECORD_FLAGS] = RECORD_WORD(tid, flags);
	record.word[RECORD_POSITION_LOW] = RECORD_WORD(tid, position);
	record.word[RECORD_POSITION_HIGH] = RECORD_WORD(tid, position >> 32);
	record.word[RECORD_COUNT] = RECORD_WORD(tid, count);
	record.word[RECORD_DEVICE] = RECORD_WORD(tid, DEVICE);
	record.word[RECORD_OPEN_FLAGS] = RECORD_WORD(tid, O_RDWR);
	record.word[RECORD_SYSCALL] = RECORD_WORD(tid, number);
	return record;
}

static struct offset_request
request(uint64_t part, uint64_t size)
{
	return (struct offset_request){.tid = TID, .part = part, .size = size, .device = DEVICE};
}

static enum offset_refusal
take(struct record *record, const struct offset_request *wanted)
{
	struct offset_call call;

	return record_take(record, wanted, &call);
}

START_TEST(fresh)
{
	struct record record = recorded(TID, PLACE, 48, PREAD, 0);
	struct offset_request wanted = request(0, 48);
	struct offset_call call;

	ck_assert_int_eq(record_take(&record, &wanted, &call), OFFSET_OK);
	ck_assert_uint_eq(call.offset, PLACE);
	ck_assert_uint_eq(call.count, 48);
	ck_assert(!call.at_position);
}
END_TEST

START_TEST(largest_position)
{
	struct record record = recorded(TID, INT64_MAX - 4, 4, PREAD, 0);
	struct offset_request wanted = request(0, 4);
	struct offset_call call;

	ck_assert_int_eq(record_take(&record, &wanted, &call), OFFSET_OK);
	ck_assert_uint_eq(call.offset, INT64_MAX - 4);
}
END_TEST

/* 32 pages a request: each part finds the call again, until it has ended. */
START_TEST(split)
{
	struct record record = recorded(TID, PLACE, 300000, PREAD, 0);
	struct offset_request parts[] = {request(0, 131072), request(131072, 131072),
					 request(262144, 37856)};
	struct offset_call call;

	for (unsigned i = 0; i < 3; i++) {
		ck_assert_int_eq(record_take(&record, &parts[i], &call), OFFSET_OK);
		ck_assert_uint_eq(call.offset, PLACE);
		ck_assert_uint_eq(call.count, 300000);
	}
	/* One byte more than the call has. */
	parts[2].size++;
	ck_assert_int_eq(take(&record, &parts[2]), OFFSET_NOT_RECORDED);
}
END_TEST

/* The entry of the second call was left out: its first request must not get the first one's place. */
START_TEST(old_record)
{
	struct record record = recorded(TID, PLACE, 300000, PREAD, 0);
	struct offset_request first = request(0, 4096), later = request(4096, 4096);

	ck_assert_int_eq(take(&record, &first), OFFSET_OK);
	ck_assert_int_eq(take(&record, &first), OFFSET_NOT_RECORDED);
	/* Nor any later one. */
	ck_assert_int_eq(take(&record, &later), OFFSET_NOT_RECORDED);
	ck_assert_int_eq(take(&record, &first), OFFSET_NOT_RECORDED);
}
END_TEST

/* A call whose first request was never seen has no later ones. */
START_TEST(part_without_beginning)
{
	struct record record = recorded(TID, PLACE, 300000, PREAD, 0);
	struct offset_request later = request(131072, 131072), first = request(0, 131072);

	ck_assert_int_eq(take(&record, &later), OFFSET_NOT_RECORDED);
	ck_assert_int_eq(take(&record, &first), OFFSET_NOT_RECORDED);
}
END_TEST

static const struct {
	const char *what;
	struct offset_request wanted;
} strangers[] = {
	{"nothing there", {.tid = TID + 1, .size = 4, .device = DEVICE}},
	{"65536 ids away", {.tid = TID + RECORDS, .size = 4, .device = DEVICE}},
	{"a write", {.tid = TID, .size = 4, .device = DEVICE, .write = true}},
	{"another device", {.tid = TID, .size = 4, .device = DEVICE + 1}},
	{"no device yet", {.tid = TID, .size = 4}},
	{"a larger call", {.tid = TID, .size = 5, .device = DEVICE}},
	{"behind the call", {.tid = TID, .size = 4, .part = UINT64_MAX - 2, .device = DEVICE}},
};

START_TEST(of_something_else)
{
	struct record record = recorded(TID, PLACE, 4, PREAD, 0);
	struct offset_request own = request(0, 4);
	const bool same_thread = strangers[_i].wanted.tid == TID;

	ck_assert_int_eq(take(&record, &strangers[_i].wanted), OFFSET_NOT_RECORDED);
	/* The thread's own record is worth nothing any more; another thread's is left alone. */
	ck_assert_int_eq(take(&record, &own), same_thread ? OFFSET_NOT_RECORDED : OFFSET_OK);
}
END_TEST

/* Any word of another thread makes it nobody's. */
START_TEST(mixed)
{
	struct offset_request wanted = request(0, 4);

	for (unsigned mask = 1; mask < 1u << RECORD_USED; mask++) {
		struct record record = recorded(TID, PLACE, 4, PREAD, 0);
		const struct record other = recorded(TID + RECORDS, 0x1000, 8, PREAD, 0);

		for (unsigned i = 0; i < RECORD_USED; i++)
			if (mask & 1u << i)
				record.word[i] = other.word[i];
		ck_assert_int_eq(take(&record, &wanted), OFFSET_NOT_RECORDED);
	}
}
END_TEST

static const struct {
	unsigned flags;
	int open_flags;
	enum offset_refusal refusal;
} rwf[] = {
	{0, 0, OFFSET_OK},
	{0x02, 0, OFFSET_BAD_FLAGS}, /* RWF_DSYNC */
	{0x04, 0, OFFSET_BAD_FLAGS}, /* RWF_SYNC */
	{0x10, 0, OFFSET_BAD_FLAGS}, /* RWF_APPEND */
	{0x02, O_DSYNC, OFFSET_OK},
	{0x06, O_SYNC, OFFSET_OK},
	{0x06, O_DSYNC, OFFSET_BAD_FLAGS},
	{0x10, O_APPEND, OFFSET_OK},
	{0x12, O_APPEND, OFFSET_BAD_FLAGS},
	{0, O_SYNC | O_APPEND, OFFSET_OK},
};

START_TEST(flags)
{
	struct record record = recorded(TID, PLACE, 4, PREAD, rwf[_i].flags);
	struct offset_request wanted = request(0, 4);

	record.word[RECORD_OPEN_FLAGS] = RECORD_WORD(TID, rwf[_i].open_flags | O_RDWR);
	ck_assert_int_eq(take(&record, &wanted), rwf[_i].refusal);
}
END_TEST

static const struct {
	uint64_t position;
	unsigned number, flags;
	bool write, at_position;
} zeros[] = {
	{0, READ, 0, false, true},
	{0, PREAD, 0, false, false},
	{0, 1, RECORD_WRITE, true, true},
	{0, PWRITE, RECORD_WRITE, true, false},
	/* io_uring's, carried out where a read() ends. */
	{0, READ, RECORD_ASYNC, false, false},
	{PLACE, READ, RECORD_ASYNC, false, false},
	{0, 327, 0, false, false},
	{0, 327, RECORD_R10_END, false, true},
	{0, 378, RECORD_SI_END, false, true},
	{0, 379, RECORD_WRITE | RECORD_SI_END, true, true},
};

START_TEST(at_the_position)
{
	struct record record =
		recorded(TID, zeros[_i].position, 4, zeros[_i].number, zeros[_i].flags);
	struct offset_request wanted = request(0, 4);
	struct offset_call call;

	wanted.write = zeros[_i].write;
	ck_assert_int_eq(record_take(&record, &wanted, &call), OFFSET_OK);
	ck_assert_int_eq(call.at_position, zeros[_i].at_position);
	ck_assert_uint_eq(call.offset, zeros[_i].position);
}
END_TEST

/* One thread's calls, and another one's that share the record: as the program stores, word by word. */
#define ROUNDS 200000u

static struct record shared;
static atomic_bool done;

static void
store(const struct record *record)
{
	atomic_store((atomic_ullong *)&shared.word[RECORD_FLAGS], record->word[RECORD_FLAGS]);
	for (unsigned i = 0; i < RECORD_FLAGS; i++)
		atomic_store((atomic_ullong *)&shared.word[i], record->word[i]);
}

static void *
call_on(void *arg)
{
	(void)arg;
	for (uint64_t i = 1; !atomic_load(&done); i++) {
		struct record record = recorded(TID + RECORDS, i << 32 | i, 4, PREAD, 0);

		store(&record);
		for (volatile unsigned pause = 0; pause < i % 64; pause++)
			;
	}
	return NULL;
}

START_TEST(race)
{
	struct offset_request wanted = request(0, 4);
	unsigned taken = 0;
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, call_on, NULL), 0);
	for (uint64_t i = 1; i <= ROUNDS; i++) {
		/* Positions whose halves differ from each other and from the other thread's. */
		struct record record = recorded(TID, (i + 7) << 32 | (i ^ 0x55), 4, PREAD, 0);
		struct offset_call call;

		store(&record);
		if (record_take(&shared, &wanted, &call))
			continue;
		ck_assert_uint_eq(call.offset, (i + 7) << 32 | (i ^ 0x55));
		taken++;
	}
	atomic_store(&done, true);
	pthread_join(thread, NULL);
	ck_assert_uint_gt(taken, 0);
}
END_TEST

Suite *
record_suite(void)
{
	Suite *suite = suite_create("record");
	TCase *tcase = tcase_create("records");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, fresh);
	tcase_add_test(tcase, largest_position);
	tcase_add_test(tcase, split);
	tcase_add_test(tcase, old_record);
	tcase_add_test(tcase, part_without_beginning);
	tcase_add_loop_test(tcase, of_something_else, 0, sizeof(strangers) / sizeof(*strangers));
	tcase_add_test(tcase, mixed);
	tcase_add_loop_test(tcase, flags, 0, sizeof(rwf) / sizeof(*rwf));
	tcase_add_loop_test(tcase, at_the_position, 0, sizeof(zeros) / sizeof(*zeros));
	tcase_add_test(tcase, race);
	suite_add_tcase(suite, tcase);
	return suite;
}
