/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is peculiar to files served by FUSE: true offsets for everybody, life without root. */
#include <fcntl.h>
#include <libaio.h>
#include <liburing.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "kernel.h"
#include "node.h"
#include "served.h"

#define NOBODY 65534
#define PLACE  AT(EDU_MEMORY, 0x4321)

START_TEST(io_uring_has_its_offsets)
{
	int fd = open(node_path(SERVED_NODE), O_RDWR | (_i ? O_NONBLOCK : 0));
	uint8_t out[64], in[64] = {0};
	struct io_uring_cqe *cqe;
	struct io_uring ring;

	ck_assert_int_ge(fd, 0);
	pattern_fill(out, sizeof(out), 7);
	ck_assert_int_eq(io_uring_queue_init(8, &ring, 0), 0);
	for (unsigned write = 2; write-- > 0;) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

		if (write)
			io_uring_prep_write(sqe, fd, out, sizeof(out), PLACE);
		else
			io_uring_prep_read(sqe, fd, in, sizeof(in), PLACE);
		ck_assert_int_eq(io_uring_submit_and_wait(&ring, 1), 1);
		ck_assert_int_eq(io_uring_wait_cqe(&ring, &cqe), 0);
		ck_assert_int_eq(cqe->res, sizeof(out));
		io_uring_cqe_seen(&ring, cqe);
	}
	io_uring_queue_exit(&ring);
	ck_assert_mem_eq(in, out, sizeof(out));
	/* It went where a plain read finds it, and nowhere else. */
	memset(in, 0, sizeof(in));
	assert_returns(pread(fd, in, sizeof(in), PLACE), sizeof(in));
	ck_assert_mem_eq(in, out, sizeof(out));
	close(fd);
}
END_TEST

START_TEST(aio_has_its_offsets)
{
	int fd = node_open_reset();
	uint8_t out[64], in[64] = {0};
	struct iocb request, *requests[] = {&request};
	struct io_event done;
	io_context_t context = NULL;

	pattern_fill(out, sizeof(out), 8);
	ck_assert_int_eq(io_setup(4, &context), 0);
	io_prep_pwrite(&request, fd, out, sizeof(out), PLACE);
	ck_assert_int_eq(io_submit(context, 1, requests), 1);
	ck_assert_int_eq(io_getevents(context, 1, 1, &done, NULL), 1);
	ck_assert_int_eq((long)done.res, sizeof(out));
	io_prep_pread(&request, fd, in, sizeof(in), PLACE);
	ck_assert_int_eq(io_submit(context, 1, requests), 1);
	ck_assert_int_eq(io_getevents(context, 1, 1, &done, NULL), 1);
	ck_assert_int_eq((long)done.res, sizeof(in));
	io_destroy(context);
	ck_assert_mem_eq(in, out, sizeof(out));
	close(fd);
}
END_TEST

START_TEST(position_is_the_kernels)
{
	int fd = node_open_reset();
	uint8_t out[300000], in[sizeof(out)];

	pattern_fill(out, sizeof(out), 9);
	ck_assert_int_eq(lseek(fd, AT(EDU_MEMORY, 100), SEEK_SET), AT(EDU_MEMORY, 100));
	assert_returns(write(fd, out, sizeof(out)), sizeof(out));
	ck_assert_int_eq(lseek(fd, 0, SEEK_CUR), AT(EDU_MEMORY, 100 + sizeof(out)));
	assert_returns(pread(fd, in, sizeof(in), AT(EDU_MEMORY, 100)), sizeof(in));
	ck_assert_mem_eq(in, out, sizeof(out));
	close(fd);
}
END_TEST

START_TEST(no_mapping)
{
	int fd = node_open_reset();

	ck_assert_ptr_eq(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0), MAP_FAILED);
	ck_assert_int_eq(errno, ENODEV);
	close(fd);
}
END_TEST

START_TEST(truncation_means_nothing)
{
	int fd = node_open_reset(), again;

	node_put(fd, BAR0, EDU_LIVENESS, 4, 1);
	again = open(node_path(SERVED_NODE), O_RDWR | O_TRUNC);
	ck_assert_int_ge(again, 0);
	ck_assert_uint_eq(node_get(again, BAR0, EDU_LIVENESS, 4), 0xfffffffe);
	close(again);
	close(fd);
}
END_TEST

START_TEST(mode_and_owner)
{
	struct daemon daemon;
	struct stat st;

	daemon_start(&daemon, ARGS("-d", "edu,name=" SERVED_NODE ",mode=0640,owner=1,group=2"));
	ck_assert_int_eq(stat(node_path(SERVED_NODE), &st), 0);
	ck_assert(S_ISREG(st.st_mode));
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
	ck_assert_uint_eq(st.st_uid, 1);
	ck_assert_uint_eq(st.st_gid, 2);
	daemon_stop(&daemon, SIGTERM);
	ck_assert_int_eq(access("/run/vfiod", F_OK), -1);
}
END_TEST

/* The mount of a daemon that was killed stays, dead; the next daemon takes its place over. */
START_TEST(killed_daemon_is_replaced)
{
	struct daemon daemon;
	int fd;

	daemon_start(&daemon, ARGS("-d", "edu,name=" SERVED_NODE));
	ck_assert_int_eq(kill(daemon.pid, SIGKILL), 0);
	ck_assert_int_eq(daemon_wait(&daemon), 128 + SIGKILL);
	ck_assert_int_eq(open(node_path(SERVED_NODE), O_RDWR), -1);
	ck_assert_int_eq(errno, ENOTCONN);
	daemon_start(&daemon, ARGS("-d", "edu,name=" SERVED_NODE));
	fd = node_open(SERVED_NODE);
	ck_assert_uint_eq(node_get(fd, BAR0, EDU_ID, 4), 0x010000ed);
	close(fd);
	daemon_stop(&daemon, SIGTERM);
	ck_assert_int_eq(access(node_path(SERVED_NODE), F_OK), -1);
}
END_TEST

START_TEST(name_in_use)
{
	struct daemon daemon, second;
	int fd;

	daemon_start(&daemon, ARGS("-d", "edu,name=" SERVED_NODE));
	ck_assert_int_eq(daemon_run(&second, ARGS("-d", "edu,name=" SERVED_NODE), NULL),
			 EX_CANTCREAT);
	fd = node_open(SERVED_NODE);
	ck_assert_uint_eq(node_get(fd, BAR0, EDU_ID, 4), 0x010000ed);
	close(fd);
	daemon_stop(&daemon, SIGTERM);
}
END_TEST

static char runtime_dir[] = "/tmp/vfiod-test-XXXXXX";

static void
become_nobody(void)
{
	setenv("XDG_RUNTIME_DIR", runtime_dir, 1);
	if (setgid(NOBODY) || setuid(NOBODY))
		_exit(99);
}

/* An ordinary user has a device and uses it; /dev/fuse is open to all on a usual system. */
START_TEST(without_root)
{
	struct daemon daemon;
	char path[128];
	struct stat fuse;
	int status;
	pid_t child;

	daemon_use_public_copy();
	ck_assert_ptr_nonnull(mkdtemp(runtime_dir));
	ck_assert_int_eq(chown(runtime_dir, NOBODY, NOBODY), 0);
	ck_assert_int_eq(stat("/dev/fuse", &fuse), 0);
	ck_assert_int_eq(chmod("/dev/fuse", 0666), 0);
	snprintf(path, sizeof(path), "%s/vfiod/mine", runtime_dir);
	daemon_spawn(&daemon, ARGS("-d", "edu,name=mine"), become_nobody);
	daemon_wait_ready(&daemon);
	child = fork();
	if (!child) {
		struct vfio_device_info info = {.argsz = sizeof(info)};
		uint32_t id = 0;
		int fd;

		become_nobody();
		/* As after an exec: a process that has just changed its user is nobody's to look at. */
		prctl(PR_SET_DUMPABLE, 1);
		fd = open(path, O_RDWR);
		if (fd < 0 || pread(fd, &id, 4, AT(BAR0, EDU_ID)) != 4 || id != 0x010000ed)
			_exit(1);
		/* An ioctl needs the right to look at the caller: the same user's, or Yama says no. */
		if (ioctl(fd, VFIO_DEVICE_GET_INFO, &info) == 0)
			_exit(info.num_regions == 10 ? 0 : 2);
		_exit(errno == EFAULT && access("/proc/sys/kernel/yama/ptrace_scope", F_OK) == 0 ? 0
												 : 3);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	daemon_stop(&daemon, SIGTERM);
	ck_assert_int_eq(chmod("/dev/fuse", fuse.st_mode & 07777), 0);
	ck_assert_int_eq(access(path, F_OK), -1);
	ck_assert_int_eq(rmdir(runtime_dir), 0);
	ck_assert_int_eq(unlink(daemon_path()), 0);
}
END_TEST

Suite *
files_suite(void)
{
	Suite *suite = suite_create("files");
	TCase *edu = served_case("edu", serve_edu, 60);
	TCase *life = tcase_create("life");

	tcase_add_loop_test(edu, io_uring_has_its_offsets, 0, 2);
	tcase_add_test(edu, aio_has_its_offsets);
	tcase_add_test(edu, position_is_the_kernels);
	tcase_add_test(edu, no_mapping);
	tcase_add_test(edu, truncation_means_nothing);
	served_last(edu);
	suite_add_tcase(suite, edu);
	tcase_set_timeout(life, 120);
	tcase_add_test(life, mode_and_owner);
	tcase_add_test(life, killed_daemon_is_replaced);
	tcase_add_test(life, name_in_use);
	tcase_add_test(life, without_root);
	suite_add_tcase(suite, life);
	return suite;
}
