/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/probe/probe_report.h"

#include "agent/base/json_writer.h"
#include "policy/facts.h"

#define SCHEMA	     1
#define SUMMARY_SIZE 512

static const char *name_faults(const struct probe_result *result)
{
	if (result->zero_checksum == ANSWER_YES && result->udp_checksum == ANSWER_YES)
		return "a zero checksum is \"updated\" (noudpcsum), a complete one spoilt (udpcsum)";
	if (result->zero_checksum == ANSWER_YES)
		return "an outer UDP checksum of zero is \"updated\" (noudpcsum)";
	return "a complete outer UDP checksum is spoilt (udpcsum)";
}

static const char *name_cure(const struct probe_result *result)
{
	switch (result->cured) {
	case ANSWER_YES:
		return "cured by TX checksum offload off on the VXLAN device";
	case ANSWER_NO:
		return "NOT cured by TX checksum offload off on the VXLAN device";
	case ANSWER_UNKNOWN:
		break;
	}
	return "the cure could not be measured";
}

/* One line that says what is the matter; `summary` is ended, and cut when it must be. */
static void summarize(const struct probe_result *result, char *summary, size_t size)
{
	switch (result->corrupts) {
	case ANSWER_YES:
		snprintf(summary, size, "Corrupts: %s; %s", name_faults(result), name_cure(result));
		return;
	case ANSWER_NO:
		snprintf(summary, size, "Clean: this kernel spoils no outer UDP checksum");
		return;
	case ANSWER_UNKNOWN:
		break;
	}
	snprintf(summary, size, "Unknown: could not measure: %s", result->reason);
}

static bool was_measured(const struct probe_measurement *measurement)
{
	return measurement->corrupts != ANSWER_UNKNOWN;
}

static bool any_was_measured(const struct probe_result *result)
{
	for (size_t i = 0; i < PROBE_MEASUREMENTS; i++) {
		if (was_measured(&result->measurements[i]))
			return true;
	}
	return false;
}

static void print_measurement(FILE *output, const struct probe_measurement *measurement)
{
	fprintf(output, "  %-8s  %-14s  %-3s  ", measurement->ipv6 ? "IPv6" : "IPv4",
		measurement->udp_csum ? "yes (udpcsum)" : "no (noudpcsum)",
		measurement->tx ? "on" : "off");
	if (!was_measured(measurement)) {
		fprintf(output, "unknown: %s\n", measurement->reason);
		return;
	}
	fprintf(output, "%-7s  %4u %5u %5u %5u\n", corruption_name(measurement->corrupts),
		measurement->sent, measurement->right, measurement->zero, measurement->wrong);
}

void probe_print_text(FILE *output, const struct probe_result *result)
{
	char summary[SUMMARY_SIZE];

	summarize(result, summary, sizeof(summary));
	fprintf(output, "%s\n", summary);
	if (!any_was_measured(result))
		return;
	fprintf(output, "\n  %-8s  %-14s  %-3s  %-7s  %4s %5s %5s %5s\n", "UNDERLAY", "CHECKSUMS",
		"TX", "OUTCOME", "SENT", "RIGHT", "ZERO", "WRONG");
	for (size_t i = 0; i < PROBE_MEASUREMENTS; i++)
		print_measurement(output, &result->measurements[i]);
}

static void write_measurement(struct json_writer *writer,
			      const struct probe_measurement *measurement)
{
	json_write_line(writer);
	json_write_begin(writer, NULL, '{');
	json_write_string(writer, "underlay", measurement->ipv6 ? "ipv6" : "ipv4");
	json_write_boolean(writer, "udp_csum", measurement->udp_csum);
	json_write_boolean(writer, "tx", measurement->tx);
	json_write_string(writer, "outcome", corruption_name(measurement->corrupts));
	json_write_integer(writer, "sent", measurement->sent);
	json_write_integer(writer, "right", measurement->right);
	json_write_integer(writer, "zero", measurement->zero);
	json_write_integer(writer, "wrong", measurement->wrong);
	json_write_text(writer, "reason", measurement->reason[0] ? measurement->reason : NULL);
	json_write_end(writer, '}');
}

static void write_cured(struct json_writer *writer, enum answer cured)
{
	if (cured == ANSWER_UNKNOWN)
		json_write_null(writer, "cured_by_tx_off");
	else
		json_write_boolean(writer, "cured_by_tx_off", cured == ANSWER_YES);
}

static void write_result(struct json_writer *writer, const struct probe_result *result)
{
	char summary[SUMMARY_SIZE];

	summarize(result, summary, sizeof(summary));
	json_write_begin(writer, NULL, '{');
	json_write_integer(writer, "schema", SCHEMA);
	json_write_string(writer, "boot_id", result->boot_id);
	json_write_string(writer, "time", result->time);
	json_write_string(writer, "outcome", corruption_name(result->corrupts));
	json_write_string(writer, "summary", summary);
	json_write_string(writer, "zero_checksum", corruption_name(result->zero_checksum));
	json_write_string(writer, "udp_checksum", corruption_name(result->udp_checksum));
	write_cured(writer, result->cured);
	json_write_text(writer, "reason", result->reason[0] ? result->reason : NULL);
	json_write_begin(writer, "measurements", '[');
	for (size_t i = 0; i < PROBE_MEASUREMENTS; i++)
		write_measurement(writer, &result->measurements[i]);
	json_write_end(writer, ']');
	json_write_end(writer, '}');
}

int probe_print_json(FILE *output, const struct probe_result *result)
{
	struct json_writer writer = {.output = output};

	write_result(&writer, result);
	putc('\n', output);
	return json_write_result(&writer);
}
