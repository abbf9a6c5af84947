/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/symptom.h"

#include "policy/facts.h"

#include <string.h>

const char *symptom_name(enum symptom symptom)
{
	static const char *const names[SYMPTOMS] = {
		[SYMPTOM_TX_STALL] = "tx-stall",
		[SYMPTOM_TX_TIMEOUTS] = "tx-timeouts",
	};

	return names[symptom];
}

static bool is_named(const struct symptom_facts *seen, enum symptom symptom)
{
	return strcmp(seen->symptom, symptom_name(symptom)) == 0;
}

bool symptom_is_of_link(const struct symptom_facts *seen, const struct link_facts *link)
{
	const int said = (seen->ifindex > 0) + (seen->name[0] != '\0') + (seen->mac[0] != '\0');
	int agreeing = seen->ifindex > 0 && seen->ifindex == link->ifindex;

	agreeing += seen->name[0] && strcmp(seen->name, link->name) == 0;
	agreeing += seen->mac[0] && strcmp(seen->mac, link->mac) == 0;
	return agreeing >= 2 || (agreeing == 1 && said == 1);
}

const struct symptom_facts *symptom_find(const struct facts *facts, enum symptom symptom,
					 const struct link_facts *link)
{
	for (size_t i = 0; symptom != SYMPTOM_NONE && i < facts->n_symptoms; i++) {
		const struct symptom_facts *seen = &facts->symptoms[i];

		if (!is_named(seen, symptom) &&
		    !(symptom == SYMPTOM_TX_STALL && is_named(seen, SYMPTOM_TX_TIMEOUTS)))
			continue;
		if (symptom_is_of_link(seen, link))
			return seen;
	}
	return NULL;
}
