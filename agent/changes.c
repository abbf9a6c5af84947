/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/changes.h"

#include "agent/text.h"
#include "agent/utc_time.h"
#include "array.h"
#include "ethtool_nl/feature_mask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void changes_clear(struct changes *changes)
{
	free(changes->nics);
	*changes = (struct changes){0};
}

void changes_touch(struct changes *changes)
{
	utc_time_now(changes->last_change);
}

static int compare_place(const struct changed_nic *nic, uint64_t network_namespace,
			 unsigned int ifindex)
{
	if (nic->network_namespace != network_namespace)
		return nic->network_namespace < network_namespace ? -1 : 1;
	return (nic->ifindex > ifindex) - (nic->ifindex < ifindex);
}

/* The index of the first record that is not before the place. */
static size_t find_place(const struct changes *changes, uint64_t network_namespace,
			 unsigned int ifindex)
{
	size_t low = 0, high = changes->n_nics;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_place(&changes->nics[middle], network_namespace, ifindex) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct changed_nic *at_place(const struct changes *changes, size_t place,
				    uint64_t network_namespace, unsigned int ifindex)
{
	if (place == changes->n_nics ||
	    compare_place(&changes->nics[place], network_namespace, ifindex) != 0)
		return NULL;
	return &changes->nics[place];
}

/* Records hold names as the file can: a name that is no UTF-8 must find its record again. */
static bool same_name(const struct changed_nic *nic, const struct link_facts *link)
{
	char name[LINK_NAME_SIZE];

	return strcmp(nic->name, text_clean(link->name, name, sizeof(name))) == 0;
}

static bool same_device(const struct changed_nic *nic, const struct link_facts *link)
{
	if (strcmp(nic->kind, link->kind) != 0)
		return false;
	return same_name(nic, link) || (nic->mac[0] && strcmp(nic->mac, link->mac) == 0);
}

struct changed_nic *changes_find(const struct changes *changes, uint64_t network_namespace,
				 const struct link_facts *link)
{
	size_t place = find_place(changes, network_namespace, link->ifindex);
	struct changed_nic *nic = at_place(changes, place, network_namespace, link->ifindex);

	return nic && same_device(nic, link) ? nic : NULL;
}

static struct changed_nic *insert_place(struct changes *changes, size_t place)
{
	struct changed_nic *nics =
		array_grow(changes->nics, changes->n_nics, &changes->allocated, sizeof(*nics));

	if (!nics)
		return NULL;
	changes->nics = nics;
	memmove(&changes->nics[place + 1], &changes->nics[place],
		(changes->n_nics - place) * sizeof(*changes->nics));
	changes->n_nics++;
	changes->nics[place] = (struct changed_nic){0};
	return &changes->nics[place];
}

bool changes_is_renamed(const struct changed_nic *nic, const struct link_facts *link)
{
	return !same_name(nic, link) || strcmp(nic->mac, link->mac) != 0;
}

static bool is_recorded(const struct changed_nic *nic, const struct link_facts *link,
			struct feature_mask features)
{
	struct feature_mask missing = feature_mask_without(features, nic->features);

	return feature_mask_is_empty(&missing) && !changes_is_renamed(nic, link);
}

int changes_add(struct changes *changes, uint64_t network_namespace, const struct link_facts *link,
		struct feature_mask features)
{
	size_t place = find_place(changes, network_namespace, link->ifindex);
	struct changed_nic *nic = at_place(changes, place, network_namespace, link->ifindex);
	struct feature_mask news;

	if (!nic)
		nic = insert_place(changes, place);
	if (!nic)
		return -ENOMEM;
	if (!same_device(nic, link))
		*nic = (struct changed_nic){.network_namespace = network_namespace,
					    .ifindex = link->ifindex};
	else if (is_recorded(nic, link, features))
		return 0;
	news = feature_mask_without(features, nic->features);
	nic->features = feature_mask_or(nic->features, news);
	nic->added = feature_mask_or(nic->added, news);
	if (!feature_mask_is_empty(&news))
		utc_time_now(nic->changed);
	/* A renamed device is still the same one; the newest name and address find it again. */
	text_clean(link->name, nic->name, sizeof(nic->name));
	memcpy(nic->kind, link->kind, sizeof(nic->kind));
	memcpy(nic->mac, link->mac, sizeof(nic->mac));
	nic->unsaved = true;
	changes->n_unsaved++;
	return 0;
}

void changes_prune(struct changes *changes)
{
	size_t kept = 0;

	for (size_t i = 0; i < changes->n_nics; i++) {
		if (!feature_mask_is_empty(&changes->nics[i].features))
			changes->nics[kept++] = changes->nics[i];
	}
	changes->n_stale += changes->n_nics - kept;
	changes->n_nics = kept;
}

void changes_mark_saved(struct changes *changes)
{
	for (size_t i = 0; i < changes->n_nics; i++) {
		changes->nics[i].unsaved = false;
		changes->nics[i].added = (struct feature_mask){0};
	}
	changes->n_unsaved = 0;
}

void changes_drop_unsaved(struct changes *changes)
{
	changes->n_unsaved = 0;
	for (size_t i = 0; i < changes->n_nics; i++) {
		struct changed_nic *nic = &changes->nics[i];

		nic->features = feature_mask_without(nic->features, nic->added);
		nic->added = (struct feature_mask){0};
		nic->unsaved = nic->unsaved && !feature_mask_is_empty(&nic->features);
		changes->n_unsaved += nic->unsaved;
	}
	changes_prune(changes);
}

void changes_forget_gone(struct changes *changes, uint64_t network_namespace,
			 const struct link_facts *links, size_t n_links)
{
	size_t link = 0;

	for (size_t i = 0; i < changes->n_nics; i++) {
		struct changed_nic *nic = &changes->nics[i];

		if (nic->network_namespace != network_namespace)
			continue;
		while (link < n_links && links[link].ifindex < nic->ifindex)
			link++;
		if (link == n_links || links[link].ifindex != nic->ifindex ||
		    !same_device(nic, &links[link]))
			nic->features = (struct feature_mask){0};
	}
	changes_prune(changes);
}
