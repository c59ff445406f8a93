/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client's requests of the iommufd. */
#include "port.h"

#include <linux/pci_regs.h>

#include "iommu/abi.h"
#include "vfio/abi.h"
#include "vfio/device.h"

#define REQUEST(number) _IO(ABI_TYPE, (number))
#define FLAGS           (ABI_MAP_FIXED | ABI_MAP_READABLE | ABI_MAP_WRITEABLE)

uint64_t
region_offset(unsigned index, uint64_t position)
{
	return (uint64_t)index << VFIO_OFFSET_SHIFT | position;
}

int
port_map(const struct port *port, uint32_t ioas, void *memory, uint64_t length, uint64_t iova)
{
	struct abi_map map = {.size = sizeof(map),
			      .flags = FLAGS,
			      .ioas_id = ioas,
			      .user_va = (uintptr_t)memory,
			      .length = length,
			      .iova = iova};

	return port->iommu_ioctl(port->ctx, REQUEST(ABI_MAP), &map);
}

int
port_unmap(const struct port *port, uint32_t ioas, uint64_t iova, uint64_t length)
{
	struct abi_unmap unmap = {
		.size = sizeof(unmap), .ioas_id = ioas, .iova = iova, .length = length};

	return port->iommu_ioctl(port->ctx, REQUEST(ABI_UNMAP), &unmap);
}

int
port_map_file(const struct port *port, uint32_t ioas, int fd, uint64_t start, uint64_t length,
	      uint64_t iova)
{
	struct abi_map_file map = {.size = sizeof(map),
				   .flags = FLAGS,
				   .ioas_id = ioas,
				   .fd = fd,
				   .start = start,
				   .length = length,
				   .iova = iova};

	return port->iommu_ioctl(port->ctx, REQUEST(ABI_MAP_FILE), &map);
}

bool
port_new_ioas(const struct port *port, uint32_t *ioas)
{
	struct abi_ioas_alloc alloc = {.size = sizeof(alloc)};

	if (port->iommu_ioctl(port->ctx, REQUEST(ABI_IOAS_ALLOC), &alloc))
		return false;
	*ioas = alloc.out_ioas_id;
	return true;
}

bool
port_attach(const struct port *port, uint32_t ioas)
{
	struct abi_bind bind = {.argsz = sizeof(bind), .iommufd = port->iommufd};
	struct abi_attach attach = {.argsz = sizeof(attach), .pt_id = ioas};
	const uint16_t command = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;

	attach.argsz = ABI_ATTACH_MIN;
	return !port->device_ioctl(port->ctx, ABI_BIND_IOMMUFD, &bind) &&
	       !port->device_ioctl(port->ctx, ABI_ATTACH_IOMMUFD_PT, &attach) &&
	       port->write(port->ctx, region_offset(VFIOD_CONFIG, PCI_COMMAND), &command,
			   sizeof(command)) == sizeof(command);
}
