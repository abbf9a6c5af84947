/* SPDX-License-Identifier: Apache-2.0 */

/* What the service publishes, when, and what it sends to systemd: the test has systemd's socket. */

#include "agent/service/publication.h"
#include "cleanup.h"
#include "tests/unit/agent/folder.h"
#include "tests/unit/agent/scene.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define NOW	 UINT64_C(100000)
#define PAUSE_MS 1000
#define RETRY_MS 5000

static struct folder folder;
static struct scene scene;
static struct publication publication;
static int systemd;

/* systemd listens at "notify" in the folder; "nobody" is nowhere. */
static void choose_socket(const char *name, struct sockaddr_un *ret_address)
{
	*ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(ret_address->sun_path, sizeof(ret_address->sun_path), "%s/%s", folder.path, name);
	assert_int_equal(setenv("NOTIFY_SOCKET", ret_address->sun_path, 1), 0);
}

static int setup(void **state)
{
	struct sockaddr_un address;

	folder_make(&folder);
	scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	scene_add(&scene, 3, "flannel.1", "vxlan", ANSWER_NO);
	publication = (struct publication)PUBLICATION_NONE;
	publication.status.pid = getpid();
	choose_socket("notify", &address);
	systemd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return bind(systemd, (struct sockaddr *)&address, sizeof(address));
}

static int teardown(void **state)
{
	publication_clear(&publication);
	close(systemd);
	unsetenv("NOTIFY_SOCKET");
	unlinkat(folder.fd, "notify", 0);
	scene_clear(&scene);
	folder_remove(&folder);
	return 0;
}

/* The next message that systemd gets must be this one; NULL: there is none. */
static void expect_message(const char *text)
{
	char message[256] = "";
	ssize_t length = recv(systemd, message, sizeof(message) - 1, MSG_DONTWAIT);

	if (!text) {
		assert_int_equal(length, -1);
		return;
	}
	assert_true(length > 0);
	assert_string_equal(message, text);
}

static bool is_there(const char *name)
{
	return faccessat(folder.fd, name, F_OK, 0) == 0;
}

static void publish(int directory_fd)
{
	struct report report;

	scene_report(&scene, false, &report);
	publication_write(&publication, directory_fd, &report, &scene.policy.config, NOW);
}

static void test_publishes(void **state)
{
	char message[256] = "";

	assert_int_equal(publication_open(&publication, folder.fd), 0);
	assert_true(publication_due(&publication) == UINT64_MAX);
	publish(folder.fd);
	assert_true(is_there("service.json"));
	assert_true(is_there("report.json"));
	assert_true(publication_due(&publication) == UINT64_MAX);
	snprintf(message, sizeof(message), "STATUS=%s", publication.summary);
	expect_message(message);
	expect_message("READY=1");
	/* Neither is said twice. */
	publish(folder.fd);
	expect_message(NULL);
}

static ino_t inode(const char *name)
{
	struct stat status;

	assert_int_equal(fstatat(folder.fd, name, &status, AT_SYMLINK_NOFOLLOW), 0);
	return status.st_ino;
}

/* Each file is written if it would say something new, or is not there. */
static void test_writes_news(void **state)
{
	ino_t report, service;

	publish(folder.fd);
	report = inode("report.json");
	service = inode("service.json");
	publish(folder.fd);
	assert_int_equal(inode("report.json"), report);
	assert_int_equal(inode("service.json"), service);

	scene_add(&scene, 7, "flannel.2", "vxlan", ANSWER_NO);
	publish(folder.fd);
	assert_int_not_equal(inode("report.json"), report);
	assert_int_equal(inode("service.json"), service);

	report = inode("report.json");
	assert_int_equal(unlinkat(folder.fd, "service.json", 0), 0);
	publish(folder.fd);
	assert_true(is_there("service.json"));
	assert_int_equal(inode("report.json"), report);
	assert_int_equal(unlinkat(folder.fd, "report.json", 0), 0);
	publish(folder.fd);
	assert_true(is_there("report.json"));
}

static void test_gathers(void **state)
{
	publication_hurry(&publication, NOW);
	publication_hurry(&publication, NOW + PAUSE_MS - 1);
	assert_int_equal(publication_due(&publication), NOW + PAUSE_MS);
	assert_false(publication_wants_report(&publication, NOW + PAUSE_MS - 1));
	assert_true(publication_wants_report(&publication, NOW + PAUSE_MS));
	publish(folder.fd);
	assert_true(publication_due(&publication) == UINT64_MAX);
}

/* Without a folder systemd gets it all the same, and changes do not hasten the next attempt. */
static void test_no_folder(void **state)
{
	publish(-EROFS);
	assert_true(publication.ready);
	assert_int_equal(publication_due(&publication), NOW + RETRY_MS);
	publication_hurry(&publication, NOW + 1);
	assert_int_equal(publication_due(&publication), NOW + RETRY_MS);
	publish(folder.fd);
	assert_true(is_there("report.json"));
	assert_true(publication_due(&publication) == UINT64_MAX);
}

/* READY that could not be sent is sent again, and nothing else is done for it. */
static void test_ready_alone(void **state)
{
	struct sockaddr_un address;

	choose_socket("nobody", &address);
	publish(folder.fd);
	assert_false(publication.ready);
	assert_int_equal(publication_due(&publication), NOW + RETRY_MS);
	assert_false(publication_wants_report(&publication, NOW + RETRY_MS));
	publication_retry_ready(&publication, NOW + RETRY_MS);
	assert_int_equal(publication_due(&publication), NOW + 2 * RETRY_MS);

	choose_socket("notify", &address);
	publication_retry_ready(&publication, NOW + 2 * RETRY_MS - 1);
	expect_message(NULL);
	publication_retry_ready(&publication, NOW + 2 * RETRY_MS);
	expect_message("READY=1");
	expect_message(NULL);
	assert_true(publication_due(&publication) == UINT64_MAX);
}

static void test_reload(void **state)
{
	char message[256] = "";

	publish(folder.fd);
	while (recv(systemd, message, sizeof(message), MSG_DONTWAIT) > 0)
		;
	publication_reloading(&publication);
	memset(message, 0, sizeof(message));
	assert_true(recv(systemd, message, sizeof(message) - 1, MSG_DONTWAIT) > 0);
	assert_int_equal(strncmp(message, "RELOADING=1\nMONOTONIC_USEC=", 27), 0);
	publication_retry_ready(&publication, NOW + 2 * RETRY_MS);
	expect_message(NULL);
	publish(folder.fd);
	expect_message("READY=1");
}

/* What stays behind is true, or nothing does. */
static void test_last_report(void **state)
{
	struct agent_config *config = &scene.policy.config;
	struct report report;

	scene_report(&scene, false, &report);
	assert_false(publication_has_readers(&publication, config));
	assert_int_equal(publication_open(&publication, folder.fd), 0);
	assert_true(publication_has_readers(&publication, config));
	publish(folder.fd);
	publication_write_last(&publication, folder.fd, &report, true, config);
	assert_true(is_there("report.json"));
	publication_write_last(&publication, folder.fd, &report, false, config);
	assert_false(is_there("report.json"));
	assert_true(is_there("service.json"));
	publication_end(&publication, folder.fd);
	assert_false(is_there("service.json"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_publishes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_writes_news, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gathers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_folder, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ready_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reload, setup, teardown),
		cmocka_unit_test_setup_teardown(test_last_report, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
