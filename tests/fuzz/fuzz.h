/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the fuzz targets share. A target is one source NAME_fuzz.c that defines
 * LLVMFuzzerTestOneInput(); its seeds are in corpus/NAME/. With OFFLOAD_AGENT_FUZZ libFuzzer
 * drives it, in every other build replay.c runs the seeds.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Not static, hence declared; libFuzzer has no header for it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Optional: runs once, before all inputs. */
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* What must hold whatever the input is. It stays in builds with NDEBUG. */
#define FUZZ_CHECK(condition)                                                                      \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__,          \
				#condition);                                                       \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/*
 * Outputs are untouched on failure: fuzz_spoil() fills one with a pattern before the call,
 * fuzz_is_spoiled() finds it unchanged after.
 */
void fuzz_spoil(void *object, size_t size);
bool fuzz_is_spoiled(const void *object, size_t size);

/* A part of an input, as a text of its own: ends before the first NUL. The caller frees it. */
char *fuzz_text(const uint8_t *data, size_t size);

/* Takes the next line off the input, without its end; "" when nothing is left. As fuzz_text(). */
char *fuzz_take_line(const uint8_t **data, size_t *size);

/* Takes one byte off the input; 0 when nothing is left. */
uint8_t fuzz_take_byte(const uint8_t **data, size_t *size);

/*
 * A copy that lies, aligned to 4 bytes, at the end of a page that nothing follows: who reads on is
 * killed, in libraries that are not instrumented, too. Valid until the next call; NULL when it is
 * larger than FUZZ_GUARDED_MAX.
 */
#define FUZZ_GUARDED_MAX 65536
void *fuzz_guarded(const uint8_t *data, size_t size);

/*
 * A folder of the target's own ($TMPDIR), which is removed at the end. `fuzz_folder()` is its path,
 * `fuzz_put()` writes one file of it and returns that file's path, valid until the next call.
 */
const char *fuzz_folder(void);
const char *fuzz_put(const char *name, const uint8_t *data, size_t size);

/* A file that holds the input, at its beginning. It is the same one each time, and stays open. */
int fuzz_file(const uint8_t *data, size_t size);

/* Ends the program as "skipped" unless it is root: what is loaded must be root's. */
void fuzz_needs_root(void);
