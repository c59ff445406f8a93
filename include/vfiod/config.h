/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI configuration space as data: an image, and for every byte the bits a client may change.
 *
 * A model describes its config space once, when it is created: header, BARs, capabilities. From then
 * on every read and write of region 7 is answered from these tables. Offsets and bit names are those
 * of <linux/pci_regs.h> (PCI Local Bus 3.0 chapter 6, PCI Express Base chapter 7).
 *
 * All values are little-endian in the image and in host order in function arguments.
 */
#ifndef VFIOD_CONFIG_H
#define VFIOD_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Bytes of conventional and of PCI Express config space (PCI_CFG_SPACE_SIZE, _EXP_SIZE). */
#define VFIOD_CONFIG_SIZE     256u
#define VFIOD_CONFIG_EXP_SIZE 4096u

/** Number of base address registers in a type 0 header (PCI 3.0, 6.2.5). */
#define VFIOD_NUM_BARS 6u

/** What a BAR decodes (the low bits of the register itself follow from it). */
enum vfiod_bar_kind {
	VFIOD_BAR_ABSENT,     /**< reads 0, swallows writes */
	VFIOD_BAR_MEM32,      /**< 32-bit memory, not prefetchable */
	VFIOD_BAR_MEM32_PREF, /**< 32-bit memory, prefetchable */
	VFIOD_BAR_MEM64,      /**< 64-bit memory, takes this register and the next */
	VFIOD_BAR_MEM64_PREF, /**< 64-bit memory, prefetchable, takes this register and the next */
	VFIOD_BAR_IO,         /**< I/O ports */
};

struct vfiod_bar {
	enum vfiod_bar_kind kind;
	uint64_t size; /**< bytes; a power of two; at least 16 for memory, 4 for I/O */
};

struct vfiod_config {
	uint32_t size;                             /**< 256 or 4096 */
	uint8_t image[VFIOD_CONFIG_EXP_SIZE];      /**< what a read returns now */
	uint8_t initial[VFIOD_CONFIG_EXP_SIZE];    /**< what a reset goes back to */
	uint8_t writable[VFIOD_CONFIG_EXP_SIZE];   /**< 1: a write changes the bit */
	uint8_t write1clear[VFIOD_CONFIG_EXP_SIZE];/**< 1: writing 1 clears the bit, 0 keeps it */
	struct vfiod_bar bar[VFIOD_NUM_BARS];

	/**
	 * Optional: a model's own word on the registers it knows better than masks can say.
	 * Called once for each aligned dword that a write touches, after the masks were applied:
	 * @a old and @a merged are the dword before and after by the masks, @a written has the
	 * client's bits (bytes not written hold the old value), @a bytes has one bit for each byte
	 * written (bit 0 = lowest). Returns the dword to store.
	 */
	uint32_t (*write_hook)(void *hook_arg, unsigned offset, uint32_t old, uint32_t merged,
			       uint32_t written, unsigned bytes);
	void *hook_arg;
};

/** Identification in the type 0 header (PCI 3.0, 6.2.1). */
struct vfiod_pci_id {
	uint16_t vendor, device;
	uint16_t subsystem_vendor, subsystem;
	uint8_t revision;
	uint32_t class_code; /**< 24 bits: base class, sub-class, programming interface */
	uint8_t interrupt_pin; /**< 0 none, 1..4 = INTA..INTD */
};

/**
 * Starts an empty space of @a size (256 or 4096) bytes with a type 0 header: COMMAND's writable bits,
 * STATUS's write-1-to-clear bits, cache line, latency timer and interrupt line writable, the rest
 * read-only.
 */
void vfiod_config_init(struct vfiod_config *config, uint32_t size, const struct vfiod_pci_id *id);

/**
 * Gives BAR @a index (0..5) its kind and size and makes its address bits writable. A 64-bit BAR takes
 * index + 1 as well. Returns 0, or -EINVAL for a bad index, a size that is no power of two or is too
 * small or too large for the kind, or a register taken already.
 */
int vfiod_config_set_bar(struct vfiod_config *config, unsigned index, enum vfiod_bar_kind kind,
			 uint64_t size);

/**
 * Puts a capability of @a length bytes at @a offset (0x40..0xfc, 4-byte aligned) and links it behind
 * those added before. @a body holds the bytes from offset + 2 on (length - 2 of them) and
 * @a writable_body their write masks; either may be NULL for all zero. Sets STATUS's capability bit.
 * Returns 0, or -EINVAL if it doesn't fit or overlaps one added before.
 */
int vfiod_config_add_capability(struct vfiod_config *config, uint8_t id, unsigned offset,
				unsigned length, const uint8_t *body, const uint8_t *writable_body);

/** Adds an MSI capability with 2^@a log2_vectors vectors (0..5), 32- or 64-bit, no mask bits. */
int vfiod_config_add_msi(struct vfiod_config *config, unsigned offset, unsigned log2_vectors,
			 bool address64);

/**
 * Adds an MSI-X capability with @a vectors (1..2048) vectors whose table and pending bits are in BAR
 * @a bar at @a table and @a pending (multiples of 8; PCI 3.0, 6.8.2). The control word is read-only:
 * VFIO_DEVICE_SET_IRQS is what enables vectors, as with vfio-pci.
 */
int vfiod_config_add_msix(struct vfiod_config *config, unsigned offset, unsigned vectors,
			  unsigned bar, uint32_t table, uint32_t pending);

/**
 * Derives the write masks of header and capabilities from the image, for a space that was filled with
 * somebody else's bytes (a dump). What may be written follows the PCI specifications: COMMAND,
 * power state, MSI, PCI Express device control; identification stays read-only. MSI-X control belongs
 * to VFIO_DEVICE_SET_IRQS and is read-only too, as with vfio-pci.
 */
void vfiod_config_masks_from_image(struct vfiod_config *config);

/**
 * Hides what vfio-pci hides of a physical device, for a space that was filled with somebody else's bytes
 * (vfio_pci_config.c): capabilities that it doesn't know are unlinked, PM's PME bits read 0.
 */
void vfiod_config_hide_foreign(struct vfiod_config *config);

/** Remembers the image as the one that vfiod_config_reset() goes back to. */
void vfiod_config_seal(struct vfiod_config *config);

/** Goes back to the sealed image: BARs, COMMAND, interrupt enables are lost as by a function reset. */
void vfiod_config_reset(struct vfiod_config *config);

/** Reads @a width (1, 2, 4) bytes at @a offset; inside @a size, any alignment. */
uint32_t vfiod_config_read(const struct vfiod_config *config, unsigned offset, unsigned width);

/**
 * Writes as a client does: masks, write-1-to-clear bits, BAR sizing and the model's hook apply.
 * Read-only bits are left alone without an error, as hardware does.
 */
void vfiod_config_write(struct vfiod_config *config, unsigned offset, unsigned width,
			uint32_t value);

/** Sets bytes whatever their masks: for the device itself, not for clients. */
void vfiod_config_set(struct vfiod_config *config, unsigned offset, unsigned width, uint32_t value);

/** Offset of the first capability with this id, or 0; walks the image, stops at loops. */
unsigned vfiod_config_find_capability(const struct vfiod_config *config, uint8_t id);

/** COMMAND register bits, PCI 3.0, 6.2.2. */
bool vfiod_config_memory_enabled(const struct vfiod_config *config);
bool vfiod_config_io_enabled(const struct vfiod_config *config);
bool vfiod_config_bus_master(const struct vfiod_config *config);
bool vfiod_config_intx_disabled(const struct vfiod_config *config);

/** MSI enable bit of the MSI capability's control word (false without the capability). */
bool vfiod_config_msi_enabled(const struct vfiod_config *config);

/** Vectors that the MSI / MSI-X capability offers (1 << QMASK, table size); 0 without it. */
unsigned vfiod_config_msi_vectors(const struct vfiod_config *config);
unsigned vfiod_config_msix_vectors(const struct vfiod_config *config);
/** Whether MSI-X's enable bit is on. */
bool vfiod_config_msix_enabled(const struct vfiod_config *config);

#endif
