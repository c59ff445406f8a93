/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "carrier/polling.h"

#define US UINT64_C(1000)

/* As many requests, each so long after the last answer. */
static uint64_t
after(struct polling *polling, unsigned requests, uint64_t gap)
{
	for (unsigned i = 0; i < requests; i++)
		polling_learn(polling, gap);
	return polling->window;
}

START_TEST(sleeps_until_it_pays)
{
	struct polling polling = {.most = 200 * US};

	ck_assert_uint_eq(after(&polling, 10, 201 * US), 0);
	ck_assert_uint_eq(after(&polling, 10, 1000000 * US), 0);
	ck_assert_uint_gt(after(&polling, 1, 100 * US), 0);
}
END_TEST

START_TEST(grows_until_requests_fall_in)
{
	struct polling polling = {.most = 200 * US};
	uint64_t window = after(&polling, 20, 50 * US);

	ck_assert_uint_ge(window, 50 * US);
	ck_assert_uint_lt(window, 100 * US);
	/* A client that is fast already doesn't make it longer. */
	ck_assert_uint_eq(after(&polling, 100, 1 * US), window);
}
END_TEST

START_TEST(never_longer_than_asked_for)
{
	struct polling polling = {.most = 70 * US};

	ck_assert_uint_eq(after(&polling, 20, 69 * US), 70 * US);
	/* Less than the first step. */
	polling = (struct polling){.most = 3 * US};
	ck_assert_uint_eq(after(&polling, 20, 2 * US), 3 * US);
}
END_TEST

START_TEST(gives_up_when_it_does_not_pay)
{
	struct polling polling = {.most = 10000 * US};

	ck_assert_uint_ge(after(&polling, 20, 9000 * US), 9000 * US);
	ck_assert_uint_gt(after(&polling, 1, 20000 * US), 0);
	ck_assert_uint_eq(after(&polling, 12, 20000 * US), 0);
}
END_TEST

Suite *
polling_suite(void)
{
	Suite *suite = suite_create("polling");
	TCase *tcase = tcase_create("polling");

	tcase_add_test(tcase, sleeps_until_it_pays);
	tcase_add_test(tcase, grows_until_requests_fall_in);
	tcase_add_test(tcase, never_longer_than_asked_for);
	tcase_add_test(tcase, gives_up_when_it_does_not_pay);
	suite_add_tcase(suite, tcase);
	return suite;
}
