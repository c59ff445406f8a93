/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What became of a rule. */
#ifndef CONFORMANCE_OUTCOME_H
#define CONFORMANCE_OUTCOME_H

#define OUTCOME_WORDS 400

enum outcome_kind {
	OUTCOME_OK,
	OUTCOME_FAIL,
	OUTCOME_SKIP,
};

struct outcome {
	enum outcome_kind kind;
	char words[OUTCOME_WORDS]; /**< expected and got, or why it was skipped */
};

#endif
