/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recorder.h"

#include <check.h>

#include <errno.h>
#include <linux/pci_regs.h>
#include <stdlib.h>
#include <string.h>

struct recorder_device {
	struct recorder recorder;
	uint8_t memory[8192];
};

static void
record(struct recorder *recorder, bool write, uint64_t pos, unsigned width, uint64_t value)
{
	if (recorder->count >= sizeof(recorder->access) / sizeof(*recorder->access))
		return;
	recorder->access[recorder->count].write = write;
	recorder->access[recorder->count].pos = pos;
	recorder->access[recorder->count].width = width;
	recorder->access[recorder->count].value = value;
	recorder->count++;
}

static int
recorder_read(void *state, uint64_t pos, unsigned width, uint64_t *value)
{
	struct recorder *recorder = state;

	if (pos == recorder->fail_at)
		return -ENXIO;
	*value = 0;
	for (unsigned i = 0; i < width; i++)
		*value |= ((pos + i) & 0xff) << (8 * i);
	record(recorder, false, pos, width, *value);
	return 0;
}

static int
recorder_write(void *state, uint64_t pos, unsigned width, uint64_t value)
{
	struct recorder *recorder = state;

	if (pos == recorder->fail_at)
		return -ENXIO;
	record(recorder, true, pos, width, value);
	return 0;
}

static int
memory_out(void *state, uint64_t pos, void *buffer, size_t length)
{
	struct recorder_device *device = state;

	memcpy(buffer, device->memory + pos, length);
	return 0;
}

static int
memory_in(void *state, uint64_t pos, const void *buffer, size_t length)
{
	struct recorder_device *device = state;

	memcpy(device->memory + pos, buffer, length);
	return 0;
}

static int
recorder_create(struct vfiod_device *dev, const struct vfiod_options *options)
{
	static const struct vfiod_pci_id id = {
		.vendor = 0x1234, .device = 1, .class_code = 0xff0000, .interrupt_pin = 1};
	/* Table size 4 - 1; table and pending bits in BAR2 at 0x800 and 0xc00. */
	static const uint8_t msix[10] = {0x03, 0x00, 0x02, 0x08, 0, 0, 0x02, 0x0c, 0, 0};
	static const uint8_t express[0x3a] = {0x02, 0x00};
	struct recorder_device *device = calloc(1, sizeof(*device));

	(void)options;
	device->recorder.fail_at = RECORDER_NO_FAILURE;
	dev->state = device;
	vfiod_config_init(&dev->config, VFIOD_CONFIG_EXP_SIZE, &id);
	vfiod_config_set_bar(&dev->config, 0, VFIOD_BAR_MEM32, 8192);
	vfiod_config_set_bar(&dev->config, 1, VFIOD_BAR_IO, 64);
	vfiod_config_set_bar(&dev->config, 2, VFIOD_BAR_MEM32, 8192);
	vfiod_config_add_msi(&dev->config, 0x40, 2, true);
	vfiod_config_add_capability(&dev->config, PCI_CAP_ID_MSIX, 0x60, 12, msix, NULL);
	vfiod_config_add_capability(&dev->config, PCI_CAP_ID_EXP, 0x70, 0x3c, express, NULL);
	dev->region[VFIOD_BAR0] = (struct vfiod_region){
		.name = "BAR0", .size = 8192, .flags = VFIOD_REGION_READ | VFIOD_REGION_WRITE,
		.max_width = 8, .read = recorder_read, .write = recorder_write};
	dev->region[VFIOD_BAR1] = (struct vfiod_region){
		.name = "BAR1", .size = 64, .flags = VFIOD_REGION_READ | VFIOD_REGION_WRITE,
		.max_width = 4, .read = recorder_read, .write = recorder_write};
	dev->region[VFIOD_BAR2] = (struct vfiod_region){
		.name = "BAR2", .size = 8192, .flags = VFIOD_REGION_READ | VFIOD_REGION_WRITE,
		.copy_out = memory_out, .copy_in = memory_in};
	dev->region[VFIOD_ROM] = (struct vfiod_region){
		.name = "ROM", .size = 2048, .flags = VFIOD_REGION_READ, .max_width = 4,
		.read = recorder_read};
	vfiod_add_region(dev, &(struct vfiod_region){
		.name = "table", .size = 256, .flags = VFIOD_REGION_READ, .type = 0x80001234,
		.subtype = 7, .max_width = 4, .read = recorder_read});
	return 0;
}

static void
recorder_destroy(struct vfiod_device *dev)
{
	free(dev->state);
}

static void
recorder_reset(struct vfiod_device *dev)
{
	((struct recorder_device *)dev->state)->recorder.resets++;
}

const struct vfiod_model recorder_model = {
	.name = "recorder",
	.summary = "writes down accesses",
	.create = recorder_create,
	.destroy = recorder_destroy,
	.reset = recorder_reset,
};

struct vfio_device *
recorder_new(void)
{
	static const struct vfiod_options none;

	return vfio_device_new(&recorder_model, "recorder0", 0, &none);
}

struct recorder *
recorder_of(struct vfio_device *device)
{
	return device->dev.state;
}

static struct vfio_file *
only_file(struct vfio_device *device)
{
	struct vfio_file *file = device->files ? device->files : vfio_open(device);

	ck_assert_ptr_nonnull(file);
	return file;
}

ssize_t
device_read(struct vfio_device *device, uint64_t offset, void *buffer, size_t length)
{
	return vfio_read(only_file(device), offset, buffer, length);
}

ssize_t
device_write(struct vfio_device *device, uint64_t offset, const void *buffer, size_t length)
{
	return vfio_write(only_file(device), offset, buffer, length);
}
