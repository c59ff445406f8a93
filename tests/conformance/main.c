/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfio-conformance: checks a VFIO PCI device and an iommufd against the rules of the kernel's. */
#include "config.h"

#include <argp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "device.h"
#include "facts.h"
#include "outcome.h"
#include "run.h"
#include "suite.h"

/* Emulated machines are slow. */
#define RULE_SECONDS 60

enum {
	EX_OK,
	EX_FAILED,
	EX_TROUBLE,
};

struct settings {
	struct way way;
	const char *only;
	enum kernel kernel;
	bool list, tap, no_dma;
};

struct totals {
	unsigned number, passed, failed, skipped;
};

/* ---- options ---- */

enum {
	OPTION_LIST = 0x100,
	OPTION_IOMMU,
	OPTION_ONLY,
	OPTION_TAP,
	OPTION_KERNEL,
	OPTION_NO_DMA,
	OPTION_TRANSPORT,
	OPTION_GROUP,
	OPTION_NO_BIND,
};

static const struct argp_option options[] = {
	{"list", OPTION_LIST, NULL, 0, "Print the rules, don't check them", 0},
	{"only", OPTION_ONLY, "GROUP|RULE", 0, "Only these rules", 0},
	{"iommu", OPTION_IOMMU, "PATH", 0, "The iommufd node (default /dev/iommu)", 0},
	{"group", OPTION_GROUP, NULL, 0, "DEVICE is a PCI address; reach it by its IOMMU group", 0},
	{"no-bind", OPTION_NO_BIND, NULL, 0, "The node answers without BIND", 0},
	{"kernel", OPTION_KERNEL, "VERSION", 0, "Rules of Linux 6.1, 6.12 or 7.2 (default)", 0},
	{"transport", OPTION_TRANSPORT, "cuse|fuse", 0,
	 "The node is served by CUSE or FUSE: skip what these can't keep", 0},
	{"no-dma", OPTION_NO_DMA, NULL, 0, "Don't let the device do DMA", 0},
	{"tap", OPTION_TAP, NULL, 0, "Print in the Test Anything Protocol", 0},
	{0},
};

static void
parse_kernel(struct settings *settings, const char *version, struct argp_state *state)
{
	static const struct {
		const char *version;
		enum kernel kernel;
	} known[] = {{"6.1", KERNEL_6_1}, {"6.12", KERNEL_6_12}, {"7.2", KERNEL_7_2}};

	for (unsigned i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (!strcmp(known[i].version, version)) {
			settings->kernel = known[i].kernel;
			return;
		}
	}
	argp_error(state, "--kernel: 6.1, 6.12 or 7.2, not '%s'", version);
}

static error_t
parse(int key, char *arg, struct argp_state *state)
{
	struct settings *settings = state->input;

	switch (key) {
	case OPTION_LIST:
		settings->list = true;
		break;
	case OPTION_IOMMU:
		settings->way.iommu = arg;
		break;
	case OPTION_ONLY:
		settings->only = arg;
		break;
	case OPTION_TAP:
		settings->tap = true;
		break;
	case OPTION_KERNEL:
		parse_kernel(settings, arg, state);
		break;
	case OPTION_NO_DMA:
		settings->no_dma = true;
		break;
	case OPTION_TRANSPORT:
		if (strcmp(arg, "cuse") && strcmp(arg, "fuse"))
			argp_error(state, "--transport: cuse or fuse, not '%s'", arg);
		settings->way.transport = true;
		break;
	case OPTION_GROUP:
		settings->way.reach = REACH_GROUP;
		break;
	case OPTION_NO_BIND:
		settings->way.reach = REACH_OPEN;
		break;
	case ARGP_KEY_ARG:
		if (settings->way.node)
			argp_error(state, "one device at a time");
		settings->way.node = arg;
		break;
	case ARGP_KEY_END:
		if (!settings->way.node && !settings->list)
			argp_error(state, "no device named");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* ---- which rules ---- */

static bool
is_wanted(const struct settings *settings, const struct group *group, const struct rule *rule)
{
	const char *only = settings->only;
	const size_t length = strlen(group->name);

	if (!only || !strcmp(only, group->name))
		return true;
	return !strncmp(only, group->name, length) && only[length] == '.' &&
	       !strcmp(only + length + 1, rule->id);
}

static unsigned
count_wanted(const struct settings *settings)
{
	unsigned count = 0;

	for (const struct group *const *group = suite; *group; group++)
		for (unsigned i = 0; i < (*group)->count; i++)
			count += is_wanted(settings, *group, &(*group)->rules[i]);
	return count;
}

static void
list(const struct settings *settings)
{
	for (const struct group *const *group = suite; *group; group++)
		for (unsigned i = 0; i < (*group)->count; i++)
			if (is_wanted(settings, *group, &(*group)->rules[i]))
				printf("%s.%s: %s (%s)\n", (*group)->name, (*group)->rules[i].id,
				       (*group)->rules[i].words, (*group)->source);
}

/* ---- one rule ---- */

static unsigned
needs_of(const struct rule *rule)
{
	unsigned needs = rule->needs;

	if (rule->state == STATE_OPEN)
		needs |= NEED_CDEV;
	if (rule->state == STATE_IOMMU || rule->state == STATE_IOAS)
		needs |= NEED_IOMMU;
	return needs;
}

static bool
is_skipped(const struct settings *settings, const struct facts *facts, const struct rule *rule,
	   struct outcome *outcome)
{
	const unsigned missing = needs_of(rule) & ~facts->have;

	outcome->kind = OUTCOME_SKIP;
	if ((rule->since && settings->kernel < rule->since) ||
	    (rule->until && settings->kernel > rule->until))
		snprintf(outcome->words, sizeof(outcome->words), "not a rule of this kernel");
	else if (missing)
		snprintf(outcome->words, sizeof(outcome->words), "%s",
			 need_words(missing & -missing));
	else
		return false;
	return true;
}

/* Waits for the end of a rule's process; one that hangs is ended. */
static int
wait_for_end(pid_t pid, bool *late)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd end = {.fd = pidfd, .events = POLLIN};
	int status = 0;

	*late = pidfd >= 0 && !poll(&end, 1, RULE_SECONDS * 1000);
	if (*late)
		kill(pid, SIGKILL);
	if (pidfd >= 0 && !(*late && !poll(&end, 1, 5000)))
		waitpid(pid, &status, 0);
	if (pidfd >= 0)
		close(pidfd);
	return status;
}

static void
check_rule(const struct settings *settings, const struct facts *facts, const struct rule *rule,
	   struct outcome *outcome)
{
	struct run run = {.way = &settings->way, .facts = facts, .rule = rule};
	int status, ends[2];
	ssize_t length;
	bool late;
	pid_t pid;

	outcome->kind = OUTCOME_FAIL;
	fflush(stdout);
	if (pipe(ends) || (pid = fork()) < 0) {
		snprintf(outcome->words, sizeof(outcome->words), "no process: %s", strerror(errno));
		return;
	}
	if (!pid) {
		setpgid(0, 0);
		close(ends[0]);
		run.report = ends[1];
		run_rule(&run);
	}
	close(ends[1]);
	status = wait_for_end(pid, &late);
	/* What it has left behind holds the pipe open too. */
	kill(-pid, SIGKILL);
	length = late ? 0 : read(ends[0], outcome, sizeof(*outcome));
	close(ends[0]);
	if (length == (ssize_t)sizeof(*outcome))
		return;
	outcome->kind = OUTCOME_FAIL;
	if (late)
		snprintf(outcome->words, sizeof(outcome->words), "no end after %d s", RULE_SECONDS);
	else if (WIFSIGNALED(status))
		snprintf(outcome->words, sizeof(outcome->words), "ended by signal %d (%s)",
			 WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		snprintf(outcome->words, sizeof(outcome->words), "ended without an answer");
}

/* ---- what is printed ---- */

static void
print_plain(const struct group *group, const struct rule *rule, const struct outcome *outcome)
{
	switch (outcome->kind) {
	case OUTCOME_OK:
		printf("ok   %s.%s: %s\n", group->name, rule->id, rule->words);
		break;
	case OUTCOME_FAIL:
		printf("FAIL %s.%s: %s: %s\n", group->name, rule->id, rule->words, outcome->words);
		break;
	case OUTCOME_SKIP:
		printf("skip %s.%s: %s (%s)\n", group->name, rule->id, rule->words, outcome->words);
		break;
	}
}

static void
print_tap(unsigned number, const struct group *group, const struct rule *rule,
	  const struct outcome *outcome)
{
	printf("%sok %u - %s.%s: %s", outcome->kind == OUTCOME_FAIL ? "not " : "", number,
	       group->name, rule->id, rule->words);
	if (outcome->kind == OUTCOME_SKIP)
		printf(" # SKIP %s", outcome->words);
	printf("\n");
	if (outcome->kind == OUTCOME_FAIL)
		printf("# %s\n", outcome->words);
}

static void
check_all(const struct settings *settings, const struct facts *facts, struct totals *totals)
{
	if (settings->tap)
		printf("TAP version 13\n1..%u\n", count_wanted(settings));
	for (const struct group *const *group = suite; *group; group++) {
		for (unsigned i = 0; i < (*group)->count; i++) {
			const struct rule *rule = &(*group)->rules[i];
			struct outcome outcome;

			if (!is_wanted(settings, *group, rule))
				continue;
			if (!is_skipped(settings, facts, rule, &outcome))
				check_rule(settings, facts, rule, &outcome);
			totals->number++;
			totals->passed += outcome.kind == OUTCOME_OK;
			totals->failed += outcome.kind == OUTCOME_FAIL;
			totals->skipped += outcome.kind == OUTCOME_SKIP;
			if (settings->tap)
				print_tap(totals->number, *group, rule, &outcome);
			else
				print_plain(*group, rule, &outcome);
		}
	}
	printf("%sconformance: %u passed, %u failed, %u skipped\n", settings->tap ? "# " : "",
	       totals->passed, totals->failed, totals->skipped);
}

/* ---- the whole ---- */

static int
learn(const struct settings *settings, struct facts *facts)
{
	struct device device;
	const char *step;
	int iommu, result;

	result = device_open(&settings->way, &device, &step);
	if (!result)
		result = facts_learn(facts, &settings->way, &device, &step);
	device_close(&device);
	if (result) {
		fprintf(stderr, "%s: %s: %s: %s\n", program_invocation_short_name,
			settings->way.node, step, strerror(-result));
		return EX_TROUBLE;
	}
	iommu = device_open_iommu(&settings->way);
	if (iommu >= 0) {
		facts->have |= NEED_IOMMU;
		close(iommu);
	}
	if (!settings->no_dma)
		facts->have |= NEED_DMA;
	return EX_OK;
}

int
main(int argc, char **argv)
{
	static const struct argp argp = {
		options,
		parse,
		"DEVICE",
		"Checks a VFIO PCI device and its iommufd against the rules of the kernel's, one "
		"by "
		"one. The device is used, reset and left as after any other client: don't name one "
		"that somebody needs.",
		NULL,
		NULL,
		NULL,
	};
	struct settings settings = {
		.way = {.iommu = "/dev/iommu"},
		.kernel = KERNEL_7_2,
	};
	struct facts facts = {0};
	struct totals totals = {0};
	int status;

	argp_err_exit_status = EX_TROUBLE;
	argp_program_version = PACKAGE_STRING;
	argp_parse(&argp, argc, argv, 0, NULL, &settings);
	if (!count_wanted(&settings)) {
		fprintf(stderr, "%s: no rule or group is called '%s'\n",
			program_invocation_short_name, settings.only);
		return EX_TROUBLE;
	}
	if (settings.list) {
		list(&settings);
		return EX_OK;
	}
	signal(SIGPIPE, SIG_IGN);
	status = learn(&settings, &facts);
	if (status)
		return status;
	check_all(&settings, &facts, &totals);
	return totals.failed ? EX_FAILED : EX_OK;
}
