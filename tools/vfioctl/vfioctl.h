/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vfioctl: looks at a VFIO device node and pokes it.
 *
 * Each verb is one file with one `const struct verb`; main.c has the table of them, reads the
 * command line and calls the verb. The verbs stand on small files: device.c (open, bind, device
 * info), region.c (find a region, read and write it), interrupt.c (names and numbers of interrupts)
 * and number.c, part.c, file.c, progress.c for what has nothing to do with VFIO.
 *
 * Functions that return int return the program's exit status: EX_OK, or one of the values below
 * after they have said on stderr what went wrong. So `return status;` is all their callers do.
 */
#ifndef VFIOCTL_H
#define VFIOCTL_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <sysexits.h>
#include <linux/vfio.h>

/** Exit status beside those of <sysexits.h>: the device answered, and the answer was no. */
#define EX_DEVICE 1

/** A command line, taken apart. */
struct call {
	const char *iommufd; /**< --iommufd */
	const char *control; /**< --control, or NULL */
	const char *device;  /**< path of the node */
	int argc;            /**< arguments behind DEVICE; all, if the verb has none */
	char **argv;
	void *options; /**< the verb's own struct of options */
};

struct verb {
	const char *name;
	const char *arguments; /**< for the usage line, behind "DEVICE " */
	const char *summary;   /**< a line for vfioctl --help */
	const char *details;   /**< a paragraph for vfioctl VERB --help */
	bool of_daemon;        /**< asks vfiod: there is no DEVICE, all arguments are its own */
	int min_arguments;     /**< behind DEVICE */
	int max_arguments;

	/**
	 * Options and who reads them. parse_option() is an argp parser that finds the verb's
	 * struct of options, options_size zeroed bytes, in state->input. All three are absent for
	 * a verb without.
	 */
	const struct argp_option *options;
	argp_parser_t parse_option;
	size_t options_size;

	/** Does the work: checks its arguments before it opens the device. */
	int (*run)(const struct call *call);
};

extern const struct verb info_verb, read_verb, write_verb, dump_verb, load_verb, lspci_verb,
	ggtt_verb, reset_verb, irq_verb, screenshot_verb, watch_verb, types_verb, create_verb,
	list_verb, remove_verb, regs_verb, monitor_verb;

/* ------------------------------------------------------------------ device.c */

/** An open device that answers. */
struct device {
	const char *path;
	int fd;
	int iommufd;                   /**< iommufd or container that it had to be bound to, or -1 */
	struct vfio_device_info *info; /**< with its capabilities */
};

/** Whether @a name is a PCI address with its domain: 0000:00:02.0. */
bool group_is_address(const char *name);

/** Opens the kernel's device at PCI address dev->path through its IOMMU group. Returns an exit status. */
int group_open(struct device *dev);

/** Opens the node of @a call; binds it to an iommufd if it answers nothing before that. */
int device_open(struct device *dev, const struct call *call);

/** Closes what device_open() opened, also when that failed half-way. */
void device_close(struct device *dev);

/** Whether the standard PCI indices have their meaning. */
bool device_is_pci(const struct device *dev);

/**
 * Asks for a struct with a chain of capabilities behind it: once to learn the size, again with
 * room for all of it. @a size is that of the struct without the chain; @a index goes into its
 * third word. Returns the struct, to be freed, or NULL with errno set.
 */
void *device_query(int fd, unsigned long request, size_t size, uint32_t index);

/**
 * Steps through the chain of capabilities in @a info, which is @a size bytes long: pass the
 * struct's cap_offset first, then each capability's next. Returns NULL at the end, and where the
 * chain points backwards or out of the struct, so a bad chain is a short one.
 */
const struct vfio_info_cap_header *cap_at(const void *info, size_t size, uint32_t offset);

/** The capability behind @a cap. */
const struct vfio_info_cap_header *cap_next(const void *info, size_t size,
					    const struct vfio_info_cap_header *cap);

/** Bytes from @a cap to the end of the struct: what may be read of it. */
size_t cap_room(const void *info, size_t size, const struct vfio_info_cap_header *cap);

/* ------------------------------------------------------------------ region.c */

struct region {
	char name[16]; /**< "BAR0", "OPREGION", "REGION12" */
	struct vfio_region_info *info;
};

/** Gets region @a index; says nothing. Returns 0 or the errno of the ioctl. */
int region_get(const struct device *dev, uint32_t index, struct region *region);

/** Finds a region by name or number as a user writes it. */
int region_find(const struct device *dev, const char *text, struct region *region);

void region_release(struct region *region);

/** For verbs with REGION as first argument: opens the device and finds it there. */
int region_open(const struct call *call, struct device *dev, struct region *region);

/** Closes both, also when region_open() failed half-way. */
void region_close(struct device *dev, struct region *region);

/** The TYPE capability of a device-specific region, or NULL. */
const struct vfio_region_info_cap_type *region_type(const struct region *region);

/** What a region type and subtype stand for, in words; NULL if it isn't known. */
const char *region_type_meaning(uint32_t type, uint32_t subtype);

/** One access: all @a length bytes by one pread() or pwrite(), less is an error. */
int region_read(const struct device *dev, const struct region *region, uint64_t offset, void *data,
		size_t length);
int region_write(const struct device *dev, const struct region *region, uint64_t offset,
		 const void *data, size_t length);

/** Any number of bytes in as many accesses as it takes; short transfers are continued. */
int region_read_all(const struct device *dev, const struct region *region, uint64_t offset,
		    void *data, size_t length);
int region_write_all(const struct device *dev, const struct region *region, uint64_t offset,
		     const void *data, size_t length);

/* --------------------------------------------------------------- interrupt.c */

/** Gets interrupt @a index; says nothing. Returns 0 or the errno of the ioctl. */
int interrupt_get(const struct device *dev, uint32_t index, struct vfio_irq_info *info);

/** "INTX" or "IRQ7", in @a name, which is returned. */
const char *interrupt_name(const struct device *dev, uint32_t index, char name[16]);

/** Finds an interrupt index by name or number as a user writes it. */
int interrupt_find(const struct device *dev, const char *text, uint32_t *index);

/* ------------------------------------------------------------------ number.c */

/** Reads "4096", "0x1000" or "4K" (K, M, G, T: powers of 1024) whole; false if it isn't one. */
bool parse_number(const char *text, uint64_t *number);

/** parse_number() for an argument: says which one is wrong. */
int parse_argument(const char *what, const char *text, uint64_t *number);

/** For parse_option functions: an option's number between @a min and @a max, or a usage error. */
uint64_t option_number(struct argp_state *state, const char *what, const char *text, uint64_t min,
		       uint64_t max);

/** For parse_option functions: an access width of 1, 2, 4 or 8 bytes, or a usage error. */
unsigned option_width(struct argp_state *state, const char *text);

/** "16 MiB", in @a text, which is returned; exact or not at all: 4097 is "4097 B". */
const char *human_size(uint64_t size, char text[24]);

/** Little-endian bytes, as devices have them, from and to numbers. @a width is 1 to 8. */
uint64_t get_le(const void *bytes, unsigned width);
void put_le(void *bytes, unsigned width, uint64_t number);

/* -------------------------------------------------------------------- part.c */

/** Which bytes of a region: the options of dump and load. */
struct part {
	uint64_t offset;
	uint64_t length; /**< 0: not given */
};

extern const struct argp_option part_options[];

/** Reads part_options into a struct part. */
error_t part_parse_option(int key, char *arg, struct argp_state *state);

/** Bytes from the part's offset to the region's end, or 0 after a message that there are none. */
uint64_t part_room(const struct device *dev, const struct region *region, const struct part *part);

/* -------------------------------------------------------------------- file.c */

/** Bytes moved at a time between files and regions; FUSE asks for no more in one request. */
#define CHUNK_SIZE (128u * 1024)

/** Whole transfers on a local file; @a name is for the message. read_file() ends early at EOF. */
int read_file(int fd, const char *name, void *data, size_t length, size_t *done);
int write_file(int fd, const char *name, const void *data, size_t length);

/** malloc() that ends the program when there is no memory. */
void *allocate(size_t size);

/* ---------------------------------------------------------------- progress.c */

/** A percentage on stderr, if that is a terminal. */
struct progress {
	const char *what;
	uint64_t total;
	int percent; /**< what is shown, or -1 */
};

void progress_start(struct progress *progress, const char *what, uint64_t total);
void progress_update(struct progress *progress, uint64_t done);

/** Wipes the percentage out, so that a message has the line for itself. */
void progress_end(struct progress *progress);

#endif
