/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device made from somebody's config space: a dump by lspci -x, -xxx or -xxxx, or a PCI device of
 * this host by its address. libpci reads either. BARs are memory; nothing behind them acts.
 */
#include "vfiod/device.h"

#include <errno.h>
#include <pci/pci.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A dump doesn't tell how large a BAR is; see guess_size(). */
#define GUESS_MIN UINT64_C(0x1000)
#define GUESS_MAX (UINT64_C(64) << 20)
#define IO_MIN    UINT64_C(4)
#define IO_MAX    UINT64_C(256)

/* What libpci told of the device. */
struct original {
	uint8_t bytes[VFIOD_CONFIG_EXP_SIZE];
	unsigned length; /* 64, 256 or 4096 */
	uint64_t bar_size[VFIOD_NUM_BARS]; /* 0: not known */
};

static _Thread_local jmp_buf libpci_failed;
static _Thread_local char libpci_message[160];

/* libpci must not get control back after an error, so this leaves it altogether. */
static void __attribute__((noreturn, format(printf, 1, 2)))
on_libpci_error(char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(libpci_message, sizeof(libpci_message), format, args);
	va_end(args);
	longjmp(libpci_failed, 1);
}

static void __attribute__((format(printf, 1, 2)))
ignore_libpci(char *format, ...)
{
	(void)format;
}

/* The only device of a dump, or the one that slot= names. */
static struct pci_dev *
choose(struct vfiod_device *dev, struct pci_access *access, const char *slot)
{
	struct pci_filter filter;
	struct pci_dev *chosen = NULL;
	char text[32], *why;

	pci_filter_init(access, &filter);
	if (slot) {
		snprintf(text, sizeof(text), "%s", slot);
		why = pci_filter_parse_slot(&filter, text);
		if (why) {
			vfiod_fail(dev, EINVAL, "slot %s: %s", slot, why);
			return NULL;
		}
	}
	for (struct pci_dev *one = access->devices; one; one = one->next) {
		if (!pci_filter_match(&filter, one))
			continue;
		if (chosen) {
			vfiod_fail(dev, EINVAL, "more than one device: choose one with slot=BB:DD.F");
			return NULL;
		}
		chosen = one;
	}
	if (!chosen && slot)
		vfiod_fail(dev, ENODEV, "no PCI device %s", slot);
	else if (!chosen)
		vfiod_fail(dev, ENODEV, "no config space in the dump");
	return chosen;
}

static int
read_original(struct vfiod_device *dev, struct pci_access *access, const char *slot,
	      struct original *original)
{
	static const unsigned lengths[] = {VFIOD_CONFIG_EXP_SIZE, VFIOD_CONFIG_SIZE, 64};
	struct pci_dev *from;
	int known;

	pci_init(access);
	pci_scan_bus(access);
	from = choose(dev, access, slot);
	if (!from)
		return -EINVAL;
	for (unsigned i = 0; i < 3 && !original->length; i++)
		if (pci_read_block(from, 0, original->bytes, (int)lengths[i]))
			original->length = lengths[i];
	if (!original->length)
		return vfiod_fail(dev, EINVAL, "less than 64 bytes of config space");
	known = pci_fill_info(from, PCI_FILL_BASES | PCI_FILL_SIZES);
	for (unsigned i = 0; i < VFIOD_NUM_BARS && known & PCI_FILL_SIZES; i++)
		original->bar_size[i] = from->size[i];
	return 0;
}

static int
ask_libpci(struct vfiod_device *dev, const char *from, bool is_file, const char *slot,
	   struct original *original)
{
	struct pci_access *pacc = pci_alloc();
	int error;

	pacc->error = on_libpci_error;
	pacc->warning = ignore_libpci;
	pacc->debug = ignore_libpci;
	if (setjmp(libpci_failed)) {
		pci_cleanup(pacc);
		return vfiod_fail(dev, EINVAL, "from=%s: %s", from, libpci_message);
	}
	if (is_file) {
		pacc->method = PCI_ACCESS_DUMP;
		pci_set_param(pacc, (char[]){"dump.name"}, strdupa(from));
	}
	error = read_original(dev, pacc, slot, original);
	pci_cleanup(pacc);
	return error;
}

/* A BAR sits at a multiple of its size, so its address bounds it. */
static uint64_t
guess_size(uint64_t address, uint64_t least, uint64_t most)
{
	uint64_t size = address & -address;

	if (size < least)
		return least;
	return size > most ? most : size;
}

static int
bar_size(struct vfiod_device *dev, const struct vfiod_options *options, unsigned index,
	 const struct original *original, uint64_t address, bool io, uint64_t *size)
{
	char key[] = "bar0";
	const char *text;

	key[3] = (char)('0' + index);
	text = vfiod_option(options, key);
	*size = original->bar_size[index];
	if (text && vfiod_parse_size(text, size))
		return vfiod_fail(dev, EINVAL, "%s=%s: not a size", key, text);
	if (!*size)
		*size = guess_size(address, io ? IO_MIN : GUESS_MIN, io ? IO_MAX : GUESS_MAX);
	return 0;
}

static int
add_bar(struct vfiod_device *dev, const struct vfiod_options *options, unsigned *index,
	const struct original *original)
{
	static const char *const names[] = {"BAR0", "BAR1", "BAR2", "BAR3", "BAR4", "BAR5"};
	unsigned i = *index, offset = PCI_BASE_ADDRESS_0 + 4 * i;
	uint32_t low = vfiod_config_read(&dev->config, offset, 4), high = 0;
	bool io = low & PCI_BASE_ADDRESS_SPACE_IO, wide, prefetch;
	enum vfiod_bar_kind kind;
	uint64_t address, size;
	int error;

	if (!low && !vfiod_option(options, (char[]){'b', 'a', 'r', (char)('0' + i), '\0'}))
		return 0;
	wide = !io && (low & PCI_BASE_ADDRESS_MEM_TYPE_MASK) == PCI_BASE_ADDRESS_MEM_TYPE_64;
	prefetch = !io && low & PCI_BASE_ADDRESS_MEM_PREFETCH;
	if (wide && i + 1 < VFIOD_NUM_BARS)
		high = vfiod_config_read(&dev->config, offset + 4, 4);
	kind = io     ? VFIOD_BAR_IO
	       : wide ? (prefetch ? VFIOD_BAR_MEM64_PREF : VFIOD_BAR_MEM64)
		      : (prefetch ? VFIOD_BAR_MEM32_PREF : VFIOD_BAR_MEM32);
	address = (uint64_t)high << 32 | (low & (io ? ~UINT32_C(3) : ~UINT32_C(15)));
	error = bar_size(dev, options, i, original, address, io, &size);
	if (error)
		return error;
	if (vfiod_config_set_bar(&dev->config, i, kind, size))
		return vfiod_fail(dev, EINVAL, "bar%u of %llu bytes is not possible", i,
				  (unsigned long long)size);
	/* An address that isn't a multiple of a size that was given loses its low bits. */
	vfiod_config_set(&dev->config, offset, 4,
			 (low & 15) | ((uint32_t)address & (uint32_t)~(size - 1)));
	dev->region[i] = (struct vfiod_region){
		.name = names[i],
		.size = size,
		.flags = VFIOD_REGION_READ | VFIOD_REGION_WRITE | VFIOD_REGION_MMAP,
	};
	*index += wide;
	return 0;
}

static int
fill_config(struct vfiod_device *dev, const struct original *original)
{
	static const struct vfiod_pci_id none;
	struct vfiod_config *config = &dev->config;

	if ((original->bytes[PCI_HEADER_TYPE] & 0x7f) != PCI_HEADER_TYPE_NORMAL)
		return vfiod_fail(dev, EINVAL, "a bridge (header type %u) can't be cloned",
				  original->bytes[PCI_HEADER_TYPE] & 0x7f);
	vfiod_config_init(config,
			  original->length == VFIOD_CONFIG_EXP_SIZE ? VFIOD_CONFIG_EXP_SIZE
								    : VFIOD_CONFIG_SIZE,
			  &none);
	memcpy(config->image, original->bytes, original->length);
	/* Decoding, mastering and interrupts start off; there is no ROM behind the ROM's register. */
	vfiod_config_set(config, PCI_COMMAND, 2, 0);
	vfiod_config_set(config, PCI_ROM_ADDRESS, 4, 0);
	if (original->length < VFIOD_CONFIG_SIZE) {
		/* The chain lies outside a dump of 64 bytes. */
		vfiod_config_set(config, PCI_CAPABILITY_LIST, 1, 0);
		config->image[PCI_STATUS] &= (uint8_t)~PCI_STATUS_CAP_LIST;
	}
	vfiod_config_hide_foreign(config);
	vfiod_config_masks_from_image(config);
	return 0;
}

/* All that it has is kept by the framework. */
static void
clone_destroy(struct vfiod_device *dev)
{
	(void)dev;
}

static int
clone_create(struct vfiod_device *dev, const struct vfiod_options *options)
{
	const char *from = vfiod_option(options, "from"), *slot = vfiod_option(options, "slot");
	bool is_file = from && access(from, F_OK) == 0;
	struct original *original;
	int error;

	if (!from)
		return vfiod_fail(dev, EINVAL,
				  "from= is missing: a file made by lspci -xxxx or a PCI address");
	original = calloc(1, sizeof(*original));
	if (!original)
		return -ENOMEM;
	error = ask_libpci(dev, from, is_file, is_file || slot ? slot : from, original);
	if (!error)
		error = fill_config(dev, original);
	for (unsigned i = 0; i < VFIOD_NUM_BARS && !error; i++)
		error = add_bar(dev, options, &i, original);
	free(original);
	return error;
}

static void
clone_reset(struct vfiod_device *dev)
{
	(void)dev; /* memory keeps what is in it, as a device's own RAM may */
}

static const struct vfiod_option clone_options[] = {
	{"from", "FILE|ADDRESS", "dump by lspci -x, -xxx, -xxxx, or a PCI device of this host"},
	{"slot", "BB:DD.F", "which device of a dump that holds several"},
	{"bar0", "SIZE", "size of BAR 0; a dump doesn't tell it (bar1 to bar5 likewise)"},
	{"bar1", "SIZE", NULL},
	{"bar2", "SIZE", NULL},
	{"bar3", "SIZE", NULL},
	{"bar4", "SIZE", NULL},
	{"bar5", "SIZE", NULL},
	{NULL, NULL, NULL},
};

const struct vfiod_model clone_model = {
	.name = "clone",
	.summary = "config space of another device, BARs backed by memory",
	.options = clone_options,
	.create = clone_create,
	.destroy = clone_destroy,
	.reset = clone_reset,
};
