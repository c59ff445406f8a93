/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IOMMU_OPTION, IOMMU_VFIO_IOAS, IOMMU_IOAS_CHANGE_PROCESS. */
#include <sys/mman.h>
#include <unistd.h>

#include "groups.h"
#include "run.h"

#define OPTION(...) IOCTL(IOMMU_OPTION, iommu_option, .size = 24, __VA_ARGS__)
#define COMPAT(...) IOCTL(IOMMU_VFIO_IOAS, iommu_vfio_ioas, .size = 12, __VA_ARGS__)
#define OF_IOAS     .placed = {PLACE(iommu_option, object_id, VALUE_IOAS)}

static long
option(struct run *run, uint32_t id, uint32_t object, uint16_t op, uint64_t *value)
{
	struct iommu_option arg = {
		.size = sizeof(arg),
		.option_id = id,
		.op = op,
		.object_id = object,
		.val64 = *value,
	};
	long result = call(run->device.iommu, IOMMU_OPTION, &arg);

	*value = arg.val64;
	return result;
}

static void
expect_option(struct run *run, uint32_t id, uint32_t object, uint64_t expected)
{
	uint64_t value = 99;

	expect(run, "GET", 0, option(run, id, object, IOMMU_OPTION_GET, &value));
	expect_value(run, "the value", expected, value);
}

static void
huge_pages(struct run *run)
{
	uint64_t value = 0;

	expect_option(run, IOMMU_OPTION_HUGE_PAGES, run->ioas, 1);
	expect(run, "SET 0", 0,
	       option(run, IOMMU_OPTION_HUGE_PAGES, run->ioas, IOMMU_OPTION_SET, &value));
	expect_option(run, IOMMU_OPTION_HUGE_PAGES, run->ioas, 0);
	value = 1;
	expect(run, "SET 1", 0,
	       option(run, IOMMU_OPTION_HUGE_PAGES, run->ioas, IOMMU_OPTION_SET, &value));
	expect_option(run, IOMMU_OPTION_HUGE_PAGES, run->ioas, 1);
	value = 2;
	expect(run, "SET 2", -EINVAL,
	       option(run, IOMMU_OPTION_HUGE_PAGES, run->ioas, IOMMU_OPTION_SET, &value));
}

static void
rlimit_mode(struct run *run)
{
	uint64_t value = 1;
	long result;
	uint32_t ioas;

	expect_option(run, IOMMU_OPTION_RLIMIT_MODE, 0, 0);
	result = option(run, IOMMU_OPTION_RLIMIT_MODE, 0, IOMMU_OPTION_SET, &value);
	if (result == -EPERM)
		skip(run, "no CAP_SYS_RESOURCE");
	expect(run, "SET 1", 0, result);
	expect_option(run, IOMMU_OPTION_RLIMIT_MODE, 0, 1);
	value = 0;
	expect(run, "SET 0", 0, option(run, IOMMU_OPTION_RLIMIT_MODE, 0, IOMMU_OPTION_SET, &value));
	value = 2;
	expect(run, "SET 2", -EINVAL,
	       option(run, IOMMU_OPTION_RLIMIT_MODE, 0, IOMMU_OPTION_SET, &value));
	expect(run, "IOAS_ALLOC", 0, ioas_alloc(run->device.iommu, &ioas));
	value = 1;
	expect(run, "SET once there is an object", -EBUSY,
	       option(run, IOMMU_OPTION_RLIMIT_MODE, 0, IOMMU_OPTION_SET, &value));
	expect_option(run, IOMMU_OPTION_RLIMIT_MODE, 0, 0);
}

static long
compat(struct run *run, uint16_t op, uint32_t *ioas)
{
	struct iommu_vfio_ioas arg = {.size = sizeof(arg), .ioas_id = *ioas, .op = op};
	long result = call(run->device.iommu, IOMMU_VFIO_IOAS, &arg);

	*ioas = arg.ioas_id;
	return result;
}

static void
compat_ioas(struct run *run)
{
	uint32_t id = 0;

	expect(run, "GET with none", -ENODEV, compat(run, IOMMU_VFIO_IOAS_GET, &id));
	expect(run, "CLEAR with none", 0, compat(run, IOMMU_VFIO_IOAS_CLEAR, &id));
	id = run->ioas;
	expect(run, "SET", 0, compat(run, IOMMU_VFIO_IOAS_SET, &id));
	id = 0;
	expect(run, "GET", 0, compat(run, IOMMU_VFIO_IOAS_GET, &id));
	expect_value(run, "the id", run->ioas, id);
	expect(run, "CLEAR", 0, compat(run, IOMMU_VFIO_IOAS_CLEAR, &id));
	expect(run, "GET after CLEAR", -ENODEV, compat(run, IOMMU_VFIO_IOAS_GET, &id));
}

static void
compat_destroyed(struct run *run)
{
	uint32_t id = run->ioas;

	expect(run, "SET", 0, compat(run, IOMMU_VFIO_IOAS_SET, &id));
	expect(run, "DESTROY of it", 0, destroy(run->device.iommu, run->ioas));
	expect(run, "GET after that", -ENODEV, compat(run, IOMMU_VFIO_IOAS_GET, &id));
}

static long
change_process(struct run *run)
{
	struct iommu_ioas_change_process arg = {.size = sizeof(arg)};

	return call(run->device.iommu, IOMMU_IOAS_CHANGE_PROCESS, &arg);
}

static void
changes_process(struct run *run)
{
	struct iommu_ioas_map_file map = {
		.size = sizeof(map),
		.flags = IOMMU_MAP_FIXED_RW,
		.ioas_id = run->ioas,
		.fd = memfd_create("conformance", MFD_CLOEXEC),
		.length = PAGE,
		.iova = 0x10000,
	};

	expect(run, "ftruncate", 0, ftruncate(map.fd, PAGE));
	expect(run, "CHANGE_PROCESS without maps", 0, change_process(run));
	expect(run, "MAP_FILE", 0, call(run->device.iommu, IOMMU_IOAS_MAP_FILE, &map));
	expect(run, "CHANGE_PROCESS with a map of a file", 0, change_process(run));
	expect(run, "MAP", 0, map_fixed(run->device.iommu, run->ioas, pages(), PAGE, 0x20000));
	expect(run, "CHANGE_PROCESS with a map of memory", -EINVAL, change_process(run));
}

static const struct rule rules[] = {
	{"reserved", "the reserved field: EOPNOTSUPP", STATE_IOAS,
	 OPTION(.option_id = IOMMU_OPTION_HUGE_PAGES, .op = IOMMU_OPTION_GET, .reserved = 1),
	 OF_IOAS, .err = EOPNOTSUPP},
	{"unknown", "an unknown option: EOPNOTSUPP", STATE_IOAS,
	 OPTION(.option_id = 77, .op = IOMMU_OPTION_GET), OF_IOAS, .err = EOPNOTSUPP},
	{"unknown-op", "an unknown op: EOPNOTSUPP", STATE_IOAS,
	 OPTION(.option_id = IOMMU_OPTION_HUGE_PAGES, .op = 2), OF_IOAS, .err = EOPNOTSUPP},
	{"huge-no-ioas", "huge pages of no IOAS: ENOENT", STATE_IOAS,
	 OPTION(.option_id = IOMMU_OPTION_HUGE_PAGES, .op = IOMMU_OPTION_GET, .object_id = 77),
	 .err = ENOENT},
	{"huge", "huge pages: 1 at first, 0 and 1 can be set, others EINVAL", STATE_IOAS,
	 .body = huge_pages},
	{"rlimit-object", "RLIMIT mode of an object: EOPNOTSUPP", STATE_IOMMU,
	 OPTION(.option_id = IOMMU_OPTION_RLIMIT_MODE, .op = IOMMU_OPTION_GET, .object_id = 1),
	 .err = EOPNOTSUPP},
	{"rlimit-op", "RLIMIT mode, an unknown op: EOPNOTSUPP", STATE_IOMMU,
	 OPTION(.option_id = IOMMU_OPTION_RLIMIT_MODE, .op = 2), .err = EOPNOTSUPP},
	{"rlimit", "RLIMIT mode: 0 and 1, others EINVAL, EBUSY once there is an object",
	 STATE_IOMMU, .body = rlimit_mode},
	{"compat-reserved", "VFIO_IOAS with its reserved field: EOPNOTSUPP", STATE_IOAS,
	 COMPAT(.op = IOMMU_VFIO_IOAS_GET, .reserved = 1), .err = EOPNOTSUPP},
	{"compat-op", "VFIO_IOAS with an unknown op: EOPNOTSUPP", STATE_IOAS, COMPAT(.op = 3),
	 .err = EOPNOTSUPP},
	{"compat-no-ioas", "VFIO_IOAS SET of no IOAS: ENOENT", STATE_IOAS,
	 COMPAT(.op = IOMMU_VFIO_IOAS_SET, .ioas_id = 77), .err = ENOENT},
	{"compat", "VFIO_IOAS: GET ENODEV without one; SET, GET, CLEAR", STATE_IOAS,
	 .body = compat_ioas},
	{"compat-destroy", "the compatibility IOAS can be destroyed", STATE_IOAS,
	 .body = compat_destroyed},
	{"process-reserved", "CHANGE_PROCESS with its reserved field: EOPNOTSUPP", STATE_IOMMU,
	 .since = KERNEL_7_2,
	 IOCTL(IOMMU_IOAS_CHANGE_PROCESS, iommu_ioas_change_process, .size = 8, .reserved = 1),
	 .err = EOPNOTSUPP},
	{"process", "CHANGE_PROCESS: only maps of files can change, else EINVAL", STATE_IOAS,
	 .since = KERNEL_7_2, .body = changes_process},
};

GROUP(iommu_option, "iommufd/ioas.c, iommufd/vfio_compat.c");
