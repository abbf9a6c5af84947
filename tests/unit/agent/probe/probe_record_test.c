/* SPDX-License-Identifier: Apache-2.0 */
/* The kept measurement, in a mount namespace with a /run of the test's own. */
#include "agent/probe/probe_record.h"
#include "agent/record/state_dir.h"
#include "cleanup.h"
#include "tests/unit/agent/private_run.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define RECORD STATE_DIR_PATH "/probe.json"

#define WITH(text) "{\"schema\":1,\"boot_id\":\"here\"," text "}"
#define ANSWERS	   "\"zero_checksum\":\"clean\",\"udp_checksum\":\"corrupt\""

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		int result;
		enum answer zero_checksum, udp_checksum;
		const char *source;
	} cases[] = {
		{WITH(ANSWERS ",\"time\":\"T\",\"reason\":null"), 0, ANSWER_NO, ANSWER_YES,
		 "offload-agent probe, T"},
		{WITH(ANSWERS), 0, ANSWER_NO, ANSWER_YES, "offload-agent probe, this boot"},
		{WITH(ANSWERS ",\"time\":\"T\",\"reason\":\"R\",\"more\":[]"), 0, ANSWER_NO,
		 ANSWER_YES, "offload-agent probe; not all was measured: R"},
		{WITH("\"zero_checksum\":\"unknown\",\"udp_checksum\":\"unknown\",\"time\":\"T\","
		      "\"reason\":\"R\""),
		 0, ANSWER_UNKNOWN, ANSWER_UNKNOWN, "R"},
		{WITH("\"zero_checksum\":\"unknown\",\"udp_checksum\":\"unknown\",\"reason\":\"\""),
		 0, ANSWER_UNKNOWN, ANSWER_UNKNOWN, "offload-agent probe, this boot"},
		{"{\"schema\":1,\"boot_id\":\"before\"," ANSWERS "}", -ESTALE, 0, 0, NULL},
		{"{\"schema\":1," ANSWERS "}", -EBADMSG, 0, 0, NULL},
		{"{\"schema\":1,\"boot_id\":7," ANSWERS "}", -EBADMSG, 0, 0, NULL},
		{"{\"schema\":2,\"boot_id\":\"here\"," ANSWERS "}", -EBADMSG, 0, 0, NULL},
		{"{\"boot_id\":\"here\"," ANSWERS "}", -EBADMSG, 0, 0, NULL},
		{WITH("\"zero_checksum\":\"clean\""), -EBADMSG, 0, 0, NULL},
		{WITH("\"zero_checksum\":\"clean\",\"udp_checksum\":true"), -EBADMSG, 0, 0, NULL},
		{WITH("\"zero_checksum\":\"fine\",\"udp_checksum\":\"clean\""), -EBADMSG, 0, 0,
		 NULL},
		{WITH(ANSWERS "," ANSWERS), -EBADMSG, 0, 0, NULL},
		{"[]", -EBADMSG, 0, 0, NULL},
		{"", -EBADMSG, 0, 0, NULL},
		{"{", -EBADMSG, 0, 0, NULL},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct measured_facts measured = {.source = NULL};
		int result =
			probe_record_parse(cases[i].text, strlen(cases[i].text), "here", &measured);

		if (result != cases[i].result)
			fail_msg("%s: %d", cases[i].text, result);
		if (result < 0) {
			assert_null(measured.source);
			continue;
		}
		assert_int_equal(measured.zero_checksum, cases[i].zero_checksum);
		assert_int_equal(measured.udp_checksum, cases[i].udp_checksum);
		assert_string_equal(measured.source, cases[i].source);
		measured_facts_clear(&measured);
	}
}

/* A whole measurement of this boot, as 6.18 gives it. */
static void make_result(struct probe_result *result)
{
	*result = (struct probe_result){.time = "2020-06-01T12:00:00Z"};
	assert_int_equal(boot_id_read(result->boot_id), 0);
	for (unsigned int i = 0; i < PROBE_MEASUREMENTS; i++) {
		result->measurements[i].udp_csum = i & 2;
		result->measurements[i].tx = !(i & 1);
		result->measurements[i].corrupts = (i & 3) == 2 ? ANSWER_YES : ANSWER_NO;
	}
	probe_conclude(result);
}

static int read_result(void)
{
	_cleanup_(measured_facts_clear) struct measured_facts measured = {.source = NULL};
	int result = probe_record_read(&measured);

	if (result < 0)
		return result;
	assert_int_equal(measured.zero_checksum, ANSWER_NO);
	assert_int_equal(measured.udp_checksum, ANSWER_YES);
	assert_string_equal(measured.source, "offload-agent probe, 2020-06-01T12:00:00Z");
	return 0;
}

static void test_keep(void **state)
{
	struct probe_result result;
	struct stat status;

	unlink(RECORD);
	make_result(&result);
	assert_int_equal(read_result(), -ENOENT);
	assert_int_equal(probe_record_write(&result), 0);
	assert_int_equal(read_result(), 0);
	/* It stays root's in a folder of the service's user. */
	assert_int_equal(chown(STATE_DIR_PATH, 1, 1), 0);
	assert_int_equal(probe_record_write(&result), 0);
	assert_int_equal(stat(RECORD, &status), 0);
	assert_int_equal(status.st_uid, 0);
	assert_int_equal(status.st_mode & 0777, 0644);
	assert_int_equal(chown(STATE_DIR_PATH, 0, 0), 0);
	assert_int_equal(read_result(), 0);
}

/* What leaves something open is not kept, and does not replace what is. */
static void test_not_kept(void **state)
{
	struct probe_result result;

	make_result(&result);
	unlink(RECORD);
	result.measurements[0].corrupts = ANSWER_UNKNOWN;
	strcpy(result.measurements[0].reason, "why");
	probe_conclude(&result);
	assert_int_equal(probe_record_write(&result), -ENODATA);
	assert_int_equal(read_result(), -ENOENT);
	make_result(&result);
	result.boot_id[0] = '\0';
	assert_int_equal(probe_record_write(&result), -ENODATA);
	assert_int_equal(read_result(), -ENOENT);
}

static void write_record(const char *text, size_t size)
{
	_cleanup_close_ int fd = open(RECORD, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, size), size);
}

/* A record by others, or what is none: as if nothing had been measured. */
static void test_ignored(void **state)
{
	static char long_text[65536];
	struct probe_result result;

	make_result(&result);
	assert_int_equal(probe_record_write(&result), 0);
	assert_int_equal(chown(RECORD, 1, 0), 0);
	assert_int_equal(read_result(), -EPERM);
	assert_int_equal(chown(RECORD, 0, 0), 0);
	assert_int_equal(chmod(RECORD, 0664), 0);
	assert_int_equal(read_result(), -EPERM);
	assert_int_equal(chmod(RECORD, 0646), 0);
	assert_int_equal(read_result(), -EPERM);
	assert_int_equal(chmod(RECORD, 0644), 0);
	assert_int_equal(read_result(), 0);

	assert_int_equal(rename(RECORD, RECORD ".other"), 0);
	assert_int_equal(symlink(RECORD ".other", RECORD), 0);
	assert_int_equal(read_result(), -EBADMSG);
	assert_int_equal(unlink(RECORD), 0);
	assert_int_equal(mkfifo(RECORD, 0644), 0);
	assert_int_equal(read_result(), -EBADMSG);
	assert_int_equal(unlink(RECORD), 0);

	memcpy(result.boot_id, "00000000", 8);
	assert_int_equal(probe_record_write(&result), 0);
	assert_int_equal(read_result(), -ESTALE);
	write_record("{\"schema\":1", 11);
	assert_int_equal(read_result(), -EBADMSG);
	memset(long_text, ' ', sizeof(long_text));
	write_record(long_text, sizeof(long_text));
	assert_int_equal(read_result(), -EFBIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_keep),
		cmocka_unit_test(test_not_kept),
		cmocka_unit_test(test_ignored),
	};
	int result;

	if (geteuid() != 0) {
		print_message("skipped: only root can make files of others\n");
		return 77;
	}
	result = private_run_enter();
	return result ? result : cmocka_run_group_tests(tests, NULL, NULL);
}
