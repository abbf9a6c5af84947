/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What holds for complaints, whatever the input: lines that a terminal can show. */

#include "policy/file/diagnostics.h"
#include "tests/fuzz/fuzz.h"

static inline void check_complaints(const struct complaints *complaints)
{
	for (size_t i = 0; i < complaints->n_texts; i++) {
		const char *text = complaints->texts[i];

		FUZZ_CHECK(*text);
		for (; *text; text++)
			FUZZ_CHECK((unsigned char)*text >= 0x20 && *text != 0x7f);
	}
}
