/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ioctls of a VFIO device: argsz rules, answers, errno as drivers/vfio/pci and vfio.h give them. */
#include "vfio/device.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <linux/pci_regs.h>

#include "vfio/abi.h"

/* The structs grew over time; a caller must know at least this much of them. */
#define END_OF(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))
#define INFO_MIN             END_OF(struct vfio_device_info, num_irqs)
#define INFO_FULL            24u /* with cap_offset and padding, since Linux 5.7 */
#define REGION_MIN           END_OF(struct vfio_region_info, offset)
#define IRQ_MIN              END_OF(struct vfio_irq_info, count)
#define SET_IRQS_MIN         END_OF(struct vfio_irq_set, count)

#define DATA_KINDS VFIO_IRQ_SET_DATA_TYPE_MASK
#define ACTIONS    VFIO_IRQ_SET_ACTION_TYPE_MASK

static enum call_state
get_info(struct vfio_file *file, struct call *request)
{
	/* Not struct vfio_device_info: its size depends on the headers that we are built with. */
	struct {
		uint32_t argsz, flags, num_regions, num_irqs, cap_offset, pad;
	} info;

	_Static_assert(sizeof(info) == INFO_FULL, "as the kernel's");
	if (request->in_size < INFO_MIN)
		return call_more(request, INFO_MIN, INFO_FULL);
	memset(&info, 0, sizeof(info));
	memcpy(&info.argsz, request->in, sizeof(info.argsz));
	if (info.argsz < INFO_MIN)
		return call_done(request, -EINVAL);
	info.flags = VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET;
	info.num_regions = file->device->dev.num_regions;
	info.num_irqs = VFIO_PCI_NUM_IRQS;
	return call_answer(request, 0, &info, info.argsz < INFO_FULL ? info.argsz : INFO_FULL);
}

/* A capability of region info: what a device-specific region is. */
static size_t
put_type_capability(const struct vfiod_region *region, uint8_t *chain)
{
	const struct vfio_region_info_cap_type type = {
		.header = {.id = VFIO_REGION_INFO_CAP_TYPE, .version = 1},
		.type = region->type,
		.subtype = region->subtype,
	};

	memcpy(chain, &type, sizeof(type));
	return sizeof(type);
}

/* The BAR with the MSI-X table may be mapped as a whole; the table in it is then plain memory. */
static size_t
put_msix_capability(uint8_t *chain)
{
	const struct vfio_info_cap_header header = {.id = VFIO_REGION_INFO_CAP_MSIX_MAPPABLE,
						    .version = 1};

	memcpy(chain, &header, sizeof(header));
	return sizeof(header);
}

static enum call_state
get_region_info(struct vfio_file *file, struct call *request)
{
	const struct vfiod_device *dev = &file->device->dev;
	const struct vfiod_region *region;
	struct vfio_region_info info;
	uint8_t answered[CALL_MAX_OUT];
	size_t chain = 0;

	if (request->in_size < REGION_MIN)
		return call_more(request, REGION_MIN, CALL_MAX_OUT);
	memcpy(&info, request->in, REGION_MIN);
	if (info.argsz < REGION_MIN || info.index >= dev->num_regions)
		return call_done(request, -EINVAL);
	/* No model has the VGA ranges; the kernel knows no such region then. */
	if (info.index == VFIO_PCI_VGA_REGION_INDEX)
		return call_done(request, -EINVAL);
	region = &dev->region[info.index];
	info.size = region->size;
	info.offset = (uint64_t)info.index << VFIO_OFFSET_SHIFT;
	info.flags = region->size ? region->flags & ~VFIOD_REGION_MMAP : 0;
	if (vfio_region_mappable(file->device, info.index))
		info.flags |= VFIO_REGION_INFO_FLAG_MMAP;
	if (info.index >= VFIOD_FIRST_SPECIFIC)
		chain = put_type_capability(region, answered + REGION_MIN);
	else if (info.flags & VFIO_REGION_INFO_FLAG_MMAP && (int)info.index == file->device->msix_bar)
		chain = put_msix_capability(answered + REGION_MIN);
	if (chain) {
		info.flags |= VFIO_REGION_INFO_FLAG_CAPS;
		info.cap_offset = REGION_MIN;
		if (info.argsz < REGION_MIN + chain) {
			info.argsz = (uint32_t)(REGION_MIN + chain);
			info.cap_offset = 0;
			chain = 0;
		}
	}
	memcpy(answered, &info, REGION_MIN);
	return call_answer(request, 0, answered, REGION_MIN + chain);
}

static unsigned
irq_count(const struct vfiod_config *config, uint32_t index)
{
	switch (index) {
	case VFIO_PCI_INTX_IRQ_INDEX:
		return config->image[PCI_INTERRUPT_PIN] ? 1 : 0;
	case VFIO_PCI_MSI_IRQ_INDEX:
		return vfiod_config_msi_vectors(config);
	case VFIO_PCI_MSIX_IRQ_INDEX:
		return vfiod_config_msix_vectors(config);
	case VFIO_PCI_ERR_IRQ_INDEX:
		return vfiod_config_find_capability(config, PCI_CAP_ID_EXP) ? 1 : 0;
	case VFIO_PCI_REQ_IRQ_INDEX:
		return 1;
	default:
		return 0;
	}
}

static enum call_state
get_irq_info(struct vfio_file *file, struct call *request)
{
	const struct vfiod_config *config = &file->device->dev.config;
	struct vfio_irq_info info;

	if (request->in_size < IRQ_MIN)
		return call_more(request, IRQ_MIN, IRQ_MIN);
	memcpy(&info, request->in, IRQ_MIN);
	if (info.argsz < IRQ_MIN || info.index >= VFIO_PCI_NUM_IRQS)
		return call_done(request, -EINVAL);
	info.count = irq_count(config, info.index);
	if (info.index == VFIO_PCI_ERR_IRQ_INDEX && !info.count)
		return call_done(request, -EINVAL);
	info.flags = VFIO_IRQ_INFO_EVENTFD;
	if (info.index == VFIO_PCI_INTX_IRQ_INDEX)
		info.flags |= VFIO_IRQ_INFO_MASKABLE | VFIO_IRQ_INFO_AUTOMASKED;
	else
		info.flags |= VFIO_IRQ_INFO_NORESIZE;
	return call_answer(request, 0, &info, IRQ_MIN);
}

static bool
one_bit(uint32_t bits)
{
	return bits && !(bits & (bits - 1));
}

static int
caller_take_eventfd(void *ctx, int fd)
{
	struct caller *caller = ctx;

	return caller->take_eventfd(caller, fd);
}

static enum call_state
set_irqs(struct vfio_file *file, struct call *request)
{
	struct vfio_device *device = file->device;
	struct vfio_irq_set set;
	struct irqs_call call;
	size_t item, data;
	int before, result;
	uint32_t vectors;

	if (request->in_size < SET_IRQS_MIN)
		return call_more(request, SET_IRQS_MIN, 0);
	memcpy(&set, request->in, SET_IRQS_MIN);
	if (set.argsz < SET_IRQS_MIN || set.index >= VFIO_PCI_NUM_IRQS ||
	    set.count >= UINT32_MAX - set.start || set.flags & ~(uint32_t)(DATA_KINDS | ACTIONS))
		return call_done(request, -EINVAL);
	vectors = irq_count(&device->dev.config, set.index);
	if (set.start >= vectors || set.start + set.count > vectors)
		return call_done(request, -EINVAL);
	if (!one_bit(set.flags & DATA_KINDS))
		return call_done(request, -EINVAL);
	item = set.flags & VFIO_IRQ_SET_DATA_BOOL      ? sizeof(uint8_t)
	       : set.flags & VFIO_IRQ_SET_DATA_EVENTFD ? sizeof(int32_t)
						       : 0;
	data = item * set.count;
	if (set.argsz - SET_IRQS_MIN < data)
		return call_done(request, -EINVAL);
	if (request->in_size < SET_IRQS_MIN + data)
		return call_more(request, SET_IRQS_MIN + data, 0);
	if (!one_bit(set.flags & ACTIONS))
		return call_done(request, -ENOTTY);
	call = (struct irqs_call){
		.index = set.index,
		.start = set.start,
		.count = set.count,
		.data_kind = set.flags & DATA_KINDS,
		.action = set.flags & ACTIONS,
		.data = (const uint8_t *)request->in + SET_IRQS_MIN,
		.take_eventfd = caller_take_eventfd,
		.ctx = request->caller,
		.owner = file,
	};
	before = irqs_mode(&device->irqs);
	result = irqs_set(&device->irqs, &call);
	if (irqs_mode(&device->irqs) != before)
		vfio_show_modes(device);
	return call_done(request, result);
}

static enum call_state
dispatch(struct vfio_file *file, struct call *request)
{
	switch (request->command) {
	case ABI_BIND_IOMMUFD:
		return vfio_bind(file, request);
	case ABI_ATTACH_IOMMUFD_PT:
		return vfio_attach(file, request);
	case ABI_DETACH_IOMMUFD_PT:
		return vfio_detach(file, request);
	case VFIO_DEVICE_GET_INFO:
		return get_info(file, request);
	case VFIO_DEVICE_GET_REGION_INFO:
		return get_region_info(file, request);
	case VFIO_DEVICE_GET_IRQ_INFO:
		return get_irq_info(file, request);
	case VFIO_DEVICE_SET_IRQS:
		return set_irqs(file, request);
	case VFIO_DEVICE_RESET:
		vfio_reset(file->device);
		return call_done(request, 0);
	case VFIO_DEVICE_GET_PCI_HOT_RESET_INFO:
		return vfio_hot_reset_info(file, request);
	case VFIO_DEVICE_PCI_HOT_RESET:
		return vfio_hot_reset(file, request);
	case VFIO_DEVICE_IOEVENTFD:
		return vfio_ioeventfd(file, request);
	case VFIO_DEVICE_QUERY_GFX_PLANE:
		return vfio_query_plane(file, request);
	case VFIO_DEVICE_FEATURE:
		return vfio_feature(file, request);
	default:
		return call_done(request, -ENOTTY);
	}
}

enum call_state
vfio_ioctl(struct vfio_file *file, struct call *request)
{
	struct vfio_device *device = file->device;
	enum call_state state;

	request->out_used = 0;
	lock_take(&device->lock);
	if (vfio_usable(file) || request->command == ABI_BIND_IOMMUFD)
		state = dispatch(file, request);
	else
		state = call_done(request, -EINVAL);
	vfio_model_done(device);
	lock_release(&device->lock);
	return state;
}
