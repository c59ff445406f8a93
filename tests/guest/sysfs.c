/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device in a Linux guest: sysfs for config space and BARs, uio_pci_generic for INTx. */
#include "pci.h"

#include "check.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#define DEVICES "/sys/bus/pci/devices"
#define UIO     "/sys/bus/pci/drivers/uio_pci_generic"

/* linux/ioport.h of the kernel, which /sys/.../resource prints. */
#define RESOURCE_MEMORY 0x200u

static unsigned long
read_number(const char *address, const char *file)
{
	char path[128], text[32];
	unsigned long number = 0;
	FILE *stream;

	snprintf(path, sizeof(path), DEVICES "/%s/%s", address, file);
	stream = fopen(path, "re");
	if (stream && fgets(text, sizeof(text), stream))
		number = strtoul(text, NULL, 0);
	if (stream)
		fclose(stream);
	return number;
}

static unsigned
find(struct pci *pci, uint16_t vendor, uint16_t device)
{
	DIR *devices = opendir(DEVICES);
	unsigned found = 0;

	if (!devices)
		give_up(DEVICES);
	for (struct dirent *entry; (entry = readdir(devices));)
		if (entry->d_name[0] != '.' && read_number(entry->d_name, "vendor") == vendor &&
		    read_number(entry->d_name, "device") == device && !found++)
			snprintf(pci->address, sizeof(pci->address), "%.15s", entry->d_name);
	closedir(devices);
	return found;
}

static void
map_bars(struct pci *pci)
{
	char path[128];
	FILE *resources;

	snprintf(path, sizeof(path), "%s/resource", pci->path);
	resources = fopen(path, "re");
	if (!resources)
		give_up("%s", path);
	for (unsigned bar = 0; bar < 6; bar++) {
		unsigned long long start, end, flags;
		void *at;
		int fd;

		if (fscanf(resources, "%llx %llx %llx", &start, &end, &flags) != 3)
			give_up("%s has a line for BAR%u", path, bar);
		if (!(flags & RESOURCE_MEMORY))
			continue;
		snprintf(path, sizeof(path), "%s/resource%u", pci->path, bar);
		fd = open(path, O_RDWR | O_CLOEXEC);
		at = mmap(NULL, end - start + 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (at == MAP_FAILED)
			give_up("%s can be mapped", path);
		close(fd);
		pci->bar[bar].at = at;
		pci->bar[bar].address = start;
		pci->bar[bar].size = end - start + 1;
	}
	fclose(resources);
}

static void
write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		give_up("'%s' is written to %s", text, path);
	close(fd);
}

void
pci_open(struct pci *pci, uint16_t vendor, uint16_t device)
{
	char path[128];
	unsigned found;

	memset(pci, 0, sizeof(*pci));
	found = find(pci, vendor, device);
	if (!check_equal(found, 1, "one device is %04x:%04x", vendor, device) && !found)
		exit(check_sums());
	snprintf(pci->path, sizeof(pci->path), DEVICES "/%s", pci->address);
	snprintf(path, sizeof(path), "%s/config", pci->path);
	pci->config = open(path, O_RDWR | O_CLOEXEC);
	if (pci->config < 0)
		give_up("%s", path);
	pci_command(pci, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, true);
	pci_command(pci, PCI_COMMAND_INTX_DISABLE, false);
	map_bars(pci);
}

uint32_t
config_read(const struct pci *pci, unsigned offset, unsigned width)
{
	uint32_t value = 0;

	if (pread(pci->config, &value, width, offset) != (ssize_t)width)
		give_up("config space is read at 0x%x", offset);
	return value;
}

void
config_write(const struct pci *pci, unsigned offset, unsigned width, uint32_t value)
{
	if (pwrite(pci->config, &value, width, offset) != (ssize_t)width)
		give_up("config space is written at 0x%x", offset);
}

/* The number N of the device's /dev/uioN. */
static int
uio_number(const struct pci *pci)
{
	char path[128];
	DIR *uio;
	int number = -1;

	snprintf(path, sizeof(path), "%s/uio", pci->path);
	uio = opendir(path);
	if (!uio)
		give_up("uio_pci_generic takes the device");
	for (struct dirent *entry; (entry = readdir(uio));)
		if (!strncmp(entry->d_name, "uio", 3))
			number = atoi(entry->d_name + 3);
	closedir(uio);
	return number;
}

void
intx_open(struct intx *intx, const struct pci *pci)
{
	char text[128];

	snprintf(text, sizeof(text), "%s/driver_override", pci->path);
	write_text(text, "uio_pci_generic");
	write_text(UIO "/bind", pci->address);
	snprintf(text, sizeof(text), "/dev/uio%d", uio_number(pci));
	*intx = (struct intx){.pci = pci, .line = open(text, O_RDWR | O_CLOEXEC)};
	if (intx->line < 0)
		give_up("%s", text);
	intx_count(intx, 0);
	pci_command(pci, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, true);
	pci_command(pci, PCI_COMMAND_INTX_DISABLE, false);
}

void
intx_close(struct intx *intx)
{
	close(intx->line);
	write_text(UIO "/unbind", intx->pci->address);
	/* The driver switches the device off. */
	pci_command(intx->pci, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, true);
	pci_command(intx->pci, PCI_COMMAND_INTX_DISABLE, false);
}

unsigned
intx_count(struct intx *intx, int timeout_ms)
{
	struct pollfd ready = {.fd = intx->line, .events = POLLIN};
	uint32_t before = intx->count;

	if (poll(&ready, 1, timeout_ms) < 1)
		return 0;
	if (read(intx->line, &intx->count, sizeof(intx->count)) != sizeof(intx->count))
		give_up("/dev/uio is read");
	return intx->count - before;
}
