/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices made and removed at run time: the control socket, its clients, good and bad, and the tree. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "control_client.h"
#include "iommufd.h"
#include "kernel.h"
#include "node.h"
#include "served.h"

#define SOCKET       "/run/vfiod-kernel-tests.control"
#define TREE         SOCKET ".mdev"

#define UUID         "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001"
#define GVT4         "i915-GVTg_V5_4"
#define GVT1         "i915-GVTg_V5_1"

#define CREATE(type) "{\"command\":\"create\",\"type\":\"" type "\",\"uuid\":\"" UUID "\"}\n"
#define REMOVE       "{\"command\":\"remove\",\"uuid\":\"" UUID "\"}\n"
#define REMOVE_FORCE "{\"command\":\"remove\",\"uuid\":\"" UUID "\",\"force\":true}\n"
#define TYPES        "{\"command\":\"types\"}\n"
#define LIST         "{\"command\":\"list\"}\n"

static void
serve_controlled(void)
{
	daemon_start(&served, ARGS("--device", "edu,name=" SERVED_NODE, "--iommu", "none",
				   "--control", SOCKET));
}

static const char *
ask(const char *request)
{
	return control_ask(SOCKET, request);
}

static void
assert_has(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "no '%s' in: %s", part, text);
}

#define OK "\"ok\":true"

static void
assert_no_vgpu(void)
{
	const char *text = ask(LIST);

	assert_has(text, OK);
	ck_assert_msg(!strstr(text, "vgpu"), "%s", text);
}

static const char *
content(const char *path)
{
	static char text[512];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	ck_assert_msg(fd >= 0, "%s: errno %d", path, errno);
	length = read(fd, text, sizeof(text) - 1);
	ck_assert_int_ge(length, 0);
	text[length] = '\0';
	close(fd);
	return text;
}

START_TEST(made_used_removed)
{
	struct node_region region;
	int fd;

	assert_has(ask(CREATE(GVT4)), OK);
	fd = node_open(UUID);
	region = node_region(fd, BAR2);
	ck_assert_uint_eq(region.info.size, UINT64_C(1) << 30);
	/* Its slices, behind those of the host: 128 MiB of the aperture, 384 MiB above it. */
	ck_assert_uint_eq(node_get(fd, BAR0, 0x78040, 4), 128u << 20);
	ck_assert_uint_eq(node_get(fd, BAR0, 0x78044, 4), 128u << 20);
	ck_assert_uint_eq(node_get(fd, BAR0, 0x78048, 4), (1024u + 384) << 20);
	ck_assert_uint_eq(node_get(fd, BAR0, 0x7804c, 4), 512u << 20);
	ck_assert_uint_eq(node_get(fd, BAR0, 0x78050, 4), 4);
	assert_has(ask(LIST), "\"state\":\"open\"");
	close(fd);
	assert_has(ask(REMOVE), OK);
	ck_assert_int_ne(access(node_path(UUID), F_OK), 0);
	assert_no_vgpu();
	assert_has(ask(REMOVE), "\"error\":\"ENODEV\"");
}
END_TEST

START_TEST(removed_while_open)
{
	uint8_t bytes[4];
	int fd;

	assert_has(ask(CREATE(GVT4)), OK);
	fd = node_open(UUID);
	assert_has(ask(REMOVE), "\"error\":\"EBUSY\"");
	/* The refusal has harmed nobody. */
	ck_assert_uint_eq(node_get(fd, CONFIG, 0, 2), 0x8086);
	close(node_open(UUID));
	assert_has(ask(REMOVE_FORCE), OK);
	ck_assert_int_eq(pread(fd, bytes, sizeof(bytes), AT(CONFIG, 0)), -1);
	ck_assert_msg(errno == ENOTCONN || errno == ECONNABORTED || errno == ENODEV, "errno %d",
		      errno);
	ck_assert_int_lt(open(node_path(UUID), O_RDWR | O_CLOEXEC), 0);
	/* What it had is free, and its name too, while the old file is still open. */
	assert_has(ask(CREATE(GVT1)), OK);
	close(fd);
	fd = node_open(UUID);
	ck_assert_uint_eq(node_get(fd, BAR0, 0x78044, 4), 512u << 20);
	close(fd);
	assert_has(ask(REMOVE), OK);
}
END_TEST

#define FENCE 0x100000

START_TEST(close_keeps_reset_clears)
{
	int fd;

	assert_has(ask(CREATE(GVT4)), OK);
	fd = node_open(UUID);
	node_put(fd, BAR0, FENCE, 4, 0x12345001);
	close(fd);
	fd = node_open(UUID);
	ck_assert_uint_eq(node_get(fd, BAR0, FENCE, 4), 0x12345001);
	assert_returns(ioctl(fd, VFIO_DEVICE_RESET), 0);
	ck_assert_uint_eq(node_get(fd, BAR0, FENCE, 4), 0);
	close(fd);
	assert_has(ask(REMOVE), OK);
}
END_TEST

START_TEST(what_ran_out_is_said)
{
	const char *text;

	assert_has(ask(CREATE(GVT1)), OK);
	assert_has(ask("{\"command\":\"types\",\"id\":[7]}\n"), "\"id\":[7]");
	text = ask("{\"command\":\"create\",\"type\":\"" GVT1 "\"}\n");
	assert_has(text, "\"error\":\"ENOSPC\"");
	assert_has(text, "512 MiB of low (mappable) graphics memory");
	assert_has(ask(CREATE(GVT4)), "\"error\":\"EEXIST\"");
	assert_has(ask("{\"command\":\"create\",\"type\":\"i915-GVTg_V5_3\"}\n"),
		   "\"error\":\"ENOENT\"");
	ck_assert_str_eq(content(TREE "/types/" GVT1 "/available_instances"), "0\n");
	assert_has(ask(REMOVE), OK);
	ck_assert_str_eq(content(TREE "/types/" GVT1 "/available_instances"), "1\n");
}
END_TEST

START_TEST(keys_of_a_device)
{
	struct stat st;

	assert_has(ask("{\"command\":\"create\",\"type\":\"" GVT4 "\",\"uuid\":\"" UUID
		       "\",\"options\":{\"name\":\"control/named\",\"mode\":\"0640\"}}\n"),
		   OK);
	assert_returns(stat(node_path("control/named"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0640);
	assert_has(ask("{\"command\":\"remove\",\"uuid\":\"control/named\"}\n"), OK);
	/* Nothing is left of those that fail. */
	assert_has(ask("{\"command\":\"create\",\"type\":\"" GVT4
		       "\",\"options\":{\"low\":\"0+4096\"}}\n"),
		   "low= is for its type to say");
	assert_has(ask("{\"command\":\"create\",\"type\":\"" GVT4
		       "\",\"options\":{\"memory\":\"17\"}}\n"),
		   "\"error\":\"EINVAL\"");
	assert_has(ask("{\"command\":\"create\",\"type\":\"" GVT4
		       "\",\"options\":{\"name\":\"../../etc/x\"}}\n"),
		   "\"error\":\"EINVAL\"");
	ck_assert_str_eq(content(TREE "/types/" GVT4 "/available_instances"), "5\n");
}
END_TEST

START_TEST(the_tree)
{
	char link[256];
	struct stat st;
	ssize_t length;

	ck_assert_str_eq(content(TREE "/types/" GVT4 "/device_api"), "vfio-pci\n");
	ck_assert_str_eq(content(TREE "/types/" GVT4 "/description"),
			 "low_gm_size: 128MB\nhigh_gm_size: 512MB\nfence: 4\n"
			 "resolution: 1920x1200\nweight: 4\n");
	assert_has(ask(CREATE(GVT4)), OK);
	length = readlink(TREE "/devices/" UUID "/mdev_type", link, sizeof(link) - 1);
	ck_assert_int_gt(length, 0);
	link[length] = '\0';
	ck_assert_str_eq(link, "../../types/" GVT4);
	assert_returns(access(TREE "/types/" GVT4 "/devices/" UUID "/vfio-dev/vfio1", F_OK), 0);
	if (!daemon_carrier_is_fuse()) {
		assert_returns(stat(node_path(UUID), &st), 0);
		snprintf(link, sizeof(link), "%u:%u\n", major(st.st_rdev), minor(st.st_rdev));
		ck_assert_str_eq(content(TREE "/devices/" UUID "/vfio-dev/vfio1/dev"), link);
	}
	assert_has(ask(REMOVE), OK);
	assert_fails(lstat(TREE "/devices/" UUID, &st), ENOENT);
	assert_fails(lstat(TREE "/types/" GVT4 "/devices/" UUID, &st), ENOENT);
}
END_TEST

static unsigned
num_threads(void)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)served.pid);
	assert_returns(stat(path, &st), 0);
	return (unsigned)st.st_nlink;
}

/* The daemon's descriptors once it has heard that clients have gone. */
static unsigned
settled_num_fds(void)
{
	unsigned now = daemon_num_fds(&served), before;

	do {
		before = now;
		pause_ms(300);
		now = daemon_num_fds(&served);
	} while (now != before);
	return now;
}

START_TEST(many_leave_nothing)
{
	unsigned fds = 0, threads = 0;

	for (unsigned i = 0; i < 201; i++) {
		int fd;

		assert_has(ask(CREATE(GVT1)), OK);
		fd = node_open(UUID);
		ck_assert_uint_eq(node_get(fd, CONFIG, 0, 2), 0x8086);
		close(fd);
		assert_has(ask(i % 2 ? REMOVE : REMOVE_FORCE), OK);
		if (i)
			continue;
		fds = settled_num_fds();
		threads = num_threads();
	}
	ck_assert_uint_eq(settled_num_fds(), fds);
	ck_assert_uint_eq(num_threads(), threads);
	ck_assert_int_ne(access(node_path(UUID), F_OK), 0);
}
END_TEST

/* Clients that mean no good ------------------------------------------------------------------------- */

static const char *const refused[] = {
	"x\n",
	"\n",
	"null\n",
	"[]\n",
	"{}\n",
	"7\n",
	"{\"command\":7}\n",
	"{\"command\":\"destroy\"}\n",
	"{\"command\":\"create\"}\n",
	"{\"command\":\"create\",\"type\":{}}\n",
	"{\"command\":\"create\",\"type\":\"" GVT4 "\",\"uuid\":7}\n",
	"{\"command\":\"create\",\"type\":\"" GVT4 "\",\"uuid\":\"../../x\"}\n",
	"{\"command\":\"create\",\"type\":\"" GVT4 "\",\"options\":[]}\n",
	"{\"command\":\"create\",\"type\":\"" GVT4 "\",\"options\":{\"mode\":7}}\n",
	"{\"command\":\"create\",\"type\":\"" GVT4 "\",\"options\":{\"uuid\":\"\"}}\n",
	"{\"command\":\"create\",\"type\":\"" GVT4 "\",\"options\":{\"from\":\"/etc/passwd\"}}\n",
	"{\"command\":\"create\",\"type\":\"\\u0000\"}\n",
	"{\"command\":\"create\",\"type\":\"%s%n\xff\"}\n",
	"{\"command\":\"remove\"}\n",
	"{\"command\":\"remove\",\"uuid\":\"x\",\"force\":1}\n",
	"{\"command\":\"types\",\"command\":\"types\"}\n",
};

START_TEST(refused_with_a_reason)
{
	const char *text = ask(refused[_i]);

	assert_has(text, "\"ok\":false");
	assert_has(text, "\"message\":\"");
	assert_has(ask(TYPES), OK);
	assert_no_vgpu();
}
END_TEST

START_TEST(a_line_without_end)
{
	static char line[70000];
	int fd = control_connect(SOCKET);
	const char *text;

	memset(line, '[', sizeof(line));
	(void)!send(fd, line, sizeof(line), MSG_NOSIGNAL);
	text = control_answer(fd);
	assert_has(text, "\"error\":\"E2BIG\"");
	assert_has(ask(TYPES), OK);
	close(fd);
}
END_TEST

/* Sends and never reads: its own answers hold it up, and nobody else. */
START_TEST(a_flood)
{
	int fd = control_connect(SOCKET), sent = 0;
	struct pollfd ready = {.fd = fd, .events = POLLOUT};

	while (sent < 1000000 && poll(&ready, 1, 500) == 1 &&
	       send(fd, TYPES, strlen(TYPES), MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
		sent++;
	ck_assert_int_lt(sent, 1000000);
	for (unsigned i = 0; i < 10; i++)
		assert_has(ask(LIST), OK);
	ck_assert_uint_lt(daemon_resident_kib(&served), 512 * 1024);
	close(fd);
	assert_has(ask(TYPES), OK);
}
END_TEST

START_TEST(too_many)
{
	int fds[20];
	unsigned busy = 0;

	for (unsigned i = 0; i < 20; i++) {
		fds[i] = control_connect(SOCKET);
		(void)!send(fds[i], LIST, strlen(LIST), MSG_NOSIGNAL);
	}
	for (unsigned i = 0; i < 20; i++)
		busy += strstr(control_answer(fds[i]), "\"error\":\"EBUSY\"") != NULL;
	ck_assert_uint_eq(busy, 4);
	for (unsigned i = 0; i < 20; i++)
		close(fds[i]);
	pause_ms(100);
	assert_has(ask(LIST), OK);
}
END_TEST

START_TEST(gone_before_the_answer)
{
	unsigned fds = settled_num_fds();

	for (unsigned i = 0; i < 200; i++) {
		int fd = control_connect(SOCKET);

		(void)!send(fd, TYPES TYPES "{\"comm", i % 20 + 1, MSG_NOSIGNAL);
		close(fd);
	}
	assert_has(ask(TYPES), OK);
	ck_assert_uint_le(settled_num_fds(), fds);
}
END_TEST

/* Several lines in one piece, and one line in several. */
START_TEST(lines_and_pieces)
{
	int fd = control_connect(SOCKET);

	assert_returns(send(fd, LIST TYPES LIST, strlen(LIST TYPES LIST), 0),
		       strlen(LIST TYPES LIST));
	assert_has(control_answer(fd), "\"devices\":[");
	assert_has(control_answer(fd), "\"types\":[");
	assert_has(control_answer(fd), "\"devices\":[");
	for (const char *c = TYPES; *c; c++) {
		assert_returns(send(fd, c, 1, 0), 1);
		pause_ms(1);
	}
	assert_has(control_answer(fd), "\"types\":[");
	close(fd);
}
END_TEST

/* At start ------------------------------------------------------------------------------------------- */

START_TEST(made_at_start)
{
	struct daemon daemon;
	struct stat st;

	daemon_start(&daemon, ARGS("--iommu", "none", "--control", SOCKET "2,mode=0660",
				   "--host-gpu", "aperture=256M,device=0x5912", "--device",
				   "vgpu,type=" GVT4 ",uuid=" UUID));
	assert_returns(stat(SOCKET "2", &st), 0);
	ck_assert(S_ISSOCK(st.st_mode));
	ck_assert_uint_eq(st.st_mode & 0777, 0660);
	ck_assert_str_eq(content(SOCKET "2.mdev/types/" GVT4 "/available_instances"), "0\n");
	assert_fails(stat(SOCKET "2.mdev/types/" GVT1, &st), ENOENT);
	/* Another one takes over nothing of a daemon that lives, and everything of a dead one. */
	{
		struct daemon other;

		ck_assert_int_eq(daemon_run(&other,
					    ARGS("--iommu", "none", "--device", "none", "--control",
						 SOCKET "2"),
					    NULL),
				 73);
		ck_assert_ptr_nonnull(strstr(daemon_log(&other), "Address already in use"));
	}
	kill(daemon.pid, SIGKILL);
	daemon_wait(&daemon);
	daemon_start(&daemon, ARGS("--iommu", "none", "--control", SOCKET "2", "--device",
				   "vgpu,type=" GVT1 ",uuid=" UUID));
	assert_returns(stat(SOCKET "2", &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ck_assert_str_eq(content(SOCKET "2.mdev/types/" GVT1 "/available_instances"), "0\n");
	daemon_stop(&daemon, SIGTERM);
	assert_fails(stat(SOCKET "2", &st), ENOENT);
	assert_fails(stat(SOCKET "2.mdev", &st), ENOENT);
}
END_TEST

START_TEST(too_much_at_start)
{
	struct daemon daemon;

	ck_assert_int_eq(daemon_run(&daemon,
				    ARGS("--iommu", "none", "--control", "none", "--device",
					 "vgpu,type=" GVT1, "--device", "vgpu,type=" GVT1),
				    NULL),
			 69);
	assert_has(daemon_log(&daemon), "low (mappable) graphics memory");
}
END_TEST

/* A client with everything set up loses its device; its iommufd goes on. */
START_TEST(removed_while_bound)
{
	struct attached attached;
	struct daemon daemon;
	uint8_t byte;
	int fd;

	daemon_start(&daemon,
		     ARGS("--control", SOCKET, "--device", "vgpu,type=" GVT4 ",uuid=" UUID));
	attached = device_attached(&daemon, UUID);
	assert_has(ask(REMOVE), "\"error\":\"EBUSY\"");
	assert_has(ask(REMOVE_FORCE), OK);
	ck_assert_int_eq(pread(attached.device, &byte, 1, AT(CONFIG, 0)), -1);
	ck_assert_uint_ne(ioas_new(attached.iommufd), 0);
	assert_has(ask(CREATE(GVT4)), OK);
	fd = node_open(UUID);
	assert_returns(device_bind(fd, attached.iommufd, &attached.devid), 0);
	close(fd);
	device_close_attached(&attached);
	assert_has(ask(REMOVE), OK);
	daemon_stop(&daemon, SIGTERM);
}
END_TEST

/* What the file says of the host and the socket, options override. */
START_TEST(from_the_file)
{
	static const char text[] = "[control]\npath = " SOCKET "3\nmode = 0666\n"
				   "[host-gpu]\naperture = 256M\n"
				   "[device control-file]\nmodel = vgpu\ntype = i915-GVTg_V5_8\n";
	struct daemon daemon;
	FILE *file = fopen(SOCKET ".conf", "we");
	struct stat st;

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
	daemon_start(&daemon, ARGS("--iommu", "none", "--config", SOCKET ".conf"));
	assert_returns(stat(SOCKET "3", &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0666);
	ck_assert_str_eq(content(SOCKET "3.mdev/types/i915-GVTg_V5_8/available_instances"), "1\n");
	assert_returns(access(node_path("control-file"), F_OK), 0);
	daemon_stop(&daemon, SIGTERM);
	daemon_start(&daemon, ARGS("--iommu", "none", "--config", SOCKET ".conf", "--host-gpu",
				   "aperture=1G", "--control", SOCKET "4"));
	ck_assert_str_eq(content(SOCKET "4.mdev/types/i915-GVTg_V5_8/available_instances"), "6\n");
	assert_fails(stat(SOCKET "3", &st), ENOENT);
	daemon_stop(&daemon, SIGTERM);
	unlink(SOCKET ".conf");
}
END_TEST

Suite *
control_suite(void)
{
	Suite *suite = suite_create("control");
	TCase *devices = served_case("devices", serve_controlled, 300);
	TCase *clients = served_case("clients", serve_controlled, 120);
	TCase *start = tcase_create("start");

	tcase_add_test(devices, made_used_removed);
	tcase_add_test(devices, removed_while_open);
	tcase_add_test(devices, close_keeps_reset_clears);
	tcase_add_test(devices, what_ran_out_is_said);
	tcase_add_test(devices, keys_of_a_device);
	tcase_add_test(devices, the_tree);
	tcase_add_test(devices, many_leave_nothing);
	served_last(devices);
	suite_add_tcase(suite, devices);
	tcase_add_loop_test(clients, refused_with_a_reason, 0, sizeof(refused) / sizeof(*refused));
	tcase_add_test(clients, a_line_without_end);
	tcase_add_test(clients, a_flood);
	tcase_add_test(clients, too_many);
	tcase_add_test(clients, gone_before_the_answer);
	tcase_add_test(clients, lines_and_pieces);
	served_last(clients);
	suite_add_tcase(suite, clients);
	tcase_set_timeout(start, 300);
	tcase_add_test(start, made_at_start);
	tcase_add_test(start, too_much_at_start);
	tcase_add_test(start, from_the_file);
	tcase_add_test(start, removed_while_bound);
	suite_add_tcase(suite, start);
	return suite;
}
