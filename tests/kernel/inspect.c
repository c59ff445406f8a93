/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A vGPU that a client has bound, looked at through the control socket: registers by name and for
 * intel_reg, the monitor's plug, the VBT for intel_vbt_decode (both of intel-gpu-tools). Register numbers
 * are Intel's, PRM SKL Vol 2c.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "iommufd.h"
#include "irq.h"
#include "kernel.h"
#include "node.h"
#include "served.h"
#include "shell.h"

#define SOCKET     "/run/vfiod-kernel-tests.inspect"
#define FILES      "/run/vfiod-kernel-tests.inspect-"
#define OPREGION   FIRST_SPECIFIC
#define EDID       (FIRST_SPECIFIC + 1)

#define GMBUS2     0xc5108
#define SDE_ISR    0xc4000
#define SDE_IIR    0xc4008
#define PORT_D     (1u << 23)

static void
serve_inspected(void)
{
	daemon_start(&served, ARGS("--control", SOCKET, "--device",
				   "vgpu,access=strict,name=" SERVED_NODE, "--device",
				   "edu,name=" SERVED_OTHER));
}

/* vfioctl with a verb, the device and arguments. */
#define vfioctl(code, verb, arguments)                                                             \
	shell_output_of(code, "%s -c " SOCKET " " verb " " SERVED_NODE " " arguments,              \
			shell_vfioctl())

/* As QEMU has it: nobody else may do anything. */
static struct attached
bound(void)
{
	struct attached attached = device_attached(&served, SERVED_NODE);
	int other = node_open(SERVED_NODE);
	uint8_t byte;

	assert_fails(pread(other, &byte, 1, AT(CONFIG, 0)), EINVAL);
	close(other);
	return attached;
}

/* Registers ----------------------------------------------------------------------------------------- */

START_TEST(registers_of_a_bound_device)
{
	struct attached client = bound();
	const char *text;

	node_put(client.device, BAR0, 0x71008, 4, 1u << 31);
	node_put(client.device, BAR0, 0x6001c, 4, 1919u << 16 | 1079);
	node_put(client.device, BAR0, 0x12344, 4, 0xcafe);
	text = vfioctl(0, "regs", "TRANS_CONF_B");
	shell_assert_has(text, "display:\n");
	shell_assert_has(text, "0x071008  TRANS_CONF_B");
	shell_assert_has(text, "0xc0000000  ENABLE, STATE, INTERLACE=PF-PD\n");
	text = vfioctl(0, "regs", "0x6001c 0x12344 'pipe_src*_a'");
	shell_assert_has(text, "0x06001c  PIPE_SRCSZ_A                 0x077f0437  WIDTH-1=1919, "
			       "HEIGHT-1=1079\n");
	shell_assert_has(text, "0x012344  -                            0x0000cafe\n");
	text = vfioctl(0, "regs", "FENCES");
	shell_assert_has(text, "FENCE_LSB_0");
	shell_assert_has(text, "FENCE_MSB_3");
	shell_assert_lacks(text, "TRANS_CONF");
	/* A group of interrupts is together, by offset. */
	text = strstr(vfioctl(0, "regs", "'de_pipe_[ab]*'"), "0x044400  DE_PIPE_A_ISR");
	ck_assert_ptr_nonnull(text);
	for (unsigned i = 1; i < 8; i++) {
		char offset[16];

		snprintf(offset, sizeof(offset), "\n0x0444%02x  ", i / 4 * 16 + i % 4 * 4);
		text = strchr(text, '\n');
		ck_assert_ptr_nonnull(text);
		ck_assert_msg(!strncmp(text, offset, strlen(offset)), "no %s in: %s", offset, text);
		text++;
	}
	text = vfioctl(0, "regs", "--blocks");
	shell_assert_has(text, "display\n");
	shell_assert_has(text, "pvinfo\n");
	shell_assert_has(vfioctl(0, "regs", "--json pvinfo"), "\"offset\": 491520");
	shell_assert_has(vfioctl(0, "regs", ""), "RCS_RING_BUFFER_TAIL");
	device_close_attached(&client);
}
END_TEST

/* Who reads GMBUS2 first owns the controller: not vfioctl. */
START_TEST(looking_changes_nothing)
{
	struct attached client = bound();

	shell_assert_has(vfioctl(0, "regs", "GMBUS2"), "0x00000800  HARDWARE_READY, COUNT=0\n");
	vfioctl(0, "regs", "--dump " FILES "regs");
	vfioctl(0, "regs", "0xc5108 gmbus gt");
	ck_assert_uint_eq(node_get(client.device, BAR0, GMBUS2, 4), 0x800);
	shell_assert_has(vfioctl(0, "regs", "GMBUS2"), "0x00008800  IN_USE");
	/* The GuC's reset is told once, to the driver. */
	ck_assert_uint_eq(node_get(client.device, BAR0, 0xc000, 4), 1);
	ck_assert_uint_eq(node_get(client.device, BAR0, 0xc000, 4), 0);
	unlink(FILES "regs");
	device_close_attached(&client);
}
END_TEST

START_TEST(intel_reg_reads_the_dump)
{
	struct attached client = bound();
	const char *text;

	/* DDI C, DisplayPort SST, 10 bits, four lanes; what firmware left is port D. */
	node_put(client.device, BAR0, 0x61400, 4, 0xa2100006);
	node_put(client.device, BAR0, 0x71008, 4, 1u << 31);
	vfioctl(0, "regs", "-d " FILES "mmio");
	text = shell_output_of(0, "intel_reg --mmio=" FILES "mmio --devid=0x1912 read "
				  "TRANS_DDI_FUNC_CTL_B TRANS_CONF_B 0x60400 0x78000");
	shell_assert_has(text, "TRANS_DDI_FUNC_CTL_B (0x00061400): 0xa2100006 (enabled, DDIC, DP SST, "
			       "10 bpc");
	shell_assert_has(text, "TRANS_CONF_B (0x00071008): 0xc0000000 (enabled, active");
	shell_assert_has(text, "TRANS_DDI_FUNC_CTL_A (0x00060400): 0xb2000000 (enabled, DDID");
	shell_assert_has(text, "(0x00078000): 0x76544776");
	text = shell_output_of(0, "intel_reg --mmio=" FILES "mmio --devid=0x1912 dump");
	shell_assert_has(text, "DPLL_CTRL1 (0x0006c058): 0x00000007");
	shell_assert_has(text, "GEN8_DE_PIPE_IMR0 (0x00044404): 0xffffffff");
	ck_assert_str_eq(vfioctl(0, "regs", "-d - | wc -c"), "2097152\n");
	unlink(FILES "mmio");
	device_close_attached(&client);
}
END_TEST

START_TEST(no_such_register)
{
	shell_assert_has(vfioctl(64, "regs", "GMBUS9"), "GMBUS9: no block of registers");
	shell_assert_has(vfioctl(64, "regs", "0x12345"), "not a multiple of 4");
	shell_assert_has(vfioctl(1, "regs", "0x1000000"), "inside the region");
	vfioctl(64, "regs", "--dump x gmbus");
	vfioctl(64, "regs", "--dump x --json");
	vfioctl(73, "regs", "--dump /nowhere/x");
	shell_assert_has(shell_output_of(1, "%s -c " SOCKET " regs " SERVED_OTHER,
					 shell_vfioctl()),
			 "(EOPNOTSUPP)");
	shell_assert_has(shell_output_of(1, "%s -c " SOCKET " regs nobody", shell_vfioctl()),
			 "(ENODEV)");
	/* By the path of its node too. */
	shell_assert_has(shell_output_of(0, "%s -c " SOCKET " regs %s gmbus4", shell_vfioctl(),
					 node_path(SERVED_NODE)),
			 "GMBUS4");
	shell_output_of(1, "%s -c " SOCKET " regs %s/gmbus4", shell_vfioctl(),
			node_path(SERVED_NODE));
}
END_TEST

/* Requests that vfioctl doesn't make. */
static const struct {
	const char *request, *error;
} refused[] = {
	{"\"command\":\"registers\"", "EINVAL"},
	{"\"command\":\"registers\",\"device\":7", "EINVAL"},
	{"\"command\":\"registers\",\"device\":\"\"", "ENODEV"},
	{"\"command\":\"peek\",\"device\":\"" SERVED_NODE "\"", "EINVAL"},
	{"\"command\":\"peek\",\"device\":\"" SERVED_NODE
	 "\",\"region\":0,\"offset\":0,\"length\":0",
	 "EINVAL"},
	{"\"command\":\"peek\",\"device\":\"" SERVED_NODE
	 "\",\"region\":0,\"offset\":0,\"length\":2097156",
	 "EINVAL"},
	{"\"command\":\"peek\",\"device\":\"" SERVED_NODE
	 "\",\"region\":0,\"offset\":16777212,\"length\":8",
	 "EINVAL"},
	{"\"command\":\"peek\",\"device\":\"" SERVED_NODE
	 "\",\"region\":0,\"offset\":9223372036854775804,\"length\":8",
	 "EINVAL"},
	{"\"command\":\"peek\",\"device\":\"" SERVED_NODE
	 "\",\"region\":0,\"offset\":-4,\"length\":4",
	 "EINVAL"},
	{"\"command\":\"peek\",\"device\":\"" SERVED_NODE
	 "\",\"region\":0,\"offset\":2,\"length\":4",
	 "EINVAL"},
	{"\"command\":\"peek\",\"device\":\"" SERVED_NODE
	 "\",\"region\":4294967295,\"offset\":0,\"length\":4",
	 "EINVAL"},
	{"\"command\":\"peek\",\"device\":\"" SERVED_NODE
	 "\",\"region\":2,\"offset\":0,\"length\":4",
	 "EOPNOTSUPP"},
	{"\"command\":\"monitor\",\"device\":\"" SERVED_NODE "\",\"plugged\":1", "EINVAL"},
	{"\"command\":\"monitor\",\"device\":\"" SERVED_NODE "\",\"edid\":\"00\"", "EINVAL"},
	{"\"command\":\"monitor\",\"device\":\"" SERVED_NODE "\",\"plugged\":true,\"edid\":7",
	 "EINVAL"},
	{"\"command\":\"monitor\",\"device\":\"" SERVED_NODE
	 "\",\"plugged\":true,\"edid\":\"00f\"",
	 "EINVAL"},
	{"\"command\":\"monitor\",\"device\":\"" SERVED_NODE
	 "\",\"plugged\":true,\"edid\":\"0x00\"",
	 "EINVAL"},
	{"\"command\":\"monitor\",\"device\":\"" SERVED_NODE "\",\"plugged\":true,\"edid\":\"\"",
	 "EINVAL"},
	{"\"command\":\"monitor\",\"device\":\"" SERVED_OTHER "\"", "EOPNOTSUPP"},
	{"\"command\":\"monitor\",\"device\":\"" SERVED_OTHER "\",\"plugged\":true", "EOPNOTSUPP"},
};

static const char *
ask(const char *members)
{
	static char line[65536];
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = SOCKET};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	FILE *stream;

	assert_returns(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	stream = fdopen(fd, "r+");
	ck_assert_ptr_nonnull(stream);
	fprintf(stream, "{%s}\n", members);
	fflush(stream);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), stream));
	fclose(stream);
	return line;
}

START_TEST(bad_requests)
{
	const char *text = ask(refused[_i].request);
	char error[64];

	snprintf(error, sizeof(error), "\"error\":\"%s\"", refused[_i].error);
	shell_assert_has(text, error);
	vfioctl(0, "monitor", "");
}
END_TEST

/* The monitor --------------------------------------------------------------------------------------- */

/* A monitor of another name that prefers 1024x768 at 60 Hz (VESA DMT 10h), on disk. */
static void
write_edid(unsigned char bytes[256], size_t size)
{
	static const unsigned char timing[] = "\x64\x19\x00\x40\x41\x00\x26\x30\x18\x88\x36\x00";
	int fd = open(FILES "edid", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	unsigned sum = 0;

	memset(bytes, 0, 256);
	memcpy(bytes, "\x00\xff\xff\xff\xff\xff\xff\x00\x06\x10\x34\x12", 12);
	memcpy(bytes + 18, "\x01\x04\xa5\x1e\x17\x78\x06", 7);
	memcpy(bytes + 54, timing, 12);
	memcpy(bytes + 72, "\0\0\0\xfc\0Inspector\n  ", 18);
	memcpy(bytes + 90, "\0\0\0\x10", 4);
	memcpy(bytes + 108, "\0\0\0\x10", 4);
	bytes[126] = size > 128;
	for (unsigned i = 0; i < 127; i++)
		sum += bytes[i];
	bytes[127] = (unsigned char)-sum;
	memcpy(bytes + 128, "\x02\x03\x04\x00", 4);
	bytes[255] = 0xf7;
	assert_returns(write(fd, bytes, size), size);
	close(fd);
}

START_TEST(the_monitor_is_shown)
{
	const char *text = vfioctl(0, "monitor", "");

	shell_assert_has(text, "Connector:  DP-D\n");
	shell_assert_has(text, "Monitor:    plugged in\n");
	shell_assert_has(text, "Name:       vfiod\n");
	/* 154 MHz, 2080 x 1235 in all: VESA CVT with reduced blanking. */
	shell_assert_has(text, "Preferred:  1920x1200 at 59.95 Hz\n");
	shell_assert_has(vfioctl(0, "monitor", "--json"), "\"edid\": \"00ffffffffffff00");
}
END_TEST

/* Interrupts of the south display, as i915 enables them; edges are taken by the client's eventfd. */
static int
arm(int fd)
{
	int event = event_new();

	ck_assert_int_eq(irq_arm(fd, MSI, TRIGGER, 0, event), 0);
	node_put(fd, BAR0, 0xc4004, 4, ~PORT_D);
	node_put(fd, BAR0, 0xc400c, 4, PORT_D);
	node_put(fd, BAR0, 0x44200, 4, 1u << 31);
	return event;
}

/* What i915's handler does. */
static void
take_interrupt(int fd, int event, uint32_t live)
{
	ck_assert_uint_eq(event_wait(event), 1);
	ck_assert_uint_eq(node_get(fd, BAR0, 0x44200, 4) & 1u << 23, 1u << 23);
	node_put(fd, BAR0, 0x44200, 4, 0);
	ck_assert_uint_eq(node_get(fd, BAR0, SDE_IIR, 4) & PORT_D, PORT_D);
	ck_assert_uint_eq(node_get(fd, BAR0, 0xc4030, 4) & 3u << 16, 3u << 16);
	node_put(fd, BAR0, 0xc4030, 4, 3u << 16);
	node_put(fd, BAR0, SDE_IIR, 4, PORT_D);
	ck_assert_uint_eq(node_get(fd, BAR0, SDE_ISR, 4) & PORT_D, live);
	node_put(fd, BAR0, 0x44200, 4, 1u << 31);
}

START_TEST(hot_plug)
{
	struct attached client = bound();
	int event = arm(client.device);
	unsigned char edid[256], seen[256];
	const char *text;

	write_edid(edid, 256);
	vfioctl(0, "monitor", "unplug");
	take_interrupt(client.device, event, 0);
	text = vfioctl(0, "monitor", "");
	shell_assert_has(text, "Monitor:    unplugged\n");
	shell_assert_has(text, "Name:       vfiod\n");
	ck_assert_uint_eq(node_get(client.device, EDID, 20, 4), 2);
	vfioctl(0, "monitor", "unplug");
	vfioctl(0, "monitor", "plug");
	take_interrupt(client.device, event, PORT_D);
	ck_assert_uint_eq(node_get(client.device, EDID, 20, 4), 1);
	/* A monitor in place of another. */
	vfioctl(0, "monitor", "plug --edid " FILES "edid");
	take_interrupt(client.device, event, PORT_D);
	text = vfioctl(0, "monitor", "");
	shell_assert_has(text, "Monitor:    plugged in\n");
	shell_assert_has(text, "Name:       Inspector\n");
	shell_assert_has(text, "Product:    APP 1234\n");
	shell_assert_has(text, "Preferred:  1024x768 at 60.00 Hz\n");
	shell_assert_has(text, "Size:       30 x 23 cm\n");
	shell_assert_has(text, "EDID:       256 bytes\n");
	ck_assert_uint_eq(node_get(client.device, EDID, 8, 4), 256);
	assert_returns(pread(client.device, seen, 256, AT(EDID, 2048)), 256);
	ck_assert_int_eq(memcmp(seen, edid, 256), 0);
	/* From standard input. */
	vfioctl(0, "monitor", "plug -e - < " FILES "edid");
	take_interrupt(client.device, event, PORT_D);
	ck_assert_uint_eq(event_take(event), 0);
	unlink(FILES "edid");
	close(event);
	device_close_attached(&client);
}
END_TEST

START_TEST(bad_edid_is_refused)
{
	unsigned char edid[256];
	const char *text;

	write_edid(edid, 127);
	shell_assert_has(vfioctl(1, "monitor", "plug --edid " FILES "edid"), "multiple of 128");
	write_edid(edid, 128);
	text = vfioctl(1, "monitor", "plug --edid - < /etc/passwd");
	shell_assert_has(text, "not an EDID for this monitor");
	shell_output_of(0, "printf X | dd of=" FILES "edid bs=1 seek=60 conv=notrunc");
	shell_assert_has(vfioctl(1, "monitor", "plug --edid " FILES "edid"), "checksum");
	shell_assert_has(vfioctl(65, "monitor", "plug --edid /dev/zero"), "too long");
	vfioctl(66, "monitor", "plug --edid /nowhere/x");
	vfioctl(64, "monitor", "unplug --edid " FILES "edid");
	vfioctl(64, "monitor", "pull");
	unlink(FILES "edid");
}
END_TEST

START_TEST(edid_at_start)
{
	static const char device[] = "vgpu,name=" SERVED_NODE "-edid,edid=" FILES "edid";
	struct daemon daemon;
	unsigned char edid[256], seen[128];
	int fd;

	write_edid(edid, 128);
	daemon_start(&daemon, ARGS("--iommu", "none", "--control", SOCKET "2", "--device", device));
	fd = node_open(SERVED_NODE "-edid");
	ck_assert_uint_eq(node_get(fd, EDID, 8, 4), 128);
	assert_returns(pread(fd, seen, 128, AT(EDID, 2048)), 128);
	ck_assert_int_eq(memcmp(seen, edid, 128), 0);
	close(fd);
	shell_assert_has(shell_output_of(0, "%s -c " SOCKET "2 monitor " SERVED_NODE "-edid",
					 shell_vfioctl()),
			 "Name:       Inspector\n");
	/* A device with a type too, made at run time. */
	shell_output_of(0, "%s -c " SOCKET "2 create i915-GVTg_V5_4 edid=" FILES "edid name=typed",
			shell_vfioctl());
	shell_assert_has(shell_output_of(0, "%s -c " SOCKET "2 monitor typed", shell_vfioctl()),
			 "Name:       Inspector\n");
	shell_output_of(0, "%s -c " SOCKET "2 remove typed", shell_vfioctl());
	daemon_stop(&daemon, SIGTERM);
	assert_returns(truncate(FILES "edid", 100), 0);
	ck_assert_int_eq(daemon_run(&daemon, ARGS("--iommu", "none", "--control", "none",
						  "--device", device),
				    NULL),
			 78);
	shell_assert_has(daemon_log(&daemon), "multiple of 128");
	unlink(FILES "edid");
}
END_TEST

/* The VBT ------------------------------------------------------------------------------------------- */

/* Words of the tool, between the start of one child device and that of the next. */
static char *
next_child(char **at)
{
	char *child = strstr(*at, "Child device info:\n\t\tDevice handle"), *end;

	if (!child)
		return NULL;
	child += strlen("Child device info:");
	end = strstr(child, "Child device info:");
	if (!end)
		end = strstr(child, "BDB block");
	*at = end;
	end[-1] = '\0';
	return child;
}

START_TEST(intel_vbt_decode_reads_the_vbt)
{
	static const char *const ports[][2] = {{"DVO Port: DP-A", "Aux channel: AUX-A"},
					       {"DVO Port: DP-B", "Aux channel: AUX-B"},
					       {"DVO Port: DP-C", "Aux channel: AUX-C"},
					       {"DVO Port: DP-D", "Aux channel: AUX-D"}};
	struct attached client = bound();
	char bytes[8192], *text, *child;
	int fd = open(FILES "vbt", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	unsigned n = 0;

	/* The mailboxes before it are 1 KiB, and the table says how long it is. */
	assert_returns(pread(client.device, bytes, sizeof(bytes), AT(OPREGION, 0)), sizeof(bytes));
	device_close_attached(&client);
	assert_returns(write(fd, bytes + 1024, sizeof(bytes) - 1024), sizeof(bytes) - 1024);
	close(fd);
	text = strdup(shell_output_of(0, "intel_vbt_decode --file=" FILES "vbt --devid=0x1912"));
	shell_assert_has(text, "VBT signature:\t\t\"$VBT SKYLAKE        \"");
	shell_assert_has(text, "BDB version:\t\t186");
	shell_assert_has(text, "Child device size: 33\n");
	shell_assert_has(text, "Child device count: 4\n");
	shell_assert_has(text, "Integrated CRT: no\n");
	shell_assert_has(text, "Integrated TV: no\n");
	shell_assert_has(text, "LVDS config: No LVDS");
	/* No panel: neither a device of that type nor its blocks 40 to 44. */
	shell_assert_lacks(text, "(LFP");
	shell_assert_lacks(text, "LVDS options block");
	shell_assert_lacks(text, "LVDS panel");
	shell_assert_lacks(text, "nvalid");
	shell_assert_lacks(text, "truncated");
	shell_assert_lacks(text, "rror");
	for (char *at = text; (child = next_child(&at)); n++) {
		ck_assert_uint_lt(n, 4);
		shell_assert_has(child, ports[n][0]);
		shell_assert_has(child, ports[n][1]);
		shell_assert_has(child, "Device type: 0x68c6 (DisplayPort)");
		shell_assert_has(child, "DP compatible? yes");
		shell_assert_has(child, "HDMI compatible? no");
	}
	ck_assert_uint_eq(n, 4);
	free(text);
	unlink(FILES "vbt");
}
END_TEST

/* vfioctl gets the same file from a device that isn't bound. */
START_TEST(vbt_by_vfioctl)
{
	static const char device[] = "vgpu,name=" SERVED_NODE "-vbt";
	struct daemon daemon;

	daemon_start(&daemon, ARGS("--iommu", "none", "--control", "none", "--device", device));
	shell_output_of(0, "%s dump -o 1K " SERVED_NODE "-vbt opregion " FILES "vbt",
			shell_vfioctl());
	daemon_stop(&daemon, SIGTERM);
	shell_assert_has(shell_output_of(0, "intel_vbt_decode --file=" FILES "vbt"),
			 "DVO Port: DP-D (0x09)");
	unlink(FILES "vbt");
}
END_TEST

Suite *
inspect_suite(void)
{
	Suite *suite = suite_create("inspect");
	TCase *registers = served_case("registers", serve_inspected, 120);
	TCase *monitor = served_case("monitor", serve_inspected, 120);
	TCase *vbt = served_case("vbt", serve_inspected, 120);

	tcase_add_test(registers, registers_of_a_bound_device);
	tcase_add_test(registers, looking_changes_nothing);
	tcase_add_test(registers, intel_reg_reads_the_dump);
	tcase_add_test(registers, no_such_register);
	tcase_add_loop_test(registers, bad_requests, 0, sizeof(refused) / sizeof(*refused));
	served_last(registers);
	suite_add_tcase(suite, registers);
	tcase_add_test(monitor, the_monitor_is_shown);
	tcase_add_test(monitor, hot_plug);
	tcase_add_test(monitor, bad_edid_is_refused);
	tcase_add_test(monitor, edid_at_start);
	served_last(monitor);
	suite_add_tcase(suite, monitor);
	tcase_add_test(vbt, intel_vbt_decode_reads_the_vbt);
	tcase_add_test(vbt, vbt_by_vfioctl);
	served_last(vbt);
	suite_add_tcase(suite, vbt);
	return suite;
}
