/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page tables of contexts, Intel PRM SKL Vol 5 "Per-Process GTT" and i915's gen8_ppgtt.c: four levels and
 * three, pages of 4 KiB to 1 GiB, what the engine may remember of them.
 */
#include "gvt_rig.h"

#include <string.h>

#define DATA RIG_DATA
/* Tables of our own, behind those of the rig; the rig's 2 MiB tables end at A3000h. */
#define TABLES  0x0c0000u
#define PRESENT 1u
#define WRITE   2u
#define HUGE    (1u << 7)
#define OF_64K  (1u << 11)

static void
setup(void)
{
	rig_setup(RIG_RENDER);
}

static uint64_t
entry_at(uint64_t table, uint64_t va, unsigned shift)
{
	return table + 8 * (va >> shift & 511);
}

/* The rig's page directory, in which there is room for what a test adds. */
static uint64_t
directory_entry(uint64_t va)
{
	return entry_at(RIG_TABLES + 0x2000, va, 21);
}

static void
store(uint64_t va, uint32_t value)
{
	rig_emit(0, STORE_DWORD, LOW(va), HIGH(va), value);
	rig_run();
}

/* In the rig's directory, far from what it maps. */
#define SPARE (RIG_VA + (UINT64_C(64) << 21))

START_TEST(four_levels)
{
	store(RIG_VA + DATA, 1);
	store(RIG_VA + DATA + 0x5ffc, 2);
	ck_assert_uint_eq(rig_dword(DATA), 1);
	ck_assert_uint_eq(rig_dword(DATA + 0x5ffc), 2);
	/* Bit 47 repeats above in canonical addresses. */
	rig_set_qword(entry_at(RIG_TABLES, UINT64_C(0x923456a00000), 39),
		      (RIG_TABLES + 0x1000) | 3);
	store(UINT64_C(0xffff923456a00000) + DATA, 3);
	ck_assert_uint_eq(rig_dword(DATA), 3);
}
END_TEST

START_TEST(three_levels)
{
	/* Four directories in the context's image; number 3 is the rig's. */
	uint64_t va = UINT64_C(0xd6a00000) + DATA;

	rig_set_image(0, 0x27, RIG_TABLES + 0x2000);
	rig_emit(0, STORE_DWORD, LOW(va), 0, 7);
	rig_submit_flags(0, RIG_NONE, 0x109);
	rig_wait();
	ck_assert(!rig_streamer()->hung);
	ck_assert_uint_eq(rig_dword(DATA), 7);
	/* There is nothing above 4 GiB. */
	rig_emit(0, STORE_DWORD, LOW(va), 1, 8);
	rig_submit_flags(0, RIG_NONE, 0x109);
	rig_wait();
	ck_assert(rig_streamer()->hung);
	ck_assert_uint_eq(rig_dword(DATA), 7);
}
END_TEST

START_TEST(page_of_2m)
{
	rig_set_qword(directory_entry(SPARE), 0x400000 | HUGE | WRITE | PRESENT);
	store(SPARE + 0x123458, 1);
	ck_assert_uint_eq(rig_dword(0x523458), 1);
	store(SPARE + 0x1ffffc, 2);
	ck_assert_uint_eq(rig_dword(0x5ffffc), 2);
}
END_TEST

START_TEST(page_of_1g)
{
	uint64_t va = RIG_VA + (UINT64_C(1) << 30);

	rig_set_qword(entry_at(RIG_TABLES + 0x1000, va, 30), HUGE | WRITE | PRESENT);
	va &= ~((UINT64_C(1) << 30) - 1);
	store(va + 0x1234568, 3);
	ck_assert_uint_eq(rig_dword(0x1234568), 3);
}
END_TEST

/* In a table of 64 KiB pages only every sixteenth entry counts. */
START_TEST(page_of_64k)
{
	rig_set_qword(directory_entry(SPARE), TABLES | OF_64K | WRITE | PRESENT);
	rig_set_qword(TABLES + 8 * 16, 0x650000 | WRITE | PRESENT);
	for (unsigned i = 1; i < 16; i++)
		rig_set_qword(TABLES + 8 * (16 + i), 0x700000 | WRITE | PRESENT);
	store(SPARE + 0x10000, 1);
	store(SPARE + 0x1abcc, 2);
	ck_assert_uint_eq(rig_dword(0x650000), 1);
	ck_assert_uint_eq(rig_dword(0x65abcc), 2);
}
END_TEST

/* A page without the write bit swallows writes; the engine goes on. */
START_TEST(read_only_page)
{
	rig_set(0x650000, 9);
	rig_set_qword(directory_entry(SPARE), TABLES | WRITE | PRESENT);
	rig_set_qword(TABLES, 0x650000 | PRESENT);
	store(SPARE, 1);
	ck_assert_uint_eq(rig_dword(0x650000), 9);
	/* Reading is fine. */
	rig_emit(0, 0x2eu << 23 | 3, VA(DATA), LOW(SPARE), HIGH(SPARE));
	rig_run();
	ck_assert_uint_eq(rig_dword(DATA), 9);
}
END_TEST

/* Each level without a present entry. */
START_TEST(not_present)
{
	static const unsigned shifts[] = {39, 30, 21, 12};
	uint64_t va = RIG_VA + DATA;
	const uint64_t tables[] = {RIG_TABLES, RIG_TABLES + 0x1000, RIG_TABLES + 0x2000,
				   RIG_TABLES + 0x3000 + 4096 * (DATA >> 21)};
	uint64_t entry = entry_at(tables[_i], va, shifts[_i]);

	rig_emit(0, STORE_DWORD, LOW(va), HIGH(va), 1);
	rig_set_qword(entry, rig_qword(entry) & ~(uint64_t)PRESENT);
	rig_assert_hangs();
	ck_assert_uint_eq(rig_dword(DATA), 0);
}
END_TEST

/* Tables where no memory is are as good as none. */
START_TEST(tables_nowhere)
{
	static const unsigned shifts[] = {39, 30, 21};
	uint64_t va = RIG_VA + DATA;
	const uint64_t tables[] = {RIG_TABLES, RIG_TABLES + 0x1000, RIG_TABLES + 0x2000};

	rig_emit(0, STORE_DWORD, LOW(va), HIGH(va), 1);
	rig_set_qword(entry_at(tables[_i], va, shifts[_i]), UINT64_C(0x3ffffffff000) | 3);
	rig_assert_hangs();
}
END_TEST

/* A page where no memory is: reads are zeros, writes are lost, as in the aperture. */
START_TEST(page_nowhere)
{
	rig_set(DATA, 0x55);
	rig_set_qword(directory_entry(SPARE), TABLES | WRITE | PRESENT);
	rig_set_qword(TABLES, RIG_MEMORY | WRITE | PRESENT);
	store(SPARE, 1);
	rig_emit(0, 0x2eu << 23 | 3, VA(DATA), LOW(SPARE), HIGH(SPARE));
	rig_run();
	ck_assert_uint_eq(rig_dword(DATA), 0);
}
END_TEST

/* What was translated is forgotten at a new list, and at a flush that invalidates. */
START_TEST(forgets_translations)
{
	static const uint32_t flushes[][6] = {
		{0},                               /* none: two lists */
		{0x7a000004, 1u << 18 | 1u << 20}, /* PIPE_CONTROL */
		{0x26u << 23 | 1u << 18 | 2},      /* MI_FLUSH_DW */
	};
	uint64_t table_entry = TABLES;

	rig_set_qword(directory_entry(SPARE), TABLES | WRITE | PRESENT);
	rig_set_qword(table_entry, 0x650000 | WRITE | PRESENT);
	rig_emit(0, STORE_DWORD, LOW(SPARE), HIGH(SPARE), 1);
	if (!_i)
		rig_run();
	/* The commands change the table themselves. */
	rig_emit(0, STORE_DWORD_GGTT, GM(table_entry), 0x660000 | WRITE | PRESENT);
	if (_i)
		rig_emit_all(0, flushes[_i], 6);
	else
		rig_run();
	rig_emit(0, STORE_DWORD, LOW(SPARE), HIGH(SPARE), 2);
	rig_run();
	ck_assert_uint_eq(rig_dword(0x650000), 1);
	ck_assert_uint_eq(rig_dword(0x660000), 2);
}
END_TEST

/* A write across pages that lie apart. */
START_TEST(across_pages)
{
	rig_set_qword(directory_entry(SPARE), TABLES | WRITE | PRESENT);
	rig_set_qword(TABLES, 0x650000 | WRITE | PRESENT);
	rig_set_qword(TABLES + 8, 0x630000 | WRITE | PRESENT);
	rig_emit(0, 0x20u << 23 | 3, LOW(SPARE + 0xffc), HIGH(SPARE), 0x11, 0x22);
	rig_run();
	ck_assert_uint_eq(rig_dword(0x650ffc), 0x11);
	ck_assert_uint_eq(rig_dword(0x630000), 0x22);
}
END_TEST

/* A batch that continues on a page elsewhere, in the middle of a command. */
START_TEST(batch_across_pages)
{
	static const uint32_t command[] = {STORE_DWORD, GM(0), 0x99, BATCH_END};
	uint32_t fixed[5];

	memcpy(fixed, command, sizeof(fixed));
	fixed[1] = LOW(RIG_VA + DATA);
	fixed[2] = HIGH(RIG_VA + DATA);
	rig_set_qword(directory_entry(SPARE), TABLES | WRITE | PRESENT);
	rig_set_qword(TABLES, 0x650000 | WRITE | PRESENT);
	rig_set_qword(TABLES + 8, 0x630000 | WRITE | PRESENT);
	rig_set_all(0x650ff8, fixed, 2);
	rig_set_all(0x630000, fixed + 2, 3);
	rig_emit(0, BATCH_START, LOW(SPARE + 0xff8), HIGH(SPARE));
	rig_run();
	ck_assert_uint_eq(rig_dword(DATA), 0x99);
}
END_TEST

Suite *
gvt_ppgtt_suite(void)
{
	Suite *suite = suite_create("gvt_ppgtt");
	TCase *tests = tcase_create("page tables");

	tcase_add_checked_fixture(tests, setup, rig_teardown);
	tcase_add_test(tests, four_levels);
	tcase_add_test(tests, three_levels);
	tcase_add_test(tests, page_of_2m);
	tcase_add_test(tests, page_of_1g);
	tcase_add_test(tests, page_of_64k);
	tcase_add_test(tests, read_only_page);
	tcase_add_loop_test(tests, not_present, 0, 4);
	tcase_add_loop_test(tests, tables_nowhere, 0, 3);
	tcase_add_test(tests, page_nowhere);
	tcase_add_loop_test(tests, forgets_translations, 0, 3);
	tcase_add_test(tests, across_pages);
	tcase_add_test(tests, batch_across_pages);
	suite_add_tcase(suite, tests);
	return suite;
}
