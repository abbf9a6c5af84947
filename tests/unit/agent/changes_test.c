/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/changes_file.h"
#include "cleanup.h"
#include "tests/unit/agent/folder.h"
#include "tests/unit/agent/sample.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#define RECORD	  "changes.json"
#define HERE	  7u /* the network namespace of most records */
#define ELSEWHERE 8u

#define DAMAGED_COPIES 5000

/* What every test gets: an empty folder and a handle. */
struct fixture {
	struct folder folder;
	struct fake_device device;
	struct ethtool_nl *handle;
	char boot_id[64];
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	_cleanup_fclose_ FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

	assert_non_null(fixture);
	assert_non_null(file);
	assert_non_null(fgets(fixture->boot_id, sizeof(fixture->boot_id), file));
	fixture->boot_id[strcspn(fixture->boot_id, "\n")] = '\0';
	folder_make(&fixture->folder);
	fixture->handle = sample_open(&fixture->device, 1);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	ethtool_nl_close(fixture->handle);
	folder_remove(&fixture->folder);
	free(fixture);
	return 0;
}

static void add(const struct fixture *fixture, struct changes *changes, uint64_t network_namespace,
		unsigned int ifindex, const char *name, const char *features)
{
	struct link_facts link = sample_link(ifindex, name, "vxlan", ANSWER_YES);

	assert_int_equal(changes_add(changes, network_namespace, &link,
				     sample_mask(fixture->handle, features)),
			 0);
}

static void save(const struct fixture *fixture, struct changes *changes)
{
	assert_int_equal(changes_file_save(fixture->folder.fd, fixture->handle, changes), 0);
}

static void load(const struct fixture *fixture, struct changes *changes)
{
	assert_int_equal(changes_file_load(fixture->folder.fd, fixture->handle, changes), 0);
}

static void assert_record(const struct fixture *fixture, const struct changed_nic *nic,
			  uint64_t network_namespace, unsigned int ifindex, const char *name,
			  const char *features)
{
	assert_int_equal(nic->network_namespace, network_namespace);
	assert_int_equal(nic->ifindex, ifindex);
	assert_string_equal(nic->name, name);
	assert_features(fixture->handle, nic->features, features);
}

/* Three NICs of two namespaces, added in no order. */
static void add_three(const struct fixture *fixture, struct changes *changes)
{
	add(fixture, changes, ELSEWHERE, 3, "flannel.1", "rx");
	add(fixture, changes, HERE, 9, "vxlan.calico", "tx-checksum-sctp");
	add(fixture, changes, HERE, 3, "flannel.1", "rx tx-checksum-ip-generic");
}

static void assert_three(const struct fixture *fixture, const struct changes *changes)
{
	assert_int_equal(changes->n_nics, 3);
	assert_record(fixture, &changes->nics[0], HERE, 3, "flannel.1",
		      "tx-checksum-ip-generic rx-checksum");
	assert_record(fixture, &changes->nics[1], HERE, 9, "vxlan.calico", "tx-checksum-sctp");
	assert_record(fixture, &changes->nics[2], ELSEWHERE, 3, "flannel.1", "rx-checksum");
}

static void test_round_trip(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0}, loaded = {0};

	add_three(fixture, &changes);
	assert_three(fixture, &changes);
	assert_int_equal(changes.n_unsaved, 3);
	changes_touch(&changes);
	save(fixture, &changes);
	assert_int_equal(changes.n_unsaved, 0);
	load(fixture, &loaded);
	assert_three(fixture, &loaded);
	assert_int_equal(loaded.n_unsaved, 0);
	assert_string_equal(loaded.nics[1].kind, "vxlan");
	assert_string_equal(loaded.nics[1].mac, "02:00:00:00:00:09");
	assert_string_equal(loaded.nics[1].changed, changes.nics[1].changed);
	assert_int_equal(strlen(loaded.last_change), strlen("2020-06-01T12:00:00Z"));
	assert_string_equal(loaded.last_change, changes.last_change);
}

/* The file as others may read it: one NIC a line. */
static void test_file(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0};
	_cleanup_free_ char *text = NULL;
	char expected[512];

	add(fixture, &changes, HERE, 3, "flannel.1", "rx tx-checksum-sctp");
	strcpy(changes.nics[0].changed, "2020-06-01T12:00:00Z");
	strcpy(changes.last_change, "2020-06-01T12:00:01Z");
	save(fixture, &changes);
	text = folder_read(&fixture->folder, RECORD);
	snprintf(expected, sizeof(expected),
		 "{\"schema\":1,\"boot_id\":\"%s\",\"last_change\":\"2020-06-01T12:00:01Z\","
		 "\"nics\":[\n"
		 "{\"netns\":7,\"ifindex\":3,\"name\":\"flannel.1\",\"kind\":\"vxlan\","
		 "\"mac\":\"02:00:00:00:00:03\",\"features\":{\"rx-checksum\":true,"
		 "\"tx-checksum-sctp\":true},\"changed\":\"2020-06-01T12:00:00Z\"}\n]}\n",
		 fixture->boot_id);
	assert_string_equal(text, expected);
	assert_int_equal(folder_count(&fixture->folder), 1);
}

static void test_no_record(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0};

	load(fixture, &changes);
	assert_int_equal(changes.n_nics, 0);
	assert_string_equal(changes.last_change, "");
	assert_int_equal(changes_file_load(-1, fixture->handle, &changes), 0);
	assert_int_equal(changes.n_nics, 0);
	assert_int_equal(folder_count(&fixture->folder), 0);
}

/* What an earlier boot turned off is on again by itself. */
static void test_earlier_boot(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0}, loaded = {0}, again = {0};
	_cleanup_free_ char *text = NULL;
	char *boot_id;

	add_three(fixture, &changes);
	save(fixture, &changes);
	text = folder_read(&fixture->folder, RECORD);
	boot_id = strstr(text, fixture->boot_id);
	assert_non_null(boot_id);
	*boot_id = *boot_id == '0' ? '1' : '0';
	folder_write(&fixture->folder, RECORD, text, strlen(text));

	load(fixture, &loaded);
	assert_int_equal(loaded.n_nics, 0);
	assert_string_equal(loaded.last_change, "");
	add(fixture, &loaded, HERE, 4, "flannel.2", "rx");
	assert_int_equal(changes_file_append(fixture->folder.fd, fixture->handle, &loaded), 0);
	load(fixture, &again);
	assert_int_equal(again.n_nics, 1);
	assert_record(fixture, &again.nics[0], HERE, 4, "flannel.2", "rx-checksum");
}

/* Written, or read, where the kernel did not tell which boot it is: nothing is lost. */
static void test_unknown_boot(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0}, loaded = {0};
	_cleanup_free_ char *text = NULL;
	char *boot_id;

	add_three(fixture, &changes);
	save(fixture, &changes);
	text = folder_read(&fixture->folder, RECORD);
	boot_id = strstr(text, fixture->boot_id);
	assert_non_null(boot_id);
	memmove(boot_id, boot_id + strlen(fixture->boot_id),
		strlen(boot_id + strlen(fixture->boot_id)) + 1);
	folder_write(&fixture->folder, RECORD, text, strlen(text));
	load(fixture, &loaded);
	assert_three(fixture, &loaded);
}

static struct link_facts make_link(unsigned int ifindex, const char *name, const char *kind,
				   const char *mac)
{
	struct link_facts link = {.ifindex = ifindex};

	snprintf(link.name, sizeof(link.name), "%s", name);
	snprintf(link.kind, sizeof(link.kind), "%s", kind);
	snprintf(link.mac, sizeof(link.mac), "%s", mac);
	return link;
}

/* Which link is the recorded device: ifindex 3, "flannel.1", vxlan, 02:...:03. */
static const struct {
	uint64_t network_namespace;
	unsigned int ifindex;
	const char *name, *kind, *mac;
	bool same;
} identities[] = {
	{HERE, 3, "flannel.1", "vxlan", "02:00:00:00:00:03", true},
	{HERE, 3, "flannel.9", "vxlan", "02:00:00:00:00:03", true}, /* renamed */
	{HERE, 3, "flannel.1", "vxlan", "02:00:00:00:00:99", true}, /* got another address */
	{HERE, 3, "flannel.9", "vxlan", "02:00:00:00:00:99", false}, /* the ifindex was reused */
	{HERE, 3, "flannel.1", "bridge", "02:00:00:00:00:03", false},
	{HERE, 3, "flannel.1", "", "02:00:00:00:00:03", false},
	{HERE, 3, "flannel.9", "vxlan", "", false},
	{HERE, 4, "flannel.1", "vxlan", "02:00:00:00:00:03", false}, /* made anew */
	{ELSEWHERE, 3, "flannel.1", "vxlan", "02:00:00:00:00:03", false},
};

static void test_find(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0};

	add(fixture, &changes, HERE, 3, "flannel.1", "rx");
	for (size_t i = 0; i < N_ELEMENTS(identities); i++) {
		struct link_facts link = make_link(identities[i].ifindex, identities[i].name,
						   identities[i].kind, identities[i].mac);

		assert_ptr_equal(changes_find(&changes, identities[i].network_namespace, &link),
				 identities[i].same ? &changes.nics[0] : NULL);
	}
}

/* Two devices without an address are not the same for that. */
static void test_find_without_address(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0};
	struct link_facts link = make_link(3, "tun0", "tun", "");

	assert_int_equal(changes_add(&changes, HERE, &link, sample_mask(fixture->handle, "rx")), 0);
	assert_non_null(changes_find(&changes, HERE, &link));
	link = make_link(3, "tun1", "tun", "");
	assert_null(changes_find(&changes, HERE, &link));
}

static void test_add(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0};
	struct link_facts renamed = make_link(3, "flannel.9", "vxlan", "02:00:00:00:00:03");
	struct link_facts another = make_link(3, "eth0", "veth", "02:00:00:00:00:77");

	add(fixture, &changes, HERE, 3, "flannel.1", "rx tx-checksum-sctp");
	save(fixture, &changes);
	/* what is recorded is recorded */
	add(fixture, &changes, HERE, 3, "flannel.1", "rx");
	assert_int_equal(changes.n_unsaved, 0);
	/* more of the same device, under its new name */
	assert_int_equal(changes_add(&changes, HERE, &renamed, sample_mask(fixture->handle, "sg")),
			 0);
	assert_true(changes.n_unsaved > 0);
	assert_int_equal(changes.n_nics, 1);
	assert_record(fixture, &changes.nics[0], HERE, 3, "flannel.9",
		      "tx-scatter-gather rx-checksum tx-checksum-sctp");
	/* another device that got its ifindex */
	assert_int_equal(changes_add(&changes, HERE, &another, sample_mask(fixture->handle, "sg")),
			 0);
	assert_int_equal(changes.n_nics, 1);
	assert_record(fixture, &changes.nics[0], HERE, 3, "eth0", "tx-scatter-gather");
	assert_string_equal(changes.nics[0].kind, "veth");
}

/*
 * The record takes another name over, and then another address: after both it is still the same
 * device's. It is not touched otherwise, and what could not be written stays to be written.
 */
static void test_renamed(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0}, loaded = {0};
	const struct link_facts steps[] = {
		make_link(3, "flannel.9", "vxlan", "02:00:00:00:00:03"),
		make_link(3, "flannel.9", "vxlan", "02:00:00:00:00:99"),
	};

	add(fixture, &changes, HERE, 3, "flannel.1", "rx");
	strcpy(changes.nics[0].changed, "2020-06-01T12:00:00Z");
	save(fixture, &changes);
	for (size_t i = 0; i < N_ELEMENTS(steps); i++) {
		assert_true(changes_is_renamed(&changes.nics[0], &steps[i]));
		assert_int_equal(changes_add(&changes, HERE, &steps[i], (struct feature_mask){0}),
				 0);
		assert_false(changes_is_renamed(&changes.nics[0], &steps[i]));
		changes_drop_unsaved(&changes);
		assert_int_equal(changes.n_unsaved, 1);
		assert_int_equal(changes_file_append(fixture->folder.fd, fixture->handle, &changes),
				 0);
	}
	load(fixture, &loaded);
	assert_int_equal(loaded.n_nics, 1);
	assert_record(fixture, &loaded.nics[0], HERE, 3, "flannel.9", "rx-checksum");
	assert_string_equal(loaded.nics[0].mac, "02:00:00:00:00:99");
	assert_string_equal(loaded.nics[0].changed, "2020-06-01T12:00:00Z");
}

/* Before the append the file says one thing, after it the other, in the same file. */
static void test_append(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0}, loaded = {0};
	ino_t inode;

	assert_int_equal(changes_file_append(fixture->folder.fd, fixture->handle, &changes), 0);
	assert_true(changes.has_file);
	inode = changes.file.st_ino;
	add_three(fixture, &changes);
	assert_int_equal(changes_file_append(fixture->folder.fd, fixture->handle, &changes), 0);
	assert_int_equal(changes.n_unsaved, 0);
	assert_int_equal(changes.file.st_ino, inode);
	assert_true(changes_file_is_current(fixture->folder.fd, &changes));
	load(fixture, &loaded);
	assert_three(fixture, &loaded);

	/* appended to what was loaded, and for a NIC that has a line already */
	add(fixture, &loaded, HERE, 5, "cni0", "sg");
	add(fixture, &loaded, HERE, 9, "vxlan.calico", "rx");
	assert_int_equal(changes_file_append(fixture->folder.fd, fixture->handle, &loaded), 0);
	assert_int_equal(loaded.file.st_ino, inode);
	changes_clear(&changes);
	load(fixture, &changes);
	assert_int_equal(changes.n_nics, 4);
	assert_record(fixture, &changes.nics[1], HERE, 5, "cni0", "tx-scatter-gather");
	assert_record(fixture, &changes.nics[2], HERE, 9, "vxlan.calico",
		      "rx-checksum tx-checksum-sctp");
}

/* A file whose end is not as it was left is written as a whole, not appended to. */
static void test_append_to_strange_end(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0}, loaded = {0};
	_cleanup_free_ char *text = NULL;

	add(fixture, &changes, HERE, 3, "flannel.1", "rx tx-checksum-ip-generic");
	add(fixture, &changes, ELSEWHERE, 3, "flannel.1", "rx");
	save(fixture, &changes);
	text = folder_read(&fixture->folder, RECORD);
	text[strlen(text) - 3] = ' ';
	folder_write(&fixture->folder, RECORD, text, strlen(text));
	add(fixture, &changes, HERE, 9, "vxlan.calico", "tx-checksum-sctp");
	assert_int_equal(changes_file_append(fixture->folder.fd, fixture->handle, &changes), 0);
	load(fixture, &loaded);
	assert_three(fixture, &loaded);
}

/* There is no more room in the middle of an append: the old record is still there, whole. */
static void test_append_without_room(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0};
	const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
	_cleanup_free_ char *before = NULL;
	size_t size;

	add(fixture, &changes, HERE, 3, "flannel.1", "rx");
	save(fixture, &changes);
	before = folder_read(&fixture->folder, RECORD);
	size = strlen(before);
	assert_ptr_not_equal(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
	for (size_t room = size; room < size + 200; room += 13) {
		const struct rlimit limit = {room, RLIM_INFINITY};
		_cleanup_(changes_clear) struct changes loaded = {0};
		_cleanup_free_ char *after = NULL;
		int result;

		load(fixture, &loaded);
		add(fixture, &loaded, HERE, 9, "vxlan.calico", "tx rx sg tso");
		add(fixture, &loaded, HERE, 10, "vxlan.cilium", "tx rx sg tso");
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
		result = changes_file_append(fixture->folder.fd, fixture->handle, &loaded);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
		assert_int_equal(result, -EFBIG);
		assert_int_equal(loaded.n_unsaved, 2);
		after = folder_read(&fixture->folder, RECORD);
		assert_string_equal(after, before);
	}
}

static void test_are_current(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0}, others = {0};

	load(fixture, &changes);
	assert_true(changes_file_is_current(fixture->folder.fd, &changes));
	add(fixture, &others, HERE, 3, "flannel.1", "rx");
	save(fixture, &others);
	assert_false(changes_file_is_current(fixture->folder.fd, &changes));
	assert_true(changes_file_is_current(fixture->folder.fd, &others));
	load(fixture, &changes);
	assert_true(changes_file_is_current(fixture->folder.fd, &changes));
	add(fixture, &others, HERE, 4, "flannel.2", "rx");
	assert_int_equal(changes_file_append(fixture->folder.fd, fixture->handle, &others), 0);
	assert_false(changes_file_is_current(fixture->folder.fd, &changes));
	assert_int_equal(unlinkat(fixture->folder.fd, RECORD, 0), 0);
	assert_false(changes_file_is_current(fixture->folder.fd, &others));
}

/* Not being told whether there is a record does not mean that there is none. */
static void test_not_known_whether_current(void **state)
{
	struct changes none = {0};
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC); /* no folder */

	(void)state;
	assert_true(fd >= 0);
	assert_false(changes_file_is_current(fd, &none));
	close(fd);
}

static void test_prune(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0};

	add_three(fixture, &changes);
	changes.nics[1].features = (struct feature_mask){0};
	changes_prune(&changes);
	assert_int_equal(changes.n_nics, 2);
	assert_int_equal(changes.n_stale, 1);
	assert_record(fixture, &changes.nics[0], HERE, 3, "flannel.1",
		      "tx-checksum-ip-generic rx-checksum");
	assert_record(fixture, &changes.nics[1], ELSEWHERE, 3, "flannel.1", "rx-checksum");
}

/* For every identity: the record stays exactly when the device is the same and in this namespace.
 */
static void test_forget_gone(void **state)
{
	const struct fixture *fixture = *state;

	for (size_t i = 0; i < N_ELEMENTS(identities); i++) {
		const struct link_facts links[] = {
			make_link(1, "lo", "", "00:00:00:00:00:00"),
			make_link(identities[i].ifindex, identities[i].name, identities[i].kind,
				  identities[i].mac),
			make_link(9, "vxlan.calico", "vxlan", "02:00:00:00:00:09"),
		};
		bool same = identities[i].same && identities[i].network_namespace == HERE;
		_cleanup_(changes_clear) struct changes changes = {0};

		add_three(fixture, &changes);
		changes_forget_gone(&changes, HERE, links,
				    identities[i].network_namespace == HERE ? 3 : 1);
		if (identities[i].network_namespace != HERE) {
			/* no link but lo is left here; the other namespace is not asked */
			assert_int_equal(changes.n_nics, 1);
			assert_int_equal(changes.nics[0].network_namespace, ELSEWHERE);
			continue;
		}
		assert_int_equal(changes.n_nics, same ? 3 : 2);
		assert_int_equal(changes.n_stale, same ? 0 : 1);
		assert_int_equal(changes.nics[0].ifindex, same ? 3 : 9);
	}
}

static void test_forget_gone_without_links(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0};

	add_three(fixture, &changes);
	changes_forget_gone(&changes, HERE, NULL, 0);
	assert_int_equal(changes.n_nics, 1);
	assert_int_equal(changes.nics[0].network_namespace, ELSEWHERE);
}

/* Names that JSON cannot hold find their device again, with an address and without. */
static void test_odd_names(void **state)
{
	static const char *const names[] = {"a\377b", "\033[31m", "\"\\%s", "vxl\303\244n",
					    "\303\244\303\266\303\274\303\237\377"};
	const struct fixture *fixture = *state;

	for (size_t i = 0; i < N_ELEMENTS(names); i++) {
		for (int with_address = 0; with_address < 2; with_address++) {
			_cleanup_(changes_clear) struct changes changes = {0}, loaded = {0};
			struct link_facts link = make_link(3, names[i], "tun",
							   with_address ? "02:00:00:00:00:03" : "");

			assert_int_equal(changes_add(&changes, HERE, &link,
						     sample_mask(fixture->handle, "rx")),
					 0);
			assert_non_null(changes_find(&changes, HERE, &link));
			save(fixture, &changes);
			load(fixture, &loaded);
			assert_non_null(changes_find(&loaded, HERE, &link));
			/* and it is not recorded again for its name */
			assert_int_equal(changes_add(&loaded, HERE, &link,
						     sample_mask(fixture->handle, "rx")),
					 0);
			assert_int_equal(loaded.n_unsaved, 0);
		}
	}
}

static void test_many(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0}, loaded = {0};

	/* 7919 and 1000 have no common divisor: every ifindex once, in no order */
	for (unsigned int i = 0; i < 1000; i++)
		add(fixture, &changes, HERE, 1 + i * 7919 % 1000, "veth", "rx");
	save(fixture, &changes);
	load(fixture, &loaded);
	assert_int_equal(loaded.n_nics, 1000);
	for (unsigned int i = 0; i < 1000; i++) {
		struct link_facts link = sample_link(1 + i, "veth", "vxlan", ANSWER_YES);

		assert_int_equal(loaded.nics[i].ifindex, 1 + i);
		assert_ptr_equal(changes_find(&loaded, HERE, &link), &loaded.nics[i]);
	}
}

/* Loads what is no record of ours: refused, nothing read, the file left as it is. */
static void assert_refused(const struct fixture *fixture, const char *text, size_t size)
{
	struct changes changes = {.n_nics = 42};
	_cleanup_free_ char *after = NULL;

	folder_write(&fixture->folder, RECORD, text, size);
	assert_int_equal(changes_file_load(fixture->folder.fd, fixture->handle, &changes),
			 -EBADMSG);
	assert_int_equal(changes.n_nics, 42);
	assert_null(changes.nics);
	after = folder_read(&fixture->folder, RECORD);
	assert_memory_equal(after, text, size);
	assert_int_equal(folder_count(&fixture->folder), 1);
}

#define NIC(netns, ifindex, name, kind, mac, features, changed)                                    \
	"{\"netns\":" netns ",\"ifindex\":" ifindex ",\"name\":" name ",\"kind\":" kind            \
	",\"mac\":" mac ",\"features\":" features ",\"changed\":" changed "}"
#define NAME	"\"flannel.1\""
#define KIND	"\"vxlan\""
#define MAC	"\"02:00:00:00:00:03\""
#define FEATURE "{\"rx-checksum\":true}"
#define TIME	"\"2020-06-01T12:00:00Z\""

static void test_wrong_nics(void **state)
{
	static const char *const nics[] = {
		"7",
		"null",
		"[]",
		"{}",
		"{\"netns\":7}",
		NIC("\"7\"", "3", NAME, KIND, MAC, FEATURE, TIME),
		NIC("-1", "3", NAME, KIND, MAC, FEATURE, TIME),
		NIC("7.5", "3", NAME, KIND, MAC, FEATURE, TIME),
		NIC("99999999999999999999", "3", NAME, KIND, MAC, FEATURE, TIME),
		NIC("7", "\"3\"", NAME, KIND, MAC, FEATURE, TIME),
		NIC("7", "0", NAME, KIND, MAC, FEATURE, TIME),
		NIC("7", "-3", NAME, KIND, MAC, FEATURE, TIME),
		NIC("7", "4294967299", NAME, KIND, MAC, FEATURE, TIME),
		NIC("7", "3", "7", KIND, MAC, FEATURE, TIME),
		NIC("7", "3", "null", KIND, MAC, FEATURE, TIME),
		NIC("7", "3", "\"sixteen-letters-\"", KIND, MAC, FEATURE, TIME),
		NIC("7", "3", "\"a\\u0000b\"", KIND, MAC, FEATURE, TIME),
		NIC("7", "3", NAME, "[]", MAC, FEATURE, TIME),
		NIC("7", "3", NAME, "\"a-kind-that-is-longer-than-any-kernels\"", MAC, FEATURE,
		    TIME),
		NIC("7", "3", NAME, KIND, "true", FEATURE, TIME),
		NIC("7", "3", NAME, KIND, MAC, "[\"rx-checksum\"]", TIME),
		NIC("7", "3", NAME, KIND, MAC, "null", TIME),
		NIC("7", "3", NAME, KIND, MAC, "{\"no-such-feature\":true}", TIME),
		NIC("7", "3", NAME, KIND, MAC, "{\"rx-checksum\":false}", TIME),
		NIC("7", "3", NAME, KIND, MAC, "{\"rx-checksum\":1}", TIME),
		NIC("7", "3", NAME, KIND, MAC, FEATURE, "0"),
		NIC("7", "3", NAME, KIND, MAC, FEATURE, "\"2020-06-01T12:00:00.000000Z\""),
		NIC("7", "3", NAME, KIND, MAC, FEATURE, TIME) ",7",
	};
	const struct fixture *fixture = *state;

	for (size_t i = 0; i < N_ELEMENTS(nics); i++) {
		char text[1024];
		int length = snprintf(text, sizeof(text),
				      "{\"schema\":1,\"boot_id\":\"%s\",\"last_change\":\"\","
				      "\"nics\":[\n%s\n]}\n",
				      fixture->boot_id, nics[i]);

		assert_refused(fixture, text, length);
	}
}

static void test_right_nic(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0};
	char text[1024];
	int length =
		snprintf(text, sizeof(text), "{\"schema\":1,\"boot_id\":\"%s\",\"nics\":[%s]}",
			 fixture->boot_id,
			 NIC("18014398509481984", "2147483647", NAME, KIND, MAC, FEATURE, TIME));

	folder_write(&fixture->folder, RECORD, text, length);
	load(fixture, &changes);
	assert_int_equal(changes.n_nics, 1);
	assert_record(fixture, &changes.nics[0], UINT64_C(18014398509481984), 2147483647,
		      "flannel.1", "rx-checksum");
	assert_string_equal(changes.last_change, "2020-06-01T12:00:00Z");
}

static void test_no_record_of_ours(void **state)
{
	static const char *const texts[] = {
		"",
		"\n",
		"{}",
		"[]",
		"null",
		"nics",
		"{\"schema\":1}",
		"{\"schema\":1,\"boot_id\":\"x\"}",
		"{\"schema\":1,\"boot_id\":7,\"nics\":[]}",
		"{\"schema\":\"1\",\"boot_id\":\"x\",\"nics\":[]}",
		"{\"schema\":2,\"boot_id\":\"x\",\"nics\":[]}",
		"{\"schema\":1,\"boot_id\":\"x\",\"nics\":{}}",
		"{\"schema\":1,\"boot_id\":\"x\",\"nics\":[],\"last_change\":7}",
		"{\"schema\":1,\"boot_id\":\"x\",\"nics\":[],\"last_change\":\"in the summer of the year 2020\"}",
	};
	const struct fixture *fixture = *state;
	_cleanup_free_ char *nested = calloc(1, 100001);

	assert_non_null(nested);
	for (size_t i = 0; i < N_ELEMENTS(texts); i++)
		assert_refused(fixture, texts[i], strlen(texts[i]));
	assert_refused(fixture, "{\"schema\":1,\0\377", 14);
	memset(nested, '[', 100000);
	assert_refused(fixture, nested, 100000);
}

static void test_no_plain_file(void **state)
{
	const struct fixture *fixture = *state;
	struct changes changes = {.n_nics = 42};

	assert_int_equal(symlinkat("/dev/null", fixture->folder.fd, RECORD), 0);
	assert_int_equal(changes_file_load(fixture->folder.fd, fixture->handle, &changes), -ELOOP);
	assert_int_equal(unlinkat(fixture->folder.fd, RECORD, 0), 0);
	assert_int_equal(mkfifoat(fixture->folder.fd, RECORD, 0600), 0);
	assert_int_equal(changes_file_load(fixture->folder.fd, fixture->handle, &changes),
			 -EBADMSG);
	assert_int_equal(changes.n_nics, 42);
}

static void test_huge(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_free_ char *path = NULL;
	struct changes changes = {.n_nics = 42};

	folder_write(&fixture->folder, RECORD, "{", 1);
	assert_true(asprintf(&path, "%s/%s", fixture->folder.path, RECORD) > 0);
	assert_int_equal(truncate(path, INT64_C(1) << 40), 0);
	assert_int_equal(changes_file_load(fixture->folder.fd, fixture->handle, &changes), -EFBIG);
	assert_int_equal(changes.n_nics, 42);
}

/* Every record in `part` is in `whole` too, in the same order: nothing is made up. */
static void assert_part_of(const struct changes *part, const struct changes *whole)
{
	size_t place = 0;

	for (size_t i = 0; i < part->n_nics; i++) {
		while (place < whole->n_nics &&
		       (whole->nics[place].network_namespace != part->nics[i].network_namespace ||
			whole->nics[place].ifindex != part->nics[i].ifindex))
			place++;
		assert_true(place < whole->n_nics);
		assert_string_equal(part->nics[i].name, whole->nics[place].name);
		assert_true(
			feature_mask_equal(&part->nics[i].features, &whole->nics[place].features));
	}
}

/*
 * A record that a crash cut off at any length is read as far as it has whole lines, or refused;
 * reading does not touch it, and what is written next is a whole record again.
 */
static void test_cut_off(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes whole = {0};
	_cleanup_free_ char *text = NULL;
	size_t n_refused = 0, size, first_line;

	add_three(fixture, &whole);
	save(fixture, &whole);
	text = folder_read(&fixture->folder, RECORD);
	size = strlen(text);
	first_line = strchr(text, '\n') + 1 - text;
	for (size_t length = 0; length < size; length++) {
		_cleanup_(changes_clear) struct changes part = {0}, again = {0};
		_cleanup_free_ char *after = NULL;
		int result;

		folder_write(&fixture->folder, RECORD, text, length);
		result = changes_file_load(fixture->folder.fd, fixture->handle, &part);
		after = folder_read(&fixture->folder, RECORD);
		assert_int_equal(strlen(after), length);
		assert_memory_equal(after, text, length);
		if (length < first_line) {
			assert_int_equal(result, -EBADMSG);
			n_refused++;
			continue;
		}
		assert_int_equal(result, 0);
		assert_part_of(&part, &whole);
		add(fixture, &part, HERE, 20, "cni0", "sg");
		assert_int_equal(changes_file_append(fixture->folder.fd, fixture->handle, &part),
				 0);
		load(fixture, &again);
		assert_int_equal(again.n_nics, part.n_nics);
		assert_part_of(&part, &again);
	}
	assert_int_equal(n_refused, first_line);
}

/* An append that a crash ended after any number of bytes loses only what it was to add. */
static void test_cut_off_append(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0};
	_cleanup_free_ char *before = NULL, *after = NULL, *mixed = NULL;
	size_t end, size;

	add_three(fixture, &changes);
	save(fixture, &changes);
	before = folder_read(&fixture->folder, RECORD);
	end = strlen(before) - strlen("\n]}\n");
	add(fixture, &changes, HERE, 20, "cni0", "sg");
	assert_int_equal(changes_file_append(fixture->folder.fd, fixture->handle, &changes), 0);
	after = folder_read(&fixture->folder, RECORD);
	size = strlen(after);
	mixed = strdup(after);
	assert_non_null(mixed);
	assert_memory_equal(after, before, end);
	for (size_t written = 0; end + written <= size; written++) {
		size_t length = written < 4 ? end + 4 : end + written;
		_cleanup_(changes_clear) struct changes loaded = {0};

		memcpy(mixed, before, end + 4);
		memcpy(mixed + end, after + end, written);
		folder_write(&fixture->folder, RECORD, mixed, length);
		load(fixture, &loaded);
		if (loaded.n_nics == 3)
			assert_three(fixture, &loaded);
		else
			assert_int_equal(loaded.n_nics, 4);
	}
}

/* Whatever the bytes, it does not crash, and what is read is whole. */
static void test_damaged(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes whole = {0};
	_cleanup_free_ char *text = NULL, *damaged = NULL;
	unsigned int seed = time(NULL);
	size_t size, n_read = 0;

	print_message("seed %u\n", seed);
	srand(seed);
	add_three(fixture, &whole);
	save(fixture, &whole);
	text = folder_read(&fixture->folder, RECORD);
	size = strlen(text);
	damaged = malloc(size);
	assert_non_null(damaged);
	for (int i = 0; i < DAMAGED_COPIES; i++) {
		_cleanup_(changes_clear) struct changes changes = {0};
		int result;

		memcpy(damaged, text, size);
		for (int j = rand() % 3; j >= 0; j--)
			damaged[rand() % size] = rand();
		folder_write(&fixture->folder, RECORD, damaged, size);
		result = changes_file_load(fixture->folder.fd, fixture->handle, &changes);
		assert_true(result == 0 || result == -EBADMSG);
		n_read += result == 0;
		for (size_t j = 0; j < changes.n_nics; j++) {
			assert_true(changes.nics[j].ifindex > 0);
			assert_true(strlen(changes.nics[j].name) < LINK_NAME_SIZE);
		}
	}
	assert_true(n_read < DAMAGED_COPIES);
}

/* Saving fails: the old record stands, and what was to be written counts as unwritten. */
static void test_save_fails(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0};

	add_three(fixture, &changes);
	assert_int_equal(changes_file_save(-1, fixture->handle, &changes), -EBADF);
	assert_int_equal(changes_file_append(-1, fixture->handle, &changes), -EBADF);
	assert_int_equal(changes.n_unsaved, 3);
}

#define changes_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		changes_test(test_round_trip),
		changes_test(test_file),
		changes_test(test_no_record),
		changes_test(test_earlier_boot),
		changes_test(test_unknown_boot),
		changes_test(test_find),
		changes_test(test_find_without_address),
		changes_test(test_add),
		changes_test(test_renamed),
		changes_test(test_append),
		changes_test(test_append_to_strange_end),
		changes_test(test_append_without_room),
		changes_test(test_are_current),
		cmocka_unit_test(test_not_known_whether_current),
		changes_test(test_prune),
		changes_test(test_forget_gone),
		changes_test(test_forget_gone_without_links),
		changes_test(test_odd_names),
		changes_test(test_many),
		changes_test(test_wrong_nics),
		changes_test(test_right_nic),
		changes_test(test_no_record_of_ours),
		changes_test(test_no_plain_file),
		changes_test(test_huge),
		changes_test(test_cut_off),
		changes_test(test_cut_off_append),
		changes_test(test_damaged),
		changes_test(test_save_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
