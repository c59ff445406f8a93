/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Config space as vfio-pci shows it. */
#include <string.h>

#include <linux/pci_regs.h>

#include "groups.h"
#include "run.h"

static uint64_t
config_offset(const struct run *run)
{
	return run->facts->region[VFIO_CONFIG_REGION].offset;
}

static long
raw_read(struct run *run, unsigned offset, void *buffer, size_t count)
{
	return read_at(run->device.fd, buffer, count, config_offset(run) + offset);
}

static long
raw_write(struct run *run, unsigned offset, const void *buffer, size_t count)
{
	return write_at(run->device.fd, buffer, count, config_offset(run) + offset);
}

/* ---- accesses ---- */

static void
widths(struct run *run)
{
	uint8_t whole[64], part[8];
	static const unsigned counts[] = {1, 2, 3, 4, 5, 8};

	expect(run, "read of the header", 64, raw_read(run, 0, whole, 64));
	for (unsigned i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		for (unsigned at = 0; at + counts[i] <= 64; at++) {
			expect(run, "read of a part", counts[i],
			       raw_read(run, at, part, counts[i]));
			if (memcmp(part, whole + at, counts[i]))
				fail(run, "%u bytes at %#x differ from the same in a whole read",
				     counts[i], at);
		}
	}
}

static void
all_bytes(struct run *run)
{
	uint8_t whole[4096], byte;
	const unsigned size = run->facts->config_size;

	expect(run, "read of all", size, raw_read(run, 0, whole, size));
	for (unsigned at = 0; at < size; at++)
		expect(run, "read of a byte", 1, raw_read(run, at, &byte, 1));
}

static void
end(struct run *run)
{
	uint8_t bytes[8];
	const unsigned size = run->facts->config_size;

	memset(bytes, 0x5a, sizeof(bytes));
	expect(run, "read at the end", -EFAULT, raw_read(run, size, bytes, 1));
	expect(run, "read across the end", -EFAULT, raw_read(run, size - 2, bytes, 4));
	expect_value(run, "what it has transferred", 0x5a, bytes[0]);
	expect(run, "read far behind the end", -EFAULT, raw_read(run, 0x100000, bytes, 1));
	expect(run, "read up to the end", 4, raw_read(run, size - 4, bytes, 4));
	expect(run, "write at the end", -EFAULT, raw_write(run, size, bytes, 1));
	expect(run, "write across the end", -EFAULT, raw_write(run, size - 2, bytes, 4));
}

static void
bad_buffer(struct run *run)
{
	void *hole = (uint8_t *)at_edge(PAGE) + PAGE;

	expect(run, "read into nowhere", -EFAULT, raw_read(run, 0, hole, 4));
	expect(run, "write from nowhere", -EFAULT, raw_write(run, PCI_INTERRUPT_LINE, hole, 1));
}

/* ---- the header ---- */

/* Writes ones and zeros and expects that nothing changes. */
static void
expect_read_only(struct run *run, const char *what, unsigned offset, unsigned width)
{
	const uint32_t before = config_read(run, offset, width);

	config_write(run, offset, width, 0xffffffff);
	expect_value(run, what, before, config_read(run, offset, width));
	config_write(run, offset, width, 0);
	expect_value(run, what, before, config_read(run, offset, width));
}

static void
read_only(struct run *run)
{
	expect_read_only(run, "vendor id", PCI_VENDOR_ID, 2);
	expect_read_only(run, "device id", PCI_DEVICE_ID, 2);
	expect_read_only(run, "revision", PCI_REVISION_ID, 1);
	expect_read_only(run, "class, low half", PCI_CLASS_PROG, 1);
	expect_read_only(run, "class", PCI_CLASS_DEVICE, 2);
	expect_read_only(run, "header type", PCI_HEADER_TYPE, 1);
	expect_read_only(run, "CardBus CIS", PCI_CARDBUS_CIS, 4);
	expect_read_only(run, "subsystem vendor id", PCI_SUBSYSTEM_VENDOR_ID, 2);
	expect_read_only(run, "subsystem id", PCI_SUBSYSTEM_ID, 2);
	expect_read_only(run, "capability pointer", PCI_CAPABILITY_LIST, 1);
	expect_read_only(run, "reserved bytes at 35", 0x35, 1);
	expect_read_only(run, "reserved bytes at 36", 0x36, 2);
	expect_read_only(run, "reserved bytes at 38", 0x38, 4);
	expect_read_only(run, "interrupt pin", PCI_INTERRUPT_PIN, 1);
	expect_read_only(run, "minimum grant", PCI_MIN_GNT, 1);
	expect_read_only(run, "maximum latency", PCI_MAX_LAT, 1);
}

static void
status(struct run *run)
{
	expect_read_only(run, "STATUS", PCI_STATUS, 2);
}

static void
interrupt_line(struct run *run)
{
	static const uint8_t values[] = {0x00, 0xff, 0x5a, 0x0b};

	for (unsigned i = 0; i < sizeof(values); i++) {
		config_write(run, PCI_INTERRUPT_LINE, 1, values[i]);
		expect_value(run, "interrupt line", values[i],
			     config_read(run, PCI_INTERRUPT_LINE, 1));
	}
}

static void
expect_bit(struct run *run, uint32_t bit, const char *what)
{
	const uint32_t command = config_read(run, PCI_COMMAND, 2);

	config_write(run, PCI_COMMAND, 2, command | bit);
	expect_value(run, what, bit, config_read(run, PCI_COMMAND, 2) & bit);
	config_write(run, PCI_COMMAND, 2, command & ~bit);
	expect_value(run, what, 0, config_read(run, PCI_COMMAND, 2) & bit);
	config_write(run, PCI_COMMAND, 2, command);
}

static void
command(struct run *run)
{
	expect_bit(run, PCI_COMMAND_MASTER, "bus master bit");
	if (run->facts->memory_bar != NO_BAR)
		expect_bit(run, PCI_COMMAND_MEMORY, "memory bit");
	if (run->facts->io_bar != NO_BAR)
		expect_bit(run, PCI_COMMAND_IO, "I/O bit");
}

static void
disintx(struct run *run)
{
	expect_bit(run, PCI_COMMAND_INTX_DISABLE, "DisINTx bit");
}

static void
command_by_bytes(struct run *run)
{
	const uint32_t before = config_read(run, PCI_COMMAND, 2);

	config_write(run, PCI_COMMAND + 1, 1, (before | PCI_COMMAND_INTX_DISABLE) >> 8);
	expect_value(run, "DisINTx bit", PCI_COMMAND_INTX_DISABLE,
		     config_read(run, PCI_COMMAND, 2) & PCI_COMMAND_INTX_DISABLE);
	config_write(run, PCI_COMMAND, 1, (before | PCI_COMMAND_MASTER) & 0xff);
	expect_value(run, "bus master bit", PCI_COMMAND_MASTER,
		     config_read(run, PCI_COMMAND, 2) & PCI_COMMAND_MASTER);
	expect_value(run, "DisINTx bit", PCI_COMMAND_INTX_DISABLE,
		     config_read(run, PCI_COMMAND, 2) & PCI_COMMAND_INTX_DISABLE);
}

/* ---- BARs ---- */

static bool
is_64_bit(uint32_t bar)
{
	return !(bar & PCI_BASE_ADDRESS_SPACE_IO) &&
	       (bar & PCI_BASE_ADDRESS_MEM_TYPE_MASK) == PCI_BASE_ADDRESS_MEM_TYPE_64;
}

static uint32_t
ones(struct run *run, unsigned at)
{
	const uint32_t before = config_read(run, at, 4);
	uint32_t mask;

	config_write(run, at, 4, 0xffffffff);
	mask = config_read(run, at, 4);
	config_write(run, at, 4, before);
	expect_value(run, "a BAR written back", before, config_read(run, at, 4));
	return mask;
}

static void
sizing(struct run *run)
{
	for (unsigned bar = 0; bar <= VFIO_BAR5_REGION; bar++) {
		const unsigned at = PCI_BASE_ADDRESS_0 + 4 * bar;
		const uint64_t size = run->facts->region[bar].size;
		const uint32_t value = config_read(run, at, 4);
		uint32_t type = value & (value & PCI_BASE_ADDRESS_SPACE_IO ? 3u : 15u);

		if (!size) {
			expect_value(run, "an absent BAR after writing ones", 0, ones(run, at));
			continue;
		}
		expect_value(run, "size mask and type", (uint32_t)-size | type, ones(run, at));
		if (is_64_bit(value)) {
			expect_value(run, "the upper half after writing ones",
				     (uint32_t)(-size >> 32), ones(run, at + 4));
			bar++;
		}
	}
}

static void
bar_values(struct run *run)
{
	const unsigned at = PCI_BASE_ADDRESS_0 + 4 * (unsigned)run->facts->memory_bar;
	const uint32_t size = (uint32_t)run->facts->region[run->facts->memory_bar].size;
	const uint32_t before = config_read(run, at, 4);
	const uint32_t mask = -size, type = before & 15;

	if (!size)
		skip(run, "a BAR of 4 GiB or more");
	for (uint32_t value = 1; value; value <<= 1) {
		config_write(run, at, 4, value);
		expect_value(run, "the BAR", (value & mask) | type, config_read(run, at, 4));
	}
	config_write(run, at, 4, before);
	for (unsigned byte = 0; byte < 4; byte++)
		config_write(run, at + byte, 1, 0xff);
	expect_value(run, "the BAR, written by bytes", mask | type, config_read(run, at, 4));
}

static void
bar_does_not_move(struct run *run)
{
	const int bar = run->facts->memory_bar;
	const unsigned at = PCI_BASE_ADDRESS_0 + 4 * (unsigned)bar;
	uint32_t first, second;

	expect(run, "read of the BAR", 4,
	       read_at(run->device.fd, &first, 4, VFIO_REGION_OFFSET(bar)));
	config_write(run, at, 4, 0);
	expect(run, "read of the BAR at address 0", 4,
	       read_at(run->device.fd, &second, 4, VFIO_REGION_OFFSET(bar)));
	expect_value(run, "what it reads", first, second);
}

static void
rom_sizing(struct run *run)
{
	const uint32_t size = (uint32_t)run->facts->region[VFIO_ROM_REGION].size;
	const uint32_t mask = ones(run, PCI_ROM_ADDRESS);

	expect_value(run, "the ROM BAR after writing ones",
		     (uint32_t)-size | PCI_ROM_ADDRESS_ENABLE, mask);
}

static void
no_rom(struct run *run)
{
	if (facts_config32(run->facts, PCI_ROM_ADDRESS))
		skip(run, "a ROM BAR without a valid image");
	config_write(run, PCI_ROM_ADDRESS, 4, 0xffffffff);
	if (config_read(run, PCI_ROM_ADDRESS, 4) > PCI_ROM_ADDRESS_ENABLE)
		skip(run, "a ROM BAR without a valid image");
	expect_value(run, "the ROM BAR after writing ones", 0,
		     config_read(run, PCI_ROM_ADDRESS, 4) & ~(uint32_t)PCI_ROM_ADDRESS_ENABLE);
}

/* ---- capabilities ---- */

static bool
is_visible(uint8_t id)
{
	static const uint8_t shown[] = {
		PCI_CAP_ID_PM,   PCI_CAP_ID_AGP,  PCI_CAP_ID_VPD,  PCI_CAP_ID_MSI,
		PCI_CAP_ID_PCIX, PCI_CAP_ID_HT,   PCI_CAP_ID_VNDR, PCI_CAP_ID_EXP,
		PCI_CAP_ID_MSIX, PCI_CAP_ID_SATA, PCI_CAP_ID_AF,
	};

	return memchr(shown, id, sizeof(shown));
}

static void
walk(struct run *run)
{
	unsigned at, steps = 0;

	if (!(config_read(run, PCI_STATUS, 2) & PCI_STATUS_CAP_LIST)) {
		expect_value(run, "capability pointer without a list", 0,
			     config_read(run, PCI_CAPABILITY_LIST, 1));
		return;
	}
	at = config_read(run, PCI_CAPABILITY_LIST, 1);
	expect_that(run, at, "a list is not empty");
	while (at) {
		const uint8_t id = (uint8_t)config_read(run, at + PCI_CAP_LIST_ID, 1);

		if (at < 0x40 || at % 4)
			fail(run, "a capability at %#x", at);
		if (!is_visible(id))
			fail(run, "capability %#x, which is hidden", id);
		if (++steps > 48)
			fail(run, "the list doesn't end");
		at = config_read(run, at + PCI_CAP_LIST_NEXT, 1);
	}
}

static void
heads_are_read_only(struct run *run)
{
	unsigned at = config_read(run, PCI_STATUS, 2) & PCI_STATUS_CAP_LIST
			      ? config_read(run, PCI_CAPABILITY_LIST, 1)
			      : 0;

	for (unsigned steps = 0; at && steps < 48; steps++) {
		if (config_read(run, at, 1) != PCI_CAP_ID_VNDR)
			expect_read_only(run, "id of a capability", at + PCI_CAP_LIST_ID, 1);
		expect_read_only(run, "next pointer", at + PCI_CAP_LIST_NEXT, 1);
		at = config_read(run, at + PCI_CAP_LIST_NEXT, 1);
	}
}

static void
msi_shadow(struct run *run)
{
	const unsigned msi = run->facts->msi;
	const uint32_t control = config_read(run, msi + PCI_MSI_FLAGS, 2);
	const unsigned data = control & PCI_MSI_FLAGS_64BIT ? PCI_MSI_DATA_64 : PCI_MSI_DATA_32;

	config_write(run, msi + PCI_MSI_ADDRESS_LO, 4, 0xfee01234);
	expect_value(run, "address", 0xfee01234, config_read(run, msi + PCI_MSI_ADDRESS_LO, 4));
	if (control & PCI_MSI_FLAGS_64BIT) {
		config_write(run, msi + PCI_MSI_ADDRESS_HI, 4, 0x89abcdef);
		expect_value(run, "address, upper half", 0x89abcdef,
			     config_read(run, msi + PCI_MSI_ADDRESS_HI, 4));
	}
	config_write(run, msi + data, 2, 0xbeef);
	expect_value(run, "data", 0xbeef, config_read(run, msi + data, 2));
}

static void
msi_control(struct run *run)
{
	const unsigned at = run->facts->msi + PCI_MSI_FLAGS;
	const uint32_t before = config_read(run, at, 2);
	/* Not the number of vectors: its bits are kept as written, to no effect. */
	const uint32_t fixed = 0xff00;

	config_write(run, at, 2, 0xffff);
	expect_value(run, "upper byte: 64-bit, maskable", before & fixed,
		     config_read(run, at, 2) & fixed);
	expect_value(run, "enable bit", 0, config_read(run, at, 2) & PCI_MSI_FLAGS_ENABLE);
	expect_that(run,
		    (config_read(run, at, 2) & PCI_MSI_FLAGS_QSIZE) >> 4 <=
			    (before & PCI_MSI_FLAGS_QMASK) >> 1,
		    "no more vectors are enabled than there are");
}

static void
msix_read_only(struct run *run)
{
	const unsigned msix = run->facts->msix;

	expect_read_only(run, "control", msix + PCI_MSIX_FLAGS, 2);
	expect_read_only(run, "table offset", msix + PCI_MSIX_TABLE, 4);
	expect_read_only(run, "PBA offset", msix + PCI_MSIX_PBA, 4);
}

static void
express_read_only(struct run *run)
{
	const unsigned express = run->facts->express;

	expect_read_only(run, "flags", express + PCI_EXP_FLAGS, 2);
	expect_read_only(run, "device capabilities", express + PCI_EXP_DEVCAP, 4);
	if (((facts_config16(run->facts, express + PCI_EXP_FLAGS) & PCI_EXP_FLAGS_TYPE) >> 4) ==
	    PCI_EXP_TYPE_RC_END)
		return;
	expect_read_only(run, "link capabilities", express + PCI_EXP_LNKCAP, 4);
	expect_read_only(run, "link control", express + PCI_EXP_LNKCTL, 2);
}

static void
express_control(struct run *run)
{
	const unsigned at = run->facts->express + PCI_EXP_DEVCTL;
	const uint32_t before = config_read(run, at, 2) & ~(uint32_t)PCI_EXP_DEVCTL_BCR_FLR;
	const uint32_t payload = PCI_EXP_DEVCTL_PAYLOAD, request = PCI_EXP_DEVCTL_READRQ;

	config_write(run, at, 2, (before & ~payload) | 0x20);
	expect_value(run, "payload size", 0x20, config_read(run, at, 2) & payload);
	config_write(run, at, 2, before & ~payload);
	expect_value(run, "payload size", 0, config_read(run, at, 2) & payload);
	config_write(run, at, 2, (before & ~request) | 0x5000);
	expect_value(run, "read request size", 0x5000, config_read(run, at, 2) & request);
	config_write(run, at, 2, before);
}

static void
function_level_reset(struct run *run)
{
	const unsigned express = run->facts->express;
	const uint32_t before = config_read(run, express + PCI_EXP_DEVCTL, 2);

	if (!(facts_config32(run->facts, express + PCI_EXP_DEVCAP) & PCI_EXP_DEVCAP_FLR))
		skip(run, "the device has no function level reset");
	config_write(run, express + PCI_EXP_DEVCTL, 2, before | PCI_EXP_DEVCTL_BCR_FLR);
	expect_value(run, "the bit that starts it", 0,
		     config_read(run, express + PCI_EXP_DEVCTL, 2) & PCI_EXP_DEVCTL_BCR_FLR);
	expect_value(run, "vendor id", facts_config16(run->facts, 0), config_read(run, 0, 2));
}

static void
power(struct run *run)
{
	const unsigned pm = facts_capability(run->facts, PCI_CAP_ID_PM);
	uint32_t before;

	if (!pm)
		skip(run, "no power management capability");
	expect_read_only(run, "PM capabilities", pm + PCI_PM_PMC, 2);
	expect_value(run, "PME support", 0,
		     config_read(run, pm + PCI_PM_PMC, 2) & PCI_PM_CAP_PME_MASK);
	before = config_read(run, pm + PCI_PM_CTRL, 2);
	config_write(run, pm + PCI_PM_CTRL, 2,
		     before | PCI_PM_CTRL_PME_ENABLE | PCI_PM_CTRL_PME_STATUS);
	expect_value(run, "PME enable and status", 0,
		     config_read(run, pm + PCI_PM_CTRL, 2) &
			     (PCI_PM_CTRL_PME_ENABLE | PCI_PM_CTRL_PME_STATUS));
}

static void
power_states(struct run *run)
{
	const unsigned pm = facts_capability(run->facts, PCI_CAP_ID_PM);
	const int bar = run->facts->memory_bar;
	uint32_t value;

	if (!pm)
		skip(run, "no power management capability");
	config_write(run, pm + PCI_PM_CTRL, 2, 3);
	expect_value(run, "power state", 3, config_read(run, pm + PCI_PM_CTRL, 2) & 3);
	expect(run, "read of a memory BAR in D3", -EIO,
	       read_at(run->device.fd, &value, 4, VFIO_REGION_OFFSET(bar)));
	config_write(run, pm + PCI_PM_CTRL, 2, 0);
	expect_value(run, "power state", 0, config_read(run, pm + PCI_PM_CTRL, 2) & 3);
}

/* ---- extended capabilities ---- */

static bool
is_visible_extended(unsigned id)
{
	static const uint8_t shown[] = {0x01, 0x02, 0x03, 0x04, 0x08, 0x09, 0x0b, 0x0d, 0x0e,
					0x0f, 0x10, 0x12, 0x13, 0x15, 0x16, 0x17, 0x18, 0x23};

	return memchr(shown, (int)id, sizeof(shown));
}

static void
extended_walk(struct run *run)
{
	unsigned at = 0x100, steps = 0;
	uint32_t head = config_read(run, at, 4);

	while (head) {
		const unsigned id = PCI_EXT_CAP_ID(head), next = PCI_EXT_CAP_NEXT(head);

		/* The first one stays as a placeholder where it is hidden. */
		if (!(at == 0x100 && id == 0) && !is_visible_extended(id))
			fail(run, "extended capability %#x, which is hidden", id);
		if (++steps > 480)
			fail(run, "the list doesn't end");
		if (!next)
			break;
		if (next < 0x100 || next % 4)
			fail(run, "a capability at %#x", next);
		at = next;
		head = config_read(run, at, 4);
	}
}

static void
extended_heads(struct run *run)
{
	unsigned at = 0x100;

	for (unsigned steps = 0; at && steps < 480; steps++) {
		const uint32_t head = config_read(run, at, 4);

		if (PCI_EXT_CAP_ID(head) != PCI_EXT_CAP_ID_VNDR && PCI_EXT_CAP_ID(head) != 0x23)
			expect_read_only(run, "first dword of an extended capability", at, 4);
		at = PCI_EXT_CAP_NEXT(head);
	}
}

static void
no_extended(struct run *run)
{
	uint32_t value;

	expect_value(run, "size of config space", 256, run->facts->config_size);
	expect(run, "read at 0x100", -EFAULT, raw_read(run, 0x100, &value, 4));
}

static const struct rule rules[] = {
	{"widths", "accesses of 1 to 8 bytes at every offset see the same", STATE_BOUND,
	 .body = widths},
	{"all", "every byte can be read, alone and together", STATE_BOUND, .body = all_bytes},
	{"end", "behind the end or across it: EFAULT, nothing transferred", STATE_BOUND,
	 .body = end},
	{"bad-buffer", "a buffer that isn't there: EFAULT", STATE_BOUND, .body = bad_buffer},
	{"read-only", "writes to ids, class, pointers and the like are dropped", STATE_BOUND,
	 .body = read_only},
	{"status", "writes to STATUS are dropped", STATE_BOUND, .body = status},
	{"line", "the interrupt line is kept as written", STATE_BOUND, .body = interrupt_line},
	{"command", "bus master, memory and I/O bits of COMMAND can be written", STATE_BOUND,
	 .body = command},
	{"disintx", "the DisINTx bit of COMMAND can be written", STATE_BOUND, NEED_INTX,
	 .body = disintx},
	{"command-bytes", "each byte of COMMAND alone too", STATE_BOUND, NEED_INTX,
	 .body = command_by_bytes},
	{"sizing", "a BAR written with ones shows its size and type; an absent one 0", STATE_BOUND,
	 .body = sizing},
	{"bar-values", "a BAR keeps the bits above its size, in any width", STATE_BOUND,
	 NEED_MEMORY_BAR, .body = bar_values},
	{"bar-stays", "a BAR's address doesn't move its region", STATE_BOUND, NEED_MEMORY_BAR,
	 .body = bar_does_not_move},
	{"rom-sizing", "the ROM BAR shows its size and keeps the enable bit", STATE_BOUND, NEED_ROM,
	 .body = rom_sizing},
	{"no-rom", "no ROM: its BAR reads 0", STATE_BOUND, NEED_NO_ROM, .body = no_rom},
	{"walk", "the capability list ends and shows no hidden one", STATE_BOUND, .body = walk},
	{"heads", "ids and next pointers of capabilities are read only", STATE_BOUND,
	 .body = heads_are_read_only},
	{"msi-shadow", "MSI address and data are kept as written", STATE_BOUND, NEED_MSI,
	 .body = msi_shadow},
	{"msi-control", "MSI control: what the device has is read only, enable stays 0",
	 STATE_BOUND, NEED_MSI, .body = msi_control},
	{"msix", "the MSI-X capability is read only", STATE_BOUND, NEED_MSIX,
	 .body = msix_read_only},
	{"express", "Express capabilities and link control are read only", STATE_BOUND,
	 NEED_EXPRESS, .body = express_read_only},
	{"express-control", "payload and read request size are kept as written", STATE_BOUND,
	 NEED_EXPRESS, .body = express_control},
	{"flr", "function level reset by DEVCTL; its bit reads 0", STATE_BOUND, NEED_EXPRESS,
	 .body = function_level_reset},
	{"pme", "PME bits read 0 and stay 0", STATE_BOUND, .body = power},
	{"d3", "D3: memory BARs are EIO; back in D0 afterwards", STATE_BOUND, NEED_MEMORY_BAR,
	 .body = power_states},
	{"extended-walk", "the extended list ends and shows no hidden one", STATE_BOUND,
	 NEED_EXTENDED, .body = extended_walk},
	{"extended-heads", "first dwords of extended capabilities are read only", STATE_BOUND,
	 NEED_EXTENDED, .body = extended_heads},
	{"no-extended", "256 bytes: access at 0x100 is EFAULT", STATE_BOUND, NEED_NO_EXTENDED,
	 .body = no_extended},
};

GROUP(config, "vfio_pci_config.c");
