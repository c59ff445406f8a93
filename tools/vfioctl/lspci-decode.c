// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Config space in words.
 *
 * libpci knows its way in config space, but nothing of VFIO. So the bytes are written into a memfd
 * as lspci -xxxx would print them, and libpci is told to read that file: its dump back end makes a
 * device of it. What a dump doesn't have, sizes of BARs, comes from the VFIO regions.
 */
#include "config.h"

#include <err.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <pci/pci.h>

#include "lspci.h"

struct bit {
	unsigned mask;
	const char *name;
};

static const struct bit command_bits[] = {
	{PCI_COMMAND_IO, "I/O"},
	{PCI_COMMAND_MEMORY, "Mem"},
	{PCI_COMMAND_MASTER, "BusMaster"},
	{PCI_COMMAND_SPECIAL, "SpecCycle"},
	{PCI_COMMAND_INVALIDATE, "MemWINV"},
	{PCI_COMMAND_VGA_PALETTE, "VGASnoop"},
	{PCI_COMMAND_PARITY, "ParErr"},
	{PCI_COMMAND_WAIT, "Stepping"},
	{PCI_COMMAND_SERR, "SERR"},
	{PCI_COMMAND_FAST_BACK, "FastB2B"},
	{PCI_COMMAND_DISABLE_INTx, "DisINTx"},
	{0},
};

static const struct bit status_bits[] = {
	{PCI_STATUS_CAP_LIST, "Cap"},
	{PCI_STATUS_66MHZ, "66MHz"},
	{PCI_STATUS_UDF, "UDF"},
	{PCI_STATUS_FAST_BACK, "FastB2B"},
	{PCI_STATUS_PARITY, "ParErr"},
	{PCI_STATUS_SIG_TARGET_ABORT, ">TAbort"},
	{PCI_STATUS_REC_TARGET_ABORT, "<TAbort"},
	{PCI_STATUS_REC_MASTER_ABORT, "<MAbort"},
	{PCI_STATUS_SIG_SYSTEM_ERROR, ">SERR"},
	{PCI_STATUS_DETECTED_PARITY, "<PERR"},
	{PCI_STATUS_INTx, "INTx"},
	{0},
};

static const char *const cap_names[] = {
	[PCI_CAP_ID_PM] = "Power Management",
	[PCI_CAP_ID_AGP] = "AGP",
	[PCI_CAP_ID_VPD] = "Vital Product Data",
	[PCI_CAP_ID_SLOTID] = "Slot Identification",
	[PCI_CAP_ID_MSI] = "MSI",
	[PCI_CAP_ID_CHSWP] = "CompactPCI Hot Swap",
	[PCI_CAP_ID_PCIX] = "PCI-X",
	[PCI_CAP_ID_HT] = "HyperTransport",
	[PCI_CAP_ID_VNDR] = "Vendor Specific",
	[PCI_CAP_ID_DBG] = "Debug Port",
	[PCI_CAP_ID_CCRC] = "CompactPCI Central Resource Control",
	[PCI_CAP_ID_HOTPLUG] = "Hot-Plug",
	[PCI_CAP_ID_SSVID] = "Bridge Subsystem",
	[PCI_CAP_ID_AGP3] = "AGP 8x",
	[PCI_CAP_ID_SECURE] = "Secure Device",
	[PCI_CAP_ID_EXP] = "PCI Express",
	[PCI_CAP_ID_MSIX] = "MSI-X",
	[PCI_CAP_ID_SATA] = "SATA",
	[PCI_CAP_ID_AF] = "Advanced Features",
	[PCI_CAP_ID_EA] = "Enhanced Allocation",
};

#define NUM_CAP_NAMES (sizeof(cap_names) / sizeof(cap_names[0]))

static const char *const ext_cap_names[] = {
	[PCI_EXT_CAP_ID_AER] = "Advanced Error Reporting",
	[PCI_EXT_CAP_ID_VC] = "Virtual Channel",
	[PCI_EXT_CAP_ID_DSN] = "Device Serial Number",
	[PCI_EXT_CAP_ID_PB] = "Power Budgeting",
	[PCI_EXT_CAP_ID_RCLINK] = "Root Complex Link",
	[PCI_EXT_CAP_ID_RCILINK] = "Root Complex Internal Link",
	[PCI_EXT_CAP_ID_RCEC] = "Root Complex Event Collector",
	[PCI_EXT_CAP_ID_MFVC] = "Multi-Function Virtual Channel",
	[PCI_EXT_CAP_ID_VC2] = "Virtual Channel",
	[PCI_EXT_CAP_ID_RCRB] = "Root Complex Register Block",
	[PCI_EXT_CAP_ID_VNDR] = "Vendor Specific",
	[PCI_EXT_CAP_ID_ACS] = "Access Control Services",
	[PCI_EXT_CAP_ID_ARI] = "Alternative Routing-ID Interpretation",
	[PCI_EXT_CAP_ID_ATS] = "Address Translation Service",
	[PCI_EXT_CAP_ID_SRIOV] = "Single Root I/O Virtualization",
	[PCI_EXT_CAP_ID_MRIOV] = "Multi-Root I/O Virtualization",
	[PCI_EXT_CAP_ID_MCAST] = "Multicast",
	[PCI_EXT_CAP_ID_PRI] = "Page Request Interface",
	[PCI_EXT_CAP_ID_REBAR] = "Resizable BAR",
	[PCI_EXT_CAP_ID_DPA] = "Dynamic Power Allocation",
	[PCI_EXT_CAP_ID_TPH] = "Transaction Processing Hints",
	[PCI_EXT_CAP_ID_LTR] = "Latency Tolerance Reporting",
	[PCI_EXT_CAP_ID_SECPCI] = "Secondary PCI Express",
	[PCI_EXT_CAP_ID_PMUX] = "Protocol Multiplexing",
	[PCI_EXT_CAP_ID_PASID] = "Process Address Space ID",
	[PCI_EXT_CAP_ID_DPC] = "Downstream Port Containment",
	[PCI_EXT_CAP_ID_L1PM] = "L1 PM Substates",
	[PCI_EXT_CAP_ID_PTM] = "Precision Time Measurement",
	[PCI_EXT_CAP_ID_DVSEC] = "Designated Vendor-Specific",
};

#define NUM_EXT_CAP_NAMES (sizeof(ext_cap_names) / sizeof(ext_cap_names[0]))

/* libpci's own handlers print to stderr in their own way, and the first one exits with 1. */
static void __attribute__((noreturn, format(printf, 1, 2))) libpci_error(char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("vfioctl: libpci: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(EX_SOFTWARE);
}

static void
print_slot(FILE *out, const struct pci_function *function)
{
	if (function->slot.domain)
		fprintf(out, "%04x:", function->slot.domain);
	fprintf(out, "%02x:%02x.%x ", function->slot.bus, function->slot.dev, function->slot.func);
}

/** The function as a dump file without a name. */
static int
make_dump(const struct pci_function *function)
{
	int fd = memfd_create("vfioctl-lspci", MFD_CLOEXEC);
	FILE *out = fd < 0 ? NULL : fdopen(dup(fd), "w");

	if (!out)
		err(EX_OSERR, "memfd");
	print_slot(out, function);
	fputs("device\n", out);
	lspci_print_hex(out, function, function->size);
	if (fclose(out) != 0)
		err(EX_OSERR, "memfd");
	return fd;
}

static struct pci_access *
open_dump(int fd)
{
	struct pci_access *access = pci_alloc();
	char parameter[] = "dump.name";
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	access->method = PCI_ACCESS_DUMP;
	access->error = libpci_error;
	/* Names from pci.ids only: each question to a missing hwdb leaks memory in libpci 3.9. */
	access->id_lookup_mode |= PCI_LOOKUP_NO_HWDB;
	pci_set_param(access, parameter, path);
	pci_init(access);
	pci_scan_bus(access);
	return access;
}

static void
print_name(struct pci_access *access, struct pci_dev *pci, const struct pci_function *function)
{
	unsigned class = pci_read_word(pci, PCI_CLASS_DEVICE);
	unsigned prog_if = pci_read_byte(pci, PCI_CLASS_PROG);
	unsigned revision = pci_read_byte(pci, PCI_REVISION_ID);
	char name[256];

	/* lspci -F takes no line of 256 characters or more. */
	print_slot(stdout, function);
	printf("%.80s: ", pci_lookup_name(access, name, sizeof(name),
					  PCI_LOOKUP_CLASS | PCI_LOOKUP_MIXED, class));
	printf("%.120s", pci_lookup_name(access, name, sizeof(name),
					 PCI_LOOKUP_VENDOR | PCI_LOOKUP_DEVICE | PCI_LOOKUP_MIXED,
					 pci->vendor_id, pci->device_id));
	if (revision)
		printf(" (rev %02x)", revision);
	if (prog_if)
		printf(" (prog-if %02x)", prog_if);
	putchar('\n');
}

static void
print_subsystem(struct pci_access *access, struct pci_dev *pci)
{
	unsigned vendor = pci_read_word(pci, PCI_SUBSYSTEM_VENDOR_ID);
	unsigned id = pci_read_word(pci, PCI_SUBSYSTEM_ID);
	char name[256];

	if (vendor == 0 || vendor == 0xffff)
		return;
	printf("\tSubsystem: %s\n", pci_lookup_name(access, name, sizeof(name),
						    PCI_LOOKUP_SUBSYSTEM | PCI_LOOKUP_VENDOR |
							    PCI_LOOKUP_DEVICE | PCI_LOOKUP_MIXED,
						    pci->vendor_id, pci->device_id, vendor, id));
}

static void
print_bits(const char *what, unsigned value, const struct bit *bits)
{
	printf("\t%s: 0x%04x", what, value);
	for (; bits->name; bits++)
		printf(" %s%c", bits->name, value & bits->mask ? '+' : '-');
	putchar('\n');
}

static void
print_address(pciaddr_t address, bool enabled, uint64_t size)
{
	char text[24];

	if (address)
		printf("%jx", (uintmax_t)address);
	else
		printf("<unassigned>");
	if (!enabled)
		printf(" [disabled]");
	if (size)
		printf(" [size %s]", human_size(size, text));
}

static void
print_bars(struct pci_dev *pci, const struct pci_function *function)
{
	unsigned command = pci_read_word(pci, PCI_COMMAND);
	uint64_t rom_size = function->region_size[VFIO_PCI_ROM_REGION_INDEX];

	for (int i = 0; i < 6; i++) {
		pciaddr_t base = pci->base_addr[i];
		uint64_t size = function->region_size[i];

		if (!base && !size)
			continue;
		printf("\tRegion %d: ", i);
		if (base & PCI_BASE_ADDRESS_SPACE_IO) {
			printf("I/O ports at ");
			print_address(base & PCI_ADDR_IO_MASK, command & PCI_COMMAND_IO, size);
		} else {
			bool wide = (base & PCI_BASE_ADDRESS_MEM_TYPE_MASK) ==
				    PCI_BASE_ADDRESS_MEM_TYPE_64;

			printf("Memory (%s-bit, %sprefetchable) at ", wide ? "64" : "32",
			       base & PCI_BASE_ADDRESS_MEM_PREFETCH ? "" : "non-");
			print_address(base & PCI_ADDR_MEM_MASK, command & PCI_COMMAND_MEMORY, size);
		}
		putchar('\n');
	}
	if (pci->rom_base_addr || rom_size) {
		printf("\tExpansion ROM at ");
		print_address(pci->rom_base_addr & ~(pciaddr_t)PCI_ROM_ADDRESS_ENABLE &
				      ~(pciaddr_t)0x7fe,
			      pci->rom_base_addr & PCI_ROM_ADDRESS_ENABLE, rom_size);
		putchar('\n');
	}
}

static const char *
find_name(const char *const *names, size_t count, unsigned id)
{
	return id < count && names[id] ? names[id] : "unknown";
}

static void
print_capabilities(const struct pci_dev *pci)
{
	for (const struct pci_cap *cap = pci->first_cap; cap; cap = cap->next) {
		bool extended = cap->type == PCI_CAP_EXTENDED;
		const char *name = extended ? find_name(ext_cap_names, NUM_EXT_CAP_NAMES, cap->id)
					    : find_name(cap_names, NUM_CAP_NAMES, cap->id);

		printf(extended ? "\tCapabilities: [%03x] %s (extended, id %04x)\n"
				: "\tCapabilities: [%02x] %s (id %02x)\n",
		       cap->addr, name, cap->id);
	}
}

int
lspci_decode(const struct pci_function *function, bool verbose)
{
	int fd = make_dump(function);
	struct pci_access *access = open_dump(fd);
	struct pci_dev *pci = access->devices;
	unsigned pin;

	close(fd);
	if (!pci) {
		warnx("libpci found no device in the dump");
		return EX_SOFTWARE;
	}
	pci_fill_info(pci, PCI_FILL_IDENT | PCI_FILL_BASES | PCI_FILL_ROM_BASE | PCI_FILL_CAPS |
				   PCI_FILL_EXT_CAPS);
	print_name(access, pci, function);
	if (verbose) {
		pin = pci_read_byte(pci, PCI_INTERRUPT_PIN);
		print_subsystem(access, pci);
		print_bits("Control", pci_read_word(pci, PCI_COMMAND), command_bits);
		print_bits("Status", pci_read_word(pci, PCI_STATUS), status_bits);
		if (pin)
			printf("\tInterrupt: pin %c, line %d\n", (char)('A' + pin - 1),
			       pci_read_byte(pci, PCI_INTERRUPT_LINE));
		print_bars(pci, function);
		print_capabilities(pci);
	}
	pci_cleanup(access);
	return EX_OK;
}
