/* SPDX-License-Identifier: Apache-2.0 */
/* What the service saw on the wire: taken in, published, read again, and shown. */
#include "agent/base/json.h"
#include "agent/base/json_writer.h"
#include "agent/record/service_status.h"
#include "agent/report/report_wire.h"
#include "cleanup.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#define COUNTS(attempts, right, wrong, unfinished, inner)                                          \
	"\"attempts\":" #attempts ",\"answers\":0,\"right\":" #right ",\"wrong\":" #wrong          \
	",\"zero\":0,\"unfinished\":" #unfinished ",\"vouched_wrong\":0,\"inner_wrong\":" #inner
#define PEER(address, counts, mark)                                                                \
	"{\"address\":\"" address "\"," counts ",\"looks_like\":" mark ",\"first\":\"x\"}"
#define DOCUMENT(outcome, peers, others)                                                           \
	"{\"schema\":1,\"time\":\"2026-11-27T08:00:00Z\",\"outcome\":\"" outcome                   \
	"\",\"seconds\":60,\"lost\":3,\"peers\":[" peers "],\"others\":{" others "}}"
#define NONE  COUNTS(0, 0, 0, 0, 0)
#define GOOD  PEER("192.0.2.1", COUNTS(5, 5, 0, 0, 0), "null")
#define WRONG PEER("192.0.2.2", COUNTS(6, 2, 4, 0, 0), "\"udp-checksum\"")
#define INNER PEER("2001:db8::3", COUNTS(1, 1, 0, 0, 1), "\"inner-checksum\"")

static int take(struct service_status *service, const char *text)
{
	return wire_seen_take(&service->wire, text, strlen(text));
}

static void assert_line(const struct service_status *service, int code, const char *expected)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *output = open_memstream(&text, &size);

	assert_non_null(output);
	assert_int_equal(report_print_wire(output, service), code);
	fclose(output);
	assert_string_equal(text, expected);
	assert_true(size <= 81);
}

static void assert_text(const struct service_status *service, const char *expected)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *output = open_memstream(&text, &size);

	assert_non_null(output);
	report_print_wire_text(output, service);
	fclose(output);
	assert_string_equal(text, expected);
}

static void sums_and_senders(void **state)
{
	struct service_status service = {.running = true, .wire.wanted = true};

	assert_line(&service, 2, "Unknown: the service has not looked at the wire yet\n");
	assert_text(&service, "  wire        not looked at yet\n");
	assert_int_equal(
		take(&service, DOCUMENT("wrong", GOOD "," WRONG "," INNER, COUNTS(9, 8, 1, 0, 0))),
		0);
	assert_int_equal(service.wire.looks, 1);
	assert_int_equal(service.wire.attempts, 21);
	assert_int_equal(service.wire.right, 16);
	assert_int_equal(service.wire.wrong, 5);
	assert_int_equal(service.wire.inner_wrong, 1);
	assert_int_equal(service.wire.lost, 3);
	assert_line(&service, 1, "Wrong checksums from 2 of 3 peers: 192.0.2.2 (udp-checksum)\n");
	assert_text(&service,
		    "  wire        Wrong checksums from 2 of 3 peers: 192.0.2.2 (udp-checksum), "
		    "at 2026-11-27T08:00:00Z\n"
		    "              192.0.2.2: 4 wrong, 6 attempts, udp-checksum\n"
		    "              2001:db8::3: 1 wrong, 1 attempt, inner-checksum\n"
		    "              run 'offload-agent apply' there, not here\n");
	/* The next look takes its place; a try that failed does not. */
	assert_int_equal(take(&service, DOCUMENT("right", GOOD, NONE)), 0);
	assert_line(&service, 0, "Right: 5 connection attempts of 1 peer in 60 s\n");
	strcpy(service.wire.failure, "no reason");
	assert_line(&service, 2, "Unknown: no reason\n");
	assert_text(&service, "  wire        cannot look: no reason\n"
			      "  wire        Right: 5 connection attempts of 1 peer in 60 s, at "
			      "2026-11-27T08:00:00Z\n");
	assert_int_equal(
		take(&service,
		     DOCUMENT("unknown", PEER("192.0.2.1", COUNTS(2, 0, 0, 2, 0), "null"), NONE)),
		0);
	assert_line(&service, 2, "Unknown: nothing to judge on the wire in 60 s (2 unfinished)\n");
	assert_int_equal(service.wire.looks, 3);
}

/* As many as there are, of an address as long as there is. */
static void many_senders(void **state)
{
#define LONG                                                                                       \
	PEER("2001:db8:1111:2222:3333:4444:5555:6666", COUNTS(1, 0, 1, 0, 0), "\"something-else\"")
#define FIVE LONG "," LONG "," LONG "," LONG "," LONG
	struct service_status service = {.running = true, .wire.wanted = true};

	assert_int_equal(take(&service, DOCUMENT("wrong", FIVE "," FIVE, NONE)), 0);
	assert_int_equal(service.wire.n_wrong, 10);
	assert_int_equal(service.wire.n_listed, WIRE_SEEN_LISTED);
	assert_line(&service, 1,
		    "Wrong checksums from 10 of 10 peers: "
		    "2001:db8:1111:2222:3333:4444:5555:6666\n");
	assert_int_equal(take(&service, DOCUMENT("wrong", "", COUNTS(1, 0, 1, 0, 0))), 0);
	assert_line(&service, 1, "Wrong checksums from peers beyond 0\n");
}

/* What is no document changes nothing. */
static void bad_documents(void **state)
{
	static const char *const texts[] = {
		"",
		"{",
		"[]",
		"null",
		"offload-agent: no privilege\n",
		DOCUMENT("none", GOOD, NONE),
		DOCUMENT("right", "1", NONE),
		DOCUMENT("right", "{}", NONE),
		DOCUMENT("right", GOOD, "\"attempts\":1"),
		DOCUMENT("right", PEER("192.0.2.1", COUNTS(-5, 5, 0, 0, 0), "null"), NONE),
		DOCUMENT("right", PEER("192.0.2.1", COUNTS("5", 5, 0, 0, 0), "null"), NONE),
		DOCUMENT("right", PEER("192.0.2.1", COUNTS(5, 5, 0, 0, 0), "7"), NONE),
	};
	struct service_status service = {.running = true, .wire.wanted = true};

	for (size_t i = 0; i < N_ELEMENTS(texts); i++) {
		assert_int_equal(take(&service, texts[i]), -EBADMSG);
		assert_int_equal(service.wire.looks, 0);
		assert_int_equal(service.wire.attempts, 0);
	}
}

/* Writes it as service.json has it, and reads that. */
static struct wire_seen again(const struct wire_seen *seen)
{
	_cleanup_(cleanup_json) json_t *json = NULL;
	_cleanup_free_ char *text = NULL;
	struct wire_seen read;
	size_t size;
	FILE *output = open_memstream(&text, &size);
	struct json_writer writer = {.output = output};

	memset(&read, 0xff, sizeof(read));
	json_write_begin(&writer, NULL, '{');
	service_status_write_wire(&writer, seen);
	json_write_end(&writer, '}');
	fclose(output);
	assert_int_equal(json_read(text, size, 0, &json, NULL), 0);
	assert_int_equal(wire_seen_read(json_object_get(json, "wire"), &read), 0);
	return read;
}

static void published_and_read(void **state)
{
	struct service_status service = {.running = true, .wire.wanted = false};
	struct wire_seen read = again(&service.wire);

	assert_memory_equal(&read, &service.wire, sizeof(read));
	service.wire.wanted = true;
	strcpy(service.wire.failure, "it failed");
	read = again(&service.wire);
	assert_memory_equal(&read, &service.wire, sizeof(read));
	assert_int_equal(take(&service, DOCUMENT("wrong", GOOD "," WRONG "," INNER, NONE)), 0);
	read = again(&service.wire);
	assert_memory_equal(&read, &service.wire, sizeof(read));
	/* A service of before the look existed. */
	assert_int_equal(wire_seen_read(NULL, &read), 0);
	assert_false(read.wanted);
}

static void bad_publications(void **state)
{
	static const char *const texts[] = {
		"{}",
		"7",
		"{\"looks\":-1,\"failure\":null}",
		"{\"looks\":0}",
		"{\"looks\":1,\"failure\":null}",
		"{\"looks\":1,\"failure\":null,\"outcome\":\"right\",\"seconds\":1}",
	};

	for (size_t i = 0; i < N_ELEMENTS(texts); i++) {
		_cleanup_(cleanup_json) json_t *json = NULL;
		struct wire_seen seen = {.looks = 7};

		assert_int_equal(
			json_read(texts[i], strlen(texts[i]), JSON_DECODE_ANY, &json, NULL), 0);
		assert_int_equal(wire_seen_read(json, &seen), -EBADMSG);
		assert_int_equal(seen.looks, 7);
	}
}

static void not_wanted(void **state)
{
	struct service_status service = {.running = false};

	assert_line(&service, 2, "Unknown: no service runs, and only the service looks\n");
	assert_text(&service, "");
	service.running = true;
	assert_line(&service, 2,
		    "Unknown: the service does not look at the wire: wire = \"off\"\n");
	assert_text(&service, "");
	service.wire.wanted = true;
	memset(service.wire.failure, 'x', sizeof(service.wire.failure) - 1);
	assert_line(&service, 2,
		    "Unknown: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		    "xx\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_and_senders), cmocka_unit_test(many_senders),
		cmocka_unit_test(bad_documents),    cmocka_unit_test(published_and_read),
		cmocka_unit_test(bad_publications), cmocka_unit_test(not_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
