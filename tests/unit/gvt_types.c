/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a host GPU is divided among vGPUs: counts as GVT-g's formula has them. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/types.h"
#include "util/uuid.h"

#define MIB  (UINT64_C(1) << 20)

#define GVT8 "i915-GVTg_V5_8"
#define GVT4 "i915-GVTg_V5_4"
#define GVT2 "i915-GVTg_V5_2"
#define GVT1 "i915-GVTg_V5_1"

static struct type_host *host;
static char why[TYPES_WHY];

static void
open_with(const char *aperture)
{
	struct vfiod_options options = {
		.setting = {{(char[]){"aperture"}, strdup(aperture)}},
		.count = 1,
	};

	host = gvt_types.open(&options, why);
	free(options.setting[0].value);
	ck_assert_ptr_nonnull(host);
}

static void
close_it(void)
{
	if (host)
		gvt_types.close(host);
	host = NULL;
}

/* -1: the type isn't listed */
static int
available(const char *type)
{
	struct type_info info;

	for (unsigned i = 0; gvt_types.describe(host, i, &info); i++)
		if (!strcmp(info.name, type))
			return (int)info.available;
	return -1;
}

static struct type_claim
take(const char *type)
{
	struct type_claim claim;

	ck_assert_int_eq(gvt_types.take(host, type, &claim, why), 0);
	return claim;
}

static const struct {
	const char *aperture;
	int count[4];
} fresh[] = {
	{"256M", {2, 1, -1, -1}},
	{"512M", {6, 3, 1, -1}},
	{"1G", {7, 5, 2, 1}},
};

static const char *const types[] = {GVT8, GVT4, GVT2, GVT1};

START_TEST(a_host_that_nobody_has)
{
	open_with(fresh[_i].aperture);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_int_eq(available(types[i]), fresh[_i].count[i]);
}
END_TEST

/* As many as were said can be made, and not one more. */
START_TEST(counts_are_kept)
{
	open_with(fresh[_i / 4].aperture);
	for (int left = fresh[_i / 4].count[_i % 4]; left > 0; left--) {
		ck_assert_int_eq(available(types[_i % 4]), left);
		take(types[_i % 4]);
	}
	ck_assert_int_eq(gvt_types.take(host, types[_i % 4], &(struct type_claim){0}, why),
			 fresh[_i / 4].count[_i % 4] < 0 ? -ENOENT : -ENOSPC);
}
END_TEST

START_TEST(all_types_have_one_pool)
{
	struct type_claim claim;

	open_with("1G");
	claim = take(GVT4);
	/* 768 MiB low and 2176 MiB high are left, 24 fences. */
	ck_assert_int_eq(available(GVT8), 5);
	ck_assert_int_eq(available(GVT4), 4);
	ck_assert_int_eq(available(GVT2), 2);
	ck_assert_int_eq(available(GVT1), 1);
	take(GVT1);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_int_eq(available(types[i]), 0);
	gvt_types.give_back(host, &claim);
	ck_assert_int_eq(available(GVT8), 1);
	ck_assert_int_eq(available(GVT4), 1);
	ck_assert_int_eq(available(GVT2), 0);
}
END_TEST

START_TEST(what_ran_out_is_named)
{
	struct type_claim claim;

	open_with("256M");
	take(GVT4);
	ck_assert_int_eq(gvt_types.take(host, GVT8, &claim, why), -ENOSPC);
	ck_assert_str_eq(why, "no 64 MiB of low (mappable) graphics memory in one piece: 0 MiB "
			      "are left");
	close_it();
	open_with("1G");
	take(GVT1);
	ck_assert_int_eq(gvt_types.take(host, GVT2, &claim, why), -ENOSPC);
	ck_assert_str_eq(why, "no 1024 MiB of high (hidden) graphics memory in one piece: 640 MiB "
			      "are left");
	close_it();
	open_with("1G");
	for (unsigned i = 0; i < 7; i++)
		take(GVT8);
	ck_assert_int_eq(gvt_types.take(host, GVT8, &claim, why), -ENOSPC);
	ck_assert_str_eq(why, "no vGPU id: all 7 are taken");
}
END_TEST

struct slices {
	unsigned long long aperture, low, low_size, high, high_size;
};

static struct slices
slices_of(const struct type_claim *claim)
{
	struct slices s;

	ck_assert_int_eq(sscanf(claim->options,
				"device=0x1912,aperture=%llx,low=%llx+%llx,high=%llx+%llx,",
				&s.aperture, &s.low, &s.low_size, &s.high, &s.high_size),
			 5);
	return s;
}

/* The host has the first 128 and 384 MiB. */
START_TEST(slices_are_where_they_belong)
{
	struct type_claim claim[3];
	struct slices s;

	open_with("512M");
	claim[0] = take(GVT8);
	claim[1] = take(GVT4);
	s = slices_of(&claim[0]);
	ck_assert_uint_eq(s.aperture, 512 * MIB);
	ck_assert_uint_eq(s.low, 128 * MIB);
	ck_assert_uint_eq(s.low_size, 64 * MIB);
	ck_assert_uint_eq(s.high, (512 + 384) * MIB);
	ck_assert_uint_eq(s.high_size, 384 * MIB);
	ck_assert_ptr_nonnull(strstr(claim[0].options, ",monitor=1024x768"));
	s = slices_of(&claim[1]);
	ck_assert_uint_eq(s.low, 192 * MIB);
	ck_assert_uint_eq(s.low_size, 128 * MIB);
	ck_assert_uint_eq(s.high, (512 + 384 + 384) * MIB);
	ck_assert_uint_eq(s.high_size, 512 * MIB);
	ck_assert_ptr_nonnull(strstr(claim[1].options, ",monitor=1920x1200"));
	/* The first gap that is large enough: not the one of 64 MiB. */
	gvt_types.give_back(host, &claim[0]);
	claim[2] = take(GVT4);
	s = slices_of(&claim[2]);
	ck_assert_uint_eq(s.low, 320 * MIB);
	claim[0] = take(GVT8);
	ck_assert_uint_eq(slices_of(&claim[0]).low, 128 * MIB);
}
END_TEST

/* 128 MiB are left, but in two pieces: what can't be made isn't promised. */
START_TEST(gaps_don_t_count)
{
	struct type_claim claim[6];

	open_with("512M");
	for (unsigned i = 0; i < 6; i++)
		claim[i] = take(GVT8);
	gvt_types.give_back(host, &claim[1]);
	gvt_types.give_back(host, &claim[3]);
	ck_assert_int_eq(available(GVT8), 2);
	ck_assert_int_eq(available(GVT4), 0);
	gvt_types.give_back(host, &claim[2]);
	ck_assert_int_eq(available(GVT4), 1);
}
END_TEST

START_TEST(descriptions)
{
	struct type_info info;

	open_with("1G");
	ck_assert(gvt_types.describe(host, 0, &info));
	ck_assert_str_eq(info.name, GVT8);
	ck_assert_str_eq(info.api, "vfio-pci");
	ck_assert_str_eq(info.description, "low_gm_size: 64MB\nhigh_gm_size: 384MB\nfence: 4\n"
					   "resolution: 1024x768\nweight: 2");
	ck_assert(gvt_types.describe(host, 3, &info));
	ck_assert_str_eq(info.name, GVT1);
	ck_assert_str_eq(info.description, "low_gm_size: 512MB\nhigh_gm_size: 2048MB\nfence: 4\n"
					   "resolution: 1920x1200\nweight: 16");
	ck_assert(!gvt_types.describe(host, 4, &info));
}
END_TEST

START_TEST(hosts_that_are_none)
{
	struct vfiod_options options = {.setting = {{(char[]){"aperture"}, (char[]){"64M"}}},
					.count = 1};

	ck_assert_ptr_null(gvt_types.open(&options, why));
	ck_assert_ptr_nonnull(strstr(why, "aperture=64M"));
	options.setting[0] = (struct vfiod_setting){(char[]){"device"}, (char[]){"0x1234"}};
	ck_assert_ptr_null(gvt_types.open(&options, why));
	ck_assert_ptr_nonnull(strstr(why, "device=0x1234"));
	/* A Kaby Lake's vGPUs are Kaby Lakes. */
	options.setting[0].value = (char[]){"0x5912"};
	host = gvt_types.open(&options, why);
	ck_assert_ptr_nonnull(host);
	ck_assert_ptr_nonnull(strstr(take(GVT8).options, "device=0x5912,"));
}
END_TEST

static const struct {
	const char *text;
	bool is_one;
} uuids[] = {
	{"83b8f4f2-509f-382f-3c1e-e6bfe0fa1001", true},
	{"83B8F4F2-509F-382F-3C1E-E6BFE0FA1001", true},
	{"83b8f4f2-509f-382f-3c1e-e6bfe0fa100", false},
	{"83b8f4f2-509f-382f-3c1e-e6bfe0fa10012", false},
	{"83b8f4f2-509f-382f-3c1e0e6bfe0fa1001", false},
	{"83b8f4f2-509f-382f-3c1e-e6bfe0fa100g", false},
	{"../../../../../../../../../../../etc", false},
	{"", false},
};

START_TEST(uuid_texts)
{
	char uuid[UUID_TEXT];

	ck_assert_int_eq(uuid_parse(uuids[_i].text, uuid), uuids[_i].is_one);
	if (uuids[_i].is_one)
		ck_assert_str_eq(uuid, "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001");
}
END_TEST

START_TEST(random_uuids)
{
	char one[UUID_TEXT], other[UUID_TEXT], copy[UUID_TEXT];

	ck_assert_int_eq(uuid_random(one), 0);
	ck_assert_int_eq(uuid_random(other), 0);
	ck_assert(uuid_parse(one, copy));
	ck_assert_str_eq(one, copy);
	ck_assert_str_ne(one, other);
	ck_assert_int_eq(one[14], '4');
}
END_TEST

Suite *
gvt_types_suite(void)
{
	Suite *suite = suite_create("gvt types");
	TCase *tcase = tcase_create("accounting");

	tcase_add_checked_fixture(tcase, NULL, close_it);
	tcase_add_loop_test(tcase, a_host_that_nobody_has, 0, 3);
	tcase_add_loop_test(tcase, counts_are_kept, 0, 12);
	tcase_add_test(tcase, all_types_have_one_pool);
	tcase_add_test(tcase, what_ran_out_is_named);
	tcase_add_test(tcase, slices_are_where_they_belong);
	tcase_add_test(tcase, gaps_don_t_count);
	tcase_add_test(tcase, descriptions);
	tcase_add_test(tcase, hosts_that_are_none);
	tcase_add_loop_test(tcase, uuid_texts, 0, sizeof(uuids) / sizeof(*uuids));
	tcase_add_test(tcase, random_uuids);
	suite_add_tcase(suite, tcase);
	return suite;
}
