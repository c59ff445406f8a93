/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run.h"

#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "outcome.h"

#define EVENT_PATIENCE_MS 2000

/* ---- outcomes ---- */

static _Noreturn void
report(const struct run *run, enum outcome_kind kind, const char *words)
{
	struct outcome outcome = {.kind = kind};

	snprintf(outcome.words, sizeof(outcome.words), "%s", words);
	if (write(run->report, &outcome, sizeof(outcome)) != (ssize_t)sizeof(outcome))
		_exit(EXIT_FAILURE);
	_exit(EXIT_SUCCESS);
}

#define REPORT_FORMATTED(run, kind, format)                                                        \
	do {                                                                                       \
		char text[OUTCOME_WORDS];                                                          \
		va_list list;                                                                      \
                                                                                                   \
		va_start(list, format);                                                            \
		vsnprintf(text, sizeof(text), format, list);                                       \
		va_end(list);                                                                      \
		report(run, kind, text);                                                           \
	} while (0)

void
fail(struct run *run, const char *format, ...)
{
	REPORT_FORMATTED(run, OUTCOME_FAIL, format);
}

void
skip(struct run *run, const char *format, ...)
{
	REPORT_FORMATTED(run, OUTCOME_SKIP, format);
}

static const char *
result_words(long result, char text[32])
{
	const char *name = result < 0 ? strerrorname_np((int)-result) : NULL;

	if (name)
		snprintf(text, 32, "%s", name);
	else
		snprintf(text, 32, "%ld", result);
	return text;
}

void
expect(struct run *run, const char *what, long expected, long got)
{
	char wanted[32], had[32];

	if (expected != got)
		fail(run, "%s: expected %s, got %s", what, result_words(expected, wanted),
		     result_words(got, had));
}

void
expect_value(struct run *run, const char *what, uint64_t expected, uint64_t got)
{
	if (expected != got)
		fail(run, "%s: expected %#llx, got %#llx", what, (unsigned long long)expected,
		     (unsigned long long)got);
}

void
expect_that(struct run *run, bool so, const char *what)
{
	if (!so)
		fail(run, "not so: %s", what);
}

/* ---- memory ---- */

static void *
map_anonymous(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		abort();
	return memory;
}

void *
pages(void)
{
	static void *memory;

	if (!memory) {
		memory = map_anonymous((size_t)NPAGES * PAGE);
		memset(memory, 0, (size_t)NPAGES * PAGE);
	}
	return memory;
}

void *
at_edge(size_t size)
{
	const size_t whole = (size + PAGE - 1) / PAGE * PAGE;
	uint8_t *memory = map_anonymous(whole + PAGE);

	if (mprotect(memory + whole, PAGE, PROT_NONE))
		abort();
	return memory + whole - size;
}

/* ---- calls ---- */

long
call(int fd, unsigned long command, void *arg)
{
	int result = ioctl(fd, command, arg);

	return result < 0 ? -errno : result;
}

long
read_at(int fd, void *buffer, size_t count, uint64_t offset)
{
	ssize_t result = pread(fd, buffer, count, (off_t)offset);

	return result < 0 ? -errno : result;
}

long
write_at(int fd, const void *buffer, size_t count, uint64_t offset)
{
	ssize_t result = pwrite(fd, buffer, count, (off_t)offset);

	return result < 0 ? -errno : result;
}

int
closed_fd(void)
{
	/* A high one, which what is opened next doesn't get. */
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int high = fcntl(fd, F_DUPFD_CLOEXEC, 500);

	if (high < 0)
		abort();
	close(fd);
	close(high);
	return high;
}

/* ---- the device ---- */

int
open_again(struct run *run)
{
	int fd = device_open_node(run->way, O_RDWR);

	if (fd < 0)
		fail(run, "the node can't be opened again: %s", strerror(-fd));
	return fd;
}

int
open_iommu(struct run *run)
{
	int fd = device_open_iommu(run->way);

	if (fd < 0)
		fail(run, "%s can't be opened: %s", run->way->iommu, strerror(-fd));
	return fd;
}

long
bind_to(int device, int iommu, uint32_t *devid)
{
	struct vfio_device_bind_iommufd bind = {.argsz = sizeof(bind), .iommufd = iommu};
	long result = call(device, VFIO_DEVICE_BIND_IOMMUFD, &bind);

	if (!result && devid)
		*devid = bind.out_devid;
	return result;
}

long
attach_to(int device, uint32_t *pt_id)
{
	struct vfio_device_attach_iommufd_pt attach = {.argsz = sizeof(attach), .pt_id = *pt_id};
	long result = call(device, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach);

	*pt_id = attach.pt_id;
	return result;
}

long
detach(int device)
{
	struct vfio_device_detach_iommufd_pt arg = {.argsz = sizeof(arg)};

	return call(device, VFIO_DEVICE_DETACH_IOMMUFD_PT, &arg);
}

long
get_info(int device, struct vfio_device_info *info)
{
	*info = (struct vfio_device_info){.argsz = sizeof(*info)};
	return call(device, VFIO_DEVICE_GET_INFO, info);
}

long
region_info(int device, uint32_t index, struct vfio_region_info *info)
{
	*info = (struct vfio_region_info){.argsz = sizeof(*info), .index = index};
	return call(device, VFIO_DEVICE_GET_REGION_INFO, info);
}

long
irq_count(int device, uint32_t index)
{
	struct vfio_irq_info info = {.argsz = sizeof(info), .index = index};
	long result = call(device, VFIO_DEVICE_GET_IRQ_INFO, &info);

	return result ? result : (long)info.count;
}

long
feature(int device, uint32_t flags, struct vfio_device_feature *arg, uint32_t data_size)
{
	arg->argsz = VFIO_FEATURE_HEADER + data_size;
	arg->flags = flags;
	return call(device, VFIO_DEVICE_FEATURE, arg);
}

static size_t
irq_item(uint32_t flags)
{
	return flags & VFIO_DATA_EVENTFD ? sizeof(int32_t) : flags & VFIO_DATA_BOOL ? 1 : 0;
}

long
set_irqs(int device, uint32_t flags, uint32_t index, uint32_t start, uint32_t count,
	 const void *data)
{
	size_t length = data ? irq_item(flags) * count : 0;
	struct vfio_irq_set *set = calloc(1, sizeof(*set) + length);
	long result;

	if (!set)
		abort();
	set->argsz = (uint32_t)(VFIO_IRQ_SET_HEADER + length);
	set->flags = flags;
	set->index = index;
	set->start = start;
	set->count = count;
	if (length)
		memcpy(set->bools, data, length);
	result = call(device, VFIO_DEVICE_SET_IRQS, set);
	free(set);
	return result;
}

long
arm(int device, uint32_t index, uint32_t start, uint32_t count, const int32_t *fds)
{
	return set_irqs(device, VFIO_DATA_EVENTFD | VFIO_ACTION_TRIGGER, index, start, count, fds);
}

long
trigger(int device, uint32_t index, uint32_t start, uint32_t count)
{
	return set_irqs(device, VFIO_DATA_NONE | VFIO_ACTION_TRIGGER, index, start, count, NULL);
}

long
disarm(int device, uint32_t index)
{
	return trigger(device, index, 0, 0);
}

int
make_eventfd(struct run *run)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd < 0)
		fail(run, "no eventfd: %s", strerror(errno));
	return fd;
}

uint64_t
counted_now(int fd)
{
	uint64_t count;

	return read(fd, &count, sizeof(count)) == (ssize_t)sizeof(count) ? count : 0;
}

uint64_t
counted(int fd)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};

	poll(&ready, 1, EVENT_PATIENCE_MS);
	return counted_now(fd);
}

uint32_t
config_read(struct run *run, unsigned offset, unsigned width)
{
	const struct vfio_region_info *region = &run->facts->region[VFIO_CONFIG_REGION];
	uint32_t value = 0;
	long result = read_at(run->device.fd, &value, width, region->offset + offset);

	if (result != (long)width)
		fail(run, "reading %u bytes of config space at %#x gives %ld", width, offset,
		     result);
	return value;
}

void
config_write(struct run *run, unsigned offset, unsigned width, uint32_t value)
{
	const struct vfio_region_info *region = &run->facts->region[VFIO_CONFIG_REGION];
	long result = write_at(run->device.fd, &value, width, region->offset + offset);

	if (result != (long)width)
		fail(run, "writing %u bytes of config space at %#x gives %ld", width, offset,
		     result);
}

/* ---- iommufd ---- */

long
ioas_alloc(int iommu, uint32_t *id)
{
	struct iommu_ioas_alloc alloc = {.size = sizeof(alloc)};
	long result = call(iommu, IOMMU_IOAS_ALLOC, &alloc);

	*id = alloc.out_ioas_id;
	return result;
}

long
destroy(int iommu, uint32_t id)
{
	struct iommu_destroy arg = {.size = sizeof(arg), .id = id};

	return call(iommu, IOMMU_DESTROY, &arg);
}

long
map_fixed(int iommu, uint32_t ioas, const void *memory, uint64_t length, uint64_t iova)
{
	struct iommu_ioas_map map = {
		.size = sizeof(map),
		.flags = IOMMU_MAP_FIXED_RW,
		.ioas_id = ioas,
		.user_va = (uintptr_t)memory,
		.length = length,
		.iova = iova,
	};

	return call(iommu, IOMMU_IOAS_MAP, &map);
}

long
unmap(int iommu, uint32_t ioas, uint64_t iova, uint64_t *length)
{
	struct iommu_ioas_unmap arg = {
		.size = sizeof(arg),
		.ioas_id = ioas,
		.iova = iova,
		.length = *length,
	};
	long result = call(iommu, IOMMU_IOAS_UNMAP, &arg);

	*length = arg.length;
	return result;
}

/* ---- a rule that is one ioctl ---- */

#define CANARY       0xa5
#define CANARY_BYTES 64u

static uint64_t
value_of(struct run *run, enum value value)
{
	switch (value) {
	case VALUE_DEVICE_ID:
		return run->device.devid;
	case VALUE_IOAS:
		return run->ioas;
	case VALUE_HWPT:
		return run->hwpt;
	case VALUE_IOMMU_FD:
		return (uint32_t)(run->device.iommu < 0 ? open_iommu(run) : run->device.iommu);
	case VALUE_CLOSED_FD:
		return (uint32_t)closed_fd();
	case VALUE_NULL_FD:
		return (uint32_t)open("/dev/null", O_RDWR | O_CLOEXEC);
	case VALUE_EVENTFD:
		return (uint32_t)make_eventfd(run);
	case VALUE_PAGES:
		return (uintptr_t)pages();
	case VALUE_HOLE:
		return (uintptr_t)at_edge(PAGE) + PAGE;
	default:
		return 0;
	}
}

static void
place_values(struct run *run, uint8_t *image)
{
	const struct placed *placed = run->rule->placed;

	for (unsigned i = 0; i < sizeof(run->rule->placed) / sizeof(*placed); i++) {
		uint64_t value = value_of(run, placed[i].value);
		bool address = placed[i].value == VALUE_PAGES || placed[i].value == VALUE_HOLE;

		if (placed[i].value)
			memcpy(image + placed[i].offset, &value, address ? 8 : 4);
	}
}

/* Where the argument of a rule lies: canaries behind it, or an edge in it. */
static uint8_t *
lay_out(const struct rule *rule, const uint8_t *image, size_t size)
{
	uint8_t *arg;

	if (rule->readable) {
		arg = at_edge(rule->readable);
		memcpy(arg, image, rule->readable);
		return arg;
	}
	arg = map_anonymous((size + CANARY_BYTES + PAGE - 1) / PAGE * PAGE);
	memcpy(arg, image, size);
	memset(arg + size, CANARY, CANARY_BYTES);
	if (rule->read_only && mprotect(arg, (size + PAGE - 1) / PAGE * PAGE, PROT_READ))
		abort();
	return arg;
}

static void
check_unwritten(struct run *run, const uint8_t *image, const uint8_t *arg, size_t size)
{
	const struct rule *rule = run->rule;
	size_t may = rule->writes == WRITES_NOTHING ? 0
		     : rule->writes                 ? rule->writes
		     : rule->err                    ? 0
						    : size;
	size_t end = rule->readable ? rule->readable : size + CANARY_BYTES;

	for (size_t i = may; i < end; i++) {
		uint8_t before = i < size ? image[i] : CANARY;

		if (arg[i] != before)
			fail(run, "byte %zu of the argument: %#x overwritten with %#x", i, before,
			     arg[i]);
	}
}

static void
check_fields(struct run *run, const uint8_t *arg)
{
	const struct field *field = run->rule->fields;

	for (unsigned i = 0; i < sizeof(run->rule->fields) / sizeof(*field); i++, field++) {
		uint64_t value = 0;
		char what[48];

		if (!field->width)
			break;
		memcpy(&value, arg + field->offset, field->width);
		snprintf(what, sizeof(what), "argument at offset %u", field->offset);
		expect_value(run, what, field->value, value);
	}
}

static int
target(const struct run *run)
{
	const enum state state = run->rule->state;
	const unsigned long command = run->rule->command;

	if (state == STATE_IOMMU || state == STATE_IOAS)
		return run->device.iommu;
	return command >= IOMMU_DESTROY && command <= IOMMU_HW_QUEUE_ALLOC ? run->device.iommu
									   : run->device.fd;
}

static void
run_ioctl(struct run *run)
{
	const struct rule *rule = run->rule;
	const bool other = rule->err_access && run->facts->have & NEED_ACCESS;
	const long expected = -(other ? rule->err_access : rule->err);
	uint8_t *image, *arg;

	if (!rule->arg) {
		expect(run, "the call", expected, call(target(run), rule->command, NULL));
		return;
	}
	image = malloc(rule->arg_size);
	if (!image)
		abort();
	memcpy(image, rule->arg, rule->arg_size);
	place_values(run, image);
	arg = lay_out(rule, image, rule->arg_size);
	expect(run, "the call", expected, call(target(run), rule->command, arg));
	check_unwritten(run, image, arg, rule->arg_size);
	check_fields(run, arg);
}

/* ---- states ---- */

static void
prepare_device(struct run *run)
{
	const char *step;
	int result;

	if (run->rule->state == STATE_OPEN) {
		run->device.fd = open_again(run);
		return;
	}
	result = device_open(run->way, &run->device, &step);
	if (result)
		fail(run, "before the rule: %s: %s", step, strerror(-result));
	if (run->way->reach == REACH_OPEN)
		call(run->device.fd, VFIO_DEVICE_RESET, NULL);
}

static void
prepare(struct run *run)
{
	const enum state state = run->rule->state;
	const bool cdev = run->way->reach == REACH_CDEV;

	run->device = DEVICE_NONE;
	if (state == STATE_IOMMU || state == STATE_IOAS)
		run->device.iommu = open_iommu(run);
	else if (state != STATE_NONE)
		prepare_device(run);
	if (state == STATE_IOAS || (state == STATE_ATTACHED && cdev))
		expect(run, "before the rule: IOMMU_IOAS_ALLOC", 0,
		       ioas_alloc(run->device.iommu, &run->ioas));
	if (state == STATE_ATTACHED && cdev) {
		run->hwpt = run->ioas;
		expect(run, "before the rule: VFIO_DEVICE_ATTACH_IOMMUFD_PT", 0,
		       attach_to(run->device.fd, &run->hwpt));
	}
}

void
run_rule(struct run *run)
{
	prepare(run);
	if (run->rule->body)
		run->rule->body(run);
	else
		run_ioctl(run);
	report(run, OUTCOME_OK, "");
}
