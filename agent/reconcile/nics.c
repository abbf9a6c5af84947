/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/reconcile/nics.h"

#include "agent/links/links.h"
#include "agent/reconcile/nic.h"
#include "agent/reconcile/plan.h"
#include "agent/reconcile/trusted_record.h"
#include "array.h"
#include "cleanup.h"
#include "ethtool_nl/feature_mask.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void nics_clear(struct nics *nics)
{
	array_free_spared(nics->nics, nics->spared, sizeof(*nics->nics));
	*nics = (struct nics){0};
}

static int compare_ifindex(const void *key, const void *element)
{
	const struct nic *nic = element;

	return compare_numbers(*(const unsigned int *)key, nic->link.ifindex);
}

/* The index of the first NIC whose ifindex is not smaller. */
static size_t find_place(const struct nics *nics, unsigned int ifindex)
{
	return array_lower_bound(&ifindex, nics->nics, nics->n_nics, sizeof(*nics->nics),
				 compare_ifindex);
}

struct nic *nics_find(const struct nics *nics, unsigned int ifindex)
{
	size_t place = find_place(nics, ifindex);

	if (place == nics->n_nics || nics->nics[place].link.ifindex != ifindex)
		return NULL;
	return &nics->nics[place];
}

void nics_plan_one(struct nic *nic, const struct plan *plan, const struct trusted_record *record,
		   const struct link_facts *link)
{
	nic->link = *link;
	nic->recorded = trusted_record_features(record, link->ifindex);
	plan_link(plan, link, nic_features(nic), nic->recorded, &nic->plan);
}

int nics_add(struct nics *nics, const struct plan *plan, const struct trusted_record *record,
	     const struct link_facts *link, struct nic **ret_nic)
{
	/* Behind those of the same number, which only a file of facts has: in ascending order all
	 * of them are appended. */
	size_t place = find_place(nics, link->ifindex + 1);
	struct nic nic = {.error = -ENODATA}, *grown;

	nics_plan_one(&nic, plan, record, link);
	if (!nic_is_of_concern(&nic)) {
		*ret_nic = NULL;
		return 0;
	}
	grown = array_grow_spared(nics->nics, nics->n_nics, &nics->allocated, &nics->spared,
				  sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	nics->nics = grown;
	memmove(&grown[place + 1], &grown[place], (nics->n_nics - place) * sizeof(nic));
	grown[place] = nic;
	nics->n_nics++;
	*ret_nic = &grown[place];
	return 0;
}

void nics_remove(struct nics *nics, struct nic *nic)
{
	nics->nics = array_remove_spared(nics->nics, nics->n_nics, &nics->spared, sizeof(*nic),
					 nic - nics->nics);
	nics->n_nics--;
}

int nics_choose(const struct plan *plan, const struct trusted_record *record,
		const struct link_facts *links, size_t n_links, struct nics *ret_nics)
{
	_cleanup_(nics_clear) struct nics nics = {0};
	struct nic *nic;

	for (size_t i = 0; i < n_links; i++) {
		if (nics_add(&nics, plan, record, &links[i], &nic) < 0)
			return -ENOMEM;
	}
	*ret_nics = nics;
	nics = (struct nics){0};
	return 0;
}

void nic_plan_again(struct nic *nic, const struct plan *plan)
{
	plan_link(plan, &nic->link, nic_features(nic), nic->recorded, &nic->plan);
}

/* `result`: of reading the links. */
static void look_forwarding(struct nic *nic, const struct link_facts *links, size_t n_links,
			    int result, struct feature_mask lro)
{
	if (result < 0)
		snprintf(nic->kept_off_why, sizeof(nic->kept_off_why),
			 "the links cannot be read: %s", strerror(-result));
	else
		result = forwarding_find(&nic->link, links, n_links, nic->kept_off_why);
	if (result == 0)
		return;
	nic->kept_off = feature_mask_and(nic->recorded, lro);
	nic->kept_off_in_doubt = result < 0;
}

/* The links are read once for all NICs, and only where one of them asks. */
void nics_look_forwarding(const struct ethtool_nl *handle, struct nic *const nics[], size_t n_nics)
{
	static char name[] = "rx-lro";
	char *const names[] = {name, NULL};
	const struct feature_mask lro = plan_mask(handle, names);
	_cleanup_free_ struct link_facts *links = NULL;
	size_t n_links = 0;
	int result = 0;

	for (size_t i = 0; i < n_nics; i++) {
		const struct feature_mask recorded = feature_mask_and(nics[i]->recorded, lro);

		nics[i]->kept_off = (struct feature_mask){0};
		nics[i]->kept_off_in_doubt = false;
		if (feature_mask_is_empty(&recorded))
			continue;
		if (!links && result == 0)
			result = links_read(NULL, &links, &n_links);
		look_forwarding(nics[i], links, n_links, result, lro);
	}
}

int nics_read_all(const struct nics *nics, const struct plan *plan, struct ethtool_nl *handle)
{
	_cleanup_free_ struct nic **all = nics_all(nics);
	int result = all ? nics_read(handle, all, nics->n_nics) : -ENOMEM;

	for (size_t i = 0; result == 0 && i < nics->n_nics; i++)
		nic_plan_again(&nics->nics[i], plan);
	if (result == 0)
		nics_look_forwarding(handle, all, nics->n_nics);
	return result;
}

void nic_plan_todo(struct nic *nic, const struct plan *plan)
{
	nic->todo = plan_todo(plan, &nic->plan, &nic->features, nic->recorded);
	nic_keep_off(nic, &nic->todo);
}

int nics_read_drivers(const struct nics *nics)
{
	_cleanup_close_ int fd = links_driver_socket();

	if (fd < 0)
		return fd;
	for (size_t i = 0; i < nics->n_nics; i++) {
		if (!nics->nics[i].link.driver[0])
			links_read_driver(fd, &nics->nics[i].link);
	}
	return 0;
}

void nics_plan_todos(const struct nics *nics, const struct plan *plan)
{
	for (size_t i = 0; i < nics->n_nics; i++) {
		struct nic *nic = &nics->nics[i];

		nic->todo = (struct todo){0};
		if (nic->error == 0)
			nic_plan_todo(nic, plan);
	}
}

void nics_take_record(const struct nics *nics, const struct trusted_record *record)
{
	for (size_t i = 0; i < nics->n_nics; i++)
		nics->nics[i].recorded =
			trusted_record_features(record, nics->nics[i].link.ifindex);
}

struct link_facts *nics_copy_links(const struct nics *nics)
{
	struct link_facts *links = calloc(nics->n_nics + 1, sizeof(*links));

	for (size_t i = 0; links && i < nics->n_nics; i++)
		links[i] = nics->nics[i].link;
	return links;
}

ssize_t nics_asked_links(const struct nics *nics, const struct plan *plan,
			 struct asked_link **ret_links)
{
	struct asked_link *links = calloc(nics->n_nics + 1, sizeof(*links));
	ssize_t n_links = 0;

	if (!links)
		return -ENOMEM;
	for (size_t i = 0; i < nics->n_nics; i++) {
		const struct nic *nic = &nics->nics[i];

		if (nic->error == -ENODEV)
			continue;
		links[n_links].link = &nic->link;
		links[n_links++].symptom =
			plan_asked_symptom(plan, &nic->link, nic_features(nic), nic->recorded);
	}
	*ret_links = links;
	return n_links;
}

struct nic **nics_all(const struct nics *nics)
{
	struct nic **all = calloc(nics->n_nics + 1, sizeof(struct nic *));

	for (size_t i = 0; all && i < nics->n_nics; i++)
		all[i] = &nics->nics[i];
	return all;
}

ssize_t nics_with_todo(const struct nics *nics, struct nic ***ret_nics)
{
	struct nic **found = calloc(nics->n_nics + 1, sizeof(struct nic *));
	ssize_t n_found = 0;

	if (!found)
		return -ENOMEM;
	for (size_t i = 0; i < nics->n_nics; i++) {
		if (nic_concerns_record(&nics->nics[i]))
			found[n_found++] = &nics->nics[i];
	}
	*ret_nics = found;
	return n_found;
}
