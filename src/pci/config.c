/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vfiod/config.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include <linux/pci_regs.h>

/* COMMAND bits that every function may implement, PCI 3.0 table 6-1. */
#define COMMAND_WRITABLE                                                                           \
	(PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_SPECIAL |          \
	 PCI_COMMAND_INVALIDATE | PCI_COMMAND_PARITY | PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE)

/* STATUS bits that software clears by writing 1, PCI 3.0 table 6-2. */
#define STATUS_WRITE1CLEAR                                                                         \
	(PCI_STATUS_PARITY | PCI_STATUS_SIG_TARGET_ABORT | PCI_STATUS_REC_TARGET_ABORT |           \
	 PCI_STATUS_REC_MASTER_ABORT | PCI_STATUS_SIG_SYSTEM_ERROR | PCI_STATUS_DETECTED_PARITY)

/* The longest MSI capability: 64-bit addresses and mask bits, PCI 3.0, 6.8.1. */
#define MSI_MAX_LENGTH 24

/* 48 capabilities of 4 bytes fill 0x40..0xff: a longer walk is a loop. */
#define MAX_CAPABILITIES 48

static inline uint32_t
load(const uint8_t *bytes, unsigned offset, unsigned width)
{
	uint32_t whole;
	uint16_t half;

	switch (width) {
	case 4:
		memcpy(&whole, bytes + offset, 4);
		return le32toh(whole);
	case 2:
		memcpy(&half, bytes + offset, 2);
		return le16toh(half);
	default:
		return bytes[offset];
	}
}

static inline void
store(uint8_t *bytes, unsigned offset, unsigned width, uint32_t value)
{
	uint32_t whole = htole32(value);
	uint16_t half = htole16((uint16_t)value);

	switch (width) {
	case 4:
		memcpy(bytes + offset, &whole, 4);
		break;
	case 2:
		memcpy(bytes + offset, &half, 2);
		break;
	default:
		bytes[offset] = (uint8_t)value;
		break;
	}
}

static void
header_masks(struct vfiod_config *config)
{
	store(config->writable, PCI_COMMAND, 2, COMMAND_WRITABLE);
	store(config->write1clear, PCI_STATUS, 2, STATUS_WRITE1CLEAR);
	store(config->writable, PCI_CACHE_LINE_SIZE, 1, 0xff);
	store(config->writable, PCI_LATENCY_TIMER, 1, 0xff);
	store(config->writable, PCI_INTERRUPT_LINE, 1, 0xff);
}

void
vfiod_config_init(struct vfiod_config *config, uint32_t size, const struct vfiod_pci_id *id)
{
	memset(config, 0, sizeof(*config));
	config->size = size;
	store(config->image, PCI_VENDOR_ID, 2, id->vendor);
	store(config->image, PCI_DEVICE_ID, 2, id->device);
	store(config->image, PCI_CLASS_REVISION, 4, id->class_code << 8 | id->revision);
	store(config->image, PCI_SUBSYSTEM_VENDOR_ID, 2, id->subsystem_vendor);
	store(config->image, PCI_SUBSYSTEM_ID, 2, id->subsystem);
	store(config->image, PCI_INTERRUPT_PIN, 1, id->interrupt_pin);
	header_masks(config);
}

static bool
bar_size_fits(enum vfiod_bar_kind kind, uint64_t size)
{
	bool power_of_two = size && !(size & (size - 1));

	switch (kind) {
	case VFIOD_BAR_IO:
		/* 4 bytes is what the encoding allows, 256 what PCI 3.0, 6.2.5.1 allows. */
		return power_of_two && size >= 4 && size <= 256;
	case VFIOD_BAR_MEM32:
	case VFIOD_BAR_MEM32_PREF:
		return power_of_two && size >= 16 && size <= UINT64_C(1) << 31;
	case VFIOD_BAR_MEM64:
	case VFIOD_BAR_MEM64_PREF:
		/* A region's offset has 40 bits for the position. */
		return power_of_two && size >= 16 && size <= UINT64_C(1) << 40;
	default:
		return false;
	}
}

int
vfiod_config_set_bar(struct vfiod_config *config, unsigned index, enum vfiod_bar_kind kind,
		     uint64_t size)
{
	static const uint32_t type_bits[] = {
		[VFIOD_BAR_MEM32] = PCI_BASE_ADDRESS_MEM_TYPE_32,
		[VFIOD_BAR_MEM32_PREF] = PCI_BASE_ADDRESS_MEM_PREFETCH,
		[VFIOD_BAR_MEM64] = PCI_BASE_ADDRESS_MEM_TYPE_64,
		[VFIOD_BAR_MEM64_PREF] =
			PCI_BASE_ADDRESS_MEM_TYPE_64 | PCI_BASE_ADDRESS_MEM_PREFETCH,
		[VFIOD_BAR_IO] = PCI_BASE_ADDRESS_SPACE_IO,
	};
	bool wide = kind == VFIOD_BAR_MEM64 || kind == VFIOD_BAR_MEM64_PREF;
	unsigned offset = PCI_BASE_ADDRESS_0 + 4 * index;
	uint64_t address_bits = ~(size - 1);

	if (index + wide >= VFIOD_NUM_BARS || !bar_size_fits(kind, size))
		return -EINVAL;
	if (load(config->writable, offset, 4) || (wide && load(config->writable, offset + 4, 4)))
		return -EINVAL;
	config->bar[index] = (struct vfiod_bar){.kind = kind, .size = size};
	store(config->image, offset, 4,
	      (load(config->image, offset, 4) & (uint32_t)address_bits) | type_bits[kind]);
	store(config->writable, offset, 4, (uint32_t)address_bits);
	if (wide)
		store(config->writable, offset + 4, 4, (uint32_t)(address_bits >> 32));
	return 0;
}

/* Offset of the register that points to the next capability to add: the end of the chain. */
static unsigned
chain_end(const struct vfiod_config *config)
{
	unsigned at = PCI_CAPABILITY_LIST;

	for (unsigned n = 0; n < MAX_CAPABILITIES && config->image[at]; n++)
		at = config->image[at] + PCI_CAP_LIST_NEXT;
	return at;
}

int
vfiod_config_add_capability(struct vfiod_config *config, uint8_t id, unsigned offset,
			    unsigned length, const uint8_t *body, const uint8_t *writable_body)
{
	if (offset < PCI_STD_HEADER_SIZEOF || offset % 4 || length < 2 ||
	    offset + length > VFIOD_CONFIG_SIZE)
		return -EINVAL;
	for (unsigned i = 0; i < length; i++)
		if (config->image[offset + i])
			return -EINVAL;
	config->image[chain_end(config)] = (uint8_t)offset;
	config->image[offset + PCI_CAP_LIST_ID] = id;
	if (body)
		memcpy(config->image + offset + 2, body, length - 2);
	if (writable_body)
		memcpy(config->writable + offset + 2, writable_body, length - 2);
	config->image[PCI_STATUS] |= PCI_STATUS_CAP_LIST;
	return 0;
}

int
vfiod_config_add_msi(struct vfiod_config *config, unsigned offset, unsigned log2_vectors,
		     bool address64)
{
	uint8_t body[MSI_MAX_LENGTH] = {0}, writable[MSI_MAX_LENGTH] = {0};
	unsigned length = address64 ? PCI_MSI_DATA_64 + 2 : PCI_MSI_DATA_32 + 2;
	unsigned data = address64 ? PCI_MSI_DATA_64 : PCI_MSI_DATA_32;

	if (log2_vectors > 5)
		return -EINVAL;
	store(body, 0, 2, log2_vectors << 1 | (address64 ? PCI_MSI_FLAGS_64BIT : 0));
	store(writable, 0, 2, PCI_MSI_FLAGS_ENABLE | PCI_MSI_FLAGS_QSIZE);
	store(writable, PCI_MSI_ADDRESS_LO - 2, 4, 0xfffffffc);
	if (address64)
		store(writable, PCI_MSI_ADDRESS_HI - 2, 4, 0xffffffff);
	store(writable, data - 2, 2, 0xffff);
	return vfiod_config_add_capability(config, PCI_CAP_ID_MSI, offset, length, body, writable);
}

int
vfiod_config_add_msix(struct vfiod_config *config, unsigned offset, unsigned vectors, unsigned bar,
		      uint32_t table, uint32_t pending)
{
	uint8_t body[PCI_CAP_MSIX_SIZEOF - PCI_CAP_FLAGS];

	if (!vectors || vectors > PCI_MSIX_FLAGS_QSIZE + 1 || bar >= VFIOD_NUM_BARS ||
	    (table | pending) & PCI_MSIX_TABLE_BIR)
		return -EINVAL;
	store(body, 0, 2, vectors - 1);
	store(body, PCI_MSIX_TABLE - PCI_CAP_FLAGS, 4, table | bar);
	store(body, PCI_MSIX_PBA - PCI_CAP_FLAGS, 4, pending | bar);
	return vfiod_config_add_capability(config, PCI_CAP_ID_MSIX, offset, PCI_CAP_MSIX_SIZEOF, body,
					   NULL);
}

/* What software may change in the capabilities that have something to change. */
static void
capability_masks(struct vfiod_config *config, unsigned at, uint8_t id)
{
	uint8_t *writable = config->writable + at;
	unsigned flags = load(config->image, at + 2, 2);
	bool wide = flags & PCI_MSI_FLAGS_64BIT;

	switch (id) {
	case PCI_CAP_ID_PM:
		store(writable, PCI_PM_CTRL, 2, PCI_PM_CTRL_STATE_MASK);
		break;
	case PCI_CAP_ID_MSI:
		store(writable, PCI_MSI_FLAGS, 2, PCI_MSI_FLAGS_ENABLE | PCI_MSI_FLAGS_QSIZE);
		store(writable, PCI_MSI_ADDRESS_LO, 4, 0xfffffffc);
		if (wide)
			store(writable, PCI_MSI_ADDRESS_HI, 4, 0xffffffff);
		store(writable, wide ? PCI_MSI_DATA_64 : PCI_MSI_DATA_32, 2, 0xffff);
		if (flags & PCI_MSI_FLAGS_MASKBIT)
			store(writable, wide ? PCI_MSI_MASK_64 : PCI_MSI_MASK_32, 4, 0xffffffff);
		break;
	case PCI_CAP_ID_EXP:
		/* The function-level reset bit reads 0 always; it stays out of the mask. */
		store(writable, PCI_EXP_DEVCTL, 2, 0xffff & ~PCI_EXP_DEVCTL_BCR_FLR);
		store(config->write1clear + at, PCI_EXP_DEVSTA, 2, 0x000f);
		if ((flags & PCI_EXP_FLAGS_VERS) >= 2)
			store(writable, PCI_EXP_DEVCTL2, 2, 0xffff);
		break;
	case PCI_CAP_ID_VNDR:
		for (unsigned i = 3; i < config->image[at + 2] && at + i < VFIOD_CONFIG_SIZE; i++)
			writable[i] = 0xff;
		break;
	default:
		break;
	}
}

/* Calls visit for each capability in the chain; stops when it returns true and returns the offset. */
static unsigned
walk(const struct vfiod_config *config, bool (*visit)(unsigned at, uint8_t id, void *arg), void *arg)
{
	unsigned at = config->image[PCI_CAPABILITY_LIST] & ~3u;

	if (!(config->image[PCI_STATUS] & PCI_STATUS_CAP_LIST))
		return 0;
	for (unsigned n = 0; at >= PCI_STD_HEADER_SIZEOF && n < MAX_CAPABILITIES; n++) {
		if (visit(at, config->image[at + PCI_CAP_LIST_ID], arg))
			return at;
		at = config->image[at + PCI_CAP_LIST_NEXT] & ~3u;
	}
	return 0;
}

static bool
visit_masks(unsigned at, uint8_t id, void *arg)
{
	capability_masks(arg, at, id);
	return false;
}

void
vfiod_config_masks_from_image(struct vfiod_config *config)
{
	header_masks(config);
	walk(config, visit_masks, config);
}

void
vfiod_config_seal(struct vfiod_config *config)
{
	memcpy(config->initial, config->image, sizeof(config->initial));
}

void
vfiod_config_reset(struct vfiod_config *config)
{
	memcpy(config->image, config->initial, sizeof(config->image));
}

uint32_t
vfiod_config_read(const struct vfiod_config *config, unsigned offset, unsigned width)
{
	return load(config->image, offset, width);
}

/* By which bytes of a dword are written. */
static const uint32_t touched_by[16] = {
	0x00000000, 0x000000ff, 0x0000ff00, 0x0000ffff, 0x00ff0000, 0x00ff00ff,
	0x00ffff00, 0x00ffffff, 0xff000000, 0xff0000ff, 0xff00ff00, 0xff00ffff,
	0xffff0000, 0xffff00ff, 0xffffff00, 0xffffffff,
};

/* One dword of a write: bytes has a bit for each byte that the client wrote. */
static void
write_dword(struct vfiod_config *config, unsigned offset, unsigned bytes, uint32_t value)
{
	uint32_t old = load(config->image, offset, 4);
	uint32_t writable = load(config->writable, offset, 4);
	uint32_t write1clear = load(config->write1clear, offset, 4);
	uint32_t touched = touched_by[bytes], merged, written;

	written = (old & ~touched) | (value & touched);
	merged = (old & ~writable) | (written & writable);
	merged &= ~(value & touched & write1clear);
	if (config->write_hook)
		merged = config->write_hook(config->hook_arg, offset, old, merged, written, bytes);
	store(config->image, offset, 4, merged);
}

void
vfiod_config_write(struct vfiod_config *config, unsigned offset, unsigned width, uint32_t value)
{
	unsigned first = offset & ~3u, shift = offset & 3u;
	uint64_t wide = (uint64_t)value << (8 * shift);
	unsigned bytes = ((1u << width) - 1) << shift;

	write_dword(config, first, bytes & 0xf, (uint32_t)wide);
	if (bytes >> 4)
		write_dword(config, first + 4, bytes >> 4, (uint32_t)(wide >> 32));
}

void
vfiod_config_set(struct vfiod_config *config, unsigned offset, unsigned width, uint32_t value)
{
	store(config->image, offset, width, value);
}

static bool
visit_find(unsigned at, uint8_t id, void *arg)
{
	(void)at;
	return id == *(const uint8_t *)arg;
}

unsigned
vfiod_config_find_capability(const struct vfiod_config *config, uint8_t id)
{
	return walk(config, visit_find, &id);
}

static bool
command(const struct vfiod_config *config, unsigned bit)
{
	return load(config->image, PCI_COMMAND, 2) & bit;
}

bool
vfiod_config_memory_enabled(const struct vfiod_config *config)
{
	return command(config, PCI_COMMAND_MEMORY);
}

bool
vfiod_config_io_enabled(const struct vfiod_config *config)
{
	return command(config, PCI_COMMAND_IO);
}

bool
vfiod_config_bus_master(const struct vfiod_config *config)
{
	return command(config, PCI_COMMAND_MASTER);
}

bool
vfiod_config_intx_disabled(const struct vfiod_config *config)
{
	return command(config, PCI_COMMAND_INTX_DISABLE);
}

bool
vfiod_config_msi_enabled(const struct vfiod_config *config)
{
	unsigned at = vfiod_config_find_capability(config, PCI_CAP_ID_MSI);

	return at && load(config->image, at + PCI_MSI_FLAGS, 2) & PCI_MSI_FLAGS_ENABLE;
}

unsigned
vfiod_config_msi_vectors(const struct vfiod_config *config)
{
	unsigned at = vfiod_config_find_capability(config, PCI_CAP_ID_MSI);

	return at ? 1u << ((load(config->image, at + PCI_MSI_FLAGS, 2) & PCI_MSI_FLAGS_QMASK) >> 1)
		  : 0;
}

unsigned
vfiod_config_msix_vectors(const struct vfiod_config *config)
{
	unsigned at = vfiod_config_find_capability(config, PCI_CAP_ID_MSIX);

	return at ? (load(config->image, at + PCI_MSIX_FLAGS, 2) & PCI_MSIX_FLAGS_QSIZE) + 1 : 0;
}

bool
vfiod_config_msix_enabled(const struct vfiod_config *config)
{
	unsigned at = vfiod_config_find_capability(config, PCI_CAP_ID_MSIX);

	return at && load(config->image, at + PCI_MSIX_FLAGS, 2) & PCI_MSIX_FLAGS_ENABLE;
}
