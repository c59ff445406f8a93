/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a program sees that `vfiod run` runs: it finds its devices as programs do that use the kernel's
 * VFIO. Each check says on stdout what is wrong.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <linux/pci_regs.h>
#include <linux/vfio.h>

#include "iommufd.h"
#include "node.h"
#include "run_command.h"

static int failures;

static void check_that(bool good, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void
check_that(bool good, const char *format, ...)
{
	va_list args;

	if (good)
		return;
	failures++;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf(" (errno %s)\n", strerrorname_np(errno));
}

#define SLOT "/sys/bus/pci/devices/f10d:00:00.0"

static void
check_file(const char *path, const char *want)
{
	char text[2048] = "";
	int fd = open(path, O_RDONLY);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	check_that(length >= 0, "cannot read %s", path);
	check_that(!strcmp(text, want), "%s is '%s' instead of '%s'", path, text, want);
	close(fd);
}

static void
check_link(const char *path, const char *want)
{
	char *real = realpath(path, NULL);

	check_that(real && !strcmp(real, want), "%s leads to %s instead of %s", path, real, want);
	free(real);
}

/* The edu device, hw/misc/edu.c of QEMU; formats are those of drivers/pci/pci-sysfs.c. */
static void
sysfs_of_edu(void)
{
	static const char *const files[][2] = {
		{"vendor", "0x1234\n"},
		{"device", "0x11e8\n"},
		{"subsystem_vendor", "0x1af4\n"},
		{"subsystem_device", "0x1100\n"},
		{"class", "0x00ff00\n"},
		{"revision", "0x10\n"},
		{"irq", "0\n"},
		{"numa_node", "-1\n"},
		{"modalias", "pci:v00001234d000011E8sv00001AF4sd00001100bc00scFFi00\n"},
		{"uevent", "DRIVER=vfio-pci\nPCI_CLASS=FF00\nPCI_ID=1234:11E8\n"
			   "PCI_SUBSYS_ID=1AF4:1100\nPCI_SLOT_NAME=f10d:00:00.0\n"
			   "MODALIAS=pci:v00001234d000011E8sv00001AF4sd00001100bc00scFFi00\n"},
	};
	char path[128], resource[1024] = "", line[64];

	for (unsigned i = 0; i < sizeof(files) / sizeof(*files); i++) {
		snprintf(path, sizeof(path), SLOT "/%s", files[i][0]);
		check_file(path, files[i][1]);
	}
	/* One 1 MiB BAR of 32-bit memory that no firmware has placed; 13 lines with CONFIG_PCI_IOV. */
	for (unsigned i = 0; i < 13; i++) {
		snprintf(line, sizeof(line), "0x%016x 0x%016x 0x%016x\n", 0, i ? 0 : 0xfffff,
			 i ? 0 : 0x40200);
		strcat(resource, line);
	}
	check_file(SLOT "/resource", resource);
	check_link(SLOT, "/sys/devices/pcif10d:00/f10d:00:00.0");
	check_link(SLOT "/driver", "/sys/bus/pci/drivers/vfio-pci");
	check_link(SLOT "/subsystem", "/sys/bus/pci");
	check_link("/sys/bus/pci/drivers/vfio-pci/f10d:00:00.0",
		   "/sys/devices/pcif10d:00/f10d:00:00.0");
	check_link("/sys/class/vfio-dev/vfio0",
		   "/sys/devices/pcif10d:00/f10d:00:00.0/vfio-dev/vfio0");
	check_link(SLOT "/vfio-dev/vfio0/device", "/sys/devices/pcif10d:00/f10d:00:00.0");
	check_link(SLOT "/vfio-dev/vfio0/subsystem", "/sys/class/vfio-dev");
	check_that(access(SLOT "/iommu_group", F_OK) < 0, "there is an IOMMU group");
	check_that(open(SLOT "/vendor", O_WRONLY) < 0, "vendor can be written");
}

/* As kernel selftests, libvfn and QEMU do it: the name below vfio-dev, then the node of that name. */
static int
open_device(unsigned number)
{
	char path[128], node[300] = "";
	const struct dirent *entry;
	DIR *folder;
	unsigned found = 0;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/f10d:%02x:00.0/vfio-dev", number);
	folder = opendir(path);
	check_that(folder, "cannot list %s", path);
	while (folder && (entry = readdir(folder)))
		if (!strncmp(entry->d_name, "vfio", 4)) {
			snprintf(node, sizeof(node), "/dev/vfio/devices/%s", entry->d_name);
			found++;
		}
	if (folder)
		closedir(folder);
	check_that(found == 1, "%u names in %s", found, path);
	return open(node, O_RDWR);
}

static int
bind_to(int fd, int iommu)
{
	uint32_t id;

	return device_bind(fd, iommu, &id);
}

/* Size of config space, as the device tells it. */
static ssize_t
info_size(int fd)
{
	struct vfio_region_info info = {.argsz = sizeof(info), .index = CONFIG};

	return ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, &info) < 0 ? -1 : (ssize_t)info.size;
}

/* The device does nothing before BIND, and then all; sysfs has shown its config space. */
static void
device_is_the_kernels(void)
{
	struct vfio_device_info info = {.argsz = sizeof(info)};
	uint8_t config[256], shown[4096];
	int fd = open_device(0), iommu = open("/dev/iommu", O_RDWR), file;
	ssize_t length;

	check_that(fd >= 0 && iommu >= 0, "device %d, iommufd %d", fd, iommu);
	check_that(ioctl(fd, VFIO_DEVICE_GET_INFO, &info) < 0 && errno == EINVAL, "GET_INFO");
	check_that(pread(fd, config, sizeof(config), AT(CONFIG, 0)) < 0 && errno == EINVAL, "read");
	check_that(bind_to(fd, iommu) == 0, "BIND");
	check_that(ioctl(fd, VFIO_DEVICE_GET_INFO, &info) == 0, "GET_INFO after BIND");
	check_that((info.flags & VFIO_DEVICE_FLAGS_PCI) && info.num_irqs == 5, "GET_INFO's answer");
	check_that(pread(fd, config, sizeof(config), AT(CONFIG, 0)) == sizeof(config), "config");
	file = open(SLOT "/config", O_RDONLY);
	length = read(file, shown, sizeof(shown));
	check_that(length == info_size(fd), "sysfs's config has %zd bytes", length);
	/* COMMAND and STATUS are as the moment wants it. */
	check_that(!memcmp(config, shown, 4) && !memcmp(config + 8, shown + 8, sizeof(config) - 8),
		   "config space differs from sysfs");
	close(file);
	close(iommu);
	close(fd);
}

static void
put(int fd, uint64_t position, unsigned width, uint64_t value)
{
	check_that(pwrite(fd, &value, width, AT(BAR0, position)) == (ssize_t)width,
		   "write to register 0x%x", (unsigned)position);
}

static int
set_eventfd(int fd, int event)
{
	uint32_t words[6] = {sizeof(words),
			     VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
			     VFIO_PCI_INTX_IRQ_INDEX,
			     0,
			     1,
			     (uint32_t)event};

	return ioctl(fd, VFIO_DEVICE_SET_IRQS, words);
}

/* What needs the daemon's right to look at us: our memory and our descriptors. */
static void
dma_and_interrupt(void)
{
	int fd = open_device(0), iommu = open("/dev/iommu", O_RDWR),
	    event = eventfd(0, EFD_NONBLOCK);
	uint32_t alloc[3] = {sizeof(alloc)}, ioas;
	uint16_t command = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	static uint8_t memory[2][4096] __attribute__((aligned(4096)));
	uint64_t count = 0;

	check_that(bind_to(fd, iommu) == 0, "BIND");
	check_that(ioctl(iommu, IOMMU_IOAS_ALLOC, alloc) == 0, "IOAS_ALLOC");
	ioas = alloc[2];
	check_that(device_attach(fd, &alloc[2]) == 0, "ATTACH");
	check_that(ioas_map(iommu, ioas, memory, sizeof(memory), 0x10000,
			    MAP_READABLE | MAP_WRITEABLE) == 0,
		   "IOAS_MAP");
	check_that(set_eventfd(fd, event) == 0, "SET_IRQS");
	check_that(pwrite(fd, &command, 2, AT(CONFIG, PCI_COMMAND)) == 2, "COMMAND");
	memset(memory[0], 0x5a, sizeof(memory[0]));
	/* The edu device's buffer is at 40000h; command bit 2 asks for an interrupt. */
	put(fd, EDU_DMA_SOURCE, 8, 0x10000);
	put(fd, EDU_DMA_DESTINATION, 8, 0x40000);
	put(fd, EDU_DMA_COUNT, 8, 4096);
	put(fd, EDU_DMA_COMMAND, 4, 1);
	put(fd, EDU_DMA_SOURCE, 8, 0x40000);
	put(fd, EDU_DMA_DESTINATION, 8, 0x11000);
	put(fd, EDU_DMA_COMMAND, 4, 1 | 2 | 4);
	check_that(!memcmp(memory[0], memory[1], sizeof(memory[0])), "nothing was copied");
	for (unsigned waited = 0; read(event, &count, sizeof(count)) < 0 && waited < 5000; waited++)
		pause_ms(1);
	check_that(count == 1, "%lu interrupts", (unsigned long)count);
}

static void
three_devices(void)
{
	static const uint16_t ids[] = {0x11e8, 0, 0x11e8};
	int iommu = open("/dev/iommu", O_RDWR);

	check_that(!strcmp(getenv("VFIOD_DEVICES"), "/dev/vfio/devices/vfio0 "
						    "/dev/vfio/devices/vfio1 "
						    "/dev/vfio/devices/vfio2"),
		   "VFIOD_DEVICES: %s", getenv("VFIOD_DEVICES"));
	check_that(!strcmp(getenv("VFIOD_BDFS"), "f10d:00:00.0 f10d:01:00.0 f10d:02:00.0"),
		   "VFIOD_BDFS: %s", getenv("VFIOD_BDFS"));
	for (unsigned i = 0; i < 3; i++) {
		int fd = open_device(i);
		uint16_t id = 0;

		check_that(bind_to(fd, iommu) == 0, "BIND of %u", i);
		check_that(pread(fd, &id, 2, AT(CONFIG, 2)) == 2, "config of %u", i);
		check_that(!ids[i] || id == ids[i], "device %u is %04x", i, id);
	}
}

static bool
same_node(const char *path, mode_t kind, unsigned number)
{
	struct stat st;

	return stat(path, &st) == 0 && (st.st_mode & S_IFMT) == kind &&
	       (kind != S_IFCHR || st.st_rdev == number);
}

static unsigned
entries(const char *path)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;
	unsigned count = 0;

	while (folder && (entry = readdir(folder)))
		count += entry->d_name[0] != '.';
	if (folder)
		closedir(folder);
	return count;
}

/* The rest of /dev and /sys is there, and works. */
static void
the_rest(void)
{
	char byte;
	int fd = open("/dev/zero", O_RDONLY);

	check_that(read(fd, &byte, 1) == 1 && byte == 0, "/dev/zero");
	fd = open("/dev/null", O_WRONLY);
	check_that(write(fd, &byte, 1) == 1, "/dev/null");
	check_that(same_node("/dev/null", S_IFCHR, makedev(1, 3)), "/dev/null is another device");
	check_that(same_node("/dev/fuse", S_IFCHR, makedev(10, 229)), "/dev/fuse");
	check_that(access("/dev/vfio/vfio", F_OK) < 0, "the machine's own /dev/vfio/vfio");
	check_that(entries("/dev/vfio") == 1, "%u entries in /dev/vfio", entries("/dev/vfio"));
	check_that(entries("/dev/vfio/devices") == 1, "devices");
	check_that(access("/sys/class/mem/null/dev", R_OK) == 0, "/sys/class");
	check_that(access("/sys/devices/virtual/mem/null", R_OK) == 0, "/sys/devices");
	check_that(access("/sys/kernel", R_OK) == 0, "/sys/kernel");
	printf("%u devices in all\n", entries("/sys/bus/pci/devices"));
}

/* A process as it is after a plain fork and exec. */
static void
the_process(void)
{
	char text[4096], *caps;
	struct rlimit files;
	struct sigaction action;
	sigset_t mask;
	int fd, open_fds = 0;

	for (fd = 0; fd < 1024; fd++)
		open_fds += fcntl(fd, F_GETFD) >= 0;
	/* The standard three, this program and vfiod's: see run_command.c. */
	check_that(open_fds == 5, "%d descriptors", open_fds);
	sigprocmask(SIG_BLOCK, NULL, &mask);
	for (int number = 1; number < 32; number++) {
		check_that(!sigismember(&mask, number), "signal %d is blocked", number);
		sigaction(number, NULL, &action);
		check_that(action.sa_handler == SIG_DFL || number == SIGKILL || number == SIGSTOP,
			   "signal %d is not as usual", number);
	}
	getrlimit(RLIMIT_NOFILE, &files);
	check_that(files.rlim_cur == 123, "limit of files: %lu", (unsigned long)files.rlim_cur);
	fd = open("/proc/self/status", O_RDONLY);
	text[read(fd, text, sizeof(text) - 1)] = '\0';
	caps = strstr(text, "CapEff:");
	check_that(caps, "no CapEff");
	/* Root keeps its rights, others have gained none. */
	if (caps && geteuid() != 0)
		check_that(strtoull(caps + 7, NULL, 16) == 0, "capabilities %.20s", caps);
	else if (caps)
		check_that(strtoull(caps + 7, NULL, 16) & 1u << 21, "no CAP_SYS_ADMIN: %.20s",
			   caps);
	printf("user %u group %u\n", geteuid(), getegid());
}

/* Writes a pattern that is its own, and sees no other, while its like run beside it. */
static void
alone(void)
{
	int fd = open_device(0), iommu = open("/dev/iommu", O_RDWR);
	uint32_t mine = (uint32_t)getpid(), got = 0;

	check_that(bind_to(fd, iommu) == 0, "BIND");
	for (unsigned i = 0; i < 200; i++, mine += 0x10000) {
		check_that(pwrite(fd, &mine, 4, AT(BAR0, EDU_LIVENESS)) == 4, "write");
		pause_ms(1);
		check_that(pread(fd, &got, 4, AT(BAR0, EDU_LIVENESS)) == 4, "read");
		check_that(got == ~mine, "read %08x instead of %08x", got, ~mine);
	}
}

static const struct {
	const char *name;
	void (*check)(void);
} checks[] = {
	{"sysfs-of-edu", sysfs_of_edu},
	{"device", device_is_the_kernels},
	{"dma", dma_and_interrupt},
	{"three-devices", three_devices},
	{"the-rest", the_rest},
	{"the-process", the_process},
	{"alone", alone},
};

int
inside_main(const char *name)
{
	for (unsigned i = 0; i < sizeof(checks) / sizeof(*checks); i++)
		if (!strcmp(checks[i].name, name)) {
			checks[i].check();
			return failures ? 1 : 0;
		}
	return 99;
}
