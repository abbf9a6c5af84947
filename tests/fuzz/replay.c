/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The place of libFuzzer in builds without it: runs a target on each file of the folders that are
 * its arguments. An input that breaks a rule ends the program, after its name was printed.
 */
#include "cleanup.h"
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <string.h>

#define SEED_MAX (1024 * 1024)

__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

static void run_seed(const char *path)
{
	_cleanup_fclose_ FILE *file = fopen(path, "rbe");
	_cleanup_free_ uint8_t *whole = malloc(SEED_MAX), *exact = NULL;
	size_t size;

	FUZZ_CHECK(file && whole);
	size = fread(whole, 1, SEED_MAX, file);
	FUZZ_CHECK(!ferror(file) && feof(file));
	/* As large as the input and no larger, so that the address sanitizer sees its end. */
	exact = malloc(size ? size : 1);
	FUZZ_CHECK(exact);
	memcpy(exact, whole, size);
	printf("%s\n", path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(exact, size);
}

static unsigned int run_folder(const char *folder)
{
	struct dirent **entries;
	int n_entries = scandir(folder, &entries, NULL, alphasort);
	unsigned int n_seeds = 0;

	FUZZ_CHECK(n_entries >= 0);
	for (int i = 0; i < n_entries; i++) {
		_cleanup_free_ struct dirent *entry = entries[i];
		_cleanup_free_ char *path = NULL;

		if (entry->d_name[0] == '.')
			continue;
		FUZZ_CHECK(asprintf(&path, "%s/%s", folder, entry->d_name) >= 0);
		run_seed(path);
		n_seeds++;
	}
	free(entries);
	return n_seeds;
}

int main(int argc, char *argv[])
{
	LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 1; i < argc; i++) {
		if (run_folder(argv[i]) == 0) {
			fprintf(stderr, "%s: has no seeds\n", argv[i]);
			return EXIT_FAILURE;
		}
	}
	return EXIT_SUCCESS;
}
