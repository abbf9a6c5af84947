/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/monotonic.h"
#include "agent/detect/dpkg_status.h"
#include "cleanup.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static int read_version(FILE *file, char **ret_version)
{
	assert_int_equal(fflush(file), 0);
	rewind(file);
	return dpkg_status_version(fileno(file), "kubelet", ret_version);
}

#define KUBELET	  "Package: kubelet\n"
#define INSTALLED "Status: install ok installed\n"
#define VERSION	  "Version: 1.18.3-00\n"

static void test_version(void **state)
{
	static const struct {
		const char *text, *version;
	} cases[] = {
		{"", NULL},
		{KUBELET INSTALLED VERSION, "1.18.3-00"},
		{VERSION INSTALLED KUBELET "\n", "1.18.3-00"}, /* in any order */
		{KUBELET "Status: hold ok installed\n" VERSION, "1.18.3-00"},
		{KUBELET "Status: deinstall ok config-files\n" VERSION, NULL},
		{KUBELET "Status: install ok half-installed\n" VERSION, NULL},
		{KUBELET "Status: installed\n" VERSION, NULL},
		{KUBELET VERSION, NULL},
		{KUBELET INSTALLED, NULL},
		{KUBELET INSTALLED "Version:\n", NULL},
		{"Package: kubelet2\n" INSTALLED VERSION, NULL},
		{"Package: kubectl\n" INSTALLED "Version: 1.17.0\n\n" KUBELET INSTALLED VERSION
		 "\nPackage: x\n" INSTALLED "Version: 9\n",
		 "1.18.3-00"},
		/* Continuation lines are no fields. */
		{KUBELET INSTALLED "Description: a\n Version: 9\n Status: x y z\n" VERSION,
		 "1.18.3-00"},
		{"Package: a\n" INSTALLED "Version: 9\n\n" KUBELET VERSION, NULL},
		/* Short ones are no ends. */
		{KUBELET "P\n.\n " INSTALLED INSTALLED "V\n" VERSION, "1.18.3-00"},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		_cleanup_fclose_ FILE *file = tmpfile();
		_cleanup_free_ char *version = NULL;

		assert_true(fputs(cases[i].text, file) >= 0);
		assert_int_equal(read_version(file, &version), cases[i].version ? 0 : -ENOENT);
		if (cases[i].version)
			assert_string_equal(version, cases[i].version);
		else
			assert_null(version);
	}
}

/* Lines of any length, and pieces of them that look like fields. */
static void test_long_lines(void **state)
{
	for (size_t length = 1000; length < 1050; length++) {
		_cleanup_fclose_ FILE *file = tmpfile();
		_cleanup_free_ char *version = NULL;

		fputs(KUBELET INSTALLED "Depends: ", file);
		for (size_t i = 0; i < length; i++)
			fputc('x', file);
		fputs("Version: 9.9.9\n" VERSION "\n", file);
		assert_int_equal(read_version(file, &version), 0);
		assert_string_equal(version, "1.18.3-00");
	}
}

static void test_large(void **state)
{
	_cleanup_fclose_ FILE *file = tmpfile();
	_cleanup_free_ char *version = NULL;
	static const char piece[] = "Package: other\n" INSTALLED "Version: 1\n\n";

	for (size_t i = 0; i < 4 * 1024 * 1024 / (sizeof(piece) - 1); i++)
		fputs(piece, file);
	fputs(KUBELET INSTALLED VERSION, file);
	assert_int_equal(read_version(file, &version), 0);
	assert_string_equal(version, "1.18.3-00");
}

/* Nothing but lines, too many of them. */
static void test_too_large(void **state)
{
	_cleanup_fclose_ FILE *file = tmpfile();
	_cleanup_free_ char *piece = malloc(1024 * 1024);
	char *version = NULL;
	int result;

	memset(piece, 'x', 1024 * 1024);
	piece[1024 * 1024 - 1] = '\n';
	for (size_t i = 0; i <= DPKG_STATUS_SIZE_MAX / (1024 * 1024); i++)
		assert_int_equal(fwrite(piece, 1024 * 1024, 1, file), 1);
	fputs("\n" KUBELET INSTALLED VERSION, file);
	/* A busy machine comes to the end of the time first. */
	result = read_version(file, &version);
	assert_true(result == -EFBIG || result == -ETIME);
	assert_null(version);
}

/* Holes take no room on a disk, and have no end. */
static void test_holes(void **state)
{
	static const char *const beginnings[] = {
		"", "Package: other\nDescription: ", KUBELET INSTALLED "Description: x"};

	for (size_t i = 0; i < N_ELEMENTS(beginnings); i++) {
		_cleanup_fclose_ FILE *file = tmpfile();
		uint64_t started = monotonic_now_ms();
		char *version = NULL;
		int result;

		assert_true(fputs(beginnings[i], file) >= 0);
		assert_int_equal(fflush(file), 0);
		if (ftruncate(fileno(file), (off_t)1 << 40) < 0)
			skip(); /* not on this file system */
		result = read_version(file, &version);
		assert_true(result == -EFBIG || result == -ETIME);
		assert_null(version);
		assert_true(monotonic_now_ms() - started < 10 * DPKG_STATUS_LIMIT_MS);
	}
}

/* NUL bytes belong to a line like others, and end what is seen of it. */
static void test_nul_bytes(void **state)
{
	static const char text[] =
		"Package: a\0\0\n\n" KUBELET INSTALLED "Description: a\0b\n" VERSION;
	_cleanup_fclose_ FILE *file = tmpfile();
	_cleanup_free_ char *version = NULL;

	assert_int_equal(fwrite(text, sizeof(text) - 1, 1, file), 1);
	assert_int_equal(read_version(file, &version), 0);
	assert_string_equal(version, "1.18.3-00");
}

static void test_unreadable(void **state)
{
	char *version = NULL;

	assert_int_equal(dpkg_status_version(-1, "kubelet", &version), -EBADF);
	assert_null(version);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_version),	   cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_large),	   cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_holes),	   cmocka_unit_test(test_nul_bytes),
		cmocka_unit_test(test_unreadable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
