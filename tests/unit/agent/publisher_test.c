/* SPDX-License-Identifier: Apache-2.0 */
/* What the service publishes, read by others; the lock is held by processes of the test's own. */
#include "agent/publication.h"
#include "agent/publisher.h"
#include "cleanup.h"
#include "tests/unit/agent/folder.h"
#include "tests/unit/agent/scene.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static struct folder folder;
static struct scene scene;

static int setup(void **state)
{
	(void)state;
	folder_make(&folder);
	scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	scene_add(&scene, 3, "flannel.1", "vxlan", ANSWER_NO);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	scene_clear(&scene);
	folder_remove(&folder);
	return 0;
}

static void publish(pid_t pid)
{
	struct publisher publisher = {
		.pid = pid,
		.since = "2020-06-01T12:00:00Z",
		.corrections = 7,
		.n_paused = 1,
		.paused = "flannel.1",
	};
	struct report report;

	report_make(&scene.inspection, false, &report);
	assert_int_equal(publisher_write(folder.fd, &publisher, &scene.inspection.facts), 0);
	assert_int_equal(publication_write(folder.fd, &report), 0);
}

/* A process that holds the lock, as the service does, until it is killed, or this one ends. */
static pid_t start_holder(void)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (publisher_lock(folder.fd) < 0 || write(ready[1], "x", 1) != 1)
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
	struct publisher publisher = {0};
	pid_t holder = start_holder();

	(void)state;
	publish(holder);
	assert_int_equal(publisher_read(folder.fd, &publisher, &facts), 1);
	kill_holder(holder);
	assert_int_equal(publisher.pid, holder);
	assert_string_equal(publisher.since, "2020-06-01T12:00:00Z");
	assert_int_equal(publisher.corrections, 7);
	assert_int_equal(publisher.n_paused, 1);
	assert_string_equal(publisher.paused, "flannel.1");
	assert_string_equal(facts.kernel.release, scene.inspection.facts.kernel.release);
	assert_string_equal(facts.kubernetes.version, scene.inspection.facts.kubernetes.version);
	assert_false(facts.links_known);
}

/* kill -9 leaves the files, but not the lock. */
static void dead_service_is_none(void **state)
{
	struct publisher publisher = {.pid = 1};
	struct facts facts = {0};
	pid_t holder = start_holder();

	(void)state;
	publish(holder);
	kill_holder(holder);
	assert_int_equal(publisher_read(folder.fd, &publisher, &facts), 0);
	assert_int_equal(publisher.pid, 1);
}

static void second_service_is_refused(void **state)
{
	pid_t holder = start_holder();
	int result = publisher_lock(folder.fd);

	(void)state;
	kill_holder(holder);
	assert_int_equal(result, -EBUSY);
	result = publisher_lock(folder.fd);
	assert_true(result >= 0);
	close(result);
}

/* Whatever stands in the file of a service that runs: an error, and nothing is taken from it. */
static void damaged_files_are_refused(void **state)
{
	static const char no_facts[] = "{\"pid\":1,\"since\":\"\",\"corrections\":0,"
				       "\"n_paused\":0,\"paused\":\"\",\"facts\":\"x\"}";
	const char *const texts[] = {
		"", "{", "[]", "{\"schema\":2}", "{\"schema\":1,\"pid\":\"x\"}", no_facts};
	struct publisher publisher = {.pid = 1};
	struct facts facts = {0};
	pid_t holder = start_holder();

	(void)state;
	for (size_t i = 0; i < N_ELEMENTS(texts); i++) {
		folder_write(&folder, "service.json", texts[i], strlen(texts[i]));
		assert_int_equal(publisher_read(folder.fd, &publisher, &facts), -EBADMSG);
	}
	kill_holder(holder);
	assert_int_equal(publisher.pid, 1);
	assert_null(facts.kernel.release);
}

/* report.json is the JSON of `status`, for those who only read files. */
static void report_is_written(void **state)
{
	_cleanup_free_ char *text = NULL;

	(void)state;
	publish(4711);
	text = folder_read(&folder, "report.json");
	assert_non_null(text);
	assert_non_null(strstr(text, "\"state\":\"vulnerable\""));
	assert_non_null(strstr(text, "\"name\":\"flannel.1\""));
	assert_int_equal(folder_count(&folder), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(running_service_is_read, setup, teardown),
		cmocka_unit_test_setup_teardown(dead_service_is_none, setup, teardown),
		cmocka_unit_test_setup_teardown(second_service_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(damaged_files_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(report_is_written, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
