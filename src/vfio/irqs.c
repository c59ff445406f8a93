/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vfio/irqs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/eventfd.h"

#define NO_MODE (-1)

int
irqs_init(struct irqs *irqs)
{
	*irqs = (struct irqs){
		.mode = NO_MODE, .intx_fd = -1, .unmask_fd = -1, .error_fd = -1, .request_fd = -1};
	return -pthread_mutex_init(&irqs->lock, NULL);
}

static void
drop(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void
signal_if(int fd)
{
	if (fd >= 0)
		eventfd_signal(fd);
}

/* A client's eventfd as one of ours, -1 where it says that there is none. */
static int
take_eventfd(const struct irqs_call *call, int32_t theirs, int *ours)
{
	int fd;

	*ours = -1;
	if (theirs < 0)
		return 0;
	fd = call->take_eventfd(call->ctx, theirs);
	if (fd < 0)
		return fd;
	*ours = fd;
	return 0;
}

static int32_t
fd_at(const struct irqs_call *call, uint32_t i)
{
	int32_t fd;

	memcpy(&fd, call->data + i * sizeof(fd), sizeof(fd));
	return fd;
}

/* Whether NONE or BOOL data names vector i of the block. */
static bool
chosen(const struct irqs_call *call, uint32_t i)
{
	return call->data_kind == VFIO_IRQ_SET_DATA_NONE || call->data[i];
}

/* INTx ------------------------------------------------------------------------------------------ */

/* A pending line that nothing holds back: one signal, then masked until the client unmasks. */
static void
deliver_line(struct irqs *irqs)
{
	if (irqs->mode != VFIO_PCI_INTX_IRQ_INDEX || !irqs->line || irqs->masked || irqs->disabled)
		return;
	irqs->masked = true;
	signal_if(irqs->intx_fd);
}

static void
unmask(struct irqs *irqs)
{
	if (irqs->disabled)
		return;
	irqs->masked = false;
	deliver_line(irqs);
}

static void
wake_unmask(void *arg)
{
	struct irqs *irqs = arg;

	pthread_mutex_lock(&irqs->lock);
	unmask(irqs);
	pthread_mutex_unlock(&irqs->lock);
}

/* Called without the lock: the watcher takes it while it holds its own. */
static void
drop_unmask_fd(struct irqs *irqs)
{
	if (irqs->unmask_fd >= 0)
		eventfd_unwatch(irqs->unmask_fd);
	drop(&irqs->unmask_fd);
}

static int
set_unmask_fd(struct irqs *irqs, const struct irqs_call *call)
{
	int fd, error = take_eventfd(call, fd_at(call, 0), &fd);

	if (error)
		return error;
	if (fd < 0) {
		drop_unmask_fd(irqs);
		return 0;
	}
	if (irqs->unmask_fd >= 0) {
		close(fd);
		return -EBUSY;
	}
	error = eventfd_watch(fd, wake_unmask, irqs);
	if (error)
		close(fd);
	else
		irqs->unmask_fd = fd;
	return error;
}

static void
disable_intx(struct irqs *irqs)
{
	drop_unmask_fd(irqs);
	pthread_mutex_lock(&irqs->lock);
	drop(&irqs->intx_fd);
	irqs->mode = NO_MODE;
	irqs->masked = false;
	pthread_mutex_unlock(&irqs->lock);
}

static int
trigger_intx_eventfd(struct irqs *irqs, const struct irqs_call *call)
{
	int fd, error = take_eventfd(call, fd_at(call, 0), &fd);

	if (error)
		return error;
	pthread_mutex_lock(&irqs->lock);
	drop(&irqs->intx_fd);
	irqs->intx_fd = fd;
	if (irqs->mode == NO_MODE) {
		irqs->mode = VFIO_PCI_INTX_IRQ_INDEX;
		irqs->masked = irqs->disabled;
	}
	deliver_line(irqs);
	pthread_mutex_unlock(&irqs->lock);
	return 0;
}

static int
set_intx_trigger(struct irqs *irqs, const struct irqs_call *call)
{
	bool on = irqs->mode == VFIO_PCI_INTX_IRQ_INDEX;

	if (on && !call->count && call->data_kind == VFIO_IRQ_SET_DATA_NONE) {
		disable_intx(irqs);
		return 0;
	}
	if ((!on && irqs->mode != NO_MODE) || call->start || call->count != 1)
		return -EINVAL;
	if (call->data_kind == VFIO_IRQ_SET_DATA_EVENTFD)
		return trigger_intx_eventfd(irqs, call);
	if (!on)
		return -EINVAL;
	/* The loopback: as if the device had fired, whatever the mask says. */
	if (chosen(call, 0) && !irqs->disabled)
		signal_if(irqs->intx_fd);
	return 0;
}

static int
set_intx(struct irqs *irqs, const struct irqs_call *call)
{
	if (call->action == VFIO_IRQ_SET_ACTION_TRIGGER)
		return set_intx_trigger(irqs, call);
	if (irqs->mode != VFIO_PCI_INTX_IRQ_INDEX || call->start || call->count != 1)
		return -EINVAL;
	if (call->action == VFIO_IRQ_SET_ACTION_MASK &&
	    call->data_kind == VFIO_IRQ_SET_DATA_EVENTFD)
		return -ENOTTY;
	if (call->data_kind == VFIO_IRQ_SET_DATA_EVENTFD)
		return set_unmask_fd(irqs, call);
	if (!chosen(call, 0))
		return 0;
	pthread_mutex_lock(&irqs->lock);
	if (call->action == VFIO_IRQ_SET_ACTION_MASK)
		irqs->masked = true;
	else
		unmask(irqs);
	pthread_mutex_unlock(&irqs->lock);
	return 0;
}

/* MSI and MSI-X ---------------------------------------------------------------------------------- */

static void
disable_vectors(struct irqs *irqs)
{
	pthread_mutex_lock(&irqs->lock);
	for (unsigned i = 0; i < irqs->num_vectors; i++)
		drop(&irqs->vector_fd[i]);
	free(irqs->vector_fd);
	irqs->vector_fd = NULL;
	irqs->num_vectors = 0;
	irqs->mode = NO_MODE;
	pthread_mutex_unlock(&irqs->lock);
}

static int
enable_vectors(struct irqs *irqs, const struct irqs_call *call)
{
	unsigned count = call->start + call->count;
	int *fds;

	if (!count)
		return -ERANGE;
	fds = malloc(count * sizeof(*fds));
	if (!fds)
		return -ENOMEM;
	for (unsigned i = 0; i < count; i++)
		fds[i] = -1;
	pthread_mutex_lock(&irqs->lock);
	irqs->vector_fd = fds;
	irqs->num_vectors = count;
	irqs->mode = (int)call->index;
	pthread_mutex_unlock(&irqs->lock);
	return 0;
}

static int
set_vector(struct irqs *irqs, unsigned vector, const struct irqs_call *call, int32_t theirs)
{
	int fd, error;

	/* Vectors are allocated when the mode goes on; the index is NORESIZE. */
	if (vector >= irqs->num_vectors)
		return theirs < 0 ? 0 : -EINVAL;
	error = take_eventfd(call, theirs, &fd);
	if (error)
		return error;
	pthread_mutex_lock(&irqs->lock);
	drop(&irqs->vector_fd[vector]);
	irqs->vector_fd[vector] = fd;
	pthread_mutex_unlock(&irqs->lock);
	return 0;
}

static int
set_vectors(struct irqs *irqs, const struct irqs_call *call)
{
	bool enable = irqs->mode == NO_MODE;
	int error = enable ? enable_vectors(irqs, call) : 0;
	uint32_t i;

	for (i = 0; i < call->count && !error; i++)
		error = set_vector(irqs, call->start + i, call, fd_at(call, i));
	if (!error)
		return 0;
	if (enable && irqs->mode != NO_MODE) {
		disable_vectors(irqs);
		return error;
	}
	/* As the kernel rolls back: the whole block up to the failing vector loses its eventfds. */
	while (i-- > 0)
		if (call->start + i < irqs->num_vectors)
			set_vector(irqs, call->start + i, call, -1);
	return error;
}

static int
set_message(struct irqs *irqs, const struct irqs_call *call)
{
	bool on = irqs->mode == (int)call->index;

	if (call->action != VFIO_IRQ_SET_ACTION_TRIGGER)
		return -ENOTTY;
	if (on && !call->count && call->data_kind == VFIO_IRQ_SET_DATA_NONE) {
		disable_vectors(irqs);
		return 0;
	}
	if (!on && (irqs->mode != NO_MODE || call->data_kind != VFIO_IRQ_SET_DATA_EVENTFD))
		return -EINVAL;
	if (call->data_kind == VFIO_IRQ_SET_DATA_EVENTFD)
		return set_vectors(irqs, call);
	for (uint32_t i = 0; i < call->count && call->start + i < irqs->num_vectors; i++)
		if (chosen(call, i))
			signal_if(irqs->vector_fd[call->start + i]);
	return 0;
}

/* ERR and REQ ------------------------------------------------------------------------------------ */

static int
set_single(int *slot, const struct irqs_call *call)
{
	int fd, error;

	if (call->action != VFIO_IRQ_SET_ACTION_TRIGGER)
		return -ENOTTY;
	if (call->data_kind == VFIO_IRQ_SET_DATA_NONE) {
		if (*slot < 0)
			return -EINVAL;
		if (call->count)
			signal_if(*slot);
		else
			drop(slot);
		return 0;
	}
	if (!call->count)
		return -EINVAL;
	if (call->data_kind == VFIO_IRQ_SET_DATA_BOOL) {
		if (call->data[0])
			signal_if(*slot);
		return 0;
	}
	if (fd_at(call, 0) < -1)
		return -EINVAL;
	error = take_eventfd(call, fd_at(call, 0), &fd);
	if (error)
		return error;
	drop(slot);
	*slot = fd;
	return 0;
}

/* All -------------------------------------------------------------------------------------------- */

/* Who armed what: the mode, ERR or REQ. */
static const void **
owner_of(struct irqs *irqs, uint32_t index)
{
	switch (index) {
	case VFIO_PCI_ERR_IRQ_INDEX:
		return &irqs->error_owner;
	case VFIO_PCI_REQ_IRQ_INDEX:
		return &irqs->request_owner;
	default:
		return &irqs->mode_owner;
	}
}

int
irqs_set(struct irqs *irqs, const struct irqs_call *call)
{
	int error;

	switch (call->index) {
	case VFIO_PCI_INTX_IRQ_INDEX:
		error = set_intx(irqs, call);
		break;
	case VFIO_PCI_MSI_IRQ_INDEX:
	case VFIO_PCI_MSIX_IRQ_INDEX:
		error = set_message(irqs, call);
		break;
	case VFIO_PCI_ERR_IRQ_INDEX:
		error = set_single(&irqs->error_fd, call);
		break;
	case VFIO_PCI_REQ_IRQ_INDEX:
		error = set_single(&irqs->request_fd, call);
		break;
	default:
		return -EINVAL;
	}
	if (!error && call->data_kind == VFIO_IRQ_SET_DATA_EVENTFD)
		*owner_of(irqs, call->index) = call->owner;
	return error;
}

void
irqs_release(struct irqs *irqs, const void *owner)
{
	if (irqs->mode_owner == owner) {
		if (irqs->mode == VFIO_PCI_INTX_IRQ_INDEX)
			disable_intx(irqs);
		else if (irqs->mode != NO_MODE)
			disable_vectors(irqs);
	}
	if (irqs->error_owner == owner)
		drop(&irqs->error_fd);
	if (irqs->request_owner == owner)
		drop(&irqs->request_fd);
}

void
irqs_destroy(struct irqs *irqs)
{
	irqs_release(irqs, irqs->mode_owner);
	irqs_release(irqs, irqs->error_owner);
	irqs_release(irqs, irqs->request_owner);
	pthread_mutex_destroy(&irqs->lock);
}

void
irqs_line(struct irqs *irqs, bool asserted)
{
	pthread_mutex_lock(&irqs->lock);
	irqs->line = asserted;
	deliver_line(irqs);
	pthread_mutex_unlock(&irqs->lock);
}

void
irqs_message(struct irqs *irqs, unsigned vector)
{
	pthread_mutex_lock(&irqs->lock);
	if (vector < irqs->num_vectors)
		signal_if(irqs->vector_fd[vector]);
	pthread_mutex_unlock(&irqs->lock);
}

void
irqs_disable_intx(struct irqs *irqs, bool disabled)
{
	pthread_mutex_lock(&irqs->lock);
	if (irqs->disabled != disabled) {
		irqs->disabled = disabled;
		if (disabled)
			irqs->masked = true;
		else
			unmask(irqs);
	}
	pthread_mutex_unlock(&irqs->lock);
}

int
irqs_mode(const struct irqs *irqs)
{
	return irqs->mode;
}
