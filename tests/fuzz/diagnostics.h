/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What holds for diagnostics, whatever the input: lines that a terminal can show. */

#include "policy/file/diagnostics.h"
#include "tests/fuzz/fuzz.h"

static inline void check_diagnostics(const struct diagnostics *diagnostics)
{
	for (size_t i = 0; i < diagnostics->n_texts; i++) {
		const char *text = diagnostics->texts[i];

		FUZZ_CHECK(*text);
		for (; *text; text++)
			FUZZ_CHECK((unsigned char)*text >= 0x20 && *text != 0x7f);
	}
}
