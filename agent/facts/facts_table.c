/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/facts/facts_table.h"

#include "array.h"
#include "policy/facts.h"

#define ROW(structure, member, kind)  #member, kind, .offset = offsetof(struct structure, member)
#define ARRAY_SIZE(structure, member) .size = sizeof(((struct structure *)NULL)->member)
#define ROWS(structure, rows)	      sizeof(struct structure), rows, N_ELEMENTS(rows)

static const struct fact node_rows[] = {
	{ROW(node_facts, name, FACT_TEXT)},
	{ROW(node_facts, addresses, FACT_STRINGS)},
};
static const struct fact_table node_table = {ROWS(node_facts, node_rows)};

static const struct fact kernel_rows[] = {
	{ROW(kernel_facts, release, FACT_TEXT)},   {ROW(kernel_facts, version, FACT_TEXT)},
	{ROW(kernel_facts, signature, FACT_TEXT)}, {ROW(kernel_facts, base, FACT_TEXT)},
	{ROW(kernel_facts, frozen, FACT_FLAG)},	   {ROW(kernel_facts, family, FACT_TEXT)},
	{ROW(kernel_facts, build, FACT_TEXT)},	   {ROW(kernel_facts, flavour, FACT_TEXT)},
	{ROW(kernel_facts, source, FACT_TEXT)},
};
static const struct fact_table kernel_table = {ROWS(kernel_facts, kernel_rows)};

static const struct fact measured_rows[] = {
	{ROW(measured_facts, zero_checksum, FACT_CORRUPTION)},
	{ROW(measured_facts, udp_checksum, FACT_CORRUPTION)},
	{ROW(measured_facts, source, FACT_TEXT)},
};
static const struct fact_table measured_table = {ROWS(measured_facts, measured_rows)};

static const struct fact os_rows[] = {
	{ROW(os_facts, id, FACT_TEXT)},
	{ROW(os_facts, version_id, FACT_TEXT)},
	{ROW(os_facts, pretty_name, FACT_TEXT)},
	{ROW(os_facts, source, FACT_TEXT)},
};
static const struct fact_table os_table = {ROWS(os_facts, os_rows)};

static const struct fact answer_rows[] = {
	{ROW(kubernetes_answer, component, FACT_TEXT)},
	{ROW(kubernetes_answer, version, FACT_TEXT)},
	{ROW(kubernetes_answer, source, FACT_TEXT)},
};
static const struct fact_table answer_table = {ROWS(kubernetes_answer, answer_rows)};

static const struct fact kubernetes_rows[] = {
	{ROW(kubernetes_facts, version, FACT_TEXT)},
	{ROW(kubernetes_facts, component, FACT_TEXT)},
	{ROW(kubernetes_facts, source, FACT_TEXT)},
	{ROW(kubernetes_facts, present, FACT_ANSWER)},
	{ROW(kubernetes_facts, answers, FACT_LIST), .table = &answer_table,
	 .count_offset = offsetof(struct kubernetes_facts, n_answers)},
};
static const struct fact_table kubernetes_table = {ROWS(kubernetes_facts, kubernetes_rows)};

static const struct fact nat_rules_rows[] = {
	{ROW(nat_rules_facts, read, FACT_FLAG)},
	{ROW(nat_rules_facts, vulnerable, FACT_ANSWER_WORD)},
	{ROW(nat_rules_facts, absent, FACT_FLAG)},
	{ROW(nat_rules_facts, reason, FACT_TEXT)},
	{ROW(nat_rules_facts, source, FACT_TEXT)},
};
static const struct fact_table nat_rules_table = {ROWS(nat_rules_facts, nat_rules_rows)};

static const struct fact nat_seen_rows[] = {
	{ROW(nat_seen_facts, looked, FACT_FLAG)},     {ROW(nat_seen_facts, flows, FACT_COUNT)},
	{ROW(nat_seen_facts, rewritten, FACT_COUNT)}, {ROW(nat_seen_facts, example, FACT_TEXT)},
	{ROW(nat_seen_facts, reason, FACT_TEXT)},
};
static const struct fact_table nat_seen_table = {ROWS(nat_seen_facts, nat_seen_rows)};

static const struct fact link_rows[] = {
	{ROW(link_facts, name, FACT_SHORT_TEXT), ARRAY_SIZE(link_facts, name)},
	{ROW(link_facts, ifindex, FACT_COUNT)},
	{ROW(link_facts, kind, FACT_SHORT_TEXT), ARRAY_SIZE(link_facts, kind)},
	{ROW(link_facts, driver, FACT_SHORT_TEXT), ARRAY_SIZE(link_facts, driver)},
	{ROW(link_facts, mac, FACT_SHORT_TEXT), ARRAY_SIZE(link_facts, mac)},
	{ROW(link_facts, udp_csum, FACT_ANSWER)},
	{ROW(link_facts, external, FACT_FLAG)},
	{ROW(link_facts, port, FACT_COUNT)},
	{ROW(link_facts, lower, FACT_COUNT)},
	{ROW(link_facts, master, FACT_COUNT)},
	{ROW(link_facts, up, FACT_FLAG)},
	{ROW(link_facts, has_device, FACT_FLAG)},
	{"exposed_by", FACT_EXPOSED_BY, .offset = 0},
};
static const struct fact_table link_table = {ROWS(link_facts, link_rows)};

static const struct fact carried_rows[] = {
	{ROW(carried_facts, tunnel, FACT_SHORT_TEXT), ARRAY_SIZE(carried_facts, tunnel)},
	{ROW(carried_facts, kind, FACT_SHORT_TEXT), ARRAY_SIZE(carried_facts, kind)},
	{ROW(carried_facts, port, FACT_COUNT)},
	{ROW(carried_facts, udp_csum, FACT_ANSWER)},
	{ROW(carried_facts, doubt, FACT_TEXT)},
};
static const struct fact_table carried_table = {ROWS(carried_facts, carried_rows)};

static const struct fact device_rows[] = {
	{ROW(device_facts, ifindex, FACT_COUNT)},
	{ROW(device_facts, bus, FACT_SHORT_TEXT), ARRAY_SIZE(device_facts, bus)},
	{ROW(device_facts, is_pci, FACT_ANSWER)},
	{ROW(device_facts, pci, FACT_SHORT_TEXT), ARRAY_SIZE(device_facts, pci)},
	{ROW(device_facts, pci_subsystem, FACT_SHORT_TEXT),
	 ARRAY_SIZE(device_facts, pci_subsystem)},
	{ROW(device_facts, driver_version, FACT_SHORT_TEXT),
	 ARRAY_SIZE(device_facts, driver_version)},
	{ROW(device_facts, firmware, FACT_SHORT_TEXT), ARRAY_SIZE(device_facts, firmware)},
	{ROW(device_facts, relations_known, FACT_FLAG)},
	{ROW(device_facts, master_kind, FACT_SHORT_TEXT), ARRAY_SIZE(device_facts, master_kind)},
	{ROW(device_facts, master_is_device, FACT_FLAG)},
	{ROW(device_facts, upper_kinds, FACT_STRINGS)},
	{ROW(device_facts, carried_known, FACT_FLAG)},
	{ROW(device_facts, carried, FACT_LIST), .table = &carried_table,
	 .count_offset = offsetof(struct device_facts, n_carried)},
	{ROW(device_facts, features_known, FACT_FLAG)},
	{ROW(device_facts, features_on, FACT_STRINGS)},
	{ROW(device_facts, features_changeable, FACT_STRINGS)},
};
static const struct fact_table device_table = {ROWS(device_facts, device_rows)};

static const struct fact machine_rows[] = {
	{ROW(machine_facts, arch, FACT_TEXT)},	     {ROW(machine_facts, vendor, FACT_TEXT)},
	{ROW(machine_facts, product, FACT_TEXT)},    {ROW(machine_facts, model, FACT_TEXT)},
	{ROW(machine_facts, hypervisor, FACT_TEXT)}, {ROW(machine_facts, reason, FACT_TEXT)},
	{ROW(machine_facts, source, FACT_TEXT)},
};
static const struct fact_table machine_table = {ROWS(machine_facts, machine_rows)};

static const struct fact symptom_rows[] = {
	{ROW(symptom_facts, name, FACT_SHORT_TEXT), ARRAY_SIZE(symptom_facts, name)},
	{ROW(symptom_facts, ifindex, FACT_COUNT)},
	{ROW(symptom_facts, mac, FACT_SHORT_TEXT), ARRAY_SIZE(symptom_facts, mac)},
	{ROW(symptom_facts, symptom, FACT_SHORT_TEXT), ARRAY_SIZE(symptom_facts, symptom)},
	{ROW(symptom_facts, seen, FACT_SHORT_TEXT), ARRAY_SIZE(symptom_facts, seen)},
	{ROW(symptom_facts, what, FACT_SHORT_TEXT), ARRAY_SIZE(symptom_facts, what)},
};
static const struct fact_table symptom_table = {ROWS(symptom_facts, symptom_rows)};

static const struct fact rows[] = {
	{"schema", FACT_SCHEMA, .offset = 0},
	{ROW(facts, node, FACT_OBJECT), .table = &node_table},
	{ROW(facts, kernel, FACT_OBJECT), .table = &kernel_table},
	{ROW(facts, measured, FACT_OBJECT), .table = &measured_table},
	{ROW(facts, os, FACT_OBJECT), .table = &os_table},
	{ROW(facts, kubernetes, FACT_OBJECT), .table = &kubernetes_table},
	{ROW(facts, nat_rules, FACT_OBJECT), .table = &nat_rules_table},
	{ROW(facts, nat_seen, FACT_OBJECT), .table = &nat_seen_table},
	{ROW(facts, machine, FACT_OBJECT), .table = &machine_table},
	{ROW(facts, links, FACT_LIST), .table = &link_table,
	 .count_offset = offsetof(struct facts, n_links), .own_line = true},
	{ROW(facts, devices, FACT_LIST), .table = &device_table,
	 .count_offset = offsetof(struct facts, n_devices), .own_line = true},
	{ROW(facts, symptoms, FACT_LIST), .table = &symptom_table,
	 .count_offset = offsetof(struct facts, n_symptoms), .own_line = true},
};
const struct fact_table facts_table = {ROWS(facts, rows)};
const struct fact_table *const facts_table_links = &link_table;
const struct fact_table *const facts_table_devices = &device_table;
const struct fact_table *const facts_table_symptoms = &symptom_table;
