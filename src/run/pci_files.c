/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/pci_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

#include <linux/pci_regs.h>

/* <linux/ioport.h> of the kernel: IORESOURCE_*. The low bits are those of the register itself. */
#define RESOURCE_IO        0x00000100u
#define RESOURCE_MEMORY    0x00000200u
#define RESOURCE_PREFETCH  0x00002000u
#define RESOURCE_READONLY  0x00004000u
#define RESOURCE_SIZEALIGN 0x00040000u
#define RESOURCE_MEMORY64  0x00100000u

/* Lines of "resource": BARs, ROM, and six BARs of virtual functions that nobody has. */
#define RESOURCE_LINES 13

static int
write_file(int folder, const char *name, mode_t mode, const void *bytes, size_t length)
{
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode), error = 0;
	ssize_t written;

	if (fd < 0)
		return -errno;
	written = write(fd, bytes, length);
	if (written != (ssize_t)length)
		error = written < 0 ? -errno : -ENOSPC;
	close(fd);
	return error;
}

int
pci_files_put(int folder, const char *name, const char *format, ...)
{
	char text[1024];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (length < 0 || (size_t)length >= sizeof(text))
		return -EMSGSIZE;
	return write_file(folder, name, 0444, text, (size_t)length);
}

struct resource {
	uint64_t start, end, flags;
};

static struct resource
bar_resource(const struct vfiod_device *dev, unsigned index)
{
	static const uint64_t kinds[] = {
		[VFIOD_BAR_MEM32] = RESOURCE_MEMORY,
		[VFIOD_BAR_MEM32_PREF] = RESOURCE_MEMORY | RESOURCE_PREFETCH,
		[VFIOD_BAR_MEM64] = RESOURCE_MEMORY | RESOURCE_MEMORY64,
		[VFIOD_BAR_MEM64_PREF] = RESOURCE_MEMORY | RESOURCE_MEMORY64 | RESOURCE_PREFETCH,
		[VFIOD_BAR_IO] = RESOURCE_IO,
	};
	const struct vfiod_bar *bar = &dev->config.bar[index];
	unsigned offset = PCI_BASE_ADDRESS_0 + 4 * index;
	uint32_t low = vfiod_config_read(&dev->config, offset, 4), bits;
	uint64_t start;

	if (bar->kind == VFIOD_BAR_ABSENT)
		return (struct resource){0};
	bits = bar->kind == VFIOD_BAR_IO ? (uint32_t)~PCI_BASE_ADDRESS_IO_MASK
					 : (uint32_t)~PCI_BASE_ADDRESS_MEM_MASK;
	start = low & ~bits;
	if (kinds[bar->kind] & RESOURCE_MEMORY64)
		start |= (uint64_t)vfiod_config_read(&dev->config, offset + 4, 4) << 32;
	return (struct resource){.start = start,
				 .end = start + bar->size - 1,
				 .flags = kinds[bar->kind] | RESOURCE_SIZEALIGN | (low & bits)};
}

static struct resource
resource(const struct vfiod_device *dev, unsigned line)
{
	uint64_t rom = dev->region[VFIOD_ROM].size;

	if (line < VFIOD_NUM_BARS)
		return bar_resource(dev, line);
	if (line != VFIOD_ROM || !rom)
		return (struct resource){0};
	return (struct resource){.end = rom - 1,
				 .flags = RESOURCE_SIZEALIGN | RESOURCE_READONLY |
					  RESOURCE_PREFETCH | RESOURCE_MEMORY};
}

static int
put_resources(int folder, const struct vfiod_device *dev)
{
	char text[RESOURCE_LINES *
		  sizeof("0x0123456789abcdef 0x0123456789abcdef 0x0123456789abcdef\n")];
	int used = 0;

	for (unsigned line = 0; line < RESOURCE_LINES; line++) {
		struct resource r = resource(dev, line);

		used += snprintf(text + used, sizeof(text) - (size_t)used,
				 "0x%016llx 0x%016llx 0x%016llx\n", (unsigned long long)r.start,
				 (unsigned long long)r.end, (unsigned long long)r.flags);
	}
	return pci_files_put(folder, "resource", "%s", text);
}

/* Values that the kernel prints the same way. */
static const struct {
	const char *name;
	unsigned offset, width;
} numbers[] = {
	{"vendor", PCI_VENDOR_ID, 2},
	{"device", PCI_DEVICE_ID, 2},
	{"subsystem_vendor", PCI_SUBSYSTEM_VENDOR_ID, 2},
	{"subsystem_device", PCI_SUBSYSTEM_ID, 2},
	{"revision", PCI_REVISION_ID, 1},
	{"class", PCI_CLASS_PROG, 3},
};

/* Values that are the same for all our devices. */
static const struct {
	const char *name, *text;
} constants[] = {
	{"irq", "0\n"},
	{"enable", "0\n"},
	{"numa_node", "-1\n"},
	{"driver_override", "vfio-pci\n"},
};

static int
put_names(int folder, const struct vfiod_config *config, struct pci_address address)
{
	unsigned vendor = vfiod_config_read(config, PCI_VENDOR_ID, 2);
	unsigned device = vfiod_config_read(config, PCI_DEVICE_ID, 2);
	unsigned subvendor = vfiod_config_read(config, PCI_SUBSYSTEM_VENDOR_ID, 2);
	unsigned subsystem = vfiod_config_read(config, PCI_SUBSYSTEM_ID, 2);
	unsigned class_code = vfiod_config_read(config, PCI_CLASS_REVISION, 4) >> 8;
	char slot[PCI_ADDRESS_TEXT], alias[80];
	int error;

	pci_address_text(address, slot);
	snprintf(alias, sizeof(alias), "pci:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02X", vendor,
		 device, subvendor, subsystem, class_code >> 16, class_code >> 8 & 0xff,
		 class_code & 0xff);
	error = pci_files_put(folder, "modalias", "%s\n", alias);
	return error ? error
		     : pci_files_put(folder, "uevent",
				     "DRIVER=vfio-pci\nPCI_CLASS=%04X\nPCI_ID=%04X:%04X\n"
				     "PCI_SUBSYS_ID=%04X:%04X\nPCI_SLOT_NAME=%s\nMODALIAS=%s\n",
				     class_code, vendor, device, subvendor, subsystem, slot, alias);
}

int
pci_files_make(int folder, const struct vfiod_device *dev, struct pci_address address)
{
	const struct vfiod_config *config = &dev->config;
	int error = 0;

	for (unsigned i = 0; i < sizeof(numbers) / sizeof(*numbers) && !error; i++) {
		unsigned offset = numbers[i].offset, digits = 2 * numbers[i].width;
		uint32_t value = vfiod_config_read(config, offset & ~3u, 4) >> 8 * (offset & 3);

		value &= 0xffffffffu >> (32 - 4 * digits);
		error = pci_files_put(folder, numbers[i].name, "0x%0*x\n", (int)digits, value);
	}
	for (unsigned i = 0; i < sizeof(constants) / sizeof(*constants) && !error; i++)
		error = pci_files_put(folder, constants[i].name, "%s", constants[i].text);
	if (!error)
		error = put_names(folder, config, address);
	if (!error)
		error = put_resources(folder, dev);
	if (!error)
		error = write_file(folder, "config", 0644, config->image, config->size);
	return error;
}
