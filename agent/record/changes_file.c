/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/record/changes_file.h"

#include "agent/base/boot_id.h"
#include "agent/base/print_memory.h"
#include "agent/record/changes_expiry.h"
#include "agent/record/changes_line.h"
#include "agent/record/state_dir.h"
#include "array.h"
#include "cleanup.h"
#include "ethtool_nl/feature_mask.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define CHANGES_FILE   "changes.json"
#define DAMAGED_FILE   CHANGES_FILE ".damaged"
#define DAMAGED_COPIES 9 /* from then on the last one is replaced */
#define ID_MAX	       (UINT64_C(1) << 52) /* beyond it JSON's numbers are not exact everywhere */
#define READ_SIZE_MAX  (64 * 1024 * 1024) /* for 250,000 NICs; what is larger is none of ours */
#define LINES_BESIDE   64 /* so many more lines than twice the records may be in the log */
#define GIVE_BACK_SIZE 128 /* room for the line that gives one NIC back */
#define ROOM_UNIT      4096 /* of the file system, mostly: less takes no less */

/* "" when it cannot be read (no /proc, no memory). */
static void read_boot_id(char boot_id[static BOOT_ID_SIZE])
{
	if (boot_id_read(boot_id) < 0)
		boot_id[0] = '\0';
}

/*
 * Where one of the two is not known it counts as the same: records end with the boot by themselves,
 * since /run does, and one that is lost cannot be restored.
 */
static bool is_this_boot(const char *boot_id)
{
	char this_boot[BOOT_ID_SIZE];

	read_boot_id(this_boot);
	return !boot_id[0] || !this_boot[0] || strcmp(boot_id, this_boot) == 0;
}

static void remember_file(int directory_fd, struct changes *changes)
{
	int result = changes->is_open ? fstat(changes->fd, &changes->file)
				      : fstatat(directory_fd, CHANGES_FILE, &changes->file,
						AT_SYMLINK_NOFOLLOW);

	changes->has_file = result == 0;
}

bool changes_file_is_current(int directory_fd, const struct changes *changes)
{
	struct stat now;

	if (fstatat(directory_fd, CHANGES_FILE, &now, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT && !changes->has_file;
	return changes->has_file && now.st_ino == changes->file.st_ino &&
	       now.st_dev == changes->file.st_dev && now.st_size == changes->file.st_size &&
	       now.st_mtim.tv_sec == changes->file.st_mtim.tv_sec &&
	       now.st_mtim.tv_nsec == changes->file.st_mtim.tv_nsec;
}

/* Adds what a line says behind the others. */
static int take_line(const char *line, size_t size, int schema, const struct ethtool_nl *handle,
		     struct changes *changes)
{
	struct changed_nic *nics, nic;
	int result = changes_line_parse(line, size, schema, handle, &nic);

	if (result < 0)
		return result;
	nics = array_grow(changes->nics, changes->n_nics, &changes->allocated, sizeof(*nics));
	if (!nics)
		return -ENOMEM;
	nic.line = changes->n_lines;
	changes->nics = nics;
	changes->nics[changes->n_nics++] = nic;
	if (nic.id > changes->last_id)
		changes->last_id = nic.id;
	if (strcmp(nic.changed, changes->last_change) > 0)
		memcpy(changes->last_change, nic.changed, sizeof(nic.changed));
	return 0;
}

static int read_lines(const char *text, size_t size, int schema, const struct ethtool_nl *handle,
		      struct changes *changes)
{
	const char *end;

	for (; (end = memchr(text, '\n', size)); size -= end + 1 - text, text = end + 1) {
		int result;

		if (schema == 1 && changes_line_is_old_end(text, end - text))
			return 0;
		result = take_line(text, end - text, schema, handle, changes);
		if (result == -EBADMSG)
			changes->n_damaged++;
		else if (result < 0)
			return result;
		changes->n_lines++;
		changes->end += end + 1 - text;
	}
	return 0;
}

/* Lines of one device together, the last one last. */
static int compare_device(const void *one, const void *other)
{
	const struct changed_nic *a = one, *b = other;
	int result = compare_numbers(a->id, b->id);

	if (result == 0 && a->id == 0) { /* the old format has no ids */
		result = compare_numbers(a->network_namespace.cookie, b->network_namespace.cookie);
		if (result == 0)
			result = compare_numbers(a->network_namespace.inode,
						 b->network_namespace.inode);
		if (result == 0)
			result = compare_numbers(a->ifindex, b->ifindex);
	}
	return result ? result : compare_numbers(a->line, b->line);
}

static bool same_device(const struct changed_nic *a, const struct changed_nic *b)
{
	if (a->id || b->id)
		return a->id == b->id;
	return network_namespace_equal(a->network_namespace, b->network_namespace) &&
	       a->ifindex == b->ifindex;
}

static int compare_age(const void *one, const void *other)
{
	const struct changed_nic *a = one, *b = other;
	int result = compare_numbers(a->line, b->line);

	return result ? result : changes_compare_place(one, other);
}

static void sort_nics(struct changes *changes, int (*compare)(const void *, const void *))
{
	if (changes->n_nics)
		qsort(changes->nics, changes->n_nics, sizeof(*changes->nics), compare);
}

/* Makes records of lines: the last one of a device counts. */
static void settle_lines(struct changes *changes)
{
	struct changed_nic *nics = changes->nics;
	size_t kept = 0;

	sort_nics(changes, compare_device);
	for (size_t i = 0; i < changes->n_nics; i++) {
		if (i + 1 < changes->n_nics && same_device(&nics[i], &nics[i + 1]))
			continue;
		if (feature_mask_is_empty(&nics[i].features))
			continue;
		nics[kept] = nics[i];
		if (nics[kept].id == 0)
			nics[kept].id = ++changes->last_id;
		kept++;
	}
	changes->n_nics = kept;
	if (changes->last_id > ID_MAX) {
		for (size_t i = 0; i < kept; i++)
			nics[i].id = i + 1;
		changes->last_id = kept;
		changes->log = 0; /* another one, to be written as a whole */
	}
	sort_nics(changes, changes_compare_place);
}

static int read_text(const char *text, size_t size, const struct ethtool_nl *handle,
		     struct changes *changes)
{
	const char *end = memchr(text, '\n', size);
	size_t length = end ? (size_t)(end - text) : size;
	struct changes_head head;
	int result;

	if (size == 0)
		return 0;
	result = changes_line_parse_head(text, length, &head);
	if (result == -EBADMSG) {
		changes->n_damaged = 1;
		head = (struct changes_head){.schema = 2}; /* what is behind it may be whole */
		result = 0;
	}
	if (result < 0)
		return result;
	if (!is_this_boot(head.boot_id))
		return 0;
	changes->log = head.log;
	memcpy(changes->last_change, head.last_change, sizeof(changes->last_change));
	changes->n_lines_new = head.n_lines;
	if (!end)
		return 0;
	changes->end = (off_t)length + 1;
	changes->n_lines = 1;
	result = read_lines(end + 1, size - length - 1, head.schema, handle, changes);
	settle_lines(changes);
	changes->can_append = changes->log && changes->n_damaged == 0;
	return result;
}

static int read_record(int directory_fd, const struct ethtool_nl *handle, struct changes *changes)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int result;

	/* Before it is read: what is added meanwhile makes it another one. */
	remember_file(directory_fd, changes);
	result = state_dir_read(directory_fd, CHANGES_FILE, READ_SIZE_MAX, &text, &size);
	if (result == 0)
		return read_text(text, size, handle, changes);
	if (result == -EBADMSG || result == -EFBIG) /* no record, whatever it is */
		changes->n_damaged = 1;
	else if (result != -ENOENT)
		return result;
	return 0;
}

int changes_file_load(int directory_fd, const struct ethtool_nl *handle,
		      struct changes *ret_changes)
{
	_cleanup_(changes_clear) struct changes changes = {0};
	int result = 0;

	if (directory_fd >= 0)
		result = read_record(directory_fd, handle, &changes);
	if (result < 0)
		return result;
	*ret_changes = changes;
	changes = (struct changes){0};
	return 0;
}

/* Is it there already, from a writing that failed behind it? */
static bool is_same_file(int directory_fd, const char *name, const struct stat *file)
{
	struct stat status;

	return fstatat(directory_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       status.st_ino == file->st_ino && status.st_dev == file->st_dev;
}

/*
 * What has no second name: another user's file, where the system allows no link to it, is copied. A
 * folder, or a file that is larger than any record, is no record, and moved away.
 */
static int keep_without_link(int directory_fd, const struct stat *file, const char *name)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int result;

	if (!S_ISREG(file->st_mode) || file->st_size > READ_SIZE_MAX)
		return renameat(directory_fd, CHANGES_FILE, directory_fd, name) < 0 ? -errno : 0;
	result = state_dir_read(directory_fd, CHANGES_FILE, READ_SIZE_MAX, &text, &size);
	if (result < 0)
		return result;
	return state_dir_write_text(directory_fd, name, text, size, NULL);
}

/*
 * Keeps a copy of what is there: whatever it is, the operator may want to look at it. A record
 * keeps its own name until the new one takes that: should there be no room for one, nothing is
 * lost.
 */
static int keep_damaged(int directory_fd)
{
	char name[sizeof(DAMAGED_FILE) + 2] = DAMAGED_FILE;
	struct stat file;

	if (fstatat(directory_fd, CHANGES_FILE, &file, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	for (int i = 1; i <= DAMAGED_COPIES; i++) {
		if (is_same_file(directory_fd, name, &file))
			return 0;
		if (i == DAMAGED_COPIES && unlinkat(directory_fd, name, 0) < 0 && errno != ENOENT)
			return -errno;
		if (linkat(directory_fd, CHANGES_FILE, directory_fd, name, 0) == 0)
			return 0;
		if (errno != EEXIST)
			break;
		sprintf(name, DAMAGED_FILE ".%d", i % 10);
	}
	return keep_without_link(directory_fd, &file, name);
}

static off_t room_to_give_back(size_t n_nics)
{
	return (off_t)n_nics * GIVE_BACK_SIZE;
}

/*
 * Takes room behind what is written, without making the file longer: whole pages, so that most
 * lines find theirs taken. Returns up to where, or a negative errno.
 */
static off_t reserve(int fd, off_t end, off_t size)
{
	const off_t room = (end + size + ROOM_UNIT - 1) / ROOM_UNIT * ROOM_UNIT;
	int result;

	if (room == end)
		return room;
	do
		result = fallocate(fd, FALLOC_FL_KEEP_SIZE, end, room - end);
	while (result < 0 && errno == EINTR);
	/* Not every file system can; then it is as good as it gets. */
	return result < 0 && errno != EOPNOTSUPP && errno != ENOSYS ? -errno : room;
}

/* The log stays open: who is to turn something off has no time for opening it. */
static int open_log(int directory_fd, struct changes *changes)
{
	int fd;

	if (changes->is_open)
		return 0;
	fd = openat(directory_fd, CHANGES_FILE, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	changes->is_open = true;
	changes->fd = fd;
	changes->room = 0;
	return 0;
}

/* Another file takes its place. */
static void close_log(struct changes *changes)
{
	if (changes->is_open)
		close(changes->fd);
	changes->is_open = false;
}

/* Room for so much more in the open log. */
static int reserve_more(struct changes *changes, off_t size)
{
	off_t room = changes->room;

	if (changes->end + size > room)
		room = reserve(changes->fd, changes->end, size);
	if (room < 0)
		return (int)room;
	changes->room = room;
	return 0;
}

int changes_file_reserve(int directory_fd, struct changes *changes)
{
	int result = open_log(directory_fd, changes);

	return result < 0 ? result : reserve_more(changes, room_to_give_back(changes->n_nics));
}

/* What is to be written. */
struct writer {
	const struct ethtool_nl *handle;
	struct changes *changes;
	const struct changed_nic *entries;
	size_t n_entries;
	size_t n_lines; /* out: how many were written */
	off_t end; /* out: where they end */
};

static void print_lines(FILE *output, struct writer *writer, bool whole)
{
	const struct changes *changes = writer->changes;

	for (size_t i = 0; i < changes->n_nics; i++) {
		const struct changed_nic *nic = &changes->nics[i];

		if (whole ? feature_mask_is_empty(&nic->features) : !nic->unwritten)
			continue;
		changes_line_print(output, writer->handle, nic);
		writer->n_lines++;
	}
	for (size_t i = 0; i < writer->n_entries; i++)
		changes_line_print(output, writer->handle, &writer->entries[i]);
	writer->n_lines += writer->n_entries;
}

static int print_log(FILE *output, void *data)
{
	struct writer *writer = data;
	struct changes *changes = writer->changes;
	struct changes_head head = {.log = changes->log};
	off_t room;

	head.n_lines = changes->n_nics + writer->n_entries;
	read_boot_id(head.boot_id);
	memcpy(head.last_change, changes->last_change, sizeof(head.last_change));
	changes_line_print_head(output, &head);
	writer->n_lines = 1;
	print_lines(output, writer, true);
	if (fflush(output) != 0)
		return -errno;
	writer->end = ftello(output);
	room = reserve(fileno(output), writer->end, room_to_give_back(head.n_lines));
	return room < 0 ? (int)room : 0;
}

/*
 * A number that no other log has: logs are begun under the lock, one after the other. Not a random
 * one: getrandom(2) is of Linux 3.17.
 */
static void number_log(struct changes *changes)
{
	struct timespec now;

	if (changes->log)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	changes->log = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int write_log(int directory_fd, struct writer *writer)
{
	struct changes *changes = writer->changes;
	int result = 0;

	number_log(changes);
	if (changes->n_damaged)
		result = keep_damaged(directory_fd);
	if (result == 0)
		result = state_dir_write(directory_fd, CHANGES_FILE, print_log, writer);
	if (result < 0)
		return result;
	close_log(changes);
	remember_file(directory_fd, changes);
	changes->n_damaged = 0;
	changes->n_lines = 0;
	changes->n_lines_new = writer->n_lines;
	return 0;
}

static int write_at(int fd, const char *text, size_t size, off_t place)
{
	while (size > 0) {
		ssize_t length = pwrite(fd, text, size, place);

		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return -errno;
		text += length;
		size -= length;
		place += length;
	}
	return 0;
}

static int print_unwritten(FILE *output, void *data)
{
	print_lines(output, data, false);
	return 0;
}

/*
 * What cannot be cut off again claims what was not done, until the next look at the NIC. Cutting
 * gives away the room behind it, too: it is taken again at once.
 */
static void cut_off(int directory_fd, struct changes *changes)
{
	if (ftruncate(changes->fd, changes->end) < 0)
		return;
	changes->room = 0;
	reserve_more(changes, room_to_give_back(changes->n_nics));
	remember_file(directory_fd, changes);
}

/*
 * More must be able to shrink later, so that room for that is taken first: where there is none, the
 * file is left alone, and the room that it has. Less needs no more than was taken for it.
 */
static int append_lines(int directory_fd, struct writer *writer)
{
	struct changes *changes = writer->changes;
	const size_t n_nics = changes->n_nics + writer->n_entries;
	_cleanup_free_ char *text = NULL;
	size_t size;
	int result;

	result = print_memory(print_unwritten, writer, &text, &size);
	if (result == 0)
		result = open_log(directory_fd, changes);
	if (result == 0 && writer->n_entries)
		result = reserve_more(changes, (off_t)size + room_to_give_back(n_nics));
	if (result < 0)
		return result;
	result = write_at(changes->fd, text, size, changes->end);
	if (result < 0) {
		cut_off(directory_fd, changes);
		return result;
	}
	writer->end = changes->end + (off_t)size;
	remember_file(directory_fd, changes);
	/* Removed since it was looked at: nobody would find the lines. */
	return changes->file.st_nlink > 0 ? 0 : -ENOENT;
}

/* In the order of print_lines(). */
static void number_lines(struct changes *changes, bool whole)
{
	size_t line = changes->n_lines + (whole ? 1 : 0);

	for (size_t i = 0; i < changes->n_nics; i++) {
		struct changed_nic *nic = &changes->nics[i];

		if (whole ? !feature_mask_is_empty(&nic->features) : nic->unwritten)
			nic->line = line++;
		nic->unwritten = false;
	}
}

static void take_written(struct writer *writer)
{
	struct changes *changes = writer->changes;
	size_t line = changes->n_lines + writer->n_lines - writer->n_entries;

	for (size_t i = 0; i < writer->n_entries; i++) {
		struct changed_nic entry = writer->entries[i];

		entry.line = line++;
		entry.unwritten = false;
		changes_put(changes, &entry); /* there is room */
	}
	changes_prune(changes);
	changes->n_lines += writer->n_lines;
	changes->end = writer->end;
	changes->can_append = true;
}

/* The oldest first, so that the order of the lines still is that of their age. */
static int write_whole(int directory_fd, struct writer *writer)
{
	struct changes *changes = writer->changes;
	int result;

	sort_nics(changes, compare_age);
	result = write_log(directory_fd, writer);
	if (result == 0)
		number_lines(changes, true);
	sort_nics(changes, changes_compare_place);
	if (result == 0)
		take_written(writer);
	return result;
}

static int write_more(int directory_fd, struct writer *writer)
{
	int result = append_lines(directory_fd, writer);

	if (result < 0)
		return result;
	number_lines(writer->changes, false);
	take_written(writer);
	return 0;
}

int changes_file_append(int directory_fd, const struct ethtool_nl *handle, struct changes *changes,
			const struct changed_nic *entries, size_t n_entries)
{
	struct writer writer = {handle, changes, entries, n_entries, 0, 0};
	int result;

	if (n_entries == 0 && !changes_are_unwritten(changes))
		return 0;
	result = changes_make_room(changes, n_entries);
	if (result < 0)
		return result;
	return changes->can_append ? write_more(directory_fd, &writer)
				   : write_whole(directory_fd, &writer);
}

/* Should that fail, the log is good as it is. */
void changes_file_shorten(int directory_fd, const struct ethtool_nl *handle,
			  struct changes *changes)
{
	struct writer writer = {.handle = handle, .changes = changes};

	if (changes->n_lines <= 2 * changes->n_lines_new + LINES_BESIDE)
		return;
	changes_expire(changes);
	write_whole(directory_fd, &writer);
}

int changes_file_begin(int directory_fd, const struct ethtool_nl *handle, struct changes *changes)
{
	struct writer writer = {.handle = handle, .changes = changes};
	int result = changes->has_file ? 0 : write_whole(directory_fd, &writer);

	return result == 0 && changes->can_append ? open_log(directory_fd, changes) : result;
}
