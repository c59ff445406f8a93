/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vfio/device.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/pci_regs.h>

/* System memory as a region ----------------------------------------------------------------------- */

static int
add_memory(struct vfio_device *device, const struct vfiod_options *options)
{
	struct vfiod_region region = {
		.name = "system memory",
		.flags = VFIOD_REGION_READ | VFIOD_REGION_WRITE,
		.type = VFIOD_REGION_TYPE,
		.subtype = VFIOD_REGION_SUBTYPE_SYSTEM_MEMORY,
		.copy_out = memory_copy_out,
		.copy_in = memory_copy_in,
		.map_out = memory_map_out,
		.state = &device->memory,
	};
	const char *text = vfiod_option(options, "memory");
	int index;

	region.size = device->dev.model->default_memory;
	if (!region.size)
		return text ? vfiod_fail(&device->dev, EINVAL, "memory=%s: a %s has no system memory",
					 text, device->dev.model->name)
			    : 0;
	if (text && vfiod_parse_size(text, &region.size))
		return vfiod_fail(&device->dev, EINVAL, "memory=%s: not a size", text);
	if (!region.size || region.size % 4096 || region.size > UINT64_C(1) << VFIO_OFFSET_SHIFT)
		return vfiod_fail(&device->dev, EINVAL,
				  "memory=%s: must be a multiple of 4K, at most 1T", text);
	index = memory_create(&device->memory, "vfiod-memory", region.size);
	if (index)
		return vfiod_fail(&device->dev, -index, "memory=%s: %s", text ? text : "default",
				  strerror(-index));
	index = vfiod_add_region(&device->dev, &region);
	return index < 0 ? index : 0;
}

/* The life of a device ---------------------------------------------------------------------------- */

/* The MSI-X table's place: clients must not reach it through the BAR (see vfio-pci). */
static void
find_msix_table(struct vfio_device *device)
{
	const struct vfiod_config *config = &device->dev.config;
	unsigned at = vfiod_config_find_capability(config, PCI_CAP_ID_MSIX);
	uint32_t table;

	device->msix_bar = -1;
	if (!at)
		return;
	table = vfiod_config_read(config, at + PCI_MSIX_TABLE, 4);
	/* A dump may name a register that is none: the field has 3 bits, PCI 3.0, 6.8.2.4. */
	if ((table & PCI_MSIX_TABLE_BIR) >= VFIOD_NUM_BARS)
		return;
	device->msix_bar = (int)(table & PCI_MSIX_TABLE_BIR);
	device->msix_start = table & PCI_MSIX_TABLE_OFFSET;
	device->msix_end = device->msix_start +
			   (uint64_t)vfiod_config_msix_vectors(config) * PCI_MSIX_ENTRY_SIZE;
}

static int
config_read(void *state, uint64_t pos, unsigned width, uint64_t *value)
{
	struct vfio_device *device = state;

	*value = vfiod_config_read(&device->dev.config, (unsigned)pos, width);
	return 0;
}

/* A client may turn MSI off, but not on, and use as many vectors as SET_IRQS has armed. */
static void
limit_msi(struct vfio_device *device)
{
	struct vfiod_config *config = &device->dev.config;
	unsigned at = device->msi, most = 0;
	uint32_t flags, qsize;

	flags = vfiod_config_read(config, at + PCI_MSI_FLAGS, 2);
	if (irqs_mode(&device->irqs) == VFIO_PCI_MSI_IRQ_INDEX) {
		while (2u << most <= device->irqs.num_vectors)
			most++;
	} else {
		flags &= ~(uint32_t)PCI_MSI_FLAGS_ENABLE;
		most = (flags & PCI_MSI_FLAGS_QMASK) >> 1;
	}
	qsize = (flags & PCI_MSI_FLAGS_QSIZE) >> 4;
	if (qsize > most)
		flags = (flags & ~(uint32_t)PCI_MSI_FLAGS_QSIZE) | most << 4;
	vfiod_config_set(config, at + PCI_MSI_FLAGS, 2, flags);
}

/*
 * Memory BARs and the ROM can be reached while COMMAND says so, and not in D3hot (PCI PM 1.2, 5.4.1).
 * Kept as a bit for each region, since every access asks.
 */
static void
update_decoding(struct vfio_device *device)
{
	const struct vfiod_config *config = &device->dev.config;
	uint32_t state = device->pm ? vfiod_config_read(config, device->pm + PCI_PM_CTRL, 2) : 0;

	device->reachable = UINT32_MAX;
	if (vfiod_config_memory_enabled(config) &&
	    (state & PCI_PM_CTRL_STATE_MASK) != PCI_PM_CTRL_STATE_MASK)
		return;
	for (unsigned i = 0; i <= VFIOD_ROM; i++)
		if (i >= VFIOD_NUM_BARS || config->bar[i].kind != VFIOD_BAR_IO)
			device->reachable &= ~(1u << i);
}

static int
config_write(void *state, uint64_t pos, unsigned width, uint64_t value)
{
	struct vfio_device *device = state;
	struct vfiod_config *config = &device->dev.config;

	vfiod_config_write(config, (unsigned)pos, width, (uint32_t)value);
	if (pos / 4 == PCI_COMMAND / 4) {
		irqs_disable_intx(&device->irqs, vfiod_config_intx_disabled(config));
		update_decoding(device);
	} else if (device->msi && pos / 4 == device->msi / 4) {
		limit_msi(device);
	} else if (device->pm && pos / 4 == (device->pm + PCI_PM_CTRL) / 4) {
		update_decoding(device);
	}
	return 0;
}

/* Config space is answered by the framework, so its region is the same for every model. */
static void
add_config_region(struct vfio_device *device)
{
	device->dev.region[VFIOD_CONFIG] = (struct vfiod_region){
		.name = "config",
		.size = device->dev.config.size,
		.flags = VFIOD_REGION_READ | VFIOD_REGION_WRITE,
		.max_width = 4,
		.read = config_read,
		.write = config_write,
		.state = device,
	};
}

static void
fire_timer(void *arg)
{
	struct vfio_device *device = arg;

	device->dev.model->timer(&device->dev);
	vfio_model_done(device);
}

/* What every device has, each part ready to be destroyed. */
static int
init_parts(struct vfio_device *device)
{
	lock_prepare();
	if (timer_init(&device->timer, &device->lock, fire_timer, device))
		return -ENOMEM;
	if (irqs_init(&device->irqs))
		goto no_irqs;
	if (!iommu_device_init(&device->iommu))
		return 0;
	irqs_destroy(&device->irqs);
no_irqs:
	timer_destroy(&device->timer);
	return -ENOMEM;
}

static void
destroy_parts(struct vfio_device *device)
{
	iommu_device_destroy(&device->iommu);
	irqs_destroy(&device->irqs);
	vfio_windows_destroy(device);
	memory_destroy(&device->memory);
}

struct vfio_device *
vfio_device_new(const struct vfiod_model *model, const char *name, unsigned number,
		const struct vfiod_options *options)
{
	struct vfio_device *device = calloc(1, sizeof(*device));
	struct vfiod_device *dev;
	int error;

	if (!device || init_parts(device)) {
		free(device);
		log_line(LOG_ERR, "%s: out of memory", name);
		return NULL;
	}
	device->address = pci_address_of(number);
	vfio_host_init(device);
	device->memory.fd = -1;
	device->window_fd = -1;
	ioeventfds_init(&device->ioeventfds);
	dev = &device->dev;
	dev->model = model;
	dev->host = &device->host;
	dev->name = name;
	dev->num_regions = VFIOD_FIRST_SPECIFIC;
	error = model->create(dev, options);
	if (!error) {
		error = add_memory(device, options);
		if (!error && model->add_regions)
			error = model->add_regions(dev);
		if (!error)
			error = vfio_windows_create(device);
		if (error)
			model->destroy(dev);
	}
	if (error) {
		log_line(LOG_ERR, "device %s: %s", name, dev->why[0] ? dev->why : strerror(-error));
		timer_destroy(&device->timer);
		destroy_parts(device);
		free(device);
		return NULL;
	}
	add_config_region(device);
	device->pm = vfiod_config_find_capability(&dev->config, PCI_CAP_ID_PM);
	device->msi = vfiod_config_find_capability(&dev->config, PCI_CAP_ID_MSI);
	find_msix_table(device);
	vfiod_config_seal(&dev->config);
	vfio_enable(device);
	return device;
}

void
vfio_device_free(struct vfio_device *device)
{
	if (!device)
		return;
	/* Clients that outlive the node never tell that they have closed it. */
	while (device->files)
		vfio_close(device->files);
	/* Before the model, which they call. */
	timer_destroy(&device->timer);
	ioeventfds_destroy(&device->ioeventfds);
	device->dev.model->destroy(&device->dev);
	destroy_parts(device);
	free(device);
}

static void
show_mode(struct vfio_device *device, uint8_t capability, unsigned control, uint32_t enable, int index)
{
	struct vfiod_config *config = &device->dev.config;
	unsigned at = vfiod_config_find_capability(config, capability);
	uint32_t flags;

	if (!at)
		return;
	flags = vfiod_config_read(config, at + control, 2) & ~enable;
	if (irqs_mode(&device->irqs) == index)
		flags |= enable;
	vfiod_config_set(config, at + control, 2, flags);
}

void
vfio_show_modes(struct vfio_device *device)
{
	show_mode(device, PCI_CAP_ID_MSI, PCI_MSI_FLAGS, PCI_MSI_FLAGS_ENABLE,
		  VFIO_PCI_MSI_IRQ_INDEX);
	show_mode(device, PCI_CAP_ID_MSIX, PCI_MSIX_FLAGS, PCI_MSIX_FLAGS_ENABLE,
		  VFIO_PCI_MSIX_IRQ_INDEX);
}

void
vfio_enable(struct vfio_device *device)
{
	struct vfiod_config *config = &device->dev.config;
	uint32_t command = vfiod_config_read(config, PCI_COMMAND, 2);

	for (unsigned i = 0; i < VFIOD_NUM_BARS; i++)
		if (config->bar[i].kind == VFIOD_BAR_IO)
			command |= PCI_COMMAND_IO;
		else if (config->bar[i].kind != VFIOD_BAR_ABSENT)
			command |= PCI_COMMAND_MEMORY;
	vfiod_config_set(config, PCI_COMMAND, 2, command);
	irqs_disable_intx(&device->irqs, vfiod_config_intx_disabled(config));
	vfio_show_modes(device);
	update_decoding(device);
}

void
vfio_reset(struct vfio_device *device)
{
	struct vfiod_config *config = &device->dev.config;
	unsigned at = device->pm;

	irqs_line(&device->irqs, false);
	vfio_windows_repair(device);
	device->dev.model->reset(&device->dev);
	vfiod_config_set(config, PCI_STATUS, 2,
			 vfiod_config_read(config, PCI_STATUS, 2) & ~(uint32_t)PCI_STATUS_INTERRUPT);
	if (at) {
		uint32_t state = vfiod_config_read(config, at + PCI_PM_CTRL, 2);

		vfiod_config_set(config, at + PCI_PM_CTRL, 2,
				 state & ~(uint32_t)PCI_PM_CTRL_STATE_MASK);
	}
	update_decoding(device);
}

void
vfio_start_afresh(struct vfio_device *device)
{
	vfio_reset(device);
	vfiod_config_reset(&device->dev.config);
	vfio_enable(device);
}

bool
vfio_is_open(struct vfio_device *device)
{
	bool open;

	/* Who holds the lock is most likely a client's request. */
	if (!lock_try(&device->lock))
		return true;
	open = device->files != NULL;
	lock_release(&device->lock);
	return open;
}

int
vfio_retire(struct vfio_device *device)
{
	/* A client whose memory doesn't come may hold the lock. */
	if (!lock_try_for(&device->lock, 1000))
		return -EBUSY;
	device->retired = !device->files;
	lock_release(&device->lock);
	return device->retired ? 0 : -EBUSY;
}

struct vfio_file *
vfio_open(struct vfio_device *device)
{
	struct vfio_file *file = calloc(1, sizeof(*file));

	if (!file)
		return NULL;
	file->device = device;
	lock_take(&device->lock);
	if (device->retired) {
		lock_release(&device->lock);
		free(file);
		errno = ENODEV;
		return NULL;
	}
	if (!device->files)
		vfio_windows_repair(device);
	file->next = device->files;
	device->files = file;
	lock_release(&device->lock);
	return file;
}

void
vfio_close(struct vfio_file *file)
{
	struct vfio_device *device = file->device;

	lock_take(&device->lock);
	for (struct vfio_file **at = &device->files; *at; at = &(*at)->next)
		if (*at == file) {
			*at = file->next;
			break;
		}
	irqs_release(&device->irqs, file);
	ioeventfds_release(&device->ioeventfds, file);
	vfio_show_modes(device);
	if (device->bound == file)
		vfio_unbind(file);
	lock_release(&device->lock);
	free(file);
}
