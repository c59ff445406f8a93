/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which device numbers CUSE nodes ask for. */
#include "unit.h"

#include <sys/sysmacros.h>

#include "carrier/cuse_number.h"

#define MAJOR  246
#define MINORS (1u << 20)

START_TEST(first_is_the_kernels_choice)
{
	struct cuse_number first = {0}, second = {0};

	ck_assert_uint_eq(cuse_number_wanted(), 0);
	cuse_number_take(&first, makedev(MAJOR, 0));
	cuse_number_take(&second, cuse_number_wanted());
	ck_assert_uint_eq(major(second.number), MAJOR);
	ck_assert_uint_ne(minor(second.number), 0);
	/* The major stays as long as one of them does, and is then anybody's. */
	cuse_number_give_back(&first);
	ck_assert_uint_eq(major(cuse_number_wanted()), MAJOR);
	cuse_number_give_back(&second);
	ck_assert_uint_eq(cuse_number_wanted(), 0);
	/* Nothing was taken. */
	cuse_number_give_back(&second);
}
END_TEST

START_TEST(freed_is_used_again_last)
{
	struct cuse_number kept = {0}, freed = {0};
	dev_t number;

	cuse_number_take(&kept, makedev(MAJOR, 7));
	number = cuse_number_wanted();
	cuse_number_take(&freed, number);
	cuse_number_give_back(&freed);
	for (unsigned i = 0; i < MINORS - 2; i++) {
		dev_t wanted = cuse_number_wanted();

		ck_assert_uint_ne(wanted, number);
		ck_assert_uint_ne(wanted, kept.number);
	}
	ck_assert_uint_eq(cuse_number_wanted(), number);
	cuse_number_give_back(&kept);
}
END_TEST

/* Somebody else was in the major: the node got another one, which the next ones go on with. */
START_TEST(another_major)
{
	struct cuse_number first = {0}, second = {0};

	cuse_number_take(&first, makedev(MAJOR, 0));
	cuse_number_take(&second, makedev(MAJOR - 1, 0));
	ck_assert_uint_eq(major(cuse_number_wanted()), MAJOR - 1);
	cuse_number_give_back(&second);
	ck_assert_uint_eq(major(cuse_number_wanted()), MAJOR);
	cuse_number_give_back(&first);
}
END_TEST

Suite *
cuse_number_suite(void)
{
	Suite *suite = suite_create("cuse number");
	TCase *tcase = tcase_create("number");

	tcase_add_test(tcase, first_is_the_kernels_choice);
	tcase_add_test(tcase, freed_is_used_again_last);
	tcase_add_test(tcase, another_major);
	suite_add_tcase(suite, tcase);
	return suite;
}
