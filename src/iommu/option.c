/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IOMMU_OPTION and IOAS_CHANGE_PROCESS. */
#include "iommu/request.h"

#include <errno.h>

/* How locked memory is accounted. We lock none, so it has no effect. */
static int
rlimit_mode(struct iommu_context *context, struct abi_option *option)
{
	int error = 0;

	if (option->object_id)
		return -EOPNOTSUPP;
	pthread_mutex_lock(&context->lock);
	if (option->op == ABI_OPTION_GET)
		option->val64 = context->process_mode;
	else if (option->op != ABI_OPTION_SET)
		error = -EOPNOTSUPP;
	/* The kernel wants CAP_SYS_RESOURCE. */
	else if (user_id(context->user) != 0)
		error = -EPERM;
	else if (objects_any(&context->objects))
		error = -EBUSY;
	else if (option->val64 > 1)
		error = -EINVAL;
	else
		context->process_mode = option->val64;
	pthread_mutex_unlock(&context->lock);
	return error;
}

static int
huge_pages(struct ioas *ioas, struct abi_option *option)
{
	if (option->op == ABI_OPTION_GET) {
		option->val64 = !ioas->small_pages;
		return 0;
	}
	if (option->op != ABI_OPTION_SET)
		return -EOPNOTSUPP;
	if (option->val64 > 1)
		return -EINVAL;
	if (!option->val64)
		return ioas_use_small_pages(ioas);
	ioas_lock(ioas);
	ioas->small_pages = false;
	ioas_unlock(ioas);
	return 0;
}

int
request_option(struct request *request)
{
	struct abi_option *option = &request->any.option;
	struct ioas *ioas;
	int error;

	if (option->reserved)
		return -EOPNOTSUPP;
	switch (option->option_id) {
	case ABI_OPTION_RLIMIT_MODE:
		error = rlimit_mode(request->context, option);
		break;
	case ABI_OPTION_HUGE_PAGES:
		ioas = ioas_get(request->context, option->object_id);
		if (!ioas)
			return -ENOENT;
		error = huge_pages(ioas, option);
		object_put(&ioas->object);
		break;
	default:
		error = -EOPNOTSUPP;
	}
	return error ? error : request_answer(request);
}

/*
 * Files stay what they are in whichever process, so there is nothing to change for them; the memory of a
 * process can't become another's.
 */
int
request_change_process(struct request *request)
{
	uint32_t id = 0;
	int error = 0;
	struct ioas *ioas;

	if (request->any.change_process.reserved)
		return -EOPNOTSUPP;
	while (!error && (ioas = ioas_next(request->context, &id))) {
		ioas_lock(ioas);
		for (struct area *area = areas_from(&ioas->areas, 0); area && !error;
		     area = areas_next(area))
			if (!area->mapping.source.file)
				error = -EINVAL;
		ioas_unlock(ioas);
		object_put(&ioas->object);
	}
	return error;
}
