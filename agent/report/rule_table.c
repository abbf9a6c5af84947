/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/report/rule_table.h"

#include "policy/rule.h"

#include <string.h>

/* The columns before the last one, and how long a line may be. */
#define ID_WIDTH     36
#define EFFECT_WIDTH 8
#define MODE_WIDTH   6
#define REVIEW_WIDTH 7
#define KEYS_COLUMN  (ID_WIDTH + EFFECT_WIDTH + MODE_WIDTH + REVIEW_WIDTH + 8)
#define LINE_WIDTH   100

static void print_columns(FILE *output, const char *id, const char *effect, const char *mode,
			  const char *review)
{
	if (strlen(id) > ID_WIDTH) {
		fprintf(output, "%s\n", id);
		id = "";
	}
	fprintf(output, "%-*s  %-*s  %-*s  %-*s  ", ID_WIDTH, id, EFFECT_WIDTH, effect, MODE_WIDTH,
		mode, REVIEW_WIDTH, review);
}

/* What it needs to know, in as many lines as that takes. */
static void print_keys(FILE *output, const struct rule *rule)
{
	const char *keys[RULE_KEYS_MAX + 1];
	size_t column = KEYS_COLUMN;

	rule_asked_keys(rule, keys);
	for (size_t i = 0; keys[i]; i++) {
		const size_t length = strlen(keys[i]);

		if (i > 0 && column + 1 + length > LINE_WIDTH) {
			fprintf(output, "\n%*s", KEYS_COLUMN, "");
			column = KEYS_COLUMN;
		} else if (i > 0) {
			putc(' ', output);
			column++;
		}
		fputs(keys[i], output);
		column += length;
	}
	putc('\n', output);
}

void rule_table_print(FILE *output, const struct rules *rules)
{
	print_columns(output, "ID", "EFFECT", "MODE", "REVIEW");
	fputs("NEEDS\n", output);
	for (size_t i = 0; i < rules->n_rules; i++) {
		const struct rule *rule = &rules->rules[i];
		const char *effect = rule_effect_name(rule->effect);

		print_columns(output, rule->id, effect ? effect : "-", rule_mode_name(rule->mode),
			      rule->review ? rule->review : "-");
		print_keys(output, rule);
	}
}
