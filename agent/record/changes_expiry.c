/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/record/changes_expiry.h"

#include "agent/links/living_namespaces.h"
#include "cleanup.h"

#include <stdlib.h>

#define AWAY_MAX      1000
#define ELSEWHERE_MAX 4000

/*
 * Is it known to be no more? Its processes must be among those that were looked at. Numbers of
 * namespaces are given again: then the record waits for the end of the new one, too. One of which
 * only the cookie is known (of the format before this one) is never known to be gone.
 */
static bool is_dead(const struct living_namespaces *living, const struct changed_nic *nic)
{
	return nic->network_namespace.inode &&
	       (living->all ||
		(nic->pid_namespace && nic->pid_namespace == living->pid_namespace)) &&
	       !living_namespaces_have(living, nic->network_namespace.inode);
}

static int compare_lines(const void *one, const void *other)
{
	size_t a = *(const size_t *)one, b = *(const size_t *)other;

	return (a > b) - (a < b);
}

/* The line from which on just `n_max` records have met no device, here or elsewhere. */
static size_t first_line(const struct changes *changes, struct network_namespace here,
			 bool elsewhere, size_t n_max)
{
	_cleanup_free_ size_t *lines = calloc(changes->n_nics + 1, sizeof(*lines));
	size_t n_lines = 0;

	for (size_t i = 0; lines && i < changes->n_nics; i++) {
		const struct changed_nic *nic = &changes->nics[i];

		if (!nic->here &&
		    network_namespace_equal(nic->network_namespace, here) != elsewhere)
			lines[n_lines++] = nic->line;
	}
	if (n_lines <= n_max)
		return 0;
	qsort(lines, n_lines, sizeof(*lines), compare_lines);
	return lines[n_lines - n_max];
}

static void drop_dead(struct changes *changes, struct network_namespace here)
{
	_cleanup_(living_namespaces_clear) struct living_namespaces living = {0};
	size_t kept = 0;

	if (living_namespaces_read(&living) < 0)
		return;
	for (size_t i = 0; i < changes->n_nics; i++) {
		const struct changed_nic *nic = &changes->nics[i];

		if (nic->here || network_namespace_equal(nic->network_namespace, here) ||
		    !is_dead(&living, nic))
			changes->nics[kept++] = *nic;
	}
	changes->n_nics = kept;
}

static void drop_oldest(struct changes *changes, struct network_namespace here)
{
	size_t first_away = first_line(changes, here, false, AWAY_MAX);
	size_t first_elsewhere = first_line(changes, here, true, ELSEWHERE_MAX);
	size_t kept = 0;

	for (size_t i = 0; i < changes->n_nics; i++) {
		const struct changed_nic *nic = &changes->nics[i];
		bool of_here = network_namespace_equal(nic->network_namespace, here);

		if (nic->here || nic->line >= (of_here ? first_away : first_elsewhere))
			changes->nics[kept++] = *nic;
	}
	changes->n_nics = kept;
}

void changes_expire(struct changes *changes)
{
	struct network_namespace here;

	if (network_namespace_read(&here) < 0)
		return;
	drop_dead(changes, here);
	drop_oldest(changes, here);
}
