// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vfioctl dump: a region's bytes into a file.
 */
#include "config.h"

#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vfioctl.h"

/** The file written to. */
struct output {
	const char *name;
	int fd;
	bool remove; /**< if it doesn't become whole */
};

/* Half a file is not to be left behind by Ctrl-C either: the loop ends, and cleans up. */
static volatile sig_atomic_t caught;

static void
catch_signal(int signal)
{
	caught = signal;
}

static void
catch_signals(void)
{
	struct sigaction action = {.sa_handler = catch_signal};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

/** Ends the program by the signal that was caught, as if it had not been. */
static void
die_of_signal(void)
{
	signal(caught, SIG_DFL);
	raise(caught);
}

static int
output_open(struct output *output, const char *name)
{
	struct stat st;

	if (strcmp(name, "-") == 0) {
		*output = (struct output){.name = "standard output", .fd = STDOUT_FILENO};
		return EX_OK;
	}
	*output = (struct output){.name = name};
	output->fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (output->fd < 0) {
		warn("%s", name);
		return EX_CANTCREAT;
	}
	output->remove = fstat(output->fd, &st) == 0 && S_ISREG(st.st_mode);
	return EX_OK;
}

static int
output_close(struct output *output, int status)
{
	if (output->fd != STDOUT_FILENO && close(output->fd) < 0 && !status) {
		warn("%s", output->name);
		status = EX_IOERR;
	}
	if (status && output->remove)
		unlink(output->name);
	return status;
}

static int
copy_out(const struct device *dev, const struct region *region, uint64_t offset, uint64_t length,
	 const struct output *output)
{
	struct progress progress;
	char *chunk = allocate(CHUNK_SIZE);
	uint64_t done = 0;
	int status = EX_OK;

	progress_start(&progress, "dump", length);
	while (done < length && !status) {
		size_t part = length - done < CHUNK_SIZE ? (size_t)(length - done) : CHUNK_SIZE;

		status = region_read_all(dev, region, offset + done, chunk, part);
		if (!status)
			status = write_file(output->fd, output->name, chunk, part);
		if (caught)
			status = EX_IOERR;
		done += part;
		progress_update(&progress, done);
	}
	progress_end(&progress);
	free(chunk);
	return status;
}

static int
dump_region(const struct device *dev, const struct region *region, const char *file,
	    const struct part *part)
{
	uint64_t room = part_room(dev, region, part);
	struct output output;
	int status;

	if (room == 0)
		return EX_DEVICE;
	if (part->length > room) {
		warnx("%s: %s has only 0x%jx bytes from offset 0x%jx on", dev->path, region->name,
		      (uintmax_t)room, (uintmax_t)part->offset);
		return EX_DEVICE;
	}
	status = output_open(&output, file);
	if (status)
		return status;
	if (output.remove)
		catch_signals();
	status = copy_out(dev, region, part->offset, part->length ? part->length : room, &output);
	return output_close(&output, status);
}

static int
run_dump(const struct call *call)
{
	struct region region;
	struct device dev;
	int status = region_open(call, &dev, &region);

	if (!status)
		status = dump_region(&dev, &region, call->argv[1], call->options);
	region_close(&dev, &region);
	if (caught)
		die_of_signal();
	return status;
}

const struct verb dump_verb = {
	.name = "dump",
	.arguments = "REGION FILE",
	.summary = "copy a region to a file",
	.details = "FILE may be - for standard output. It is removed if the dump fails half-way.",
	.min_arguments = 2,
	.max_arguments = 2,
	.options = part_options,
	.parse_option = part_parse_option,
	.options_size = sizeof(struct part),
	.run = run_dump,
};
