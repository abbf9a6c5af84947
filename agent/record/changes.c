/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/record/changes.h"

#include "agent/base/text.h"
#include "agent/links/living_namespaces.h"
#include "array.h"
#include "ethtool_nl/feature_mask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void changes_clear(struct changes *changes)
{
	if (changes->is_open)
		close(changes->fd);
	free(changes->nics);
	*changes = (struct changes){0};
}

void changes_touch(struct changes *changes)
{
	utc_time_now(changes->last_change);
}

int changes_compare_place(const void *one, const void *other)
{
	const struct changed_nic *a = one, *b = other;
	int result = compare_numbers(a->ifindex, b->ifindex);

	return result ? result : compare_numbers(a->id, b->id);
}

/* The index of the first record that is not before the place. */
static size_t find_place(const struct changes *changes, unsigned int ifindex, uint64_t id)
{
	const struct changed_nic place = {.ifindex = ifindex, .id = id};

	return array_lower_bound(&place, changes->nics, changes->n_nics, sizeof(*changes->nics),
				 changes_compare_place);
}

struct changed_nic *changes_find(const struct changes *changes, unsigned int ifindex)
{
	for (size_t i = find_place(changes, ifindex, 0);
	     i < changes->n_nics && changes->nics[i].ifindex == ifindex; i++) {
		if (changes->nics[i].here)
			return &changes->nics[i];
	}
	return NULL;
}

/* Records hold names as the file can: a name that is no UTF-8 must find its record again. */
static bool same_name(const struct changed_nic *nic, const struct link_facts *link)
{
	char name[LINK_NAME_SIZE];

	return strcmp(nic->name, text_clean(link->name, name, sizeof(name))) == 0;
}

/*
 * How much speaks for it that this is the recorded device; 0: it is not. Names are looked at last:
 * they cost the most, and alone they are not enough.
 *
 * Nor is the number, not even within one boot: a device that is moved here from another namespace
 * keeps the number that it had there if that is free (dev_change_net_namespace()), as the veths do
 * that a CNI makes in a pod, and numbers there are as low as here. A device that got another name
 * and another address between two lives of the service is therefore a stranger: nothing of it is
 * given back, which "ethtool -K" can do, instead of giving back what somebody else turned off. Its
 * record waits, as of one that is away.
 */
static int likeness(const struct changed_nic *nic, const struct link_facts *link)
{
	int number = nic->ifindex == link->ifindex;
	/* Most of many differ in the first digit. */
	int address =
		nic->mac[0] && nic->mac[0] == link->mac[0] && strcmp(nic->mac, link->mac) == 0;
	int agreeing = number + address;

	if (agreeing == 0 || strcmp(nic->kind, link->kind) != 0)
		return 0;
	agreeing += same_name(nic, link);
	if (!nic->mac[0] && !link->mac[0])
		return agreeing;
	return agreeing >= 2 ? agreeing : 0;
}

static bool can_be_met(const struct changed_nic *nic, struct network_namespace here)
{
	return !nic->here && network_namespace_equal(nic->network_namespace, here);
}

/* Moves the record to the place of its new ifindex. */
static struct changed_nic *renumber(struct changes *changes, struct changed_nic *nic,
				    unsigned int ifindex)
{
	struct changed_nic moved = *nic;
	size_t from = nic - changes->nics, place;

	memmove(nic, nic + 1, (changes->n_nics - from - 1) * sizeof(*nic));
	changes->n_nics--;
	moved.ifindex = ifindex;
	moved.unwritten = true;
	place = find_place(changes, ifindex, moved.id);
	memmove(&changes->nics[place + 1], &changes->nics[place],
		(changes->n_nics - place) * sizeof(*nic));
	changes->n_nics++;
	changes->nics[place] = moved;
	return &changes->nics[place];
}

/* Returns the place that the record has then. */
static size_t meet(struct changes *changes, struct changed_nic *nic, const struct link_facts *link)
{
	if (nic->ifindex != link->ifindex)
		nic = renumber(changes, nic, link->ifindex);
	nic->here = true;
	changes_rename(nic, link);
	return nic - changes->nics;
}

/* Of several records with its number (the others' devices are gone) the one that is most like it.
 */
static void meet_by_number(struct changes *changes, struct network_namespace here,
			   const struct link_facts *link)
{
	struct changed_nic *best = NULL;
	int best_likeness = 0;

	if (changes_find(changes, link->ifindex))
		return;
	for (size_t i = find_place(changes, link->ifindex, 0);
	     i < changes->n_nics && changes->nics[i].ifindex == link->ifindex; i++) {
		struct changed_nic *nic = &changes->nics[i];
		int like = can_be_met(nic, here) ? likeness(nic, link) : 0;

		if (like > best_likeness) {
			best = nic;
			best_likeness = like;
		}
	}
	if (best)
		meet(changes, best, link);
}

/* The device that has the name and the address of the record, whatever its number; or NULL. */
static const struct link_facts *find_by_name(const struct changed_nic *nic,
					     const struct link_facts *links, size_t n_links)
{
	for (size_t i = 0; i < n_links; i++) {
		if (likeness(nic, &links[i]))
			return &links[i];
	}
	return NULL;
}

void changes_meet(struct changes *changes, struct network_namespace here,
		  const struct link_facts *links, size_t n_links)
{
	for (size_t i = 0; i < n_links; i++)
		meet_by_number(changes, here, &links[i]);
	/* Those that are left are away, but for a few that came back with another number. */
	for (size_t i = 0; i < changes->n_nics;) {
		const struct link_facts *link = NULL;
		size_t place = i;

		if (can_be_met(&changes->nics[i], here))
			link = find_by_name(&changes->nics[i], links, n_links);
		if (link && !changes_find(changes, link->ifindex))
			place = meet(changes, &changes->nics[i], link);
		/* A record that has moved up has left its place to another one. */
		if (place <= i)
			i++;
	}
}

void changes_leave(struct changes *changes, unsigned int ifindex)
{
	struct changed_nic *nic = changes_find(changes, ifindex);

	if (nic)
		nic->here = false;
}

void changes_leave_all(struct changes *changes)
{
	for (size_t i = 0; i < changes->n_nics; i++)
		changes->nics[i].here = false;
}

void changes_rename(struct changed_nic *nic, const struct link_facts *link)
{
	if (same_name(nic, link) && strcmp(nic->mac, link->mac) == 0)
		return;
	text_clean(link->name, nic->name, sizeof(nic->name));
	memcpy(nic->mac, link->mac, sizeof(nic->mac));
	nic->unwritten = true;
}

struct changed_nic changes_entry(struct changes *changes, struct network_namespace here,
				 const struct link_facts *link, struct feature_mask features)
{
	const struct changed_nic *known = changes_find(changes, link->ifindex);
	struct changed_nic entry = {0};

	if (known) {
		entry = *known;
	} else {
		entry.id = ++changes->last_id;
		entry.network_namespace = here;
		entry.pid_namespace = pid_namespace_read();
		entry.ifindex = link->ifindex;
		entry.here = true;
		memcpy(entry.kind, link->kind, sizeof(entry.kind));
	}
	changes_rename(&entry, link);
	entry.features = feature_mask_or(entry.features, features);
	utc_time_now(entry.changed);
	return entry;
}

int changes_make_room(struct changes *changes, size_t n_more)
{
	size_t wanted = changes->n_nics + n_more;
	struct changed_nic *nics;

	if (wanted <= changes->allocated)
		return 0;
	nics = reallocarray(changes->nics, 2 * wanted, sizeof(*nics));
	if (!nics)
		return -ENOMEM;
	changes->nics = nics;
	changes->allocated = 2 * wanted;
	return 0;
}

int changes_put(struct changes *changes, const struct changed_nic *entry)
{
	size_t place = find_place(changes, entry->ifindex, entry->id);

	if (place < changes->n_nics && changes->nics[place].ifindex == entry->ifindex &&
	    changes->nics[place].id == entry->id) {
		changes->nics[place] = *entry;
		return 0;
	}
	if (changes_make_room(changes, 1) < 0)
		return -ENOMEM;
	memmove(&changes->nics[place + 1], &changes->nics[place],
		(changes->n_nics - place) * sizeof(*changes->nics));
	changes->nics[place] = *entry;
	changes->n_nics++;
	if (entry->id > changes->last_id)
		changes->last_id = entry->id;
	return 0;
}

void changes_take_back(struct changed_nic *nic, struct feature_mask features)
{
	struct feature_mask kept = feature_mask_without(nic->features, features);

	if (feature_mask_equal(&kept, &nic->features))
		return;
	nic->features = kept;
	nic->unwritten = true;
}

bool changes_are_unwritten(const struct changes *changes)
{
	if (changes->n_damaged || (!changes->can_append && changes->n_nics))
		return true;
	for (size_t i = 0; i < changes->n_nics; i++) {
		if (changes->nics[i].unwritten)
			return true;
	}
	return false;
}

void changes_prune(struct changes *changes)
{
	size_t kept = 0;

	for (size_t i = 0; i < changes->n_nics; i++) {
		const struct changed_nic *nic = &changes->nics[i];

		if (nic->unwritten || !feature_mask_is_empty(&nic->features))
			changes->nics[kept++] = *nic;
	}
	changes->n_nics = kept;
}

/* The record with the id of another one, if it is of the same device. */
static struct changed_nic *find_same(const struct changes *changes, const struct changed_nic *other)
{
	size_t place = find_place(changes, other->ifindex, other->id);
	struct changed_nic *nic = &changes->nics[place];

	if (place == changes->n_nics || nic->ifindex != other->ifindex || nic->id != other->id ||
	    strcmp(nic->kind, other->kind) != 0 ||
	    !network_namespace_equal(nic->network_namespace, other->network_namespace))
		return NULL;
	return nic;
}

/* The file has no newer line of it: what was taken back and could not be written stays so. */
static void take_over_unwritten(struct changed_nic *nic, const struct changed_nic *before)
{
	if (before->unwritten && nic->line == before->line)
		nic->features = feature_mask_and(nic->features, before->features);
}

static void take_over_name(struct changed_nic *nic, const struct changed_nic *before)
{
	nic->here = before->here;
	memcpy(nic->name, before->name, sizeof(nic->name));
	memcpy(nic->mac, before->mac, sizeof(nic->mac));
	nic->unwritten = before->unwritten;
}

/* Of a device that both know, both have turned something off. */
static int take_over_whole(struct changes *changes, const struct changed_nic *before)
{
	struct changed_nic entry = *before;

	for (size_t i = find_place(changes, before->ifindex, 0);
	     i < changes->n_nics && changes->nics[i].ifindex == before->ifindex; i++) {
		struct changed_nic *nic = &changes->nics[i];

		if (!network_namespace_equal(nic->network_namespace, before->network_namespace) ||
		    strcmp(nic->kind, before->kind) != 0 || strcmp(nic->mac, before->mac) != 0 ||
		    strcmp(nic->name, before->name) != 0)
			continue;
		nic->features = feature_mask_or(nic->features, before->features);
		take_over_name(nic, before);
		nic->unwritten = true;
		return 0;
	}
	entry.id = ++changes->last_id;
	entry.unwritten = true;
	return changes_put(changes, &entry);
}

int changes_take_over(struct changes *changes, const struct changes *before)
{
	bool same_log = before->log && changes->log == before->log && changes->n_damaged == 0;
	int result = 0;

	for (size_t i = 0; i < before->n_nics && result == 0; i++) {
		const struct changed_nic *known = &before->nics[i];
		struct changed_nic *nic = find_same(changes, known);

		if (same_log && nic) {
			take_over_unwritten(nic, known);
			take_over_name(nic, known);
		} else if (!same_log && !feature_mask_is_empty(&known->features))
			result = take_over_whole(changes, known);
	}
	return result;
}
