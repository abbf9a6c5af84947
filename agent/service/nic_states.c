/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/service/nic_states.h"

#include "array.h"

#include <errno.h>
#include <string.h>

void nic_states_clear(struct nic_states *states)
{
	array_free_spared(states->states, states->spared, sizeof(*states->states));
	*states = (struct nic_states){0};
}

static int compare_ifindex(const void *key, const void *element)
{
	const struct nic_state *state = element;

	return compare_numbers(*(const unsigned int *)key, state->ifindex);
}

/* The index of the first state whose ifindex is not smaller. */
static size_t find_place(const struct nic_states *states, unsigned int ifindex)
{
	return array_lower_bound(&ifindex, states->states, states->n_states,
				 sizeof(*states->states), compare_ifindex);
}

struct nic_state *nic_states_find(const struct nic_states *states, unsigned int ifindex)
{
	size_t place = find_place(states, ifindex);

	if (place == states->n_states || states->states[place].ifindex != ifindex)
		return NULL;
	return &states->states[place];
}

struct nic_state *nic_states_get(struct nic_states *states, unsigned int ifindex)
{
	size_t place = find_place(states, ifindex);
	struct nic_state *grown;

	if (place < states->n_states && states->states[place].ifindex == ifindex)
		return &states->states[place];
	grown = array_grow_spared(states->states, states->n_states, &states->allocated,
				  &states->spared, sizeof(*grown));
	if (!grown)
		return NULL;
	states->states = grown;
	memmove(&grown[place + 1], &grown[place], (states->n_states - place) * sizeof(*grown));
	grown[place] = (struct nic_state){.ifindex = ifindex};
	states->n_states++;
	return &grown[place];
}

void nic_states_remove(struct nic_states *states, unsigned int ifindex)
{
	struct nic_state *state = nic_states_find(states, ifindex);

	if (!state)
		return;
	states->states = array_remove_spared(states->states, states->n_states, &states->spared,
					     sizeof(*state), state - states->states);
	states->n_states--;
}

int nic_states_renew(struct nic_states *states, const unsigned int ifindexes[], size_t n_ifindexes)
{
	struct nic_state *renewed = calloc(n_ifindexes + 1, sizeof(*renewed));

	if (!renewed)
		return -ENOMEM;
	for (size_t i = 0; i < n_ifindexes; i++) {
		const struct nic_state *known = nic_states_find(states, ifindexes[i]);

		renewed[i].ifindex = ifindexes[i];
		if (!known)
			continue;
		renewed[i].in_sync = known->in_sync;
		renewed[i].guard = known->guard;
		renewed[i].look = known->look;
	}
	nic_states_clear(states);
	*states = (struct nic_states){renewed, n_ifindexes, n_ifindexes + 1, 0};
	return 0;
}

void nic_states_forget_drift(struct nic_states *states)
{
	for (size_t i = 0; i < states->n_states; i++) {
		states->states[i].in_sync = (struct feature_mask){0};
		states->states[i].guard = (struct drift_guard){0};
	}
}
