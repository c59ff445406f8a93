/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Laid out as the kernel does it: a device's folder is below /sys/devices, everything else is links.
 *   /sys/devices/pcif10d:00/f10d:00:00.0/vfio-dev/vfio0
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "pci/address.h"
#include "run/cover.h"
#include "run/pci_files.h"
#include "run/view.h"
#include "util/log.h"

/* Where the links to one device are. */
struct place {
	struct pci_address address;
	char slot[PCI_ADDRESS_TEXT];
	char folder[64]; /* below /sys */
	char name[16];   /* "vfio0" */
};

static int
make_link(const char *target, const char *folder, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/%s/%s", folder, name);
	return symlink(target, path) < 0 ? -errno : 0;
}

/* A link to the device's folder, or to what is below, from a folder this deep below /sys. */
static int
link_device(const struct place *place, const char *below, const char *up, const char *folder,
	    const char *name)
{
	char target[160];

	snprintf(target, sizeof(target), "%s%s%s", up, place->folder, below);
	return make_link(target, folder, name);
}

static int
make_folder(const char *folder, const char *name)
{
	char path[160];
	int fd;

	snprintf(path, sizeof(path), "/sys/%s%s", folder, name);
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return -errno;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* The number of the node: a file has none. */
static dev_t
node_number(const char *name)
{
	char path[64];
	struct statx st;

	snprintf(path, sizeof(path), "/dev/vfio/devices/%s", name);
	if (statx(AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_TYPE, &st) < 0 || !S_ISCHR(st.stx_mode))
		return 0;
	return makedev(st.stx_rdev_major, st.stx_rdev_minor);
}

/* vfio-dev/vfioN: by it programs find the node. */
static int
make_vfio_folder(const struct place *place)
{
	dev_t number = node_number(place->name);
	char below[32], up[40];
	int fd, error;

	fd = make_folder(place->folder, "/vfio-dev");
	if (fd < 0)
		return fd;
	close(fd);
	snprintf(below, sizeof(below), "/vfio-dev/%s", place->name);
	fd = make_folder(place->folder, below);
	if (fd < 0)
		return fd;
	error = pci_files_put(fd, "dev", "%u:%u\n", major(number), minor(number));
	if (!error)
		error = pci_files_put(fd, "uevent", "MAJOR=%u\nMINOR=%u\nDEVNAME=vfio/devices/%s\n",
				      major(number), minor(number), place->name);
	snprintf(up, sizeof(up), "../../../%s", place->slot);
	if (!error && (symlinkat(up, fd, "device") < 0 ||
		       symlinkat("../../../../../class/vfio-dev", fd, "subsystem") < 0))
		error = -errno;
	close(fd);
	return error ? error : link_device(place, below, "../../", "class/vfio-dev", place->name);
}

static int
make_device(const struct vfiod_device *dev, unsigned number)
{
	struct place place = {.address = pci_address_of(number)};
	char bus[32];
	int fd, error;

	pci_address_text(place.address, place.slot);
	snprintf(place.name, sizeof(place.name), "vfio%u", number);
	snprintf(bus, sizeof(bus), "devices/pci%.7s", place.slot);
	snprintf(place.folder, sizeof(place.folder), "%s/%s", bus, place.slot);
	fd = make_folder(bus, "");
	if (fd < 0)
		return fd;
	close(fd);
	fd = make_folder(place.folder, "");
	if (fd < 0)
		return fd;
	error = pci_files_make(fd, dev, place.address);
	close(fd);
	if (!error)
		error = make_link("../../../bus/pci", place.folder, "subsystem");
	if (!error)
		error = make_link("../../../bus/pci/drivers/vfio-pci", place.folder, "driver");
	if (!error)
		error = make_vfio_folder(&place);
	if (!error)
		error = link_device(&place, "", "../../../", "bus/pci/devices", place.slot);
	if (!error)
		error = link_device(&place, "", "../../../../", "bus/pci/drivers/vfio-pci",
				    place.slot);
	return error;
}

static int
make_folders(void)
{
	static const char *const folders[] = {
		"/sys/class/vfio-dev",
		"/sys/devices",
		"/sys/bus/pci/devices",
		"/sys/bus/pci/drivers/vfio-pci",
	};
	/* The machine's own VFIO devices have the names of ours; so have those of a run around us. */
	static const char *const except[] = {
		"vfio[0-9]*", "f10[d-f]:*", "f110:*", "pcif10[d-f]:*", "pcif110:*", NULL,
	};
	int error = 0;

	for (unsigned i = 0; i < sizeof(folders) / sizeof(*folders) && !error; i++)
		error = cover_folder(folders[i], except);
	return error;
}

int
view_make_sys(const struct vfiod_device *const device[], unsigned count)
{
	int error;

	if (access("/sys", F_OK) < 0) {
		log_line(LOG_WARNING, "there is no /sys here: devices are found in /dev only");
		return 0;
	}
	error = make_folders();
	for (unsigned i = 0; i < count && !error; i++)
		error = make_device(device[i], i);
	if (!error)
		error = cover_seal("/sys");
	if (error)
		log_line(LOG_ERR, "cannot make a private /sys: %s", strerror(-error));
	return error;
}
