/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record of changes. "@boot@" in an input stands for this boot's number, without which the
 * record is one of another boot and hence empty.
 */
#include "agent/base/boot_id.h"
#include "agent/base/text.h"
#include "agent/record/changes_file.h"
#include "array.h"
#include "cleanup.h"
#include "ethtool_nl/feature_mask.h"
#include "tests/fake/fake_backend.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define RECORD "changes.json"
#define HOLDER "@boot@"

static const char *const names[] = {
	"rx-checksum", "tx-checksum-ipv4", "tx-checksum-ip-generic", "", "tx-tcp-segmentation",
	"rx-gro"};

static struct ethtool_nl *handle;
static char boot_id[BOOT_ID_SIZE];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static struct fake_device device;

	(void)argc;
	(void)argv;
	FUZZ_CHECK(boot_id_read(boot_id) == 0);
	FUZZ_CHECK(fake_backend_open(names, N_ELEMENTS(names), &device, 1, &handle) == 0);
	return 0;
}

static void put_record(const uint8_t *data, size_t size)
{
	const uint8_t *place = size ? memmem(data, size, HOLDER, strlen(HOLDER)) : NULL;
	size_t before = place ? (size_t)(place - data) : size, length = strlen(boot_id);
	size_t after = place ? size - before - strlen(HOLDER) : 0;
	_cleanup_free_ uint8_t *text = malloc(size + length + 1);

	FUZZ_CHECK(text);
	if (before)
		memcpy(text, data, before);
	if (place) {
		memcpy(text + before, boot_id, length);
		memcpy(text + before + length, place + strlen(HOLDER), after);
		before += length + after;
	}
	fuzz_put(RECORD, text, before);
}

static bool ends(const char *text, size_t size)
{
	return strnlen(text, size) < size;
}

static void check_record(const struct changes *changes)
{
	FUZZ_CHECK(changes->n_nics <= changes->allocated);
	FUZZ_CHECK(ends(changes->last_change, sizeof(changes->last_change)));
	for (size_t i = 0; i < changes->n_nics; i++) {
		const struct changed_nic *nic = &changes->nics[i], *before = nic - 1;

		FUZZ_CHECK(nic->id > 0 && nic->id <= changes->last_id && nic->ifindex > 0 &&
			   !nic->unwritten && !nic->here && ends(nic->name, LINK_NAME_SIZE) &&
			   ends(nic->kind, LINK_KIND_SIZE) && ends(nic->mac, LINK_MAC_SIZE) &&
			   ends(nic->changed, UTC_TIME_SIZE));
		FUZZ_CHECK(!feature_mask_is_empty(&nic->features));
		FUZZ_CHECK(feature_mask_next(&nic->features, N_ELEMENTS(names)) == FEATURES_MAX);
		FUZZ_CHECK(!feature_mask_has(&nic->features, 3));
		FUZZ_CHECK(i == 0 || before->ifindex < nic->ifindex ||
			   (before->ifindex == nic->ifindex && before->id < nic->id));
	}
}

/* Texts that JSON cannot hold were made fit when they were written; a line that stood already
 * stays. */
static bool same_text(const char *text, const char *written)
{
	char clean[LINK_MAC_SIZE];

	return strcmp(text, written) == 0 ||
	       strcmp(text_clean(text, clean, sizeof(clean)), written) == 0;
}

static void check_equal(const struct changes *a, const struct changes *b)
{
	FUZZ_CHECK(a->n_nics == b->n_nics);
	for (size_t i = 0; i < a->n_nics; i++) {
		const struct changed_nic *one = &a->nics[i], *other = &b->nics[i];

		FUZZ_CHECK(one->id == other->id && one->ifindex == other->ifindex);
		FUZZ_CHECK(
			network_namespace_equal(one->network_namespace, other->network_namespace));
		FUZZ_CHECK(same_text(one->name, other->name) && same_text(one->kind, other->kind) &&
			   same_text(one->mac, other->mac) &&
			   same_text(one->changed, other->changed));
		FUZZ_CHECK(feature_mask_equal(&one->features, &other->features));
	}
}

static void check_file(int folder_fd, struct changes *changes)
{
	_cleanup_(changes_clear) struct changes again = {0};

	FUZZ_CHECK(changes_file_load(folder_fd, handle, &again) == 0 && again.n_damaged == 0);
	check_record(&again);
	check_equal(changes, &again);
}

/*
 * Gone on with, it is the same and one more, whether it is appended to or written anew; and without
 * the one that is given back.
 */
static void check_write(int folder_fd, struct changes *changes)
{
	const struct network_namespace here = {1, 2};
	struct link_facts link = {.ifindex = 4711, .name = "flannel.1", .kind = "vxlan"};
	struct feature_mask mask;
	struct changed_nic entry;

	FUZZ_CHECK(changes_file_append(folder_fd, handle, changes, NULL, 0) == 0);
	FUZZ_CHECK(ethtool_nl_mask(handle, "tx", &mask) == 0);
	entry = changes_entry(changes, here, &link, mask);
	FUZZ_CHECK(changes_file_append(folder_fd, handle, changes, &entry, 1) == 0);
	FUZZ_CHECK(changes_find(changes, 4711));
	check_file(folder_fd, changes);
	changes_take_back(changes_find(changes, 4711), mask);
	FUZZ_CHECK(changes_file_append(folder_fd, handle, changes, NULL, 0) == 0);
	check_file(folder_fd, changes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_close_ int folder_fd = open(fuzz_folder(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(changes_clear) struct changes changes = {0};

	put_record(data, size);
	FUZZ_CHECK(changes_file_load(folder_fd, handle, &changes) == 0);
	check_record(&changes);
	check_write(folder_fd, &changes);
	unlinkat(folder_fd, RECORD ".damaged", 0);
	return 0;
}
