/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/record/changes_file.h"
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

#define RECORD	"changes.json"
#define DAMAGED "changes.json.damaged"
#define TIME	"2020-06-01T12:00:00Z"

#define DAMAGED_COPIES 5000

static const struct network_namespace here = {7, 70}, elsewhere = {8, 80};

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

static void load(const struct fixture *fixture, struct changes *changes)
{
	changes_clear(changes);
	assert_int_equal(changes_file_load(fixture->folder.fd, fixture->handle, changes), 0);
}

static int append(const struct fixture *fixture, struct changes *changes,
		  const struct changed_nic *entries, size_t n_entries)
{
	return changes_file_append(fixture->folder.fd, fixture->handle, changes, entries,
				   n_entries);
}

static void shorten(const struct fixture *fixture, struct changes *changes)
{
	changes_file_shorten(fixture->folder.fd, fixture->handle, changes);
}

static struct changed_nic entry(const struct fixture *fixture, struct changes *changes,
				const struct link_facts *link, const char *features)
{
	return changes_entry(changes, here, link, sample_mask(fixture->handle, features));
}

/* Turns features off on a VXLAN device. */
static void turn_off(const struct fixture *fixture, struct changes *changes, unsigned int ifindex,
		     const char *name, const char *features)
{
	struct link_facts link = sample_link(ifindex, name, "vxlan", ANSWER_YES);
	struct changed_nic nic = entry(fixture, changes, &link, features);

	assert_int_equal(append(fixture, changes, &nic, 1), 0);
}

static void give_back(const struct fixture *fixture, struct changes *changes, unsigned int ifindex,
		      const char *features)
{
	changes_take_back(changes_find(changes, ifindex), sample_mask(fixture->handle, features));
	assert_int_equal(append(fixture, changes, NULL, 0), 0);
}

/* The file, with its first line, as this boot's log number 5, in front. */
static void write_lines(const struct fixture *fixture, const char *lines)
{
	_cleanup_free_ char *text = NULL;
	int length = asprintf(&text,
			      "{\"schema\":2,\"boot_id\":\"%s\",\"log\":5,\"lines\":0,"
			      "\"last_change\":\"\"}\n%s",
			      fixture->boot_id, lines);

	assert_true(length > 0);
	folder_write(&fixture->folder, RECORD, text, length);
}

static size_t count_lines(const struct fixture *fixture)
{
	_cleanup_free_ char *text = folder_read(&fixture->folder, RECORD);
	size_t n_lines = 0;

	assert_non_null(text);
	for (const char *at = text; (at = strchr(at, '\n')); at++)
		n_lines++;
	return n_lines;
}

/* What the file, once its devices were met, says of one of them; "" = nothing. */
static void assert_on_disk(const struct fixture *fixture, const struct link_facts *link,
			   const char *features)
{
	_cleanup_(changes_clear) struct changes changes = {0};
	const struct changed_nic *nic;

	load(fixture, &changes);
	assert_int_equal(changes.n_damaged, 0);
	changes_meet(&changes, here, link, 1);
	nic = changes_find(&changes, link->ifindex);
	assert_features(fixture->handle, nic ? nic->features : (struct feature_mask){0}, features);
}

static void assert_nic_on_disk(const struct fixture *fixture, unsigned int ifindex,
			       const char *name, const char *features)
{
	struct link_facts link = sample_link(ifindex, name, "vxlan", ANSWER_YES);

	assert_on_disk(fixture, &link, features);
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

static void test_nothing(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0};

	load(fixture, &changes);
	assert_int_equal(changes.n_nics, 0);
	assert_string_equal(changes.last_change, "");
	assert_int_equal(append(fixture, &changes, NULL, 0), 0);
	assert_int_equal(folder_count(&fixture->folder), 0);
	assert_int_equal(changes_file_load(-1, fixture->handle, &changes), 0);
	assert_int_equal(changes.n_nics, 0);
}

/* The file as others may read it: one thing that was done a line. */
static void test_file(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0};
	struct link_facts link = sample_link(3, "flannel.1", "vxlan", ANSWER_YES);
	struct changed_nic nic = entry(fixture, &changes, &link, "rx tx-checksum-sctp");
	_cleanup_free_ char *text = NULL;
	char expected[1024];

	changes.log = 5;
	nic.pid_namespace = 0;
	strcpy(nic.changed, TIME);
	assert_int_equal(append(fixture, &changes, &nic, 1), 0);
	give_back(fixture, &changes, 3, "rx");
	give_back(fixture, &changes, 3, "tx-checksum-sctp");
	text = folder_read(&fixture->folder, RECORD);
#define DEVICE                                                                                                 \
	"\"netns\":7,\"netns_cookie\":70,\"pidns\":0,\"ifindex\":3,\"name\":\"flannel.1\",\"kind\":\"vxlan\"," \
	"\"mac\":\"02:00:00:00:00:03\","
	snprintf(expected, sizeof(expected),
		 "{\"schema\":2,\"boot_id\":\"%s\",\"log\":5,\"lines\":1,\"last_change\":\"\"}\n"
		 "{\"id\":1,\"off\":[\"rx-checksum\",\"tx-checksum-sctp\"]," DEVICE
		 "\"changed\":\"" TIME "\"}\n"
		 "{\"id\":1,\"off\":[\"tx-checksum-sctp\"]," DEVICE "\"changed\":\"" TIME "\"}\n"
		 "{\"id\":1,\"off\":[],\"changed\":\"" TIME "\"}\n",
		 fixture->boot_id);
	assert_string_equal(text, expected);
	assert_int_equal(folder_count(&fixture->folder), 1);
}

/* An empty log to which the first change is appended. What is there stays as it is. */
static void test_begin(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0}, loaded = {0};
	struct stat begun, after;

	load(fixture, &changes);
	assert_int_equal(changes_file_begin(fixture->folder.fd, fixture->handle, &changes), 0);
	assert_int_equal(count_lines(fixture), 1);
	assert_true(changes.can_append);
	assert_false(changes_are_unwritten(&changes));
	load(fixture, &loaded);
	assert_int_equal(loaded.n_nics, 0);
	assert_int_equal(loaded.n_damaged, 0);
	assert_true(loaded.can_append);
	assert_int_equal(fstatat(fixture->folder.fd, RECORD, &begun, 0), 0);
	turn_off(fixture, &changes, 3, "flannel.1", "rx");
	assert_int_equal(count_lines(fixture), 2);
	assert_int_equal(fstatat(fixture->folder.fd, RECORD, &after, 0), 0);
	assert_int_equal(after.st_ino, begun.st_ino);
	assert_nic_on_disk(fixture, 3, "flannel.1", "rx-checksum");
	assert_int_equal(changes_file_begin(fixture->folder.fd, fixture->handle, &changes), 0);
	assert_int_equal(count_lines(fixture), 2);
	assert_int_equal(changes_file_begin(-1, fixture->handle, &changes), 0);
	changes_clear(&changes);
	assert_int_equal(changes_file_begin(-1, fixture->handle, &changes), -EBADF);
}

static void test_turn_off(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0}, loaded = {0};
	ino_t inode;

	turn_off(fixture, &changes, 9, "vxlan.calico", "tx-checksum-sctp");
	inode = changes.file.st_ino;
	turn_off(fixture, &changes, 3, "flannel.1", "rx tx-checksum-ip-generic");
	turn_off(fixture, &changes, 9, "vxlan.calico", "rx");
	assert_int_equal(changes.n_nics, 2);
	assert_false(changes_are_unwritten(&changes));
	assert_int_equal(changes.file.st_ino, inode);
	assert_true(changes_file_is_current(fixture->folder.fd, &changes));
	assert_nic_on_disk(fixture, 3, "flannel.1", "tx-checksum-ip-generic rx-checksum");
	assert_nic_on_disk(fixture, 9, "vxlan.calico", "rx-checksum tx-checksum-sctp");
	load(fixture, &loaded);
	assert_int_equal(loaded.n_nics, 2);
	assert_true(network_namespace_equal(loaded.nics[0].network_namespace, here));
	assert_string_equal(loaded.nics[0].changed, changes.nics[0].changed);
	assert_int_equal(strlen(loaded.last_change), strlen(TIME));
	/* what was loaded is gone on with */
	changes_meet(&loaded, here,
		     (struct link_facts[]){sample_link(9, "vxlan.calico", "vxlan", 0)}, 1);
	give_back(fixture, &loaded, 9, "rx");
	turn_off(fixture, &loaded, 10, "vxlan.cilium", "rx");
	assert_int_equal(loaded.file.st_ino, inode);
	assert_nic_on_disk(fixture, 9, "vxlan.calico", "tx-checksum-sctp");
	assert_nic_on_disk(fixture, 10, "vxlan.cilium", "rx-checksum");
}

/* What was given back is on record no more, and what is turned off then is a new record. */
static void test_give_back(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0};

	turn_off(fixture, &changes, 3, "flannel.1", "rx tx-checksum-sctp");
	give_back(fixture, &changes, 3, "rx");
	assert_nic_on_disk(fixture, 3, "flannel.1", "tx-checksum-sctp");
	give_back(fixture, &changes, 3, "rx tx-checksum-sctp");
	assert_int_equal(changes.n_nics, 0);
	assert_nic_on_disk(fixture, 3, "flannel.1", "");
	turn_off(fixture, &changes, 3, "flannel.1", "rx");
	assert_nic_on_disk(fixture, 3, "flannel.1", "rx-checksum");
}

/* What an earlier boot turned off is on again by itself. */
static void test_earlier_boot(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0}, loaded = {0};
	_cleanup_free_ char *text = NULL;
	char *boot_id;

	turn_off(fixture, &changes, 3, "flannel.1", "rx");
	text = folder_read(&fixture->folder, RECORD);
	boot_id = strstr(text, fixture->boot_id);
	assert_non_null(boot_id);
	*boot_id = *boot_id == '0' ? '1' : '0';
	folder_write(&fixture->folder, RECORD, text, strlen(text));

	load(fixture, &loaded);
	assert_int_equal(loaded.n_nics, 0);
	assert_string_equal(loaded.last_change, "");
	assert_int_equal(append(fixture, &loaded, NULL, 0), 0);
	turn_off(fixture, &loaded, 4, "flannel.2", "rx");
	assert_int_equal(count_lines(fixture), 2);
	assert_nic_on_disk(fixture, 4, "flannel.2", "rx-checksum");
	assert_int_equal(folder_count(&fixture->folder), 1);
}

/* Written where the boot was not known: nothing is lost. */
static void test_unknown_boot(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0};
	_cleanup_free_ char *text = NULL;
	char *boot_id;

	turn_off(fixture, &changes, 3, "flannel.1", "rx");
	text = folder_read(&fixture->folder, RECORD);
	boot_id = strstr(text, fixture->boot_id);
	assert_non_null(boot_id);
	memmove(boot_id, boot_id + strlen(fixture->boot_id),
		strlen(boot_id + strlen(fixture->boot_id)) + 1);
	folder_write(&fixture->folder, RECORD, text, strlen(text));
	assert_nic_on_disk(fixture, 3, "flannel.1", "rx-checksum");
}

/* Which link is the recorded device: ifindex 3, "flannel.1", vxlan, 02:...:03. */
static const struct {
	unsigned int ifindex;
	const char *name, *kind, *mac;
	bool same;
} identities[] = {
	{3, "flannel.1", "vxlan", "02:00:00:00:00:03", true},
	{3, "flannel.9", "vxlan", "02:00:00:00:00:03", true}, /* renamed */
	{3, "flannel.1", "vxlan", "02:00:00:00:00:99", true}, /* got another address */
	{4, "flannel.1", "vxlan", "02:00:00:00:00:03", true}, /* was away, came back */
	{2, "flannel.1", "vxlan", "02:00:00:00:00:03", true},
	{3, "flannel.9", "vxlan", "02:00:00:00:00:99", false}, /* moved here with that ifindex */
	{4, "flannel.1", "vxlan", "02:00:00:00:00:99", false}, /* the name was */
	{4, "flannel.9", "vxlan", "02:00:00:00:00:03", false},
	{4, "flannel.1", "vxlan", "", false},
	{3, "flannel.1", "bridge", "02:00:00:00:00:03", false},
	{3, "flannel.1", "", "02:00:00:00:00:03", false},
	{3, "flannel.9", "vxlan", "", false},
};

static void test_meet(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0};

	turn_off(fixture, &changes, 3, "flannel.1", "rx");
	for (size_t i = 0; i < N_ELEMENTS(identities); i++) {
		struct link_facts link = make_link(identities[i].ifindex, identities[i].name,
						   identities[i].kind, identities[i].mac);
		_cleanup_(changes_clear) struct changes loaded = {0};
		const struct changed_nic *nic;

		load(fixture, &loaded);
		assert_null(changes_find(&loaded, 3));
		changes_meet(&loaded, elsewhere, &link, 1);
		assert_null(changes_find(&loaded, link.ifindex));
		changes_meet(&loaded, here, &link, 1);
		nic = changes_find(&loaded, link.ifindex);
		assert_int_equal(nic != NULL, identities[i].same);
		if (!nic)
			continue;
		assert_string_equal(nic->name, link.name);
		assert_string_equal(nic->mac, link.mac);
		/* what is new of it is written, and leads to it from then on */
		assert_int_equal(changes_are_unwritten(&loaded), i > 0);
		assert_int_equal(append(fixture, &loaded, NULL, 0), 0);
		assert_on_disk(fixture, &link, "rx-checksum");
		write_lines(fixture, "");
		changes_clear(&changes);
		load(fixture, &changes);
		turn_off(fixture, &changes, 3, "flannel.1", "rx");
	}
}

/* Without an address it is the number that counts. */
static void test_meet_without_address(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0};
	struct link_facts link = make_link(3, "tun0", "tun", "");
	struct changed_nic nic = entry(fixture, &changes, &link, "rx");

	assert_int_equal(append(fixture, &changes, &nic, 1), 0);
	assert_on_disk(fixture, &link, "rx-checksum");
	link = make_link(3, "vpn0", "tun", "");
	assert_on_disk(fixture, &link, "rx-checksum");
	link = make_link(4, "tun0", "tun", "");
	assert_on_disk(fixture, &link, "");
	link = make_link(3, "tun0", "wireguard", "");
	assert_on_disk(fixture, &link, "");
	link = make_link(3, "tap0", "tun", "02:00:00:00:00:03");
	assert_on_disk(fixture, &link, "");
}

/* Devices that exchanged names, and numbers, are not mixed up. */
static void test_meet_exchanged(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0}, names = {0}, numbers = {0};
	struct link_facts links[] = {
		make_link(3, "flannel.2", "vxlan", "02:00:00:00:00:03"),
		make_link(4, "flannel.1", "vxlan", "02:00:00:00:00:04"),
	};

	turn_off(fixture, &changes, 3, "flannel.1", "rx");
	turn_off(fixture, &changes, 4, "flannel.2", "sg");
	load(fixture, &names);
	changes_meet(&names, here, links, 2);
	assert_features(fixture->handle, changes_find(&names, 3)->features, "rx-checksum");
	assert_features(fixture->handle, changes_find(&names, 4)->features, "tx-scatter-gather");
	links[0] = make_link(3, "flannel.2", "vxlan", "02:00:00:00:00:04");
	links[1] = make_link(4, "flannel.1", "vxlan", "02:00:00:00:00:03");
	load(fixture, &numbers);
	changes_meet(&numbers, here, links, 2);
	assert_features(fixture->handle, changes_find(&numbers, 3)->features, "tx-scatter-gather");
	assert_features(fixture->handle, changes_find(&numbers, 4)->features, "rx-checksum");
}

/* Once met, it is followed by its number: both may change at once, and it may be away. */
static void test_follow(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0};
	struct link_facts link = make_link(3, "vx1", "vxlan", "02:00:00:00:00:77");
	struct link_facts stranger = make_link(3, "vx2", "vxlan", "02:00:00:00:00:78");

	turn_off(fixture, &changes, 3, "flannel.1", "rx");
	changes_rename(changes_find(&changes, 3), &link);
	assert_true(changes_are_unwritten(&changes));
	assert_int_equal(append(fixture, &changes, NULL, 0), 0);
	assert_on_disk(fixture, &link, "rx-checksum");
	changes_leave(&changes, 3);
	assert_null(changes_find(&changes, 3));
	changes_meet(&changes, here, &stranger, 1);
	assert_null(changes_find(&changes, 3));
	/* a new one with its number is a record beside it */
	changes_put(&changes, (struct changed_nic[]){entry(fixture, &changes, &stranger, "sg")});
	assert_features(fixture->handle, changes_find(&changes, 3)->features, "tx-scatter-gather");
	changes_leave(&changes, 3);
	changes_meet(&changes, here, &link, 1);
	assert_features(fixture->handle, changes_find(&changes, 3)->features, "rx-checksum");
	changes_leave_all(&changes);
	assert_null(changes_find(&changes, 3));
}

/* Names that JSON cannot hold find their device again, with an address and without. */
static void test_odd_names(void **state)
{
	static const char *const names[] = {"a\377b", "\033[31m", "\"\\%s", "vxl\303\244n",
					    "\303\244\303\266\303\274\303\237\377"};
	const struct fixture *fixture = *state;

	for (size_t i = 0; i < N_ELEMENTS(names); i++) {
		for (int with_address = 0; with_address < 2; with_address++) {
			struct link_facts link = make_link(3, names[i], "tun",
							   with_address ? "02:00:00:00:00:03" : "");
			_cleanup_(changes_clear) struct changes changes = {0}, loaded = {0};
			struct changed_nic nic = entry(fixture, &changes, &link, "rx");

			assert_int_equal(append(fixture, &changes, &nic, 1), 0);
			load(fixture, &loaded);
			changes_meet(&loaded, here, &link, 1);
			assert_non_null(changes_find(&loaded, 3));
			/* and it is not recorded again for its name */
			assert_false(changes_are_unwritten(&loaded));
			assert_int_equal(unlinkat(fixture->folder.fd, RECORD, 0), 0);
		}
	}
}

/* There is no more room in the middle of an append: the old record is still there, whole. */
static void test_append_without_room(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0};
	const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
	_cleanup_free_ char *before = NULL;
	size_t size;

	turn_off(fixture, &changes, 3, "flannel.1", "rx");
	before = folder_read(&fixture->folder, RECORD);
	size = strlen(before);
	assert_ptr_not_equal(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
	for (size_t room = size; room < size + 250; room += 13) {
		struct link_facts link = sample_link(9, "vxlan.calico", "vxlan", ANSWER_YES);
		struct changed_nic nic = entry(fixture, &changes, &link, "tx rx sg tso");
		const struct rlimit limit = {room, RLIM_INFINITY};
		_cleanup_free_ char *after = NULL;
		int result;

		assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
		result = append(fixture, &changes, &nic, 1);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
		assert_int_equal(result, -EFBIG);
		assert_null(changes_find(&changes, 9));
		after = folder_read(&fixture->folder, RECORD);
		assert_string_equal(after, before);
	}
	turn_off(fixture, &changes, 9, "vxlan.calico", "rx");
}

/* The room for giving back all was taken before. */
static void test_reserve(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0}, none = {0};
	struct stat status;

	assert_int_equal(changes_file_reserve(fixture->folder.fd, &none), -ENOENT);
	for (unsigned int i = 1; i <= 100; i++)
		turn_off(fixture, &changes, i, "veth", "rx");
	assert_int_equal(fstatat(fixture->folder.fd, RECORD, &status, 0), 0);
	assert_true(status.st_blocks * 512 >= changes.end + 100 * 100);
	assert_int_equal(changes_file_reserve(fixture->folder.fd, &changes), 0);
	assert_int_equal(status.st_size, changes.end);
}

static void test_are_current(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0}, others = {0};

	load(fixture, &changes);
	assert_true(changes_file_is_current(fixture->folder.fd, &changes));
	turn_off(fixture, &others, 3, "flannel.1", "rx");
	assert_false(changes_file_is_current(fixture->folder.fd, &changes));
	assert_true(changes_file_is_current(fixture->folder.fd, &others));
	load(fixture, &changes);
	assert_true(changes_file_is_current(fixture->folder.fd, &changes));
	turn_off(fixture, &others, 4, "flannel.2", "rx");
	assert_false(changes_file_is_current(fixture->folder.fd, &changes));
	assert_int_equal(unlinkat(fixture->folder.fd, RECORD, 0), 0);
	assert_false(changes_file_is_current(fixture->folder.fd, &others));
}

/* Not to know whether there is a record does not mean that there is none. */
static void test_not_known_whether_current(void **state)
{
	struct changes none = {0};
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC); /* no folder */

	assert_true(fd >= 0);
	assert_false(changes_file_is_current(fd, &none));
	close(fd);
}

/* Another process wrote to the log: what was met stays met, under whatever name; what was given
 * back by it is given back. */
static void test_take_over(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes mine = {0}, others = {0}, fresh = {0};
	struct link_facts renamed = make_link(3, "vx1", "vxlan", "02:00:00:00:00:77");
	struct link_facts second = sample_link(4, "flannel.2", "vxlan", ANSWER_YES);

	turn_off(fixture, &mine, 3, "flannel.1", "rx sg");
	turn_off(fixture, &mine, 4, "flannel.2", "rx");
	changes_rename(changes_find(&mine, 3), &renamed);
	load(fixture, &others);
	changes_meet(&others, here, &second, 1);
	give_back(fixture, &others, 4, "rx");
	load(fixture, &fresh);
	assert_int_equal(changes_take_over(&fresh, &mine), 0);
	assert_int_equal(fresh.n_nics, 1);
	assert_string_equal(changes_find(&fresh, 3)->name, "vx1");
	assert_true(changes_are_unwritten(&fresh));
	assert_int_equal(append(fixture, &fresh, NULL, 0), 0);
	assert_on_disk(fixture, &renamed, "tx-scatter-gather rx-checksum");
}

/* What was taken back and could not be written is not forgotten for another process's line. */
static void test_take_over_unwritten(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes mine = {0}, others = {0}, fresh = {0};

	turn_off(fixture, &mine, 3, "flannel.1", "rx sg");
	changes_take_back(changes_find(&mine, 3), sample_mask(fixture->handle, "sg"));
	load(fixture, &others);
	turn_off(fixture, &others, 9, "vxlan.calico", "rx");
	load(fixture, &fresh);
	assert_int_equal(changes_take_over(&fresh, &mine), 0);
	assert_int_equal(append(fixture, &fresh, NULL, 0), 0);
	assert_nic_on_disk(fixture, 3, "flannel.1", "rx-checksum");
	assert_nic_on_disk(fixture, 9, "vxlan.calico", "rx-checksum");
}

/* The file is not there any more, or another one began in its place: all is written again. */
static void test_take_over_whole(void **state)
{
	const struct fixture *fixture = *state;

	for (int with_other = 0; with_other < 2; with_other++) {
		_cleanup_(changes_clear) struct changes mine = {0}, other = {0}, fresh = {0};

		turn_off(fixture, &mine, 3, "flannel.1", "rx");
		turn_off(fixture, &mine, 4, "flannel.2", "rx");
		assert_int_equal(unlinkat(fixture->folder.fd, RECORD, 0), 0);
		if (with_other) {
			turn_off(fixture, &other, 9, "vxlan.calico", "rx");
			turn_off(fixture, &other, 3, "flannel.1", "sg");
		}
		load(fixture, &fresh);
		assert_int_equal(changes_take_over(&fresh, &mine), 0);
		assert_true(changes_are_unwritten(&fresh));
		assert_int_equal(append(fixture, &fresh, NULL, 0), 0);
		assert_nic_on_disk(fixture, 3, "flannel.1",
				   with_other ? "tx-scatter-gather rx-checksum" : "rx-checksum");
		assert_nic_on_disk(fixture, 4, "flannel.2", "rx-checksum");
		assert_nic_on_disk(fixture, 9, "vxlan.calico", with_other ? "rx-checksum" : "");
		assert_int_equal(unlinkat(fixture->folder.fd, RECORD, 0), 0);
	}
}

/* The open log is a file without a name by now: what is written there is written for nobody. */
static void test_removed_before_append(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0};
	struct link_facts link = sample_link(4, "flannel.2", "vxlan", ANSWER_YES);
	struct changed_nic nic;

	turn_off(fixture, &changes, 3, "flannel.1", "rx");
	turn_off(fixture, &changes, 3, "flannel.1", "tx");
	assert_true(changes.is_open);
	assert_int_equal(unlinkat(fixture->folder.fd, RECORD, 0), 0);
	nic = entry(fixture, &changes, &link, "rx");
	assert_int_equal(append(fixture, &changes, &nic, 1), -ENOENT);
	assert_null(changes_find(&changes, 4));
	assert_false(changes_file_is_current(fixture->folder.fd, &changes));
}

/* However often something is turned off and given back, the log does not grow. */
static void test_is_shortened(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0};

	turn_off(fixture, &changes, 9, "vxlan.calico", "rx");
	for (unsigned int i = 0; i < 1000; i++) {
		turn_off(fixture, &changes, 3, "flannel.1", "rx");
		give_back(fixture, &changes, 3, "rx");
		shorten(fixture, &changes);
		assert_in_range(count_lines(fixture), 1, 80);
		assert_int_equal(count_lines(fixture), changes.n_lines);
	}
	turn_off(fixture, &changes, 3, "flannel.1", "rx");
	assert_nic_on_disk(fixture, 3, "flannel.1", "rx-checksum");
	assert_nic_on_disk(fixture, 9, "vxlan.calico", "rx-checksum");
}

/* The line of the record tells its age, also after the log was written as a whole. */
static void test_age(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0}, loaded = {0};
	static const unsigned int by_age[] = {7, 9, 3, 8};

	for (size_t i = 0; i < N_ELEMENTS(by_age); i++)
		turn_off(fixture, &changes, by_age[i], "veth", "rx");
	changes.can_append = false;
	turn_off(fixture, &changes, 5, "veth", "rx");
	for (size_t i = 0; i + 1 < N_ELEMENTS(by_age); i++)
		assert_true(changes_find(&changes, by_age[i])->line <
			    changes_find(&changes, by_age[i + 1])->line);
	assert_true(changes_find(&changes, 8)->line < changes_find(&changes, 5)->line);
	load(fixture, &loaded);
	assert_int_equal(loaded.n_nics, changes.n_nics);
	for (size_t i = 0; i < loaded.n_nics; i++) {
		assert_int_equal(loaded.nics[i].ifindex, changes.nics[i].ifindex);
		assert_int_equal(loaded.nics[i].line, changes.nics[i].line);
	}
}

static void test_many(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0}, loaded = {0};
	struct link_facts links[1000];

	/* 7919 and 1000 have no common divisor: every ifindex once, in no order */
	for (unsigned int i = 0; i < 1000; i++) {
		turn_off(fixture, &changes, 1 + i * 7919 % 1000, "veth", "rx");
		links[i] = sample_link(1 + i, "veth", "vxlan", ANSWER_YES);
	}
	load(fixture, &loaded);
	assert_int_equal(loaded.n_nics, 1000);
	changes_meet(&loaded, here, links, 1000);
	for (unsigned int i = 0; i < 1000; i++)
		assert_ptr_equal(changes_find(&loaded, 1 + i), &loaded.nics[i]);
}

#define NIC(id, off, netns, cookie, ifindex, name, kind, mac, changed)                             \
	"{\"id\":" id ",\"off\":" off ",\"netns\":" netns ",\"netns_cookie\":" cookie              \
	",\"ifindex\":" ifindex ",\"name\":" name ",\"kind\":" kind ",\"mac\":" mac                \
	",\"changed\":" changed "}"
#define NAME	"\"flannel.1\""
#define KIND	"\"vxlan\""
#define MAC	"\"02:00:00:00:00:03\""
#define OFF	"[\"rx-checksum\"]"
#define CHANGED "\"" TIME "\""
#define GOOD	NIC("1", OFF, "7", "70", "3", NAME, KIND, MAC, CHANGED) "\n"

/* A line that is none of ours is no reason not to read the others. */
static void test_wrong_lines(void **state)
{
	static const char *const lines[] = {
		"",
		"7",
		"null",
		"[]",
		"{}",
		"{\"id\":2}",
		"{\"id\":2,\"off\":[\"rx-checksum\"],\"changed\":\"\"}",
		NIC("\"2\"", OFF, "7", "70", "3", NAME, KIND, MAC, CHANGED),
		NIC("0", OFF, "7", "70", "3", NAME, KIND, MAC, CHANGED),
		NIC("-1", OFF, "7", "70", "3", NAME, KIND, MAC, CHANGED),
		NIC("2", "{\"rx-checksum\":true}", "7", "70", "3", NAME, KIND, MAC, CHANGED),
		NIC("2", "[\"no-such-feature\"]", "7", "70", "3", NAME, KIND, MAC, CHANGED),
		NIC("2", "[7]", "7", "70", "3", NAME, KIND, MAC, CHANGED),
		NIC("2", "\"rx\"", "7", "70", "3", NAME, KIND, MAC, CHANGED),
		NIC("2", OFF, "\"7\"", "70", "3", NAME, KIND, MAC, CHANGED),
		NIC("2", OFF, "-1", "70", "3", NAME, KIND, MAC, CHANGED),
		NIC("2", OFF, "7", "-1", "3", NAME, KIND, MAC, CHANGED),
		NIC("2", OFF, "7", "70.5", "3", NAME, KIND, MAC, CHANGED),
		NIC("2", OFF, "99999999999999999999", "70", "3", NAME, KIND, MAC, CHANGED),
		NIC("2", OFF, "7", "70", "\"3\"", NAME, KIND, MAC, CHANGED),
		NIC("2", OFF, "7", "70", "0", NAME, KIND, MAC, CHANGED),
		NIC("2", OFF, "7", "70", "4294967299", NAME, KIND, MAC, CHANGED),
		NIC("2", OFF, "7", "70", "3", "7", KIND, MAC, CHANGED),
		NIC("2", OFF, "7", "70", "3", "\"sixteen-letters-\"", KIND, MAC, CHANGED),
		NIC("2", OFF, "7", "70", "3", "\"a\\u0000b\"", KIND, MAC, CHANGED),
		NIC("2", OFF, "7", "70", "3", NAME, "\"a-kind-that-is-longer-than-any-kernels\"",
		    MAC, CHANGED),
		NIC("2", OFF, "7", "70", "3", NAME, KIND, "true", CHANGED),
		NIC("2", OFF, "7", "70", "3", NAME, KIND, MAC, "0"),
		NIC("2", OFF, "7", "70", "3", NAME, KIND, MAC, "\"2020-06-01T12:00:00.000000Z\""),
		NIC("2", OFF, "7", "70", "3", NAME, KIND, MAC, CHANGED) "7",
	};
	const struct fixture *fixture = *state;

	for (size_t i = 0; i < N_ELEMENTS(lines); i++) {
		_cleanup_(changes_clear) struct changes changes = {0};
		_cleanup_free_ char *copy = NULL;
		char text[1024];

		snprintf(text, sizeof(text), GOOD "%s\n", lines[i]);
		write_lines(fixture, text);
		load(fixture, &changes);
		assert_int_equal(changes.n_damaged, 1);
		assert_int_equal(changes.n_nics, 1);
		/* the file is kept, and what could be read is written */
		assert_true(changes_are_unwritten(&changes));
		assert_int_equal(append(fixture, &changes, NULL, 0), 0);
		assert_nic_on_disk(fixture, 3, "flannel.1", "rx-checksum");
		copy = folder_read(&fixture->folder, DAMAGED);
		assert_non_null(strstr(copy, text));
		assert_int_equal(unlinkat(fixture->folder.fd, DAMAGED, 0), 0);
	}
}

static void test_right_line(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0};

	write_lines(fixture, NIC("4503599627370496", OFF, "18014398509481984", "0", "2147483647",
				 NAME, KIND, MAC, CHANGED) "\n");
	load(fixture, &changes);
	assert_int_equal(changes.n_damaged, 0);
	assert_int_equal(changes.n_nics, 1);
	assert_int_equal(changes.nics[0].id, UINT64_C(1) << 52);
	assert_int_equal(changes.nics[0].network_namespace.inode, UINT64_C(18014398509481984));
	assert_int_equal(changes.nics[0].ifindex, 2147483647);
	assert_string_equal(changes.last_change, TIME);
}

static void assert_kept(const struct fixture *fixture, const char *text, size_t size)
{
	_cleanup_(changes_clear) struct changes changes = {0};
	_cleanup_free_ char *copy = NULL;

	folder_write(&fixture->folder, RECORD, text, size);
	load(fixture, &changes);
	assert_int_equal(changes.n_nics, 0);
	assert_true(changes.n_damaged > 0);
	assert_int_equal(append(fixture, &changes, NULL, 0), 0);
	copy = folder_read(&fixture->folder, DAMAGED);
	assert_memory_equal(copy, text, size);
	assert_int_equal(unlinkat(fixture->folder.fd, DAMAGED, 0), 0);
	load(fixture, &changes);
	assert_int_equal(changes.n_damaged, 0);
	turn_off(fixture, &changes, 3, "flannel.1", "rx");
	assert_nic_on_disk(fixture, 3, "flannel.1", "rx-checksum");
}

static void test_no_record_of_ours(void **state)
{
	static const char *const texts[] = {
		"\n",
		"{}",
		"[]\n",
		"null",
		"garbage",
		"garbage, not a record\n",
		"{\"schema\":1}\n",
		"{\"schema\":1,\"boot_id\":7,\"nics\":[]}",
		"{\"schema\":\"1\",\"boot_id\":\"\",\"nics\":[]}",
		"{\"schema\":2,\"boot_id\":\"\",\"lines\":0}",
		"{\"schema\":2,\"boot_id\":\"\",\"log\":0}",
		"{\"schema\":2,\"boot_id\":\"\",\"log\":-1}",
		"{\"schema\":2,\"boot_id\":\"\",\"log\":1,\"lines\":-1}",
		"{\"schema\":3,\"boot_id\":\"\",\"log\":1}",
		"{\"schema\":1,\"boot_id\":\"\",\"nics\":[{}]}",
		"{\"schema\":1,\"boot_id\":\"\",\"nics\":[],\"last_change\":7}",
		("{\"schema\":2,\"boot_id\":\"\",\"log\":1,"
		 "\"last_change\":\"in the summer of the year 2020\"}"),
	};
	const struct fixture *fixture = *state;
	_cleanup_free_ char *nested = calloc(1, 100001);

	assert_non_null(nested);
	for (size_t i = 0; i < N_ELEMENTS(texts); i++)
		assert_kept(fixture, texts[i], strlen(texts[i]));
	memset(nested, '[', 100000);
	assert_kept(fixture, nested, 100000);
}

/* Several damaged ones are kept, and no end of them is not. */
static void test_copies(void **state)
{
	const struct fixture *fixture = *state;
	char text[32];

	for (int i = 0; i < 15; i++) {
		_cleanup_(changes_clear) struct changes changes = {0};

		folder_write(&fixture->folder, RECORD, text, sprintf(text, "garbage %d\n", i));
		load(fixture, &changes);
		assert_int_equal(append(fixture, &changes, NULL, 0), 0);
	}
	assert_int_equal(folder_count(&fixture->folder), 1 + 9);
	for (int i = 0; i < 15; i += 14) {
		_cleanup_free_ char *copy =
			folder_read(&fixture->folder, i ? DAMAGED ".8" : DAMAGED);

		sprintf(text, "garbage %d\n", i);
		assert_string_equal(copy, text);
	}
}

/* The new one cannot be written: the damaged one still has its name, and a copy. */
static void test_copy_without_room(void **state)
{
	static const char text[] = GOOD "garbage\n";
	const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY}, none = {0, RLIM_INFINITY};
	const struct fixture *fixture = *state;

	assert_ptr_not_equal(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
	for (int n_copies = 0; n_copies <= 9; n_copies++) {
		_cleanup_(changes_clear) struct changes changes = {0}, again = {0};
		_cleanup_free_ char *after = NULL;
		int result;

		write_lines(fixture, text);
		load(fixture, &changes);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
		result = append(fixture, &changes, NULL, 0);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
		assert_true(result < 0);
		after = folder_read(&fixture->folder, RECORD);
		assert_non_null(strstr(after, text));
		load(fixture, &again);
		assert_int_equal(again.n_nics, 1);
		assert_int_equal(append(fixture, &again, NULL, 0), 0);
		assert_nic_on_disk(fixture, 3, "flannel.1", "rx-checksum");
		assert_int_equal(unlinkat(fixture->folder.fd, RECORD, 0), 0);
	}
	assert_int_equal(folder_count(&fixture->folder), 9);
}

/* An emptied file says nothing, and is no loss. */
static void test_empty(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0};

	folder_write(&fixture->folder, RECORD, "", 0);
	load(fixture, &changes);
	assert_int_equal(changes.n_damaged, 0);
	turn_off(fixture, &changes, 3, "flannel.1", "rx");
	assert_nic_on_disk(fixture, 3, "flannel.1", "rx-checksum");
	assert_int_equal(folder_count(&fixture->folder), 1);
}

/* Whatever stands in its place is put aside, unread. */
static void test_no_plain_file(void **state)
{
	const struct fixture *fixture = *state;
	struct stat status;

	for (int i = 0; i < 3; i++) {
		_cleanup_(changes_clear) struct changes changes = {0};

		if (i == 0)
			assert_int_equal(symlinkat("/dev/null", fixture->folder.fd, RECORD), 0);
		else if (i == 1)
			assert_int_equal(mkfifoat(fixture->folder.fd, RECORD, 0600), 0);
		else
			assert_int_equal(mkdirat(fixture->folder.fd, RECORD, 0700), 0);
		load(fixture, &changes);
		assert_int_equal(changes.n_damaged, 1);
		turn_off(fixture, &changes, 3, "flannel.1", "rx");
		assert_nic_on_disk(fixture, 3, "flannel.1", "rx-checksum");
		assert_int_equal(fstatat(fixture->folder.fd, DAMAGED, &status, AT_SYMLINK_NOFOLLOW),
				 0);
		assert_int_equal(unlinkat(fixture->folder.fd, DAMAGED, i == 2 ? AT_REMOVEDIR : 0),
				 0);
		assert_int_equal(unlinkat(fixture->folder.fd, RECORD, 0), 0);
	}
}

/* A sparse file of any size takes no memory. */
static void test_huge(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0};
	_cleanup_free_ char *path = NULL;

	folder_write(&fixture->folder, RECORD, "{", 1);
	assert_true(asprintf(&path, "%s/%s", fixture->folder.path, RECORD) > 0);
	assert_int_equal(truncate(path, INT64_C(1) << 40), 0);
	load(fixture, &changes);
	assert_int_equal(changes.n_damaged, 1);
}

/* The log that a crash cut off at any length: what stands in whole lines has happened, the rest has
 * not; and it is gone on with. */
static void test_cut_off(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes whole = {0};
	_cleanup_free_ char *text = NULL;
	size_t first_line, second_line, size;

	turn_off(fixture, &whole, 3, "flannel.1", "rx");
	turn_off(fixture, &whole, 9, "vxlan.calico", "rx");
	text = folder_read(&fixture->folder, RECORD);
	size = strlen(text);
	first_line = strchr(text, '\n') + 1 - text;
	second_line = strchr(text + first_line, '\n') + 1 - text;
	for (size_t length = first_line; length <= size; length++) {
		_cleanup_(changes_clear) struct changes part = {0};

		folder_write(&fixture->folder, RECORD, text, length);
		load(fixture, &part);
		assert_int_equal(part.n_damaged, 0);
		assert_int_equal(part.n_nics, (length >= second_line) + (length == size));
		turn_off(fixture, &part, 20, "cni0", "sg");
		assert_nic_on_disk(fixture, 20, "cni0", "tx-scatter-gather");
		assert_nic_on_disk(fixture, 3, "flannel.1",
				   length >= second_line ? "rx-checksum" : "");
		assert_nic_on_disk(fixture, 9, "vxlan.calico", length == size ? "rx-checksum" : "");
	}
}

#define OLD_NIC(ifindex, name, features)                                                           \
	"{\"netns\":70,\"ifindex\":" ifindex ",\"name\":\"" name "\",\"kind\":\"vxlan\",\"mac\":"  \
	"\"02:00:00:00:00:0" ifindex "\",\"features\":{" features "},\"changed\":" CHANGED "}"

/* The old format is read, as far as its last whole line, and converted with the next writing. */
static void test_old_format(void **state)
{
	const struct fixture *fixture = *state;
	char text[2048];
	int length, two;

	two = snprintf(text, sizeof(text),
		       "{\"schema\":1,\"boot_id\":\"%s\",\"last_change\":" CHANGED ",\"nics\":[\n"
		       "%s,\n%s,\n",
		       fixture->boot_id, OLD_NIC("3", "flannel.1", "\"rx-checksum\":true"),
		       OLD_NIC("4", "flannel.2", "\"rx-checksum\":true"));
	length = two + snprintf(text + two, sizeof(text) - two, "%s\n]}\n",
				OLD_NIC("3", "flannel.1", "\"rx-checksum\":true,\"rx-gro\":true"));
	for (int cut = two; cut <= length; cut++) {
		_cleanup_(changes_clear) struct changes changes = {0};

		folder_write(&fixture->folder, RECORD, text, cut);
		load(fixture, &changes);
		assert_int_equal(changes.n_damaged, 0);
		assert_int_equal(changes.n_nics, 2);
		assert_string_equal(changes.last_change, TIME);
		for (size_t i = 0; i < 2; i++)
			changes.nics[i].network_namespace = here;
		assert_true(changes_are_unwritten(&changes));
		assert_int_equal(append(fixture, &changes, NULL, 0), 0);
		assert_nic_on_disk(fixture, 3, "flannel.1",
				   cut < length - 3 ? "rx-checksum" : "rx-checksum rx-gro");
		assert_nic_on_disk(fixture, 4, "flannel.2", "rx-checksum");
		assert_int_equal(folder_count(&fixture->folder), 1);
	}
}

static void test_old_format_empty(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0};
	char text[256];

	folder_write(&fixture->folder, RECORD, text,
		     sprintf(text, "{\"schema\":1,\"boot_id\":\"%s\",\"nics\":[\n]}\n",
			     fixture->boot_id));
	load(fixture, &changes);
	assert_int_equal(changes.n_damaged + changes.n_nics, 0);
	assert_false(changes_are_unwritten(&changes));
	turn_off(fixture, &changes, 3, "flannel.1", "rx");
	assert_nic_on_disk(fixture, 3, "flannel.1", "rx-checksum");
}

/* Whatever the bytes, it does not crash, and what is read is whole. */
static void test_damaged(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes whole = {0};
	_cleanup_free_ char *text = NULL, *damaged = NULL;
	unsigned int seed = time(NULL);
	size_t size, n_damaged = 0;

	print_message("seed %u\n", seed);
	srand(seed);
	turn_off(fixture, &whole, 3, "flannel.1", "rx");
	turn_off(fixture, &whole, 9, "vxlan.calico", "rx");
	text = folder_read(&fixture->folder, RECORD);
	size = strlen(text);
	damaged = malloc(size);
	assert_non_null(damaged);
	for (int i = 0; i < DAMAGED_COPIES; i++) {
		_cleanup_(changes_clear) struct changes changes = {0};

		memcpy(damaged, text, size);
		for (int j = rand() % 3; j >= 0; j--)
			damaged[rand() % size] = rand();
		folder_write(&fixture->folder, RECORD, damaged, size);
		load(fixture, &changes);
		n_damaged += changes.n_damaged;
		for (size_t j = 0; j < changes.n_nics; j++) {
			assert_true(changes.nics[j].ifindex > 0);
			assert_true(strlen(changes.nics[j].name) < LINK_NAME_SIZE);
		}
	}
	assert_true(n_damaged > 0);
}

/* Writing fails: file and memory are as before. */
static void test_write_fails(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(changes_clear) struct changes changes = {0};
	struct link_facts link = sample_link(3, "flannel.1", "vxlan", ANSWER_YES);
	struct changed_nic nic = entry(fixture, &changes, &link, "rx");

	assert_int_equal(changes_file_append(-1, fixture->handle, &changes, &nic, 1), -EBADF);
	assert_int_equal(changes.n_nics, 0);
	turn_off(fixture, &changes, 3, "flannel.1", "rx");
	changes_take_back(changes_find(&changes, 3), sample_mask(fixture->handle, "rx"));
	assert_int_equal(changes_file_append(-1, fixture->handle, &changes, NULL, 0), -EBADF);
	assert_true(changes_are_unwritten(&changes));
	assert_nic_on_disk(fixture, 3, "flannel.1", "rx-checksum");
	assert_int_equal(append(fixture, &changes, NULL, 0), 0);
	assert_nic_on_disk(fixture, 3, "flannel.1", "");
}

#define changes_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		changes_test(test_nothing),
		changes_test(test_file),
		changes_test(test_begin),
		changes_test(test_turn_off),
		changes_test(test_give_back),
		changes_test(test_earlier_boot),
		changes_test(test_unknown_boot),
		changes_test(test_meet),
		changes_test(test_meet_without_address),
		changes_test(test_meet_exchanged),
		changes_test(test_follow),
		changes_test(test_odd_names),
		changes_test(test_append_without_room),
		changes_test(test_reserve),
		changes_test(test_are_current),
		cmocka_unit_test(test_not_known_whether_current),
		changes_test(test_take_over),
		changes_test(test_take_over_unwritten),
		changes_test(test_take_over_whole),
		changes_test(test_removed_before_append),
		changes_test(test_is_shortened),
		changes_test(test_age),
		changes_test(test_many),
		changes_test(test_wrong_lines),
		changes_test(test_right_line),
		changes_test(test_no_record_of_ours),
		changes_test(test_copies),
		changes_test(test_copy_without_room),
		changes_test(test_empty),
		changes_test(test_no_plain_file),
		changes_test(test_huge),
		changes_test(test_cut_off),
		changes_test(test_old_format),
		changes_test(test_old_format_empty),
		changes_test(test_damaged),
		changes_test(test_write_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
