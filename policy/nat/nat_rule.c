/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/nat/nat_rule.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static bool is_device(const struct nat_step *step, const char *device)
{
	if (step->device.prefix)
		return strncmp(device, step->device.name, strlen(step->device.name)) == 0;
	return strcmp(device, step->device.name) == 0;
}

static enum answer answer_out_device(const struct nat_step *step, const struct nat_packet *packet)
{
	bool same = packet->device && is_device(step, packet->device);

	/* The wrapped packet leaves by another device, no matter which. */
	if (!packet->outer && packet->device)
		return same ? ANSWER_YES : ANSWER_NO;
	return same && !step->device.prefix ? ANSWER_NO : ANSWER_UNKNOWN;
}

/* Is the rule made for the VXLAN device? */
static bool names_device(const struct nat_rule *rule, const struct nat_packet *packet)
{
	for (size_t i = 0; i < rule->n_steps; i++) {
		const struct nat_step *step = &rule->steps[i];

		if (step->kind == NAT_MATCH_OUT_DEVICE && !step->negated &&
		    (!packet->device || is_device(step, packet->device)))
			return true;
	}
	return false;
}

/*
 * A source that a rule names is a network of pods or containers: Docker's own, a bridge's, a pool.
 * What Kubernetes marks does not come from there, unless the rule is made for the VXLAN device.
 */
static enum answer answer_source(const struct nat_rule *rule, const struct nat_packet *packet)
{
	return packet->outer || names_device(rule, packet) ? ANSWER_UNKNOWN : ANSWER_NO;
}

static enum answer answer_state(const struct nat_step *step, const struct nat_packet *packet)
{
	if (step->states & NAT_STATE_NEW)
		return ANSWER_YES;
	return step->states & NAT_STATE_TRANSLATED && !packet->outer ? ANSWER_UNKNOWN : ANSWER_NO;
}

static enum answer answer_number(bool same)
{
	return same ? ANSWER_YES : ANSWER_NO;
}

/* What is true of the outer packet, while nothing is known of the inner one. */
static enum answer answer_outer(const struct nat_packet *packet, bool fits)
{
	return packet->outer ? answer_number(fits) : ANSWER_UNKNOWN;
}

/* One alternative, whether it is negated or not. */
static enum answer answer_step(const struct nat_rule *rule, const struct nat_step *step,
			       const struct nat_packet *packet, uint32_t mark)
{
	switch (step->kind) {
	case NAT_MATCH_MARK:
		return answer_number((mark & step->mark.mask) >= step->mark.low &&
				     (mark & step->mark.mask) <= step->mark.high);
	case NAT_MATCH_OUT_DEVICE:
		return answer_out_device(step, packet);
	case NAT_MATCH_IN_DEVICE:
		return answer_outer(packet, false);
	case NAT_MATCH_FAMILY:
		return answer_number(step->number == (packet->ipv6 ? 6 : 4));
	case NAT_MATCH_PROTOCOL:
		return answer_outer(packet, step->number == IPPROTO_UDP);
	case NAT_MATCH_PORT:
		return answer_outer(packet, packet->port >= step->port.first &&
						    packet->port <= step->port.last);
	case NAT_MATCH_SOURCE:
		return answer_source(rule, packet);
	case NAT_MATCH_DESTINATIONS:
		/* What goes to none of them leaves the cluster, and not by the VXLAN device. */
		return step->negated && !packet->outer ? ANSWER_YES : ANSWER_UNKNOWN;
	case NAT_MATCH_LOOP:
		return packet->outer ? ANSWER_UNKNOWN : ANSWER_NO;
	case NAT_MATCH_SOURCE_LOCAL:
		return answer_outer(packet, true);
	case NAT_MATCH_DESTINATION_LOCAL:
		return ANSWER_NO;
	case NAT_MATCH_STATE:
		return answer_state(step, packet);
	default:
		return ANSWER_UNKNOWN;
	}
}

enum answer nat_rule_ask(const struct nat_rule *rule, size_t *index,
			 const struct nat_packet *packet, uint32_t mark)
{
	const struct nat_step *step = &rule->steps[*index];
	enum answer answer = ANSWER_NO;
	bool negated = step->negated;

	/* From elsewhere than a named network is from anywhere. */
	if (step->kind == NAT_MATCH_SOURCE && negated) {
		(*index)++;
		return packet->outer ? ANSWER_UNKNOWN : ANSWER_YES;
	}
	for (;; step++) {
		answer = answer_or(answer, answer_step(rule, step, packet, mark));
		(*index)++;
		if (!step->or_next || *index == rule->n_steps)
			break;
	}
	if (!negated || answer == ANSWER_UNKNOWN)
		return answer;
	return answer == ANSWER_YES ? ANSWER_NO : ANSWER_YES;
}

static bool has_chain(const struct nat_step *step)
{
	return step->kind == NAT_ACTION_JUMP || step->kind == NAT_ACTION_GOTO;
}

bool nat_rule_has(const struct nat_rule *rule, enum nat_step_kind kind)
{
	for (size_t i = 0; i < rule->n_steps; i++) {
		if (rule->steps[i].kind == kind)
			return true;
	}
	return false;
}

const char *nat_rule_chain(const struct nat_rule *rule)
{
	for (size_t i = 0; i < rule->n_steps; i++) {
		if (has_chain(&rule->steps[i]))
			return rule->steps[i].chain;
	}
	return NULL;
}

void nat_steps_add(struct nat_steps *steps, const struct nat_step *step)
{
	if (steps->count == NAT_STEPS_MAX)
		steps->damaged = true;
	else
		steps->list[steps->count++] = *step;
}

void nat_steps_add_kind(struct nat_steps *steps, enum nat_step_kind kind, bool negated)
{
	const struct nat_step step = {.kind = kind, .negated = negated};

	nat_steps_add(steps, &step);
}

void nat_steps_add_jump(struct nat_steps *steps, enum nat_step_kind kind, const char *chain,
			size_t length)
{
	struct nat_step step = {.kind = kind};

	if (steps->count == NAT_STEPS_MAX || length == 0 || length >= NAT_NAME_SIZE) {
		steps->damaged = true;
		return;
	}
	/* Without memory the rule is lost, which nat_rule_take_steps() returns. */
	step.chain = strndup(chain, length);
	nat_steps_add(steps, &step);
}

static void clear_steps(struct nat_step steps[], size_t n_steps)
{
	for (size_t i = 0; i < n_steps; i++) {
		if (has_chain(&steps[i]))
			free(steps[i].chain);
	}
}

void nat_steps_clear(struct nat_steps *steps)
{
	clear_steps(steps->list, steps->count);
	steps->count = 0;
	steps->damaged = false;
}

/* What was understood of a rule can still say that it is not about the packet. */
static void keep_matches(struct nat_steps *steps)
{
	size_t count = 0;

	while (count < steps->count && count < NAT_STEPS_MAX - 1 &&
	       nat_step_is_match(&steps->list[count]))
		count++;
	clear_steps(steps->list + count, steps->count - count);
	if (count)
		steps->list[count - 1].or_next = false;
	steps->list[count] = (struct nat_step){.kind = NAT_ACTION_OPAQUE};
	steps->count = count + 1;
}

int nat_rule_take_steps(struct nat_rule *rule, struct nat_steps *steps)
{
	size_t size;

	if (steps->damaged)
		keep_matches(steps);
	for (size_t i = 0; i < steps->count; i++) {
		if (has_chain(&steps->list[i]) && !steps->list[i].chain)
			return -ENOMEM;
	}
	size = steps->count * sizeof(*rule->steps);
	rule->steps = malloc(size ? size : 1);
	if (!rule->steps)
		return -ENOMEM;
	memcpy(rule->steps, steps->list, size);
	rule->n_steps = (unsigned int)steps->count;
	steps->count = 0;
	return 0;
}

void nat_rule_clear(struct nat_rule *rule)
{
	clear_steps(rule->steps, rule->n_steps);
	free(rule->steps);
	*rule = (struct nat_rule){.number = 0};
}
