/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "carrier.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WORD 160

/* Longer than any round trip here, also of an emulated machine. */
#define POLL_US "1000"

static ssize_t
node_read(void *ctx, uint64_t offset, void *buffer, size_t length)
{
	return pread(((const struct opened *)ctx)->device, buffer, length, (off_t)offset);
}

static ssize_t
node_write(void *ctx, uint64_t offset, const void *buffer, size_t length)
{
	return pwrite(((const struct opened *)ctx)->device, buffer, length, (off_t)offset);
}

static int
node_device_ioctl(void *ctx, unsigned long command, void *argument)
{
	return ioctl(((const struct opened *)ctx)->device, command, argument);
}

static int
node_iommu_ioctl(void *ctx, unsigned long command, void *argument)
{
	return ioctl(((const struct opened *)ctx)->iommufd, command, argument);
}

static int
open_node(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		fprintf(stderr, "bench: %s: %s\n", path, strerror(errno));
	return fd;
}

static void
make_ports(struct served *served, const char *carrier, const char *recovery)
{
	served->target.carrier = carrier;
	served->target.recovery = recovery;
	for (unsigned i = 0; i < NUM_DEVICES; i++)
		served->target.port[i] = (struct port){
			.ctx = &served->opened[i],
			.read = node_read,
			.write = node_write,
			.device_ioctl = node_device_ioctl,
			.iommu_ioctl = node_iommu_ioctl,
			.iommufd = served->opened[i].iommufd,
		};
}

static bool
is_fuse(const struct carrier *carrier)
{
	return !strcmp(carrier->name, "fuse");
}

/* CUSE has a name below /dev, FUSE a file of its own. */
static bool
start_null(struct carrier *carrier)
{
	struct served *null = &carrier->null;
	char name[WORD], *argv[] = {NULL, name, NULL};
	bool good = (argv[0] = strdup(carrier->null_program));
	int fd;

	if (is_fuse(carrier)) {
		strcpy(carrier->null_directory, "/tmp/vfiod-bench-XXXXXX");
		if (!mkdtemp(carrier->null_directory)) {
			perror("bench: /tmp");
			carrier->null_directory[0] = '\0';
			good = false;
		}
		snprintf(name, sizeof(name), "%s/null", carrier->null_directory);
		snprintf(null->path, sizeof(null->path), "%s", name);
		fd = open(name, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
		good = good && fd >= 0;
		if (fd >= 0)
			close(fd);
	} else {
		snprintf(name, sizeof(name), "vfiod-bench-%d-null", (int)getpid());
		snprintf(null->path, sizeof(null->path), "/dev/%s", name);
	}
	good = good && daemon_start(&null->daemon, argv);
	free(argv[0]);
	fd = good ? open_node(null->path) : -1;
	for (unsigned i = 0; i < NUM_DEVICES; i++)
		null->opened[i] = (struct opened){fd, fd};
	make_ports(null, is_fuse(carrier) ? "null fuse" : "null cuse", "");
	null->target.null = true;
	return fd >= 0;
}

/* argv of vfiod with so many --device options, each WORD bytes behind the one before in words. */
static bool
start_vfiod(const struct carrier *carrier, struct daemon *daemon, const char *recovery, char *words,
	    unsigned count)
{
	char **argv = calloc(count + 8, sizeof(*argv)), by[32], offsets[32];
	unsigned n = 0;
	bool good;

	if (!argv)
		return false;
	snprintf(by, sizeof(by), "--carrier=%s", carrier->name);
	snprintf(offsets, sizeof(offsets), "--offsets=%s", recovery ? recovery : "");
	argv[n++] = strdup(carrier->vfiod);
	argv[n++] = (char[]){"--config=/dev/null"};
	argv[n++] = by;
	if (recovery)
		argv[n++] = offsets;
	for (unsigned i = 0; i < count; i++)
		argv[n++] = words + i * WORD;
	good = argv[0] && daemon_start(daemon, argv);
	free(argv[0]);
	free(argv);
	return good;
}

static bool
open_served(struct served *served, const char *prefix)
{
	char iommu[PATH_MAX], path[PATH_MAX], name[WORD];
	int iommufd = daemon_path(&served->daemon, "an iommufd", iommu) ? open_node(iommu) : -1;
	bool good = iommufd >= 0;

	for (unsigned i = 0; i < NUM_DEVICES; i++) {
		served->opened[i] = (struct opened){-1, iommufd};
		snprintf(name, sizeof(name), "/%s-%u\n", prefix, i);
		if (!good || !daemon_path(&served->daemon, name, path))
			return false;
		served->opened[i].device = open_node(path);
		good = served->opened[i].device >= 0;
		if (i == PLAIN_VGPU)
			memcpy(served->path, path, sizeof(path));
	}
	return good;
}

static bool
start_served(struct carrier *carrier, struct served *served, const char *recovery, bool choice,
	     struct dma_memory *memory)
{
	char words[NUM_DEVICES * WORD], prefix[WORD / 2];

	snprintf(prefix, sizeof(prefix), "vfiod-bench-%d-%s", (int)getpid(),
		 *recovery ? recovery : "file");
	for (unsigned i = 0; i < NUM_DEVICES; i++)
		snprintf(words + i * WORD, WORD, "--device=%s,name=%s-%u%s",
			 i == BOUND_EDU ? "edu" : "vgpu", prefix, i,
			 i == POLLED_VGPU ? ",poll-us=" POLL_US : "");
	if (!start_vfiod(carrier, &served->daemon, choice ? recovery : NULL, words, NUM_DEVICES) ||
	    !open_served(served, prefix))
		return false;
	make_ports(served, carrier->name, recovery);
	return target_prepare(&served->target, memory);
}

/* Whether this vfiod has the option --offsets. */
static bool
knows_offsets(const struct carrier *carrier)
{
	char command[PATH_MAX + 64];

	snprintf(command, sizeof(command), "'%s' --help | grep -q -e --offsets", carrier->vfiod);
	return system(command) == 0;
}

bool
carrier_start(struct carrier *carrier, struct dma_memory *memory)
{
	static const char *const mechanism[MAX_VFIODS] = {"proc", "bpf"};
	bool choice = !is_fuse(carrier) && knows_offsets(carrier);

	if (!start_null(carrier))
		return false;
	if (is_fuse(carrier)) {
		carrier->count = 1;
		return start_served(carrier, &carrier->served[0], "", false, memory);
	}
	for (unsigned i = 0; i < (choice ? MAX_VFIODS : 1); i++) {
		struct served *served = &carrier->served[carrier->count];

		if (start_served(carrier, served, mechanism[i], choice, memory)) {
			carrier->count++;
			continue;
		}
		/* Not every kernel has eBPF. */
		if (!i)
			return false;
		fprintf(stderr, "bench: going on without offsets by %s\n", mechanism[i]);
	}
	return true;
}

static void
close_served(struct served *served)
{
	int iommufd = served->opened[0].iommufd;

	for (unsigned i = 0; i < NUM_DEVICES; i++)
		if (served->opened[i].device > 0 && served->opened[i].device != iommufd)
			close(served->opened[i].device);
	if (iommufd > 0)
		close(iommufd);
	if (served->target.event > 0)
		close(served->target.event);
	daemon_stop(&served->daemon);
}

void
carrier_stop(struct carrier *carrier)
{
	for (unsigned i = 0; i < MAX_VFIODS; i++)
		close_served(&carrier->served[i]);
	close_served(&carrier->null);
	if (!carrier->null_directory[0])
		return;
	unlink(carrier->null.path);
	rmdir(carrier->null_directory);
}

bool
carrier_start_many(const struct carrier *carrier, struct daemon *daemon, const char *name,
		   unsigned devices)
{
	const char *recovery = carrier->served[0].target.recovery;
	char *words = calloc(devices, WORD);
	bool good = words;

	/* Without --offsets there is but one way. */
	if (!*recovery || !knows_offsets(carrier))
		recovery = NULL;
	for (unsigned i = 0; good && i < devices; i++)
		snprintf(words + i * WORD, WORD, "--device=vgpu,name=%s-%u", name, i);
	good = good && start_vfiod(carrier, daemon, recovery, words, devices);
	free(words);
	return good;
}
