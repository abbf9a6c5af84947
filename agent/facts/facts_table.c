/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/facts/facts_table.h"

#include "array.h"
#include "policy/facts.h"

#define MEMBER(structure, member) .offset = offsetof(struct structure, member)
#define TEXT(structure, member)                                                                    \
	{                                                                                          \
#member, FACT_TEXT, MEMBER(structure, member)                                      \
	}
#define SHORT_TEXT(structure, member)                                                              \
	{                                                                                          \
#member, FACT_SHORT_TEXT, MEMBER(structure, member),                               \
			.size = sizeof(((struct structure *)NULL)->member)                         \
	}
#define TABLE(structure, rows)                                                                     \
	{                                                                                          \
		sizeof(struct structure), rows, N_ELEMENTS(rows)                                   \
	}

static const struct fact kernel_rows[] = {
	TEXT(kernel_facts, release), TEXT(kernel_facts, version), TEXT(kernel_facts, signature),
	TEXT(kernel_facts, base),    TEXT(kernel_facts, family),  TEXT(kernel_facts, build),
	TEXT(kernel_facts, flavour), TEXT(kernel_facts, source),
};
static const struct fact_table kernel_table = TABLE(kernel_facts, kernel_rows);

static const struct fact measured_rows[] = {
	{"zero_checksum", FACT_CORRUPTION, MEMBER(measured_facts, zero_checksum)},
	{"udp_checksum", FACT_CORRUPTION, MEMBER(measured_facts, udp_checksum)},
	TEXT(measured_facts, source),
};
static const struct fact_table measured_table = TABLE(measured_facts, measured_rows);

static const struct fact os_rows[] = {
	TEXT(os_facts, id),
	TEXT(os_facts, version_id),
	TEXT(os_facts, pretty_name),
	TEXT(os_facts, source),
};
static const struct fact_table os_table = TABLE(os_facts, os_rows);

static const struct fact answer_rows[] = {
	TEXT(kubernetes_answer, component),
	TEXT(kubernetes_answer, version),
	TEXT(kubernetes_answer, source),
};
static const struct fact_table answer_table = TABLE(kubernetes_answer, answer_rows);

static const struct fact kubernetes_rows[] = {
	TEXT(kubernetes_facts, version),
	TEXT(kubernetes_facts, component),
	TEXT(kubernetes_facts, source),
	{"present", FACT_ANSWER, MEMBER(kubernetes_facts, present)},
	{"answers", FACT_LIST, MEMBER(kubernetes_facts, answers), .table = &answer_table,
	 .count_offset = offsetof(struct kubernetes_facts, n_answers)},
};
static const struct fact_table kubernetes_table = TABLE(kubernetes_facts, kubernetes_rows);

static const struct fact nat_rules_rows[] = {
	{"read", FACT_FLAG, MEMBER(nat_rules_facts, read)},
	{"vulnerable", FACT_ANSWER_WORD, MEMBER(nat_rules_facts, vulnerable)},
	{"absent", FACT_FLAG, MEMBER(nat_rules_facts, absent)},
	TEXT(nat_rules_facts, reason),
	TEXT(nat_rules_facts, source),
};
static const struct fact_table nat_rules_table = TABLE(nat_rules_facts, nat_rules_rows);

static const struct fact nat_seen_rows[] = {
	{"looked", FACT_FLAG, MEMBER(nat_seen_facts, looked)},
	{"flows", FACT_COUNT, MEMBER(nat_seen_facts, flows)},
	{"rewritten", FACT_COUNT, MEMBER(nat_seen_facts, rewritten)},
	TEXT(nat_seen_facts, example),
	TEXT(nat_seen_facts, reason),
};
static const struct fact_table nat_seen_table = TABLE(nat_seen_facts, nat_seen_rows);

static const struct fact link_rows[] = {
	SHORT_TEXT(link_facts, name),
	{"ifindex", FACT_COUNT, MEMBER(link_facts, ifindex)},
	SHORT_TEXT(link_facts, kind),
	SHORT_TEXT(link_facts, driver),
	SHORT_TEXT(link_facts, mac),
	{"udp_csum", FACT_ANSWER, MEMBER(link_facts, udp_csum)},
	{"external", FACT_FLAG, MEMBER(link_facts, external)},
	{"exposed_by", FACT_EXPOSED_BY, .offset = 0},
};
static const struct fact_table link_table = TABLE(link_facts, link_rows);

static const struct fact rows[] = {
	{"schema", FACT_SCHEMA, .offset = 0},
	{"kernel", FACT_OBJECT, MEMBER(facts, kernel), .table = &kernel_table},
	{"measured", FACT_OBJECT, MEMBER(facts, measured), .table = &measured_table},
	{"os", FACT_OBJECT, MEMBER(facts, os), .table = &os_table},
	{"kubernetes", FACT_OBJECT, MEMBER(facts, kubernetes), .table = &kubernetes_table},
	{"nat_rules", FACT_OBJECT, MEMBER(facts, nat_rules), .table = &nat_rules_table},
	{"nat_seen", FACT_OBJECT, MEMBER(facts, nat_seen), .table = &nat_seen_table},
	{"links", FACT_LIST, MEMBER(facts, links), .table = &link_table,
	 .count_offset = offsetof(struct facts, n_links), .own_line = true},
};
const struct fact_table facts_table = TABLE(facts, rows);
