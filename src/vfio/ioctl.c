/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ioctls of a VFIO device: argsz rules, answers, errno as drivers/vfio/pci and vfio.h give them. */
#include "vfio/device.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <linux/pci_regs.h>
#include <linux/vfio.h>

/* The structs grew over time; a caller must know at least this much of them. */
#define END_OF(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))
#define INFO_MIN             END_OF(struct vfio_device_info, num_irqs)
#define INFO_FULL            24u /* with cap_offset and padding, since Linux 5.7 */
#define REGION_MIN           END_OF(struct vfio_region_info, offset)
#define IRQ_MIN              END_OF(struct vfio_irq_info, count)
#define SET_IRQS_MIN         END_OF(struct vfio_irq_set, count)
#define FEATURE_MIN          END_OF(struct vfio_device_feature, flags)

#define DATA_KINDS VFIO_IRQ_SET_DATA_TYPE_MASK
#define ACTIONS    VFIO_IRQ_SET_ACTION_TYPE_MASK

static enum vfio_ioctl_answer
done(struct vfio_ioctl *request, int result)
{
	request->result = result;
	return VFIO_IOCTL_DONE;
}

static enum vfio_ioctl_answer
more(struct vfio_ioctl *request, size_t in, size_t out)
{
	request->want_in = in;
	request->want_out = out;
	return VFIO_IOCTL_MORE;
}

static enum vfio_ioctl_answer
answer(struct vfio_ioctl *request, const void *bytes, size_t length)
{
	memcpy(request->out, bytes, length);
	request->out_used = length;
	return done(request, 0);
}

static enum vfio_ioctl_answer
get_info(struct vfio_file *file, struct vfio_ioctl *request)
{
	/* Not struct vfio_device_info: its size depends on the headers that we are built with. */
	struct {
		uint32_t argsz, flags, num_regions, num_irqs, cap_offset, pad;
	} info;

	_Static_assert(sizeof(info) == INFO_FULL, "as the kernel's");
	if (request->in_size < INFO_MIN)
		return more(request, INFO_MIN, INFO_FULL);
	memset(&info, 0, sizeof(info));
	memcpy(&info.argsz, request->in, sizeof(info.argsz));
	if (info.argsz < INFO_MIN)
		return done(request, -EINVAL);
	info.flags = VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET;
	info.num_regions = file->device->dev.num_regions;
	info.num_irqs = VFIO_PCI_NUM_IRQS;
	return answer(request, &info, info.argsz < INFO_FULL ? info.argsz : INFO_FULL);
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

static enum vfio_ioctl_answer
get_region_info(struct vfio_file *file, struct vfio_ioctl *request)
{
	const struct vfiod_device *dev = &file->device->dev;
	const struct vfiod_region *region;
	struct vfio_region_info info;
	uint8_t answered[VFIO_IOCTL_MAX_OUT];
	size_t chain = 0;

	if (request->in_size < REGION_MIN)
		return more(request, REGION_MIN, VFIO_IOCTL_MAX_OUT);
	memcpy(&info, request->in, REGION_MIN);
	if (info.argsz < REGION_MIN || info.index >= dev->num_regions)
		return done(request, -EINVAL);
	/* No model has the VGA ranges; the kernel knows no such region then. */
	if (info.index == VFIO_PCI_VGA_REGION_INDEX)
		return done(request, -EINVAL);
	region = &dev->region[info.index];
	info.size = region->size;
	info.offset = (uint64_t)info.index << VFIO_OFFSET_SHIFT;
	info.flags = region->size ? region->flags : 0;
	if (info.index >= VFIOD_FIRST_SPECIFIC)
		chain = put_type_capability(region, answered + REGION_MIN);
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
	return answer(request, answered, REGION_MIN + chain);
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

static enum vfio_ioctl_answer
get_irq_info(struct vfio_file *file, struct vfio_ioctl *request)
{
	const struct vfiod_config *config = &file->device->dev.config;
	struct vfio_irq_info info;

	if (request->in_size < IRQ_MIN)
		return more(request, IRQ_MIN, IRQ_MIN);
	memcpy(&info, request->in, IRQ_MIN);
	if (info.argsz < IRQ_MIN || info.index >= VFIO_PCI_NUM_IRQS)
		return done(request, -EINVAL);
	info.count = irq_count(config, info.index);
	if (info.index == VFIO_PCI_ERR_IRQ_INDEX && !info.count)
		return done(request, -EINVAL);
	info.flags = VFIO_IRQ_INFO_EVENTFD;
	if (info.index == VFIO_PCI_INTX_IRQ_INDEX)
		info.flags |= VFIO_IRQ_INFO_MASKABLE | VFIO_IRQ_INFO_AUTOMASKED;
	else
		info.flags |= VFIO_IRQ_INFO_NORESIZE;
	return answer(request, &info, IRQ_MIN);
}

static bool
one_bit(uint32_t bits)
{
	return bits && !(bits & (bits - 1));
}

static int
caller_take_eventfd(void *ctx, int fd)
{
	struct vfio_caller *caller = ctx;

	return caller->take_eventfd(caller, fd);
}

static enum vfio_ioctl_answer
set_irqs(struct vfio_file *file, struct vfio_ioctl *request)
{
	struct vfio_device *device = file->device;
	struct vfio_irq_set set;
	struct irqs_call call;
	size_t item, data;
	int before, result;
	uint32_t vectors;

	if (request->in_size < SET_IRQS_MIN)
		return more(request, SET_IRQS_MIN, 0);
	memcpy(&set, request->in, SET_IRQS_MIN);
	if (set.argsz < SET_IRQS_MIN || set.index >= VFIO_PCI_NUM_IRQS ||
	    set.count >= UINT32_MAX - set.start || set.flags & ~(uint32_t)(DATA_KINDS | ACTIONS))
		return done(request, -EINVAL);
	vectors = irq_count(&device->dev.config, set.index);
	if (set.start >= vectors || set.start + set.count > vectors)
		return done(request, -EINVAL);
	if (!one_bit(set.flags & DATA_KINDS))
		return done(request, -EINVAL);
	item = set.flags & VFIO_IRQ_SET_DATA_BOOL      ? sizeof(uint8_t)
	       : set.flags & VFIO_IRQ_SET_DATA_EVENTFD ? sizeof(int32_t)
						       : 0;
	data = item * set.count;
	if (set.argsz - SET_IRQS_MIN < data)
		return done(request, -EINVAL);
	if (request->in_size < SET_IRQS_MIN + data)
		return more(request, SET_IRQS_MIN + data, 0);
	if (!one_bit(set.flags & ACTIONS))
		return done(request, -ENOTTY);
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
	return done(request, result);
}

/* No optional feature is there; the checks before that answer are the kernel's. */
static enum vfio_ioctl_answer
feature(struct vfio_ioctl *request)
{
	const uint32_t known = VFIO_DEVICE_FEATURE_MASK | VFIO_DEVICE_FEATURE_GET |
			       VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_PROBE;
	const uint32_t both = VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_SET;
	struct vfio_device_feature header;

	if (request->in_size < FEATURE_MIN)
		return more(request, FEATURE_MIN, 0);
	memcpy(&header, request->in, FEATURE_MIN);
	if (header.argsz < FEATURE_MIN || header.flags & ~known)
		return done(request, -EINVAL);
	if ((header.flags & both) == both && !(header.flags & VFIO_DEVICE_FEATURE_PROBE))
		return done(request, -EINVAL);
	return done(request, -ENOTTY);
}

enum vfio_ioctl_answer
vfio_ioctl(struct vfio_file *file, struct vfio_ioctl *request)
{
	request->out_used = 0;
	switch (request->command) {
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
		return done(request, 0);
	case VFIO_DEVICE_FEATURE:
		return feature(request);
	default:
		return done(request, -ENOTTY);
	}
}
