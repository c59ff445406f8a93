/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs of others understand what the devices show: lspci (pciutils) and edid-decode. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kernel.h"
#include "node.h"
#include "served.h"
#include "shell.h"

#define DUMP "/run/vfiod-kernel-tests.lspci"
#define BLOB "/run/vfiod-kernel-tests.edid"

static void
assert_decoded(const char *const words[])
{
	static const char *const bad[] = {"chain broken", "Unknown", "unknown",
					  "[bogus",       "!!!",     "<access denied>"};
	const char *text;

	shell_output_of(0, "%s lspci -xxxx /dev/" SERVED_NODE " > " DUMP, shell_vfioctl());
	text = shell_output_of(0, "lspci -F " DUMP " -vvv");
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_msg(!strstr(text, bad[i]), "'%s' in:\n%s", bad[i], text);
	for (; *words; words++)
		ck_assert_msg(strstr(text, *words), "no '%s' in:\n%s", *words, text);
	unlink(DUMP);
}

START_TEST(lspci_decodes_edu)
{
	assert_decoded(ARGS("1234:11e8",
			    "Capabilities: [40] MSI: Enable- Count=1/1 Maskable- 64bit+",
			    "Interrupt: pin A"));
}
END_TEST

START_TEST(lspci_decodes_express)
{
	assert_decoded(ARGS("[50] MSI: Enable- Count=1/4 Maskable- 64bit+",
			    "[60] Express (v2) Endpoint", "[a0] MSI-X: Enable- Count=8 Masked-"));
}
END_TEST

START_TEST(lspci_decodes_vgpu)
{
	assert_decoded(ARGS("VGA compatible controller: Intel Corporation",
			    "[40] Vendor Specific Information",
			    "[70] Express (v2) Root Complex Integrated Endpoint",
			    "[ac] MSI: Enable-", "[d0] Power Management version 2"));
}
END_TEST

START_TEST(edid_is_conformant)
{
	int fd = node_open_reset();
	uint8_t blob[4096];
	size_t length = node_get(fd, FIRST_SPECIFIC + 1, 8, 4);
	FILE *file = fopen(BLOB, "we");

	ck_assert_uint_le(length, sizeof(blob));
	assert_returns(pread(fd, blob, length,
			     AT(FIRST_SPECIFIC + 1, node_get(fd, FIRST_SPECIFIC + 1, 0, 4))),
		       length);
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(blob, 1, length, file), length);
	ck_assert_int_eq(fclose(file), 0);
	shell_assert_has(shell_output_of(0, "edid-decode --check " BLOB), "EDID conformity: PASS");
	unlink(BLOB);
}
END_TEST

/* Our own reader agrees with plain system calls. */
START_TEST(vfioctl_sees_the_device)
{
	ck_assert_uint_gt(strlen(shell_output_of(0, "%s info /dev/" SERVED_NODE, shell_vfioctl())),
			  100);
	shell_output_of(0, "%s reset /dev/" SERVED_NODE, shell_vfioctl());
}
END_TEST

static TCase *
tool_case(const char *name, void (*serve)(void), const TTest *test)
{
	TCase *tcase = served_case(name, serve, 120);

	tcase_add_test(tcase, test);
	tcase_add_test(tcase, vfioctl_sees_the_device);
	return tcase;
}

Suite *
tools_suite(void)
{
	Suite *suite = suite_create("tools");
	TCase *edu = tool_case("edu", serve_edu, lspci_decodes_edu);
	TCase *express = tool_case("express", serve_express, lspci_decodes_express);
	TCase *vgpu = tool_case("vgpu", serve_vgpu, lspci_decodes_vgpu);

	served_last(edu);
	suite_add_tcase(suite, edu);
	served_last(express);
	suite_add_tcase(suite, express);
	tcase_add_test(vgpu, edid_is_conformant);
	served_last(vgpu);
	suite_add_tcase(suite, vgpu);
	return suite;
}
