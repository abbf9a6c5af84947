/* SPDX-License-Identifier: Apache-2.0 */
#include "ethtool_nl/backend_ioctl.h"

#include "cleanup.h"
#include "ethtool_nl/change.h"
#include "ethtool_nl/feature_mask.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/ethtool.h>
#include <linux/sockios.h>

/* How often a device is looked up again that was renamed while it was worked on. */
#define RENAME_TRIES 10

/* The loopback device of every network namespace (LOOPBACK_IFINDEX, include/net/net_namespace.h).
 */
#define LOOPBACK_IFINDEX 1

struct backend_ioctl {
	struct backend base;
	int (*call)(int fd, unsigned long request, struct ifreq *argument);
	size_t (*list)(struct ethtool_nl_link **ret_links);
	int fd;
	unsigned int n_blocks; /* of 32 features; SFEATURES wants it exactly */
	struct ethtool_gfeatures *get; /* room for n_blocks */
	struct ethtool_sfeatures *set;
};

static int call_kernel(int fd, unsigned long request, struct ifreq *argument)
{
	int result;

	do
		result = ioctl(fd, request, argument);
	while (result < 0 && errno == EINTR);
	return result < 0 ? -errno : result;
}

static size_t list_links(struct ethtool_nl_link **ret_links)
{
	struct if_nameindex *names = if_nameindex();
	struct ethtool_nl_link *links;
	size_t n_links = 0;

	while (names && names[n_links].if_index)
		n_links++;
	links = calloc(n_links + 1, sizeof(*links));
	if (!links)
		n_links = 0;
	for (size_t i = 0; i < n_links; i++) {
		links[i].ifindex = names[i].if_index;
		memcpy(links[i].name, names[i].if_name, strlen(names[i].if_name) + 1);
	}
	if (names)
		if_freenameindex(names);
	*ret_links = links;
	return n_links;
}

/* The name that belongs to the ifindex now. Returns 0, -ENODEV. */
static int look_name_up(const struct backend_ioctl *backend, unsigned int ifindex,
			struct ifreq *ret_request)
{
	struct ifreq request = {.ifr_ifindex = (int)ifindex};
	int result = backend->call(backend->fd, SIOCGIFNAME, &request);

	if (result < 0)
		return result;
	*ret_request = request;
	return 0;
}

/* Does the name still belong to the ifindex? Returns 1, or 0 (renamed, or gone), or an errno. */
static int name_holds(const struct backend_ioctl *backend, const struct ifreq *named,
		      unsigned int ifindex)
{
	struct ifreq request = *named;
	int result = backend->call(backend->fd, SIOCGIFINDEX, &request);

	if (result == -ENODEV)
		return 0;
	return result < 0 ? result : request.ifr_ifindex == (int)ifindex;
}

/* Runs one ethtool command on the device with this name. Returns what the kernel does. */
static int run_command(const struct backend_ioctl *backend, const struct ifreq *named,
		       void *command)
{
	struct ifreq request = *named;

	request.ifr_data = command;
	return backend->call(backend->fd, SIOCETHTOOL, &request);
}

static int get_features(const struct backend_ioctl *backend, const struct ifreq *named,
			struct featureset *ret_features)
{
	struct featureset features = {0};
	int result;

	backend->get->cmd = ETHTOOL_GFEATURES;
	backend->get->size = backend->n_blocks;
	result = run_command(backend, named, backend->get);
	if (result < 0)
		return result;
	for (unsigned int i = 0; i < backend->n_blocks; i++) {
		const struct ethtool_get_features_block *block = &backend->get->features[i];

		feature_mask_add_word(&features.changeable, i,
				      block->available & ~block->never_changed);
		feature_mask_add_word(&features.wanted, i, block->requested);
		feature_mask_add_word(&features.active, i, block->active);
	}
	*ret_features = features;
	return 0;
}

/*
 * Returns 0 or a negative errno. A positive answer (ETHTOOL_F_UNSUPPORTED, ETHTOOL_F_WISH) says
 * that something was not taken; what, is read after it.
 */
static int set_features(const struct backend_ioctl *backend, const struct ifreq *named,
			const struct ethtool_nl_change *change)
{
	struct feature_mask requested = change_requested(change);
	int result;

	backend->set->cmd = ETHTOOL_SFEATURES;
	backend->set->size = backend->n_blocks;
	for (unsigned int i = 0; i < backend->n_blocks; i++) {
		struct ethtool_set_features_block *block = &backend->set->features[i];

		block->valid = feature_mask_word(&requested, i);
		block->requested = feature_mask_word(&change->values, i) & block->valid;
	}
	result = run_command(backend, named, backend->set);
	return result < 0 ? result : 0;
}

/* All devices, as they are before anything is set. */
struct bystanders {
	struct ethtool_nl_link *links;
	size_t n_links;
};

static void bystanders_clear(struct bystanders *bystanders)
{
	free(bystanders->links);
}

static void read_bystanders(const struct backend_ioctl *backend, struct bystanders *bystanders)
{
	bystanders->n_links = backend->list(&bystanders->links);
	for (size_t i = 0; i < bystanders->n_links; i++) {
		struct ethtool_nl_link *link = &bystanders->links[i];
		struct ifreq named = {0};

		memcpy(named.ifr_name, link->name, sizeof(link->name));
		link->error = get_features(backend, &named, &link->features);
	}
}

/*
 * The name has moved while `change` was made under it. What of it is now so on the device that has
 * the name, and was not before, has hit that one: it is set back.
 */
static void undo_on_bystander(const struct backend_ioctl *backend, const struct ifreq *named,
			      const struct ethtool_nl_change *change,
			      const struct bystanders *bystanders)
{
	struct ifreq request = *named;
	struct ethtool_nl_change undo = {0};
	struct featureset now;

	if (backend->call(backend->fd, SIOCGIFINDEX, &request) < 0 ||
	    get_features(backend, named, &now) < 0)
		return;
	for (size_t i = 0; i < bystanders->n_links; i++) {
		const struct ethtool_nl_link *link = &bystanders->links[i];

		if ((int)link->ifindex != request.ifr_ifindex || link->error != 0)
			continue;
		undo.before = now;
		undo.values = link->features.wanted;
		undo.mask = feature_mask_and(change_requested(change),
					     feature_mask_xor(now.wanted, undo.values));
		if (!feature_mask_is_empty(&undo.mask))
			set_features(backend, named, &undo);
	}
}

/*
 * Reads a device, after having set `change` when that is not NULL. When the name turns out to have
 * moved, all is done again under the new one. Should another device have taken the name in those
 * few microseconds, the change has hit that one, which is mended: the kernel offers no way to tie
 * the two together.
 * Returns 0; -ENODEV; -EAGAIN when the renaming goes on and on; what the kernel said. `ret_made`:
 * the kernel took the change, whatever came after it.
 */
static int visit(const struct backend_ioctl *backend, unsigned int ifindex,
		 const struct ethtool_nl_change *change, const struct bystanders *bystanders,
		 bool *ret_made, struct featureset *ret_features)
{
	*ret_made = false;
	for (int i = 0; i < RENAME_TRIES; i++) {
		struct featureset features;
		struct ifreq named;
		int holds;
		int result = look_name_up(backend, ifindex, &named);

		if (result < 0)
			return result;
		if (change)
			result = set_features(backend, &named, change);
		*ret_made |= change && result == 0;
		if (result == 0)
			result = get_features(backend, &named, &features);
		holds = name_holds(backend, &named, ifindex);
		if (holds < 0)
			return holds;
		if (!holds && change)
			undo_on_bystander(backend, &named, change, bystanders);
		/* There is none of that name, and it has it: it was away for a moment. */
		if (!holds || result == -ENODEV)
			continue;
		if (result == 0)
			*ret_features = features;
		return result;
	}
	return -EAGAIN;
}

static int ioctl_read(struct backend *base, struct ethtool_nl_link *links, size_t n_links)
{
	const struct backend_ioctl *backend = (const struct backend_ioctl *)base;

	for (size_t i = 0; i < n_links; i++) {
		bool made;

		links[i].error =
			visit(backend, links[i].ifindex, NULL, NULL, &made, &links[i].features);
	}
	return 0;
}

static int ioctl_set(struct backend *base, struct ethtool_nl_change *const changes[],
		     size_t n_changes)
{
	const struct backend_ioctl *backend = (const struct backend_ioctl *)base;
	_cleanup_(bystanders_clear) struct bystanders bystanders = {0};

	read_bystanders(backend, &bystanders);
	for (size_t i = 0; i < n_changes; i++) {
		struct featureset after;
		bool made;
		int result =
			visit(backend, changes[i]->ifindex, changes[i], &bystanders, &made, &after);

		if (result < 0 && made)
			change_lose(changes[i], result);
		else if (result < 0)
			change_fail(changes[i], result, NULL);
		else
			change_settle(changes[i], &after);
	}
	return 0;
}

static void ioctl_close(struct backend *base)
{
	struct backend_ioctl *backend = (struct backend_ioctl *)base;

	if (backend->fd >= 0)
		close(backend->fd);
	free(backend->get);
	free(backend->set);
	free(backend);
}

static void cleanup_ioctl(struct backend_ioctl **backend)
{
	if (*backend)
		ioctl_close(&(*backend)->base);
}

/* How many strings the set of the features has. Any device answers; the set is the kernel's. */
static int count_features(const struct backend_ioctl *backend, const struct ifreq *named,
			  uint32_t *ret_count)
{
	_cleanup_free_ struct ethtool_sset_info *info = calloc(1, sizeof(*info) + sizeof(uint32_t));
	int result;

	if (!info)
		return -ENOMEM;
	info->cmd = ETHTOOL_GSSET_INFO;
	info->sset_mask = UINT64_C(1) << ETH_SS_FEATURES;
	result = run_command(backend, named, info);
	if (result < 0)
		return result;
	/* The kernel takes a set that it does not have out of the mask. */
	if (info->sset_mask == 0)
		return -EOPNOTSUPP;
	if (info->data[0] > FEATURES_MAX)
		return -EOVERFLOW;
	*ret_count = info->data[0];
	return 0;
}

static int get_names(const struct backend_ioctl *backend, const struct ifreq *named, uint32_t count,
		     struct stringset *ret_names)
{
	_cleanup_free_ struct ethtool_gstrings *strings =
		calloc(1, sizeof(*strings) + (size_t)count * ETH_GSTRING_LEN);
	int result;

	if (!strings)
		return -ENOMEM;
	strings->cmd = ETHTOOL_GSTRINGS;
	strings->string_set = ETH_SS_FEATURES;
	strings->len = count;
	result = run_command(backend, named, strings);
	for (uint32_t bit = 0; bit < count && result >= 0; bit++) {
		char name[ETH_GSTRING_LEN + 1] = "";

		memcpy(name, strings->data + bit * ETH_GSTRING_LEN, ETH_GSTRING_LEN);
		result = stringset_add(ret_names, bit, name);
	}
	return result < 0 ? result : 0;
}

static int allocate_blocks(struct backend_ioctl *backend, uint32_t count)
{
	backend->n_blocks = (count + 31) / 32;
	backend->get = calloc(1, sizeof(*backend->get) +
					 backend->n_blocks * sizeof(backend->get->features[0]));
	backend->set = calloc(1, sizeof(*backend->set) +
					 backend->n_blocks * sizeof(backend->set->features[0]));
	return backend->get && backend->set ? 0 : -ENOMEM;
}

static const struct backend_ops ioctl_ops = {
	.name = ETHTOOL_NL_IOCTL,
	.read = ioctl_read,
	.set = ioctl_set,
	.close = ioctl_close,
};

int backend_ioctl_open_with(int (*call)(int fd, unsigned long request, struct ifreq *argument),
			    size_t (*list)(struct ethtool_nl_link **ret_links),
			    struct backend **ret_backend, struct stringset *ret_names)
{
	_cleanup_(cleanup_ioctl) struct backend_ioctl *backend = calloc(1, sizeof(*backend));
	struct ifreq loopback;
	uint32_t count;
	int result;

	if (!backend)
		return -ENOMEM;
	backend->base.ops = &ioctl_ops;
	backend->call = call;
	backend->list = list;
	/* Any socket passes these calls on (net/socket.c, sock_do_ioctl()); one of this family can
	 * be had in every kernel and every sandbox. */
	backend->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (backend->fd < 0)
		return -errno;
	result = look_name_up(backend, LOOPBACK_IFINDEX, &loopback);
	if (result == 0)
		result = count_features(backend, &loopback, &count);
	if (result == 0)
		result = allocate_blocks(backend, count);
	if (result == 0)
		result = get_names(backend, &loopback, count, ret_names);
	if (result < 0)
		return result;
	*ret_backend = &TAKE_PTR(backend)->base;
	return 0;
}

int backend_ioctl_open(struct backend **ret_backend, struct stringset *ret_names)
{
	return backend_ioctl_open_with(call_kernel, list_links, ret_backend, ret_names);
}
