/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
fake_intx(void *ctx, bool asserted)
{
	struct fake_host *fake = ctx;

	if (asserted && !fake->intx)
		fake->intx_edges++;
	fake->intx = asserted;
}

static void
fake_msi(void *ctx, unsigned vector)
{
	struct fake_host *fake = ctx;

	fake->msi_count++;
	fake->last_vector = vector;
}

static void *
fake_bus(struct fake_host *fake, uint64_t address, size_t length)
{
	if (address > fake->memory_size || length > fake->memory_size - address)
		return NULL;
	return fake->memory + address;
}

static int
fake_bus_read(void *ctx, uint64_t address, void *buffer, size_t length)
{
	void *at = fake_bus(ctx, address, length);

	if (!at)
		return -EFAULT;
	memcpy(buffer, at, length);
	return 0;
}

static int
fake_bus_write(void *ctx, uint64_t address, const void *buffer, size_t length)
{
	void *at = fake_bus(ctx, address, length);

	if (!at)
		return -EFAULT;
	memcpy(at, buffer, length);
	return 0;
}

static void *
fake_bus_map(void *ctx, uint64_t address, size_t length, bool write)
{
	struct fake_host *fake = ctx;

	(void)write;
	return fake->map_refused ? NULL : fake_bus(fake, address, length);
}

static int
fake_bus_transfer(void *ctx, bool write, struct vfiod_piece *piece, unsigned count)
{
	int result = 0;

	for (unsigned i = 0; i < count; i++) {
		int error = write ? fake_bus_write(ctx, piece[i].address, piece[i].buffer,
						   piece[i].length)
				  : fake_bus_read(ctx, piece[i].address, piece[i].buffer,
						  piece[i].length);

		piece[i].failed = error;
		if (error)
			result = error;
	}
	return result;
}

static void
fake_set_timer(void *ctx, uint64_t when)
{
	((struct fake_host *)ctx)->timer_when = when;
}

/* As the framework: one lock around every call into the model. */
static void
fake_lock(void *ctx)
{
	pthread_mutex_lock(&((struct fake_host *)ctx)->lock);
}

static void
fake_unlock(void *ctx)
{
	pthread_mutex_unlock(&((struct fake_host *)ctx)->lock);
}

void
fake_host_advance(struct fake_host *fake, struct vfiod_device *dev, uint64_t to)
{
	while (fake->timer_when && fake->timer_when <= to) {
		fake->clock = fake->timer_when;
		fake->timer_when = 0;
		dev->model->timer(dev);
	}
	fake->clock = to;
}

static uint64_t
fake_now(void *ctx)
{
	return ((struct fake_host *)ctx)->clock;
}

static void __attribute__((format(printf, 3, 0)))
fake_log(void *ctx, enum vfiod_log_level level, const char *format, va_list args)
{
	struct fake_host *fake = ctx;

	(void)level;
	fake->log_lines++;
	vsnprintf(fake->log, sizeof(fake->log), format, args);
}

static void
parse_options(struct vfiod_options *options, char *text)
{
	char *save = NULL;

	for (char *word = strtok_r(text, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		char *equals = strchr(word, '=');

		ck_assert_ptr_nonnull(equals);
		*equals = '\0';
		options->setting[options->count++] =
			(struct vfiod_setting){.key = word, .value = equals + 1};
	}
}

static int
create(struct fake_host *fake, struct vfiod_device *dev, const struct vfiod_model *model,
       const char *options, uint64_t memory)
{
	struct vfiod_options parsed = {0};
	char *text = strdup(options ? options : "");
	int error;

	*fake = (struct fake_host){
		.host = {.ctx = fake,
			 .intx = fake_intx,
			 .msi = fake_msi,
			 .bus_read = fake_bus_read,
			 .bus_write = fake_bus_write,
			 .bus_transfer = fake_bus_transfer,
			 .bus_map = fake_bus_map,
			 .now = fake_now,
			 .set_timer = fake_set_timer,
			 .lock = fake_lock,
			 .unlock = fake_unlock,
			 .log = fake_log},
		.memory = calloc(1, memory ? memory : 1),
		.memory_size = memory,
		.lock = PTHREAD_MUTEX_INITIALIZER,
	};
	dev->model = model;
	dev->host = &fake->host;
	dev->name = "fake0";
	dev->num_regions = VFIOD_FIRST_SPECIFIC;
	parse_options(&parsed, text);
	error = model->create(dev, &parsed);
	if (!error && model->add_regions)
		error = model->add_regions(dev);
	if (!error)
		vfiod_config_seal(&dev->config);
	for (unsigned i = 0; i < dev->num_regions && !error; i++) {
		struct vfiod_region *region = &dev->region[i];

		if (!(region->flags & VFIOD_REGION_MMAP))
			continue;
		error = memory_create(&fake->window[i], "fake-region", region->size);
		region->copy_out = memory_copy_out;
		region->copy_in = memory_copy_in;
		region->state = &fake->window[i];
		region->memory = fake->window[i].base;
	}
	free(text);
	return error;
}

struct vfiod_device *
fake_device(struct fake_host *fake, const struct vfiod_model *model, const char *options,
	    uint64_t memory)
{
	struct vfiod_device *dev = calloc(1, sizeof(*dev));
	int error = create(fake, dev, model, options, memory);

	ck_assert_msg(error == 0, "create: %s (%s)", strerror(-error), dev->why);
	return dev;
}

int
fake_device_error(const struct vfiod_model *model, const char *options, char why[256])
{
	struct fake_host fake;
	struct vfiod_device *dev = calloc(1, sizeof(*dev));
	int error = create(&fake, dev, model, options, 0);

	if (!error)
		model->destroy(dev);
	memcpy(why, dev->why, sizeof(dev->why));
	free(fake.memory);
	free(dev);
	return error;
}

void
fake_device_free(struct vfiod_device *dev)
{
	struct fake_host *fake = dev->host->ctx;

	dev->model->destroy(dev);
	for (unsigned i = 0; i < VFIOD_MAX_REGIONS; i++)
		memory_destroy(&fake->window[i]);
	free(fake->memory);
	free(dev);
}

static void *
state_of(struct vfiod_device *dev, unsigned region)
{
	return dev->region[region].state ? dev->region[region].state : dev->state;
}

uint64_t
reg_read(struct vfiod_device *dev, unsigned region, uint64_t pos, unsigned width)
{
	uint64_t value = 0;

	ck_assert_ptr_nonnull(dev->region[region].read);
	ck_assert_int_eq(dev->region[region].read(state_of(dev, region), pos, width, &value), 0);
	return value;
}

void
reg_write(struct vfiod_device *dev, unsigned region, uint64_t pos, unsigned width, uint64_t value)
{
	ck_assert_ptr_nonnull(dev->region[region].write);
	ck_assert_int_eq(dev->region[region].write(state_of(dev, region), pos, width, value), 0);
}

int
reg_read_error(struct vfiod_device *dev, unsigned region, uint64_t pos, unsigned width)
{
	uint64_t value;

	return dev->region[region].read(state_of(dev, region), pos, width, &value);
}

int
reg_write_error(struct vfiod_device *dev, unsigned region, uint64_t pos, unsigned width,
		uint64_t value)
{
	return dev->region[region].write(state_of(dev, region), pos, width, value);
}
