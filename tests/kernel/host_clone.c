/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A clone of a PCI device that this machine has: what sysfs says of it is what the node shows. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "kernel.h"
#include "node.h"
#include "served.h"

#define DEVICES "/sys/bus/pci/devices"

/* The address of a device that is no bridge, for which size of a BAR can be read; "" if there is none. */
static void
find_device(char address[32])
{
	struct dirent *entry;
	DIR *dir = opendir(DEVICES);

	address[0] = '\0';
	while (dir && (entry = readdir(dir))) {
		char path[300];
		unsigned class;
		FILE *file;

		snprintf(path, sizeof(path), DEVICES "/%s/class", entry->d_name);
		file = fopen(path, "re");
		if (!file)
			continue;
		if (fscanf(file, "%x", &class) == 1 && class >> 16 != 0x06)
			snprintf(address, 32, "%.31s", entry->d_name);
		fclose(file);
	}
	if (dir)
		closedir(dir);
}

/* Size of a BAR from the lines "start end flags" of sysfs. */
static uint64_t
size_in_sysfs(const char *address, unsigned bar)
{
	unsigned long long start = 0, end = 0, flags = 0;
	char path[300];
	FILE *file;

	snprintf(path, sizeof(path), DEVICES "/%s/resource", address);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	for (unsigned i = 0; i <= bar; i++)
		ck_assert_int_eq(fscanf(file, "%llx %llx %llx", &start, &end, &flags), 3);
	fclose(file);
	return end ? end - start + 1 : 0;
}

START_TEST(shows_what_sysfs_says)
{
	char address[32], device[128], path[300];
	uint8_t theirs[64], ours[64];
	struct daemon daemon;
	FILE *file;
	int fd;

	find_device(address);
	ck_assert_msg(address[0], "this machine has no PCI device");
	snprintf(path, sizeof(path), DEVICES "/%s/config", address);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fread(theirs, 1, sizeof(theirs), file), sizeof(theirs));
	fclose(file);

	snprintf(device, sizeof(device), "clone,name=" SERVED_NODE ",from=%s", address);
	daemon_start(&daemon, ARGS("-d", device));
	fd = node_open(SERVED_NODE);
	assert_returns(pread(fd, ours, sizeof(ours), AT(CONFIG, 0)), sizeof(ours));
	/* Identification, and the BARs' addresses; COMMAND and STATUS are the clone's own. */
	ck_assert_mem_eq(ours, theirs, 4);
	ck_assert_mem_eq(ours + PCI_CLASS_REVISION, theirs + PCI_CLASS_REVISION, 4);
	ck_assert_mem_eq(ours + PCI_BASE_ADDRESS_0, theirs + PCI_BASE_ADDRESS_0, 24);
	ck_assert_mem_eq(ours + PCI_SUBSYSTEM_VENDOR_ID, theirs + PCI_SUBSYSTEM_VENDOR_ID, 4);
	for (unsigned bar = 0; bar < 6; bar++)
		ck_assert_uint_eq(node_region(fd, bar).info.size, size_in_sysfs(address, bar));
	close(fd);
	daemon_stop(&daemon, SIGTERM);
}
END_TEST

START_TEST(address_of_nothing)
{
	struct daemon daemon;

	ck_assert_int_eq(daemon_run(&daemon, ARGS("-d", "clone,from=0000:7f:1f.7"), NULL),
			 EX_CONFIG);
	ck_assert_uint_eq(daemon_log_lines(&daemon, "no PCI device 0000:7f:1f.7"), 1);
}
END_TEST

Suite *
host_clone_suite(void)
{
	Suite *suite = suite_create("host-clone");
	TCase *tcase = tcase_create("clone");

	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, shows_what_sysfs_says);
	tcase_add_test(tcase, address_of_nothing);
	suite_add_tcase(suite, tcase);
	return suite;
}
