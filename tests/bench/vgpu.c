/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vgpu.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "plan.h"
#include "vfiod/device.h"

#define PAGE          4096u
#define GGTT          0x800000u
#define PTE_PRESENT   1u
#define SYSTEM_MEMORY (VFIOD_FIRST_SPECIFIC + 2)

/* Entries written at once, far behind those that other measurements need. */
#define ENTRIES    4096u
#define ENTRIES_AT (8 * LARGEST)

/* A fence over LARGEST bytes, Intel PRM SKL Vol 2c "FENCE_LSB", "FENCE_MSB": rows of 4096 bytes. */
#define FENCE       0x100000u
#define FENCE_X     1u
#define FENCE_Y     3u
#define FENCE_PITCH (4096u / 128 - 1)

/* A display of 1920 x 1200 with reduced blanking: pixels and lines, and the link's clock by its ratio. */
#define WIDTH       1920u
#define HEIGHT      1200u
#define STRIDE      (4 * WIDTH)
#define HTOTAL      2080u
#define VTOTAL      1235u
#define RATE_HZ     (270e6 * 299008 / 524288 / (HTOTAL * VTOTAL))
#define DISPLAYS    8u
#define SCREENSHOTS 5u

#define MASTER      0x44200u
#define MASTER_ON   0x80000000u
#define PIPE_IMR    0x44404u
#define PIPE_IIR    0x44408u
#define PIPE_IER    0x4440cu
#define VBLANK      1u

static void
add_fact(struct vgpu *vgpu, const char *key, const char *title, const char *unit, double value)
{
	vgpu->fact[vgpu->facts++] =
		(struct vgpu_fact){.key = key, .title = title, .unit = unit, .value = value};
}

/* Filling --------------------------------------------------------------------------------------------- */

struct fill {
	const struct port *port;
	uint64_t offset;
	void *bytes;
	size_t length;
};

/* How often it is done in a second, or 0. */
static double
fill_rate(const struct fill *fill, double seconds)
{
	double begin = now_ns(), spent = 0;
	unsigned done = 0;

	for (; spent < seconds * 1e9; done++, spent = now_ns() - begin)
		if (fill->port->write(fill->port->ctx, fill->offset, fill->bytes, fill->length) !=
		    (ssize_t)fill->length)
			return 0;
	return done / (spent / 1e9);
}

static void
fill_ggtt(struct vgpu *vgpu, const struct target *target, double seconds)
{
	uint64_t *entry = calloc(ENTRIES, sizeof(*entry));
	uint64_t at = GGTT + (uint64_t)(target->low[PLAIN_VGPU] + ENTRIES_AT) / PAGE * 8;
	struct fill fill = {&target->port[PLAIN_VGPU], region_offset(VFIOD_BAR0, at), entry,
			    ENTRIES * sizeof(*entry)};

	for (uint64_t i = 0; entry && i < ENTRIES; i++)
		entry[i] = i * PAGE | PTE_PRESENT;
	if (entry) {
		add_fact(vgpu, "ggtt_entries", "GGTT entries, 4096 in a write", "M/s",
			 fill_rate(&fill, seconds) * ENTRIES / 1e6);
		fill.length = sizeof(*entry);
		add_fact(vgpu, "ggtt_entries_single", "GGTT entries, one in a write", "k/s",
			 fill_rate(&fill, seconds) / 1e3);
	}
	free(entry);
}

static bool
set_fence(const struct target *target, uint32_t flags)
{
	const struct port *port = &target->port[PLAIN_VGPU];
	uint32_t low = target->low[PLAIN_VGPU];
	uint64_t fence = (uint64_t)((low + LARGEST - PAGE) | FENCE_PITCH) << 32 | low | flags;

	if (!flags)
		fence = 0;
	return port->write(port->ctx, region_offset(VFIOD_BAR0, FENCE), &fence, sizeof(fence)) ==
	       sizeof(fence);
}

/* Whether what is in memory isn't what was written, but tiles of it: each byte still there, elsewhere. */
static bool
is_tiled(const struct fill *fill)
{
	uint8_t *got = malloc(fill->length);
	bool differs = got &&
		       fill->port->read(fill->port->ctx, fill->offset, got, fill->length) ==
			       (ssize_t)fill->length &&
		       memcmp(got, fill->bytes, fill->length) != 0;

	free(got);
	return differs;
}

static void
fill_aperture(struct vgpu *vgpu, const struct target *target, double seconds)
{
	static const struct {
		const char *key, *title;
		uint32_t fence;
	} ways[] = {
		{"aperture_fill", "aperture, linear, 1 MiB in a write", 0},
		{"aperture_fill_x", "aperture, through a fence, X tiles", FENCE_X},
		{"aperture_fill_y", "aperture, through a fence, Y tiles", FENCE_Y},
	};
	uint8_t *bytes = malloc(LARGEST);
	struct fill fill = {&target->port[PLAIN_VGPU],
			    region_offset(VFIOD_BAR2, target->low[PLAIN_VGPU]), bytes, LARGEST};

	for (size_t i = 0; bytes && i < LARGEST; i++)
		bytes[i] = (uint8_t)(i / 512 + i);
	for (unsigned i = 0; bytes && i < sizeof(ways) / sizeof(ways[0]); i++) {
		double rate = set_fence(target, ways[i].fence) ? fill_rate(&fill, seconds) : 0;

		if (set_fence(target, 0) && is_tiled(&fill) == !!ways[i].fence)
			add_fact(vgpu, ways[i].key, ways[i].title, "MB/s", rate * LARGEST / 1e6);
		else
			fprintf(stderr, "bench: the aperture's fence does not work\n");
	}
	free(bytes);
}

/* Displays -------------------------------------------------------------------------------------------- */

struct display {
	char path[PATH_MAX];
	int device, event;
	unsigned vblanks;
};

static bool
put(const struct display *display, uint32_t at, uint32_t value)
{
	return pwrite(display->device, &value, 4, (off_t)region_offset(VFIOD_BAR0, at)) == 4;
}

static uint32_t
get(const struct display *display, uint32_t at)
{
	uint32_t value = 0;

	return pread(display->device, &value, 4, (off_t)region_offset(VFIOD_BAR0, at)) == 4 ? value
											    : 0;
}

/* Pipe A with the monitor's mode. */
static bool
switch_on(const struct display *display)
{
	static const struct {
		uint32_t at, value;
	} settings[] = {
		{0x70008, 0},
		{0x6c058, 0x7 | 1u << 6 | 1u << 7},
		{0x6c05c, 1u << 3 | 1u << 4},
		{0x60000, (HTOTAL - 1) << 16 | (WIDTH - 1)},
		{0x6000c, (VTOTAL - 1) << 16 | (HEIGHT - 1)},
		{0x60010, (VTOTAL - 1) << 16 | (HEIGHT - 1)},
		{0x6001c, (WIDTH - 1) << 16 | (HEIGHT - 1)},
		{0x60040, 299008},
		{0x60044, 0x80000},
		{0x60400, 0x92000000},
		{0x70008, 1u << 31},
		{MASTER, MASTER_ON},
		{PIPE_IER, VBLANK},
		{PIPE_IMR, ~VBLANK},
	};

	for (unsigned i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (!put(display, settings[i].at, settings[i].value))
			return false;
	return true;
}

static bool
listen(struct display *display)
{
	struct {
		struct vfio_irq_set set;
		int32_t event;
	} arm = {.set = {.argsz = sizeof(arm),
			 .flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
			 .index = VFIO_PCI_MSI_IRQ_INDEX,
			 .count = 1}};

	display->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	arm.event = display->event;
	return arm.event >= 0 && !ioctl(display->device, VFIO_DEVICE_SET_IRQS, &arm);
}

static bool
open_display(struct display *display, const struct daemon *daemon, const char *name,
	     unsigned number)
{
	char mark[80];

	snprintf(mark, sizeof(mark), "/%s-%u\n", name, number);
	if (!daemon_path(daemon, mark, display->path))
		return false;
	display->device = open(display->path, O_RDWR | O_CLOEXEC);
	if (display->device >= 0 && listen(display) && switch_on(display))
		return true;
	fprintf(stderr, "bench: %s: %s\n", display->path, strerror(errno));
	return false;
}

/* What a driver does at each vblank. */
static void
handle(struct display *display)
{
	uint64_t count;
	uint32_t causes;

	if (read(display->event, &count, sizeof(count)) != sizeof(count))
		return;
	put(display, MASTER, 0);
	causes = get(display, PIPE_IIR);
	put(display, PIPE_IIR, causes);
	put(display, MASTER, MASTER_ON);
	display->vblanks += !!(causes & VBLANK);
}

static double
processor_time(pid_t pid)
{
	struct timespec time = {0};
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &time))
		return 0;
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void
run_displays(struct vgpu *vgpu, struct display display[DISPLAYS], pid_t pid, double seconds)
{
	struct pollfd ready[DISPLAYS];
	double begin = now_ns(), used = processor_time(pid), rate = 0;

	for (unsigned i = 0; i < DISPLAYS; i++)
		ready[i] = (struct pollfd){.fd = display[i].event, .events = POLLIN};
	while (now_ns() - begin < seconds * 1e9) {
		poll(ready, DISPLAYS, 50);
		for (unsigned i = 0; i < DISPLAYS; i++)
			if (ready[i].revents)
				handle(&display[i]);
	}
	used = processor_time(pid) - used;
	seconds = (now_ns() - begin) / 1e9;
	for (unsigned i = 0; i < DISPLAYS; i++)
		rate += display[i].vblanks / seconds / DISPLAYS;
	add_fact(vgpu, "displays_rate", "vblanks of each of 8 displays", "Hz", rate);
	add_fact(vgpu, "displays_cpu", "processor time of the 8", "%", used / seconds / 1e7);
	if (rate < 0.9 * RATE_HZ)
		fprintf(stderr, "bench: the machine is too slow or busy for 8 displays\n");
}

/* Screenshots ----------------------------------------------------------------------------------------- */

/* A picture at bus address 0, and the plane that shows it. */
static bool
draw(const struct display *display)
{
	const uint32_t size = STRIDE * HEIGHT;
	const unsigned pages = (size + PAGE - 1) / PAGE;
	uint64_t *entry = calloc(pages, sizeof(*entry));
	uint32_t *pixel = malloc(size);
	bool good = entry && pixel;

	for (uint64_t i = 0; entry && i < pages; i++)
		entry[i] = i * PAGE | PTE_PRESENT;
	for (uint32_t i = 0; pixel && i < size / 4; i++)
		pixel[i] =
			i % WIDTH / 4 << 16 | i / WIDTH / 3 << 8 | ((i % WIDTH ^ i / WIDTH) & 0xff);
	good = good &&
	       pwrite(display->device, entry, pages * sizeof(*entry),
		      (off_t)region_offset(VFIOD_BAR0, GGTT)) == (ssize_t)(pages * sizeof(*entry));
	for (uint32_t done = 0, part; good && done < size; done += part) {
		part = size - done < LARGEST ? size - done : LARGEST;
		good = pwrite(display->device, (uint8_t *)pixel + done, part,
			      (off_t)region_offset(SYSTEM_MEMORY, done)) == (ssize_t)part;
	}
	free(entry);
	free(pixel);
	return good && put(display, 0x70188, STRIDE / 64) && put(display, 0x70180, 0x84000000) &&
	       put(display, 0x7019c, 0);
}

static bool
take_screenshot(const char *path, const char *file)
{
	const char *vfioctl = getenv("VFIOCTL");
	pid_t child = fork();
	int status;

	if (!child) {
		vfioctl = vfioctl ? vfioctl : "tools/vfioctl/vfioctl";
		execl(vfioctl, vfioctl, "screenshot", path, file, (char *)NULL);
		fprintf(stderr, "bench: %s: %s\n", vfioctl, strerror(errno));
		_exit(127);
	}
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static void
take_screenshots(struct vgpu *vgpu, const struct display *display)
{
	char file[] = "/tmp/vfiod-bench-XXXXXX";
	struct samples taken = {0};
	int fd = mkstemp(file);
	bool good = fd >= 0 && draw(display);

	for (unsigned i = 0; good && i < SCREENSHOTS; i++) {
		double begin = now_ns();

		good = take_screenshot(display->path, file) &&
		       samples_add(&taken, now_ns() - begin);
	}
	if (good)
		add_fact(vgpu, "screenshot", "vfioctl screenshot of 1920x1200", "ms",
			 samples_quantile(&taken, 0.5) / 1e6);
	else
		fprintf(stderr, "bench: going on without screenshots\n");
	free(taken.ns);
	if (fd >= 0) {
		close(fd);
		unlink(file);
	}
}

static void
measure_displays(struct vgpu *vgpu, const struct carrier *carrier, double seconds)
{
	struct display *display = calloc(DISPLAYS, sizeof(*display));
	struct daemon daemon = {0};
	char name[64];
	bool good;

	snprintf(name, sizeof(name), "vfiod-bench-%d-displays", (int)getpid());
	good = display && carrier_start_many(carrier, &daemon, name, DISPLAYS);
	for (unsigned i = 0; good && i < DISPLAYS; i++)
		good = open_display(&display[i], &daemon, name, i);
	if (good) {
		run_displays(vgpu, display, daemon.pid, seconds);
		take_screenshots(vgpu, &display[0]);
	}
	for (unsigned i = 0; display && i < DISPLAYS; i++) {
		if (display[i].device > 0)
			close(display[i].device);
		if (display[i].event > 0)
			close(display[i].event);
	}
	daemon_stop(&daemon);
	free(display);
}

void
vgpu_measure(struct vgpu *vgpu, const struct carrier *carrier, double seconds)
{
	/* The last way to recover offsets is the one that is used where there is a choice. */
	const struct target *target = &carrier->served[carrier->count - 1].target;

	fill_ggtt(vgpu, target, seconds);
	fill_aperture(vgpu, target, seconds);
	measure_displays(vgpu, carrier, 4 * seconds);
}
