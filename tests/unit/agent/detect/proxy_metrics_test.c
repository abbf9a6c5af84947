/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/monotonic.h"
#include "agent/base/socket_address.h"
#include "agent/detect/http_get.h"
#include "agent/detect/proxy_metrics.h"
#include "cleanup.h"
#include "tests/unit/agent/own_network.h"
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define ADDRESS "127.0.0.1:10249"
#define URL	"http://" ADDRESS "/metrics: "
#define OK	"HTTP/1.0 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n\r\n"
#define BUILD	"kubernetes_build_info{buildDate=\"2020-05-20T12:43:34Z\",compiler=\"gc\","
#define PAGE                                                                                       \
	OK "# HELP go_goroutines Number of goroutines.\n# TYPE go_goroutines gauge\n"              \
	   "go_goroutines 71\n# TYPE kubernetes_build_info gauge\n" BUILD                          \
	   "gitCommit=\"2e7996e3\","                                                               \
	   "gitTreeState=\"clean\",gitVersion=\"v1.18.3\",goVersion=\"go1.13.9\","                 \
	   "major=\"1\",minor=\"18\",platform=\"linux/amd64\"} 1\nprocess_open_fds 9\n"

static void test_parse_response(void **state)
{
	static const struct {
		const char *response, *version; /* NULL: refused */
	} cases[] = {
		{PAGE, "v1.18.3"},
		{"HTTP/1.1 200 OK\r\n\r\n" BUILD "git_version=\"v1.19.0\"} 1\n", "v1.19.0"},
		{"HTTP/1.0 200\n\nkubernetes_build_info{gitVersion=\"v1\"} 1\n", "v1"},
		{OK "kubernetes_build_info{gitVersion=\"v1.18.3\"} 1", "v1.18.3"},
		{OK "kubernetes_build_info { a = \"b\" , gitVersion = \"v1.18.3\" , } 1\n",
		 "v1.18.3"},
		{OK "kubernetes_build_info{a=\"}\\\",gitVersion=\\\"x\\n\\\\\",gitVersion=\"v2\"} "
		    "1\n",
		 "v2"},
		{OK "kubernetes_build_info{gitVersion=\"v\\\"1\\\\2\\n3\"} 1\n", "v\"1\\2\n3"},
		/* Not the series, not the label. */
		{OK "# kubernetes_build_info{gitVersion=\"v1\"} 1\n", NULL},
		{OK "other_kubernetes_build_info{gitVersion=\"v1\"} 1\n", NULL},
		{OK "kubernetes_build_info_total{gitVersion=\"v1\"} 1\n", NULL},
		{OK "kubernetes_build_info{xgitVersion=\"v1\",gitVersionx=\"v1\"} 1\n", NULL},
		{OK "kubernetes_build_info{gitversion=\"v1\"} 1\n", NULL},
		{OK "kubernetes_build_info{gitVersion=\"\"} 1\n", NULL},
		{OK "kubernetes_build_info{gitVersion=v1} 1\n", NULL},
		{OK "kubernetes_build_info{gitVersion=\"v1\n", NULL},
		{OK "kubernetes_build_info{gitVersion\n", NULL},
		{OK "kubernetes_build_info{\n", NULL},
		{OK "kubernetes_build_info{} 1\n", NULL},
		{OK "kubernetes_build_info 1\n", NULL},
		{OK, NULL},
		/* Not the header. */
		{"", NULL},
		{"garbage", NULL},
		{"HTTP/1.0 500 Internal Server Error\r\n\r\n" BUILD "gitVersion=\"v1\"} 1\n", NULL},
		{"HTTP/1.0 2000 OK\r\n\r\n" BUILD "gitVersion=\"v1\"} 1\n", NULL},
		{"HTTP/2 200 OK\r\n\r\n" BUILD "gitVersion=\"v1\"} 1\n", NULL},
		{"HTTP/1.0 200 OK\r\n" BUILD "gitVersion=\"v1\"} 1\n", NULL},
		{BUILD "gitVersion=\"v1\"} 1\n", NULL},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		_cleanup_free_ char *version = NULL;
		const char *why = NULL;
		int result = proxy_metrics_parse_response(
			cases[i].response, strlen(cases[i].response), &version, &why);

		if (result != (cases[i].version ? 0 : -EBADMSG))
			fail_msg("%s: %d, %s", cases[i].response, result, version);
		if (cases[i].version) {
			assert_string_equal(version, cases[i].version);
		} else {
			assert_null(version);
			assert_non_null(why);
		}
	}
}

/* Cut off anywhere, the answer gives the version or nothing; never another, and never a crash. */
static void test_truncated_response(void **state)
{
	static const char page[] = PAGE;
	size_t told = 0;

	for (size_t size = 0; size < sizeof(page); size++) {
		_cleanup_free_ char *exact = malloc(size ? size : 1), *version = NULL;

		memcpy(exact, page, size);
		if (proxy_metrics_parse_response(exact, size, &version, NULL) == 0) {
			assert_string_equal(version, "v1.18.3");
			told++;
		}
	}
	assert_true(told > 10);
}

static void test_label_too_long(void **state)
{
	char response[1024] = OK "kubernetes_build_info{gitVersion=\"";
	size_t start = strlen(response);
	char *version = NULL;

	memset(response + start, '1', 300);
	strcpy(response + start + 300, "\"} 1\n");
	assert_int_equal(proxy_metrics_parse_response(response, strlen(response), &version, NULL),
			 -EBADMSG);
	assert_null(version);
}

/* What the server does with a connection. */
struct service {
	const char *response;
	size_t repeat; /* how often it is sent */
	unsigned int pause_ms; /* after each byte */
	bool stay; /* keep the connection open */
};

/* Who connects and asks for nothing is passed over. */
static void serve(int listener, const struct service *service)
{
	char request[1024];
	int fd = -1;

	do {
		close(fd);
		fd = accept(listener, NULL, NULL);
		if (fd < 0)
			_exit(1);
	} while (recv(fd, request, sizeof(request), 0) <= 0);
	if (strncmp(request, "GET /metrics HTTP/1.0\r\n", 23) != 0)
		_exit(1);
	for (size_t n = 0; n < service->repeat; n++) {
		size_t size = strlen(service->response), step = service->pause_ms ? 1 : size;

		for (size_t sent = 0; sent < size; sent += step) {
			if (send(fd, service->response + sent, step, MSG_NOSIGNAL) < 0)
				_exit(0);
			usleep(service->pause_ms * 1000);
		}
	}
	while (service->stay)
		pause();
	_exit(0);
}

static int make_listener(const char *text)
{
	union socket_address address;
	socklen_t size;
	int fd, on = 1;

	assert_int_equal(socket_address_parse(text, &address), 0);
	size = address.any.sa_family == AF_INET ? sizeof(address.ip4) : sizeof(address.ip6);
	fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	assert_int_equal(bind(fd, &address.any, size), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static pid_t start_server(int listener, const struct service *service)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(listener, service);
	}
	close(listener);
	return pid;
}

static void stop_server(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* The question and its answer. */
static int ask(const char *address, unsigned int limit_ms, char **ret_version, char **ret_why)
{
	_cleanup_(cleanup_proxy_metrics) struct proxy_metrics *metrics = NULL;

	assert_int_equal(proxy_metrics_ask(address, limit_ms, &metrics), 0);
	return proxy_metrics_read(metrics, ret_version, ret_why);
}

static void test_ask(void **state)
{
	static const struct {
		struct service service;
		const char *version, *why;
		int limit_ms;
	} cases[] = {
		{{PAGE, 1, 0, false}, "v1.18.3", NULL, 20000},
		{{OK BUILD "git_version=\"v1.19.0\"} 1\n", 1, 0, false}, "v1.19.0", NULL, 20000},
		{{OK "nothing\n", 1, 0, false},
		 NULL,
		 URL "the page tells no kubernetes_build_info with gitVersion or git_version",
		 20000},
		{{"garbage\001\377\n", 1, 0, false},
		 NULL,
		 URL "the answer is not HTTP with status 200",
		 20000},
		{{"", 1, 0, false}, NULL, URL "the answer is not HTTP with status 200", 20000},
		{{"HTTP/1.0 500 Internal Server Error\r\n\r\n" BUILD "gitVersion=\"v1\"} 1\n", 1, 0,
		  false},
		 NULL,
		 URL "the answer is not HTTP with status 200",
		 20000},
		{{PAGE, 10 * 1024 * 1024 / sizeof(PAGE), 0, false},
		 NULL,
		 URL "the page is larger than 4 MiB",
		 20000},
		{{PAGE, 1, 20, false}, NULL, URL "no complete answer in time", 300},
		{{PAGE, 1, 0, true}, NULL, URL "no complete answer in time", 300},
		{{"", 1, 0, true}, NULL, URL "no complete answer in time", 300},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		_cleanup_free_ char *version = NULL, *why = NULL;
		pid_t pid = start_server(make_listener(ADDRESS), &cases[i].service);
		uint64_t started = monotonic_now_ms();
		int result = ask(ADDRESS, cases[i].limit_ms, &version, &why);

		stop_server(pid);
		if (cases[i].limit_ms == 300)
			assert_true(monotonic_now_ms() - started < 5000);
		assert_int_equal(result, cases[i].version ? 0 : -EBADMSG);
		if (cases[i].version) {
			assert_string_equal(version, cases[i].version);
			assert_null(why);
		} else {
			assert_null(version);
			assert_string_equal(why, cases[i].why);
		}
	}
}

static void test_ip6(void **state)
{
	const struct service service = {PAGE, 1, 0, false};
	_cleanup_free_ char *version = NULL, *why = NULL;
	pid_t pid;

	if (access("/proc/self/net/tcp6", R_OK) < 0) {
		puts("skipped: this kernel has no IPv6");
		skip();
	}
	pid = start_server(make_listener("[::1]:10249"), &service);
	assert_int_equal(ask("[::1]:10249", 20000, &version, &why), 0);
	assert_string_equal(version, "v1.18.3");
	stop_server(pid);

	/* A listener on all of IPv6 serves IPv4 as well. */
	free(TAKE_PTR(version));
	pid = start_server(make_listener("[::]:10249"), &service);
	assert_int_equal(ask(ADDRESS, 20000, &version, &why), 0);
	assert_string_equal(version, "v1.18.3");
	stop_server(pid);
}

static void test_nobody_and_bad_address(void **state)
{
	_cleanup_free_ char *version = NULL, *why = NULL;

	assert_int_equal(ask(ADDRESS, 1000, &version, &why), -ENOENT);
	assert_null(why);
	assert_int_equal(ask("localhost:10249", 1000, &version, &why), -EACCES);
	assert_string_equal(why, "http://localhost:10249/metrics: not asked: must be a numeric "
				 "address and a port, as 127.0.0.1:10249");
	assert_null(version);
}

static void test_send(void **state)
{
	const struct service service = {PAGE, 1, 0, false};
	_cleanup_close_ int fd = -1;
	union socket_address address;
	pid_t pid;

	assert_int_equal(socket_address_parse(ADDRESS, &address), 0);
	assert_int_equal(http_get_connect(&address), -ECONNREFUSED);
	pid = start_server(make_listener(ADDRESS), &service);
	fd = http_get_connect(&address);
	assert_true(fd >= 0);
	assert_int_equal(http_get_send(fd, ADDRESS, "/metrics", monotonic_now_ms() + 20000), 0);
	stop_server(pid);
	address.any.sa_family = AF_UNSPEC;
	assert_true(http_get_connect(&address) < 0);
}

/* A connection that nobody takes and nobody refuses. */
static void test_connection_hangs(void **state)
{
	union socket_address address;
	int listener = make_listener(ADDRESS), fds[8];
	int result = 0;
	size_t n = 0;

	assert_int_equal(socket_address_parse(ADDRESS, &address), 0);
	/* As many as its queue takes, and then one more. */
	while (result == 0 && n < N_ELEMENTS(fds)) {
		fds[n] = http_get_connect(&address);
		assert_true(fds[n] >= 0);
		result = http_get_send(fds[n++], ADDRESS, "/metrics", monotonic_now_ms() + 100);
	}
	assert_int_equal(result, -ETIME);
	while (n > 0)
		close(fds[--n]);
	close(listener);
}

/* It learns no more than that there was a connection. */
static void test_listener_of_another(void **state)
{
	_cleanup_free_ char *version = NULL, *why = NULL;
	_cleanup_close_ int listener = -1, connection = -1;
	char byte;

	if (seteuid(1000) < 0) {
		puts("skipped: this user namespace has no second user");
		skip();
	}
	listener = make_listener(ADDRESS);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(ask(ADDRESS, 20000, &version, &why), -EACCES);
	assert_null(version);
	assert_string_equal(why, URL "not asked: another user than root listens there");
	connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(connection >= 0);
	assert_int_equal(read(connection, &byte, sizeof(byte)), 0);
}

static void (*before_check)(void);

int __real_listener_check(const union socket_address *address);
int __wrap_listener_check(const union socket_address *address);

int __wrap_listener_check(const union socket_address *address)
{
	if (before_check)
		before_check();
	before_check = NULL;
	return __real_listener_check(address);
}

static const struct service trusted_service = {PAGE, 1, 0, false};
static int other_listener, other_connection;
static pid_t trusted_server;

/* Who listened has a connection already, and leaves the port to root. */
static void hand_port_over(void)
{
	other_connection = accept4(other_listener, NULL, NULL, SOCK_CLOEXEC);
	close(other_listener);
	trusted_server = start_server(make_listener(ADDRESS), &trusted_service);
}

static void test_port_changes_hands(void **state)
{
	_cleanup_free_ char *version = NULL, *why = NULL;
	char byte;

	other_listener = make_listener(ADDRESS);
	before_check = hand_port_over;
	assert_int_equal(ask(ADDRESS, 20000, &version, &why), 0);
	assert_string_equal(version, "v1.18.3");
	assert_true(other_connection >= 0);
	assert_int_equal(recv(other_connection, &byte, sizeof(byte), 0), 0);
	close(other_connection);
	stop_server(trusted_server);
}

int main(void)
{
	const struct CMUnitTest pure[] = {
		cmocka_unit_test(test_parse_response),
		cmocka_unit_test(test_truncated_response),
		cmocka_unit_test(test_label_too_long),
	};
	const struct CMUnitTest live[] = {
		cmocka_unit_test(test_ask),
		cmocka_unit_test(test_ip6),
		cmocka_unit_test(test_nobody_and_bad_address),
		cmocka_unit_test(test_send),
		cmocka_unit_test(test_connection_hangs),
		cmocka_unit_test(test_listener_of_another),
		cmocka_unit_test(test_port_changes_hands),
	};
	int failed = cmocka_run_group_tests(pure, NULL, NULL);

	if (failed)
		return failed;
	if (!own_network_enter()) {
		puts("skipped: live tests, since no network namespace can be made (not root?)");
		return 77;
	}
	return cmocka_run_group_tests(live, NULL, NULL);
}
