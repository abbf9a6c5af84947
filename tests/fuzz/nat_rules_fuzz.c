/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What iptables-save prints, judged. The line "# devices: NAME:PORT ...", as in the samples, says
 * which VXLAN devices there are.
 */
#include "cleanup.h"
#include "policy/nat/nat_rules.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/policy/nat/judge_text.h"

#include <string.h>

/* One more than are looked at one by one. */
#define DEVICES_MAX 9

struct devices {
	char *names;
	struct nat_rules_device list[DEVICES_MAX];
	size_t count;
};

static void read_devices(const uint8_t *data, size_t size, struct devices *devices)
{
	static const char lead[] = "# devices:";
	const uint8_t *line = memmem(data, size, lead, strlen(lead));
	char *rest = NULL;

	*devices = (struct devices){.names = NULL};
	if (!line)
		return;
	line += strlen(lead);
	size -= line - data;
	devices->names = fuzz_take_line(&line, &size);
	for (char *name = strtok_r(devices->names, " ", &rest);
	     name && devices->count < DEVICES_MAX; name = strtok_r(NULL, " ", &rest)) {
		char *colon = strchr(name, ':');

		if (colon)
			*colon++ = '\0';
		devices->list[devices->count++] = (struct nat_rules_device){
			name, colon ? (unsigned int)strtoul(colon, NULL, 10) : 0};
	}
}

static void check_outcome(const struct nat_rules_outcome *outcome)
{
	FUZZ_CHECK(outcome->vulnerable <= ANSWER_YES && outcome->reason && outcome->reason[0]);
	for (const char *next = outcome->reason; *next; next++)
		FUZZ_CHECK(*next >= ' ' && *next <= '~');
}

/* With counters ("iptables-save -c"), and with comments. */
static char *write_otherwise(const char *text, size_t size, size_t *ret_size)
{
	char *other = NULL;
	FILE *output = open_memstream(&other, ret_size);
	const char *next = text, *end = text + size;

	FUZZ_CHECK(output);
	while (next < end) {
		const char *newline = memchr(next, '\n', end - next);
		const char *line_end = newline ? newline + 1 : end;

		if (end - next >= 2 && memcmp(next, "-A", 2) == 0)
			fputs("# A comment.\n\n[12:345] ", output);
		fwrite(next, 1, line_end - next, output);
		next = line_end;
	}
	FUZZ_CHECK(fclose(output) == 0);
	return other;
}

/* Written in another way, a text is judged the same. */
static void check_again(const char *text, size_t size, const struct devices *devices,
			const struct nat_rules_outcome *outcome)
{
	_cleanup_(nat_rules_outcome_clear) struct nat_rules_outcome again = {.reason = NULL};

	FUZZ_CHECK(judge_text(text, size, devices->list, devices->count, &again) == 0);
	FUZZ_CHECK(again.vulnerable == outcome->vulnerable &&
		   strcmp(again.reason, outcome->reason) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(nat_rules_outcome_clear) struct nat_rules_outcome outcome = {.reason = NULL};
	_cleanup_free_ char *other = NULL;
	const char *text = (const char *)data;
	struct devices devices;
	size_t other_size = 0;

	read_devices(data, size, &devices);
	FUZZ_CHECK(judge_text(text, size, devices.list, devices.count, &outcome) == 0);
	check_outcome(&outcome);
	other = write_otherwise(text, size, &other_size);
	check_again(other, other_size, &devices, &outcome);
	free(devices.names);
	return 0;
}
