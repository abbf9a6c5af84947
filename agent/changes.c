/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/changes.h"

#include "agent/json.h"
#include "agent/state_dir.h"
#include "ethtool_nl/feature_mask.h"
#include "policy/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define CHANGES_FILE	 "changes.json"
#define CHANGES_SIZE_MAX (16 * 1024 * 1024)
#define BOOT_ID_FILE	 "/proc/sys/kernel/random/boot_id"
#define BOOT_ID_SIZE	 40

/* "" when the kernel does not tell (no /proc): then every record counts as one of this boot. */
static void read_boot_id(char boot_id[static BOOT_ID_SIZE])
{
	_cleanup_fclose_ FILE *file = fopen(BOOT_ID_FILE, "re");

	boot_id[0] = '\0';
	if (file && fgets(boot_id, BOOT_ID_SIZE, file))
		boot_id[strcspn(boot_id, "\n")] = '\0';
}

uint64_t changes_network_namespace(void)
{
	struct stat status;

	return stat("/proc/self/ns/net", &status) < 0 ? 0 : status.st_ino;
}

void changes_clear(struct changes *changes)
{
	free(changes->nics);
	free(changes->last_change);
	*changes = (struct changes){0};
}

int changes_touch(struct changes *changes)
{
	char text[32];
	time_t now = time(NULL);
	struct tm utc;
	char *copy;

	if (!gmtime_r(&now, &utc) || !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc))
		return -EOVERFLOW;
	copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	free(changes->last_change);
	changes->last_change = copy;
	return 0;
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

static bool same_device(const struct changed_nic *nic, const struct link_facts *link)
{
	if (strcmp(nic->kind, link->kind) != 0)
		return false;
	return strcmp(nic->name, link->name) == 0 ||
	       (nic->mac[0] && strcmp(nic->mac, link->mac) == 0);
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
	if (changes->n_nics == changes->allocated) {
		size_t allocated = changes->allocated ? 2 * changes->allocated : 16;
		struct changed_nic *nics = realloc(changes->nics, allocated * sizeof(*nics));

		if (!nics)
			return NULL;
		changes->nics = nics;
		changes->allocated = allocated;
	}
	memmove(&changes->nics[place + 1], &changes->nics[place],
		(changes->n_nics - place) * sizeof(*changes->nics));
	changes->n_nics++;
	return &changes->nics[place];
}

int changes_add(struct changes *changes, uint64_t network_namespace, const struct link_facts *link,
		struct feature_mask features)
{
	size_t place = find_place(changes, network_namespace, link->ifindex);
	struct changed_nic *nic = at_place(changes, place, network_namespace, link->ifindex);

	if (nic && same_device(nic, link)) {
		nic->features = feature_mask_or(nic->features, features);
	} else {
		if (!nic)
			nic = insert_place(changes, place);
		if (!nic)
			return -ENOMEM;
		*nic = (struct changed_nic){.network_namespace = network_namespace,
					    .ifindex = link->ifindex,
					    .features = features};
	}
	/* A renamed device is still the same one; the newest name and address find it again. */
	memcpy(nic->name, link->name, sizeof(nic->name));
	memcpy(nic->kind, link->kind, sizeof(nic->kind));
	memcpy(nic->mac, link->mac, sizeof(nic->mac));
	return 0;
}

void changes_prune(struct changes *changes)
{
	size_t kept = 0;

	for (size_t i = 0; i < changes->n_nics; i++) {
		if (!feature_mask_is_empty(&changes->nics[i].features))
			changes->nics[kept++] = changes->nics[i];
	}
	changes->n_nics = kept;
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

static int parse_features(json_t *features, const struct ethtool_nl *handle,
			  struct feature_mask *ret_features)
{
	struct feature_mask all = {0}, one;
	const char *name;
	json_t *earlier;

	if (!json_is_object(features))
		return -EBADMSG;
	json_object_foreach(features, name, earlier)
	{
		if (!json_is_true(earlier) || ethtool_nl_mask(handle, name, &one) < 0)
			return -EBADMSG;
		all = feature_mask_or(all, one);
	}
	*ret_features = all;
	return 0;
}

static int copy_text(const char *text, char *target, size_t size)
{
	if (strlen(text) >= size)
		return -EBADMSG;
	strcpy(target, text);
	return 0;
}

static int parse_nic(json_t *json, const struct ethtool_nl *handle, struct changes *changes)
{
	struct link_facts link = {0};
	struct feature_mask features;
	json_int_t network_namespace, ifindex;
	const char *name, *kind, *mac;
	json_t *feature_object;

	if (json_unpack(json, "{s:I, s:I, s:s, s:s, s:s, s:o}", "netns", &network_namespace,
			"ifindex", &ifindex, "name", &name, "kind", &kind, "mac", &mac, "features",
			&feature_object) < 0)
		return -EBADMSG;
	if (ifindex < 1 || ifindex > INT32_MAX || network_namespace < 0 ||
	    copy_text(name, link.name, sizeof(link.name)) < 0 ||
	    copy_text(kind, link.kind, sizeof(link.kind)) < 0 ||
	    copy_text(mac, link.mac, sizeof(link.mac)) < 0 ||
	    parse_features(feature_object, handle, &features) < 0)
		return -EBADMSG;
	link.ifindex = ifindex;
	return changes_add(changes, network_namespace, &link, features);
}

static int parse_record(const char *text, size_t size, const struct ethtool_nl *handle,
			struct changes *changes)
{
	_cleanup_(cleanup_json) json_t *record = json_loadb(text, size, 0, NULL);
	const char *boot_id, *last_change = NULL;
	char this_boot[BOOT_ID_SIZE];
	json_t *nics, *nic;
	size_t i;
	int schema;

	if (json_unpack(record, "{s:i, s:s, s?s, s:o}", "schema", &schema, "boot_id", &boot_id,
			"last_change", &last_change, "nics", &nics) < 0 ||
	    schema != 1 || !json_is_array(nics))
		return -EBADMSG;
	read_boot_id(this_boot);
	if (strcmp(boot_id, this_boot) != 0)
		return 0;
	changes->last_change = last_change ? strdup(last_change) : NULL;
	json_array_foreach(nics, i, nic)
	{
		int result = parse_nic(nic, handle, changes);

		if (result < 0)
			return result;
	}
	return 0;
}

int changes_load(int directory_fd, const struct ethtool_nl *handle, struct changes *ret_changes)
{
	_cleanup_(changes_clear) struct changes changes = {0};
	_cleanup_free_ char *text = NULL;
	size_t size;
	int result = -ENOENT;

	if (directory_fd >= 0)
		result = state_dir_read(directory_fd, CHANGES_FILE, CHANGES_SIZE_MAX, &text, &size);
	if (result == 0)
		result = parse_record(text, size, handle, &changes);
	else if (result == -ENOENT)
		result = 0;
	if (result < 0)
		return result;
	*ret_changes = changes;
	changes = (struct changes){0};
	return 0;
}

struct print_data {
	const struct ethtool_nl *handle;
	const struct changes *changes;
};

static int print_nic(FILE *output, const struct ethtool_nl *handle, const struct changed_nic *nic)
{
	json_t *features = json_object(), *json;

	for (unsigned int bit = feature_mask_next(&nic->features, 0); bit < FEATURES_MAX;
	     bit = feature_mask_next(&nic->features, bit + 1))
		json_object_set_new(features, ethtool_nl_feature_name(handle, bit), json_true());
	json = json_pack("{s:I, s:I, s:o, s:o, s:o, s:o}", "netns",
			 (json_int_t)nic->network_namespace, "ifindex", (json_int_t)nic->ifindex,
			 "name", json_text(nic->name), "kind", json_text(nic->kind), "mac",
			 json_text(nic->mac), "features", features);
	return json_print_and_free(output, json);
}

/* NIC by NIC: a tree of a thousand of them would be the largest thing in memory. */
static int print_record(FILE *output, void *data)
{
	const struct print_data *print = data;
	const struct changes *changes = print->changes;
	char boot_id[BOOT_ID_SIZE];

	read_boot_id(boot_id);
	fprintf(output, "{\"schema\":1,\"boot_id\":\"%s\",", boot_id);
	if (changes->last_change)
		fprintf(output, "\"last_change\":\"%s\",", changes->last_change);
	fputs("\"nics\":[", output);
	for (size_t i = 0; i < changes->n_nics; i++) {
		int result;

		fputs(i ? ",\n" : "\n", output);
		result = print_nic(output, print->handle, &changes->nics[i]);
		if (result < 0)
			return result;
	}
	fputs("]}\n", output);
	return 0;
}

int changes_save(int directory_fd, const struct ethtool_nl *handle, const struct changes *changes)
{
	struct print_data data = {handle, changes};

	return state_dir_write(directory_fd, CHANGES_FILE, print_record, &data);
}
