/* SPDX-License-Identifier: Apache-2.0 */
/* What the service publishes, read by others; the lock is held by processes of the test's own. */
#include "agent/record/service_status.h"
#include "agent/record/state_dir.h"
#include "agent/record/written_file.h"
#include "agent/report/report_file.h"
#include "cleanup.h"
#include "tests/unit/agent/folder.h"
#include "tests/unit/agent/scene.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

static struct folder folder;
static struct scene scene;

static int setup(void **state)
{
	folder_make(&folder);
	scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	scene_add(&scene, 3, "flannel.1", "vxlan", ANSWER_NO);
	return 0;
}

static int teardown(void **state)
{
	scene_clear(&scene);
	folder_remove(&folder);
	return 0;
}

static void publish(const struct facts *facts, struct written_file *file)
{
	const struct service_status status = {
		.pid = getpid(),
		.network_namespace = 4026531840,
		.since = "2020-06-01T12:00:00Z",
		.corrections = 7,
		.n_paused = 1,
		.paused = "flannel.1",
		.rates = {.known = true, .udp = 9, .tcp = 1},
	};

	assert_int_equal(service_status_write(folder.fd, &status, facts, file), 0);
}

/* What a process that plays the service does before it waits for its end. */
static void lock_and_publish(void)
{
	struct written_file file = WRITTEN_FILE_NONE;

	if (service_status_lock(folder.fd, 0) < 0)
		_exit(1);
	publish(&scene.policy.facts, &file);
}

static void publish_twice(void)
{
	struct written_file file = WRITTEN_FILE_NONE;

	lock_and_publish();
	publish(NULL, &file);
	publish(&scene.policy.facts, &file);
}

static void publish_no_facts(void)
{
	struct written_file file = WRITTEN_FILE_NONE;

	publish(NULL, &file);
}

/* Nothing can be written any more: the name of the new file is taken by a folder. */
static void publish_and_fail(void)
{
	const struct service_status status = {.pid = getpid(), .since = "2021", .corrections = 8};
	struct written_file file = WRITTEN_FILE_NONE;

	lock_and_publish();
	publish(&scene.policy.facts, &file);
	assert_int_equal(mkdirat(folder.fd, ".service.json.new", 0700), 0);
	assert_true(service_status_write(folder.fd, &status, &scene.policy.facts, &file) < 0);
	assert_int_equal(unlinkat(folder.fd, ".service.json.new", AT_REMOVEDIR), 0);
}

/* A process that plays the service until it is killed, or this one ends. */
static pid_t start_holder(void (*play)(void))
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		play();
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void kill_holder(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void running_service_is_read(void **state)
{
	_cleanup_(facts_clear) struct facts facts = {0};
	struct service_status status = {0};
	pid_t holder = start_holder(publish_twice);

	assert_int_equal(service_status_read(folder.fd, &status, &facts),
			 SERVICE_STATUS_WITH_FACTS);
	kill_holder(holder);
	assert_int_equal(status.pid, holder);
	assert_int_equal(status.network_namespace, 4026531840);
	assert_string_equal(status.since, "2020-06-01T12:00:00Z");
	assert_int_equal(status.corrections, 7);
	assert_int_equal(status.n_paused, 1);
	assert_string_equal(status.paused, "flannel.1");
	assert_true(status.rates.known);
	assert_int_equal(status.rates.udp, 9);
	assert_int_equal(status.rates.tcp, 1);
	assert_string_equal(facts.kernel.release, scene.policy.facts.kernel.release);
	assert_string_equal(facts.kubernetes.version, scene.policy.facts.kubernetes.version);
	assert_false(facts.links_known);
}

/* kill -9 leaves the files, but not the locks. */
static void dead_service_is_none(void **state)
{
	struct service_status status = {.pid = 1};
	struct facts facts = {0};
	pid_t holder = start_holder(lock_and_publish), pid = 0;

	assert_int_equal(service_status_is_locked(folder.fd, &pid), 1);
	assert_int_equal(pid, holder);
	kill_holder(holder);
	assert_int_equal(service_status_read(folder.fd, &status, &facts), SERVICE_STATUS_NONE);
	assert_int_equal(status.pid, 1);
	assert_int_equal(service_status_is_locked(folder.fd, &pid), 0);
}

/* A service that starts says nothing yet; what the one before it said does not count. */
static void earlier_life_does_not_count(void **state)
{
	struct service_status status = {.pid = 1};
	struct facts facts = {0};
	pid_t holder = start_holder(lock_and_publish);
	int fd;

	kill_holder(holder);
	fd = service_status_lock(folder.fd, 0);
	assert_true(fd >= 0);
	assert_int_equal(service_status_read(folder.fd, &status, &facts), SERVICE_STATUS_NONE);
	close(fd);
}

static void service_without_facts_is_mute(void **state)
{
	struct service_status status = {0};
	struct facts facts = {0};
	pid_t holder = start_holder(publish_no_facts);

	assert_int_equal(service_status_read(folder.fd, &status, &facts),
			 SERVICE_STATUS_WITHOUT_FACTS);
	kill_holder(holder);
	assert_int_equal(status.pid, holder);
	assert_string_equal(status.since, "2020-06-01T12:00:00Z");
	assert_null(facts.kernel.release);
}

/* Facts that could not be replaced are not believed, but the service is seen to live. */
static void failed_publication_is_mute(void **state)
{
	struct service_status status = {0};
	struct facts facts = {0};
	pid_t holder = start_holder(publish_and_fail);

	assert_int_equal(service_status_read(folder.fd, &status, &facts),
			 SERVICE_STATUS_WITHOUT_FACTS);
	kill_holder(holder);
	assert_int_equal(status.pid, holder);
	assert_string_equal(status.since, "2021");
	assert_int_equal(status.corrections, 8);
	assert_null(facts.kernel.release);
}

static void second_service_is_refused(void **state)
{
	pid_t holder = start_holder(lock_and_publish);
	int result = service_status_lock(folder.fd, 0);

	kill_holder(holder);
	assert_int_equal(result, -EBUSY);
	result = service_status_lock(folder.fd, 0);
	assert_true(result >= 0);
	close(result);
}

/* A file that has no lock, or that others may write, does not count. */
static void foreign_files_do_not_count(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct service_status status = {.pid = 1};
	struct facts facts = {0};
	pid_t holder = start_holder(lock_and_publish);

	assert_int_equal(fchmodat(folder.fd, "service.json", 0666, 0), 0);
	assert_int_equal(service_status_read(folder.fd, &status, &facts), SERVICE_STATUS_NONE);
	text = folder_read(&folder, "service.json");
	assert_int_equal(unlinkat(folder.fd, "service.json", 0), 0);
	folder_write(&folder, "service.json", text, strlen(text));
	assert_int_equal(service_status_read(folder.fd, &status, &facts), SERVICE_STATUS_NONE);
	assert_int_equal(unlinkat(folder.fd, "service.json", 0), 0);
	assert_int_equal(mkfifoat(folder.fd, "service.json", 0644), 0);
	assert_int_equal(service_status_read(folder.fd, &status, &facts), SERVICE_STATUS_NONE);
	kill_holder(holder);
	assert_int_equal(status.pid, 1);
}

/* What the file of `damaged_files_are_mute()` says. */
static const char *damaged_text;

static void write_damaged(void)
{
	int fd = -1;

	assert_int_equal(state_dir_write_locked(folder.fd, "service.json", damaged_text,
						strlen(damaged_text), &fd),
			 0);
}

/* Whatever stands in the file of a service that runs: nothing is taken from it. */
static void damaged_files_are_mute(void **state)
{
	static const char no_facts[] = "{\"pid\":1,\"since\":\"\",\"corrections\":0,"
				       "\"network_namespace\":0,"
				       "\"n_paused\":0,\"paused\":\"\",\"facts\":\"x\"}";
	const char *const texts[] = {
		"", "{", "[]", "{\"schema\":2}", "{\"schema\":1,\"pid\":\"x\"}", no_facts};

	for (size_t i = 0; i < N_ELEMENTS(texts); i++) {
		struct service_status status = {.pid = 1};
		struct facts facts = {0};
		pid_t holder;

		damaged_text = texts[i];
		holder = start_holder(write_damaged);
		assert_int_equal(service_status_read(folder.fd, &status, &facts),
				 SERVICE_STATUS_WITHOUT_FACTS);
		kill_holder(holder);
		assert_int_equal(status.pid, holder);
		assert_string_equal(status.since, "");
		assert_null(facts.kernel.release);
	}
}

/* A service of another version may not say them; what is no rate is damage. */
static void rates_are_read(void **state)
{
	static const char format[] = "{\"pid\":1,\"since\":\"\",\"corrections\":0,"
				     "\"network_namespace\":0,\"n_paused\":0,\"paused\":\"\"%s}";
	const struct {
		const char *member;
		int result;
		bool known;
	} cases[] = {
		{"", SERVICE_STATUS_WITHOUT_FACTS, false},
		{",\"checksum_errors_per_minute\":null", SERVICE_STATUS_WITHOUT_FACTS, false},
		{",\"checksum_errors_per_minute\":{\"udp\":0,\"tcp\":3}",
		 SERVICE_STATUS_WITHOUT_FACTS, true},
		{",\"checksum_errors_per_minute\":{\"udp\":0}", -EBADMSG, false},
		{",\"checksum_errors_per_minute\":{\"udp\":0,\"tcp\":-1}", -EBADMSG, false},
		{",\"checksum_errors_per_minute\":{\"udp\":0.5,\"tcp\":1}", -EBADMSG, false},
		{",\"checksum_errors_per_minute\":7", -EBADMSG, false},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct service_status status = {.rates.tcp = 77};
		_cleanup_free_ char *text = NULL;
		struct facts facts = {0};

		assert_true(asprintf(&text, format, cases[i].member) > 0);
		assert_int_equal(service_status_parse(text, strlen(text), &status, &facts),
				 cases[i].result);
		assert_int_equal(status.rates.known, cases[i].known);
		assert_int_equal(status.rates.tcp, cases[i].result < 0 ? 77
						   : cases[i].known    ? 3
								       : 0);
	}
}

/* The service's user may write anything there; it is shown on root's terminal. */
static void text_is_fit_to_be_shown(void **state)
{
	static const char escape[] =
		"{\"pid\":1,\"since\":\"2\\u001b]0;x\\u0007\",\"corrections\":0,"
		"\"network_namespace\":0,\"n_paused\":1,\"paused\":\"a\\u001bb\"}";
	struct service_status status = {0};
	struct facts facts = {0};
	pid_t holder;

	damaged_text = escape;
	holder = start_holder(write_damaged);
	assert_int_equal(service_status_read(folder.fd, &status, &facts),
			 SERVICE_STATUS_WITHOUT_FACTS);
	kill_holder(holder);
	assert_string_equal(status.since, "2?]0;x?");
	assert_string_equal(status.paused, "a?b");
}

/* report.json is the JSON of `status`, for those who only read files. */
static void report_is_written(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct report report;

	scene_report(&scene, false, &report);
	assert_int_equal(report_file_write_once(folder.fd, &report), 0);
	text = folder_read(&folder, "report.json");
	assert_non_null(text);
	assert_non_null(strstr(text, "\"state\":\"vulnerable\""));
	assert_non_null(strstr(text, "\"name\":\"flannel.1\""));
	assert_int_equal(folder_count(&folder), 2);
	report_file_remove(folder.fd);
	assert_int_equal(folder_count(&folder), 1);
}

/* A command leaves the report of a running service alone. */
static void report_of_a_service_stands(void **state)
{
	pid_t holder = start_holder(lock_and_publish);
	struct report report;

	scene_report(&scene, false, &report);
	assert_int_equal(report_file_write_once(folder.fd, &report), 0);
	kill_holder(holder);
	assert_null(folder_read(&folder, "report.json"));
}

/* One that could not be replaced is not true any more. */
static void report_that_cannot_be_written_is_none(void **state)
{
	struct report report;

	scene_report(&scene, false, &report);
	assert_int_equal(report_file_write_once(folder.fd, &report), 0);
	assert_int_equal(mkdirat(folder.fd, ".report.json.new", 0700), 0);
	assert_int_equal(report_file_write_once(folder.fd, &report), -EISDIR);
	assert_int_equal(unlinkat(folder.fd, ".report.json.new", AT_REMOVEDIR), 0);
	assert_null(folder_read(&folder, "report.json"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(running_service_is_read, setup, teardown),
		cmocka_unit_test_setup_teardown(dead_service_is_none, setup, teardown),
		cmocka_unit_test_setup_teardown(second_service_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(earlier_life_does_not_count, setup, teardown),
		cmocka_unit_test_setup_teardown(service_without_facts_is_mute, setup, teardown),
		cmocka_unit_test_setup_teardown(failed_publication_is_mute, setup, teardown),
		cmocka_unit_test_setup_teardown(foreign_files_do_not_count, setup, teardown),
		cmocka_unit_test_setup_teardown(damaged_files_are_mute, setup, teardown),
		cmocka_unit_test(rates_are_read),
		cmocka_unit_test_setup_teardown(text_is_fit_to_be_shown, setup, teardown),
		cmocka_unit_test_setup_teardown(report_is_written, setup, teardown),
		cmocka_unit_test_setup_teardown(report_of_a_service_stands, setup, teardown),
		cmocka_unit_test_setup_teardown(report_that_cannot_be_written_is_none, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
