/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "facts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/pci_regs.h>

#include "suite.h"

#define EDU_ID 0x11e81234u

static const struct {
	unsigned need;
	const char *words;
} needs[] = {
	{NEED_CDEV, "not opened as a cdev"},
	{NEED_IOMMU, "no iommufd node"},
	{NEED_PHYSICAL, "the device is attached through an access object"},
	{NEED_ACCESS, "the device is attached through a page table"},
	{NEED_INTX, "the device has no interrupt pin"},
	{NEED_NO_INTX, "the device has an interrupt pin"},
	{NEED_MSI, "the device has no MSI"},
	{NEED_MSIX, "the device has no MSI-X"},
	{NEED_NO_DYN_MSIX, "MSI-X vectors can be added"},
	{NEED_DYN_MSIX, "MSI-X vectors can't be added"},
	{NEED_EXPRESS, "the device is no PCI Express one"},
	{NEED_NO_EXPRESS, "the device is a PCI Express one"},
	{NEED_RESET, "the device has no function reset"},
	{NEED_NO_RESET, "the device has a function reset"},
	{NEED_MEMORY_BAR, "the device has no memory BAR"},
	{NEED_IO_BAR, "the device has no I/O BAR"},
	{NEED_ABSENT_BAR, "all BARs are there"},
	{NEED_MMAP_BAR, "no BAR can be mapped"},
	{NEED_ROM, "the device has no ROM"},
	{NEED_NO_ROM, "the device has a ROM"},
	{NEED_VGA, "the device has no VGA region"},
	{NEED_NO_VGA, "the device has a VGA region"},
	{NEED_SPECIFIC, "the device has no regions of its own"},
	{NEED_EXTENDED, "no extended config space"},
	{NEED_NO_EXTENDED, "the device has extended config space"},
	{NEED_EDU, "not QEMU's edu device"},
	{NEED_DMA, "--no-dma"},
	{NEED_MIGRATION, "the device can't migrate"},
	{NEED_MSIX_TABLE, "no MSI-X table in a memory BAR"},
	{NEED_NO_TRANSPORT, "transport"},
	{NEED_FRESH, "opened without BIND"},
};

const char *
need_words(unsigned need)
{
	for (unsigned i = 0; i < sizeof(needs) / sizeof(*needs); i++)
		if (needs[i].need == need)
			return needs[i].words;
	return "?";
}

uint16_t
facts_config16(const struct facts *facts, unsigned offset)
{
	return (uint16_t)(facts->config[offset] | facts->config[offset + 1] << 8);
}

uint32_t
facts_config32(const struct facts *facts, unsigned offset)
{
	return facts_config16(facts, offset) | (uint32_t)facts_config16(facts, offset + 2) << 16;
}

unsigned
facts_capability(const struct facts *facts, uint8_t id)
{
	unsigned at, steps = 0;

	if (!(facts_config16(facts, PCI_STATUS) & PCI_STATUS_CAP_LIST))
		return 0;
	for (at = facts->config[PCI_CAPABILITY_LIST]; at >= 0x40 && steps < 48; steps++) {
		at &= ~3u;
		if (facts->config[at + PCI_CAP_LIST_ID] == id)
			return at;
		at = facts->config[at + PCI_CAP_LIST_NEXT];
	}
	return 0;
}

static int
learn_regions(struct facts *facts, int fd)
{
	const struct vfio_region_info *config = &facts->region[VFIO_CONFIG_REGION];
	ssize_t length;

	facts->num_regions =
		facts->info.num_regions < MAX_REGIONS ? facts->info.num_regions : MAX_REGIONS;
	for (unsigned i = 0; i < facts->num_regions; i++) {
		struct vfio_region_info info = {.argsz = sizeof(info), .index = i};

		if (!ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, &info))
			facts->region[i] = info;
	}
	facts->config_size = config->size < sizeof(facts->config) ? (unsigned)config->size
								  : sizeof(facts->config);
	/* The kernel's samples of mediated devices lack the last byte. */
	if (facts->config_size < 255)
		return -ENXIO;
	length = pread(fd, facts->config, facts->config_size, (off_t)config->offset);
	return length < 0 ? -errno : length == (ssize_t)facts->config_size ? 0 : -EIO;
}

static bool
is_io_bar(const struct facts *facts, unsigned bar)
{
	return facts->config[PCI_BASE_ADDRESS_0 + 4 * bar] & PCI_BASE_ADDRESS_SPACE_IO;
}

static void
sort_bars(struct facts *facts)
{
	facts->memory_bar = facts->io_bar = facts->absent_bar = facts->mmap_bar = NO_BAR;
	for (int bar = VFIO_BAR5_REGION; bar >= 0; bar--) {
		const struct vfio_region_info *region = &facts->region[bar];

		if (!region->size)
			facts->absent_bar = bar;
		else if (is_io_bar(facts, (unsigned)bar))
			facts->io_bar = bar;
		else
			facts->memory_bar = bar;
		if (region->flags & VFIO_REGION_MMAP)
			facts->mmap_bar = bar;
	}
}

static void
learn_capabilities(struct facts *facts)
{
	uint32_t table;

	facts->msi = facts_capability(facts, PCI_CAP_ID_MSI);
	facts->msix = facts_capability(facts, PCI_CAP_ID_MSIX);
	facts->express = facts_capability(facts, PCI_CAP_ID_EXP);
	facts->msix_bar = NO_BAR;
	if (!facts->msix)
		return;
	table = facts_config32(facts, facts->msix + PCI_MSIX_TABLE);
	facts->msix_bar = (int)(table & PCI_MSIX_TABLE_BIR);
	facts->msix_table = table & PCI_MSIX_TABLE_OFFSET;
	facts->msix_table_size =
		16u *
		((facts_config16(facts, facts->msix + PCI_MSIX_FLAGS) & PCI_MSIX_FLAGS_QSIZE) + 1);
	if (facts->msix_bar > VFIO_BAR5_REGION || !facts->region[facts->msix_bar].size ||
	    is_io_bar(facts, (unsigned)facts->msix_bar))
		facts->msix_bar = NO_BAR;
}

static void
learn_irqs(struct facts *facts, int fd)
{
	for (unsigned i = 0; i < VFIO_NUM_IRQS; i++) {
		struct vfio_irq_info info = {.argsz = sizeof(info), .index = i};

		if (ioctl(fd, VFIO_DEVICE_GET_IRQ_INFO, &info))
			continue;
		facts->vectors[i] = info.count;
		facts->irq_flags[i] = info.flags;
	}
}

/* Where this doesn't work the rules of ATTACH will tell. */
static void
learn_attachment(struct facts *facts, struct device *device)
{
	struct iommu_ioas_alloc alloc = {.size = sizeof(alloc)};
	struct vfio_device_attach_iommufd_pt attach = {.argsz = sizeof(attach)};
	struct vfio_device_detach_iommufd_pt detach = {.argsz = sizeof(detach)};

	if (ioctl(device->iommu, IOMMU_IOAS_ALLOC, &alloc))
		return;
	attach.pt_id = alloc.out_ioas_id;
	if (ioctl(device->fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach))
		return;
	facts->have |= attach.pt_id == alloc.out_ioas_id ? NEED_ACCESS : NEED_PHYSICAL;
	ioctl(device->fd, VFIO_DEVICE_DETACH_IOMMUFD_PT, &detach);
}

static void
learn_features(struct facts *facts, int fd)
{
	struct vfio_device_feature feature = {
		.argsz = VFIO_FEATURE_HEADER + 8,
		.flags = VFIO_FEATURE_GET | VFIO_FEATURE_MIGRATION,
	};

	if (!ioctl(fd, VFIO_DEVICE_FEATURE, &feature)) {
		facts->migration = feature.quad[0];
		facts->have |= NEED_MIGRATION;
	}
}

static unsigned
one_of(bool so, unsigned need, unsigned otherwise)
{
	return so ? need : otherwise;
}

static void
sum_up(struct facts *facts, const struct way *way)
{
	const bool dynamic =
		facts->irq_flags[VFIO_MSIX] && !(facts->irq_flags[VFIO_MSIX] & VFIO_IRQ_NORESIZE);

	facts->have |= one_of(facts->vectors[VFIO_INTX], NEED_INTX, NEED_NO_INTX) |
		       one_of(facts->vectors[VFIO_MSI], NEED_MSI, 0) |
		       one_of(facts->vectors[VFIO_MSIX], NEED_MSIX, 0) |
		       one_of(dynamic, NEED_DYN_MSIX, NEED_NO_DYN_MSIX) |
		       one_of(facts->express, NEED_EXPRESS, NEED_NO_EXPRESS) |
		       one_of(facts->info.flags & VFIO_INFO_RESET, NEED_RESET, NEED_NO_RESET) |
		       one_of(facts->memory_bar != NO_BAR, NEED_MEMORY_BAR, 0) |
		       one_of(facts->io_bar != NO_BAR, NEED_IO_BAR, 0) |
		       one_of(facts->absent_bar != NO_BAR, NEED_ABSENT_BAR, 0) |
		       one_of(facts->mmap_bar != NO_BAR, NEED_MMAP_BAR, 0) |
		       one_of(facts->msix_bar != NO_BAR, NEED_MSIX_TABLE, 0) |
		       one_of(facts->region[VFIO_ROM_REGION].size, NEED_ROM, NEED_NO_ROM) |
		       one_of(facts->region[VFIO_VGA_REGION].size, NEED_VGA, NEED_NO_VGA) |
		       one_of(facts->info.num_regions > VFIO_NUM_REGIONS, NEED_SPECIFIC, 0) |
		       one_of(facts->config_size == 4096, NEED_EXTENDED, NEED_NO_EXTENDED) |
		       one_of(facts_config32(facts, PCI_VENDOR_ID) == EDU_ID, NEED_EDU, 0) |
		       one_of(!way->transport, NEED_NO_TRANSPORT, 0) |
		       one_of(way->reach != REACH_OPEN, NEED_FRESH, 0) |
		       one_of(way->reach == REACH_CDEV, NEED_CDEV, 0);
}

int
facts_learn(struct facts *facts, const struct way *way, struct device *device, const char **step)
{
	int result;

	facts->info.argsz = sizeof(facts->info);
	*step = "VFIO_DEVICE_GET_INFO";
	if (ioctl(device->fd, VFIO_DEVICE_GET_INFO, &facts->info))
		return -errno;
	*step = "read the config region";
	result = learn_regions(facts, device->fd);
	if (result)
		return result;
	sort_bars(facts);
	learn_capabilities(facts);
	learn_irqs(facts, device->fd);
	learn_features(facts, device->fd);
	if (way->reach == REACH_CDEV)
		learn_attachment(facts, device);
	sum_up(facts, way);
	return 0;
}
