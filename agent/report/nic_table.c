/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/report/nic_table.h"

#include "agent/base/text.h"
#include "agent/reconcile/nic.h"
#include "agent/report/report.h"
#include "ethtool_nl/feature_mask.h"
#include "policy/facts.h"

#include <errno.h>
#include <string.h>

/* The columns of a line; an empty last one leaves no blanks behind. */
struct row {
	const char *nic, *kind, *feature, *now, *target, *outcome;
};

/* Of valid UTF-8: the bytes that continue a character are not counted. */
static size_t count_characters(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

/* Not printf(): its formats would be half of the time that status takes for a thousand NICs. */
static void print_cell(FILE *output, const char *text, size_t width)
{
	static const char blanks[] = "                                ";
	size_t length = strlen(text), shown = count_characters(text);

	fwrite_unlocked(text, 1, length, output);
	if (shown < width)
		fwrite_unlocked(blanks, 1, width - shown, output);
	fwrite_unlocked(blanks, 1, 2, output);
}

static void print_row(FILE *output, const struct row *row)
{
	print_cell(output, row->nic, 15);
	print_cell(output, row->kind, 7);
	print_cell(output, row->feature, 28);
	if (!*row->target) {
		fputs_unlocked(row->now, output);
	} else if (!*row->outcome) {
		print_cell(output, row->now, 19);
		fputs_unlocked(row->target, output);
	} else {
		print_cell(output, row->now, 19);
		print_cell(output, row->target, 6);
		fputs_unlocked(row->outcome, output);
	}
	putc_unlocked('\n', output);
}

static const char *describe_now(const struct nic *nic, unsigned int bit)
{
	bool active = feature_mask_has(&nic->features.active, bit);
	bool wanted = feature_mask_has(&nic->features.wanted, bit);

	if (!feature_mask_has(&nic->features.changeable, bit))
		return active ? "on [fixed]" : "off [fixed]";
	if (active == wanted)
		return active ? "on" : "off";
	return active ? "on [requested off]" : "off [requested on]";
}

/* Why what is on is not to be turned off: not all of it is an exposure. */
static const char *describe_exposure(const struct report *report, const struct nic *nic,
				     unsigned int bit)
{
	if (feature_mask_has(&nic->plan.target, bit))
		return "";
	if (feature_mask_has(&nic->plan.acting.required, bit) ||
	    feature_mask_has(&nic->plan.acting.in_doubt, bit))
		return nic->plan.selected ? "" : "exposed, but not selected by the configuration";
	if (feature_mask_has(&nic->plan.all.required, bit))
		return "exposed; the rule only tells";
	if (report->state == STATE_UNKNOWN || nic->plan.all.exposed ||
	    !feature_mask_has(&nic->features.active, bit) || report_leaves_open(report, nic, bit))
		return "";
	return report_advises(report, nic, bit) ? "see the advice" : "may stay on";
}

/* What was or would be done; where nothing was, why this NIC is in the table at all. */
static const char *describe_outcome(const struct report *report, const struct nic *nic,
				    unsigned int bit)
{
	const char *outcome = nic_outcome(nic, bit);

	if (report->dry_run && feature_mask_has(&nic->todo.turn_off, bit))
		return "would be turned off";
	if (report->dry_run && feature_mask_has(&nic->todo.give_back, bit))
		return "would be given back";
	return outcome ? outcome : describe_exposure(report, nic, bit);
}

/* Was it turned off, and must not be on again? */
static bool is_kept_off(const struct nic *nic, unsigned int bit)
{
	return feature_mask_has(&nic->recorded, bit) && feature_mask_has(&nic->kept_off, bit);
}

static void print_feature(FILE *output, const struct report *report, const struct nic *nic,
			  unsigned int bit, struct row row)
{
	char why[64 + ETHTOOL_NL_MESSAGE_SIZE], clean[sizeof(why)];

	row.now = describe_now(nic, bit);
	row.target = feature_mask_has(&nic->plan.target, bit) ? "off" : "-";
	row.outcome = describe_outcome(report, nic, bit);
	if (feature_mask_has(&nic->refused, bit) && nic->message[0]) {
		snprintf(why, sizeof(why), "refused: %s", nic->message);
		row.outcome = text_clean(why, clean, sizeof(clean));
	} else if (is_kept_off(nic, bit)) {
		snprintf(why, sizeof(why), "off, not to be given back: %s", nic->kept_off_why);
		row.outcome = text_clean(why, clean, sizeof(clean));
	}
	print_row(output, &row);
}

static void print_features(FILE *output, const struct report *report, const struct nic *nic,
			   struct row *row)
{
	struct feature_mask shown = nic_shown_features(nic);
	struct feature_mask rows = feature_mask_or(shown, nic_side_effects(nic));

	if (feature_mask_is_empty(&rows)) {
		row->now = "nothing to turn off";
		print_row(output, row);
	}
	for (unsigned int bit = feature_mask_next(&rows, 0); bit < FEATURES_MAX;
	     bit = feature_mask_next(&rows, bit + 1)) {
		row->feature = ethtool_nl_feature_name(report->handle, bit);
		if (feature_mask_has(&shown, bit)) {
			print_feature(output, report, nic, bit, *row);
		} else {
			row->now = "off [not requested]";
			row->target = "-";
			row->outcome = "";
			print_row(output, row);
		}
		row->nic = row->kind = "";
	}
}

static void print_nic(FILE *output, const struct report *report, const struct nic *nic)
{
	char name[LINK_NAME_SIZE], kind[LINK_KIND_SIZE];
	struct row row = {"", "-", "", "", "", ""};

	row.nic = text_clean(nic->link.name, name, sizeof(name));
	if (nic->link.kind[0])
		row.kind = text_clean(nic->link.kind, kind, sizeof(kind));
	switch (nic->error) {
	case 0:
		print_features(output, report, nic, &row);
		return;
	case -ENODATA:
		row.now = "not looked at";
		break;
	case -ENODEV:
		row.now = "gone";
		break;
	default:
		row.now = "unreadable";
		row.target = "-";
		row.outcome = strerror(-nic->error);
	}
	print_row(output, &row);
}

void nic_table_print(FILE *output, const struct report *report)
{
	const struct row head = {"NIC", "KIND", "FEATURE", "NOW", "TARGET", "OUTCOME"};
	const char *id = NULL, *advised = NULL;

	if (!report->facts->links_known) {
		fputs("These facts do not tell of any NIC.\n", output);
		return;
	}
	if (report->n_shown == 0) {
		report_count_advice(report, &id, &advised);
		fputs(advised ? "No NIC is selected, and only the advice above is about one.\n"
			      : "No NIC is selected, and none is exposed.\n",
		      output);
		return;
	}
	print_row(output, &head);
	for (size_t i = 0; i < report->n_nics; i++) {
		if (nic_is_shown(&report->nics[i]))
			print_nic(output, report, &report->nics[i]);
	}
}
