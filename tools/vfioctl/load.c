// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vfioctl load: a file's bytes into a region.
 *
 * The size must be known before the first byte is written, so what comes from a pipe is collected
 * in a memfd first. From there on there is only one kind of input.
 */
#include "config.h"

#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vfioctl.h"

/** The file read from. */
struct input {
	const char *name;
	int fd;
	uint64_t size; /**< bytes from its present position to its end */
};

/** Copies at most @a limit bytes of a stream, and one more so that too long is seen. */
static int
collect(struct input *input, uint64_t limit)
{
	int copy = memfd_create("vfioctl", MFD_CLOEXEC);
	char *chunk = allocate(CHUNK_SIZE);
	int status = EX_OK;
	size_t got = 1;

	if (copy < 0)
		err(EX_OSERR, "memfd");
	while (got > 0 && input->size <= limit && !status) {
		status = read_file(input->fd, input->name, chunk, CHUNK_SIZE, &got);
		if (!status)
			status = write_file(copy, "memfd", chunk, got);
		input->size += got;
	}
	free(chunk);
	if (lseek(copy, 0, SEEK_SET) < 0)
		err(EX_OSERR, "memfd");
	close(input->fd);
	input->fd = copy;
	return status;
}

static int
input_open(struct input *input, const char *name, uint64_t limit)
{
	struct stat st;
	off_t here;

	*input = (struct input){.name = name};
	if (strcmp(name, "-") == 0) {
		input->name = "standard input";
		input->fd = STDIN_FILENO;
	} else {
		input->fd = open(name, O_RDONLY | O_CLOEXEC);
	}
	if (input->fd < 0 || fstat(input->fd, &st) < 0) {
		warn("%s", input->name);
		return EX_NOINPUT;
	}
	here = lseek(input->fd, 0, SEEK_CUR);
	if (!S_ISREG(st.st_mode) || here < 0)
		return collect(input, limit);
	input->size = st.st_size > here ? (uint64_t)(st.st_size - here) : 0;
	return EX_OK;
}

static int
copy_in(const struct device *dev, const struct region *region, uint64_t offset, uint64_t length,
	const struct input *input)
{
	struct progress progress;
	char *chunk = allocate(CHUNK_SIZE);
	uint64_t done = 0;
	int status = EX_OK;

	progress_start(&progress, "load", length);
	while (done < length && !status) {
		size_t part = length - done < CHUNK_SIZE ? (size_t)(length - done) : CHUNK_SIZE;
		size_t got;

		status = read_file(input->fd, input->name, chunk, part, &got);
		if (!status && got < part) {
			warnx("%s: became shorter meanwhile", input->name);
			status = EX_IOERR;
		}
		if (!status)
			status = region_write_all(dev, region, offset + done, chunk, part);
		done += part;
		progress_update(&progress, done);
	}
	progress_end(&progress);
	free(chunk);
	return status;
}

/* All that can be wrong with the input's size is found here, before anything is written. */
static int
check_size(const struct input *input, const struct region *region, uint64_t room,
	   const struct part *part)
{
	uint64_t length = part->length ? part->length : input->size;

	if (length > input->size) {
		warnx("%s: only %ju bytes, not %ju", input->name, (uintmax_t)input->size,
		      (uintmax_t)length);
		return EX_DATAERR;
	}
	if (length > room) {
		warnx("%s: too large for %s: room for %ju bytes at offset 0x%jx", input->name,
		      region->name, (uintmax_t)room, (uintmax_t)part->offset);
		return EX_DATAERR;
	}
	return EX_OK;
}

static int
load_region(const struct device *dev, const struct region *region, const char *file,
	    const struct part *part)
{
	uint64_t room = part_room(dev, region, part);
	struct input input;
	int status;

	if (room == 0)
		return EX_DEVICE;
	/* Of a stream no more is read than could be used. */
	status = input_open(&input, file, part->length ? part->length : room);
	if (!status)
		status = check_size(&input, region, room, part);
	if (!status)
		status = copy_in(dev, region, part->offset,
				 part->length ? part->length : input.size, &input);
	if (input.fd >= 0)
		close(input.fd);
	return status;
}

static int
run_load(const struct call *call)
{
	struct region region;
	struct device dev;
	int status = region_open(call, &dev, &region);

	if (!status)
		status = load_region(&dev, &region, call->argv[1], call->options);
	region_close(&dev, &region);
	return status;
}

const struct verb load_verb = {
	.name = "load",
	.arguments = "REGION FILE",
	.summary = "copy a file to a region",
	.details = "FILE may be - for standard input. Nothing is written if it does not fit.",
	.min_arguments = 2,
	.max_arguments = 2,
	.options = part_options,
	.parse_option = part_parse_option,
	.options_size = sizeof(struct part),
	.run = run_load,
};
