/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/record/service_status.h"

#include "agent/base/json.h"
#include "agent/base/json_writer.h"
#include "agent/base/print_memory.h"
#include "agent/base/text.h"
#include "agent/facts/facts_json.h"
#include "agent/facts/facts_json_parse.h"
#include "agent/record/state_dir.h"
#include "agent/record/written_file.h"
#include "cleanup.h"
#include "policy/file/diagnostics.h"
#include "policy/file/read_whole.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <time.h>

#define LOCK_FILE	 "running.lock"
#define SERVICE_FILE	 "service.json"
#define SERVICE_SIZE_MAX (256 * 1024)

#define RATES_KEY "checksum_errors_per_minute"

#define LOCK_INTERVAL_MS 20

/* So often at most a file is replaced while it is looked at. */
#define READ_ATTEMPTS 10

/*
 * A lock of the process (fcntl), not of the descriptor (flock): it can be asked for without being
 * taken, and a child process does not inherit it.
 */
int service_status_lock(int directory_fd, unsigned int wait_ms)
{
	const struct timespec pause = {.tv_nsec = LOCK_INTERVAL_MS * 1000000L};
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	_cleanup_close_ int fd = state_dir_open_lock(directory_fd, LOCK_FILE);

	if (fd < 0)
		return fd;
	for (unsigned int waited = 0; fcntl(fd, F_SETLK, &lock) < 0; waited += LOCK_INTERVAL_MS) {
		if (errno != EACCES && errno != EAGAIN)
			return -errno;
		if (waited >= wait_ms)
			return -EBUSY;
		nanosleep(&pause, NULL);
	}
	return TAKE_FD(fd);
}

/* Whether another process holds the writer's lock on a file that is open for reading or writing. */
static bool is_locked(int fd, pid_t *ret_pid)
{
	struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};

	if (fcntl(fd, F_GETLK, &lock) < 0 || lock.l_type != F_WRLCK)
		return false;
	*ret_pid = lock.l_pid > 0 ? lock.l_pid : 0;
	return true;
}

int service_status_is_locked(int directory_fd, pid_t *ret_pid)
{
	_cleanup_close_ int fd = -1;
	struct stat status;

	fd = state_dir_open_file(directory_fd, LOCK_FILE, &status);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	return is_locked(fd, ret_pid);
}

struct print_data {
	const struct service_status *status;
	const struct facts *facts; /* NULL: they are not to be relied upon */
};

static void write_sender(struct json_writer *writer, const struct wire_seen_peer *peer)
{
	json_write_begin(writer, NULL, '{');
	json_write_string(writer, "address", peer->address);
	json_write_string(writer, "looks_like", peer->looks_like);
	json_write_integer(writer, "attempts", (int64_t)peer->attempts);
	json_write_integer(writer, "wrong", (int64_t)peer->wrong);
	json_write_integer(writer, "inner_wrong", (int64_t)peer->inner_wrong);
	json_write_end(writer, '}');
}

static void write_look(struct json_writer *writer, const struct wire_seen *wire)
{
	json_write_string(writer, "time", wire->time);
	json_write_integer(writer, "seconds", (int64_t)wire->seconds);
	json_write_string(writer, "outcome", wire_seen_outcome_name(wire->outcome));
	json_write_integer(writer, "peers", (int64_t)wire->n_peers);
	json_write_integer(writer, "wrong_peers", (int64_t)wire->n_wrong);
	json_write_integer(writer, "attempts", (int64_t)wire->attempts);
	json_write_integer(writer, "answers", (int64_t)wire->answers);
	json_write_integer(writer, "right", (int64_t)wire->right);
	json_write_integer(writer, "zero", (int64_t)wire->zero);
	json_write_integer(writer, "unfinished", (int64_t)wire->unfinished);
	json_write_integer(writer, "wrong", (int64_t)wire->wrong);
	json_write_integer(writer, "vouched_wrong", (int64_t)wire->vouched_wrong);
	json_write_integer(writer, "inner_wrong", (int64_t)wire->inner_wrong);
	json_write_integer(writer, "lost", (int64_t)wire->lost);
	json_write_begin(writer, "senders", '[');
	for (size_t i = 0; i < wire->n_listed; i++)
		write_sender(writer, &wire->listed[i]);
	json_write_end(writer, ']');
}

void service_status_write_wire(struct json_writer *writer, const struct wire_seen *wire)
{
	if (!wire->wanted) {
		json_write_null(writer, "wire");
		return;
	}
	json_write_begin(writer, "wire", '{');
	json_write_integer(writer, "looks", (int64_t)wire->looks);
	json_write_text(writer, "failure", wire->failure[0] ? wire->failure : NULL);
	if (wire->looks)
		write_look(writer, wire);
	json_write_end(writer, '}');
}

void service_status_write_rates(struct json_writer *writer, const struct checksum_rates *rates)
{
	if (!rates->known) {
		json_write_null(writer, RATES_KEY);
		return;
	}
	json_write_begin(writer, RATES_KEY, '{');
	json_write_integer(writer, "udp", (int64_t)rates->udp);
	json_write_integer(writer, "tcp", (int64_t)rates->tcp);
	json_write_end(writer, '}');
}

static int print_service(FILE *output, void *data)
{
	const struct print_data *print = data;
	const struct service_status *status = print->status;
	struct json_writer writer = {.output = output};

	json_write_begin(&writer, NULL, '{');
	json_write_integer(&writer, "schema", 1);
	json_write_integer(&writer, "pid", status->pid);
	json_write_string(&writer, "since", status->since);
	json_write_integer(&writer, "network_namespace", (int64_t)status->network_namespace);
	json_write_integer(&writer, "corrections", status->corrections);
	json_write_integer(&writer, "n_paused", status->n_paused);
	json_write_string(&writer, "paused", status->paused);
	service_status_write_rates(&writer, &status->rates);
	service_status_write_wire(&writer, &status->wire);
	if (print->facts) {
		struct facts facts = *print->facts;

		/* Readers get the NICs from the kernel, and what was seen on them from its own
		 * file; here they would only grow old. */
		facts.links_known = facts.devices_known = facts.symptoms_known = false;
		facts.n_links = facts.n_devices = facts.n_symptoms = 0;
		facts_json_write(&writer, "facts", &facts, NULL);
	}
	json_write_end(&writer, '}');
	putc('\n', output);
	return json_write_result(&writer);
}

/*
 * Writes over what the file says, with less: on a full disk, too, there is room for that. Who reads
 * meanwhile finds no JSON, or the whole of it.
 */
static int overwrite(int fd, const struct service_status *status)
{
	struct print_data data = {status, NULL};
	_cleanup_free_ char *text = NULL;
	size_t size;
	int result = print_memory(print_service, &data, &text, &size);

	if (result < 0)
		return result;
	if (pwrite(fd, text, size, 0) != (ssize_t)size)
		return -EIO;
	return ftruncate(fd, (off_t)size) < 0 ? -errno : 0;
}

/* The file could not be replaced: what it says of the node must not be believed. */
static void withdraw(int directory_fd, const struct service_status *status,
		     struct written_file *file)
{
	written_file_forget(file);
	if (file->fd < 0) /* an empty one needs no room, and says at least that one runs */
		state_dir_write_locked(directory_fd, SERVICE_FILE, "", 0, &file->fd);
	else if (overwrite(file->fd, status) < 0 && ftruncate(file->fd, 0) < 0)
		service_status_end(directory_fd, file);
}

int service_status_write(int directory_fd, const struct service_status *status,
			 const struct facts *facts, struct written_file *file)
{
	struct print_data data = {status, facts};
	int result =
		written_file_write(file, directory_fd, SERVICE_FILE, true, print_service, &data);

	if (result < 0)
		withdraw(directory_fd, status, file);
	return result;
}

void service_status_end(int directory_fd, struct written_file *file)
{
	if (file->fd >= 0)
		state_dir_remove(directory_fd, SERVICE_FILE);
	written_file_clear(file);
}

static int read_facts(json_t *json, struct facts *ret_facts)
{
	_cleanup_(diagnostics_clear) struct diagnostics diagnostics = {0};

	if (!json_is_object(json))
		return -EBADMSG;
	return facts_json_read(json, SERVICE_FILE, &diagnostics, ret_facts);
}

/* NULL, as a service without them has it, and null: they are not known. */
static int read_rates(json_t *json, struct checksum_rates *ret_rates)
{
	json_int_t udp, tcp;

	*ret_rates = (struct checksum_rates){.known = false};
	if (!json || json_is_null(json))
		return 0;
	if (json_unpack(json, "{s:I, s:I}", "udp", &udp, "tcp", &tcp) < 0)
		return json_failure();
	if (udp < 0 || tcp < 0)
		return -EBADMSG;
	*ret_rates =
		(struct checksum_rates){.known = true, .udp = (uint64_t)udp, .tcp = (uint64_t)tcp};
	return 0;
}

int service_status_parse(const char *text, size_t size, struct service_status *ret_status,
			 struct facts *ret_facts)
{
	_cleanup_(cleanup_json) json_t *json = NULL;
	json_int_t pid, network_namespace, corrections, n_paused;
	struct checksum_rates rates;
	struct wire_seen wire;
	const char *since, *paused;
	int result;

	result = json_read(text, size, 0, &json, NULL);
	if (result < 0)
		return result;
	if (json_unpack(json, "{s:I, s:s, s:I, s:I, s:I, s:s}", "pid", &pid, "since", &since,
			"network_namespace", &network_namespace, "corrections", &corrections,
			"n_paused", &n_paused, "paused", &paused) < 0)
		return json_failure();
	if (strlen(since) >= sizeof(ret_status->since) ||
	    strlen(paused) >= sizeof(ret_status->paused) || pid <= 0 || pid > INT_MAX ||
	    n_paused < 0 || corrections < 0 ||
	    wire_seen_read(json_object_get(json, "wire"), &wire) < 0)
		return -EBADMSG;
	result = read_rates(json_object_get(json, RATES_KEY), &rates);
	if (result < 0)
		return result;
	result = read_facts(json_object_get(json, "facts"), ret_facts);
	if (result < 0 && result != -EBADMSG)
		return result;
	ret_status->pid = (pid_t)pid;
	ret_status->network_namespace = network_namespace;
	ret_status->corrections = corrections;
	ret_status->n_paused = n_paused;
	ret_status->wire = wire;
	ret_status->rates = rates;
	text_clean(paused, ret_status->paused, sizeof(ret_status->paused));
	text_clean(since, ret_status->since, sizeof(ret_status->since));
	return result < 0 ? SERVICE_STATUS_WITHOUT_FACTS : SERVICE_STATUS_WITH_FACTS;
}

/* Is the file that was opened still the one that has the name? */
static bool is_in_place(int directory_fd, const struct stat *opened)
{
	struct stat status;

	return fstatat(directory_fd, SERVICE_FILE, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       status.st_ino == opened->st_ino && status.st_dev == opened->st_dev;
}

/*
 * Opens the file of a service that lives. Returns a descriptor, -ENOENT when there is none, another
 * negative errno. A file that was replaced meanwhile is not locked any more.
 */
static int open_living(int directory_fd, pid_t *ret_pid)
{
	for (int i = 0; i < READ_ATTEMPTS; i++) {
		_cleanup_close_ int fd = -1;
		struct stat status;

		fd = state_dir_open_file(directory_fd, SERVICE_FILE, &status);
		if (fd < 0)
			return fd;
		if (!state_dir_owns(directory_fd, &status))
			return -ENOENT;
		if (is_locked(fd, ret_pid))
			return TAKE_FD(fd);
		if (is_in_place(directory_fd, &status))
			return -ENOENT;
	}
	return -ENOENT;
}

int service_status_read(int directory_fd, struct service_status *ret_status,
			struct facts *ret_facts)
{
	struct service_status status = {0};
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int fd = -1;
	size_t size = 0;
	pid_t pid = 0;
	int result;

	if (directory_fd < 0)
		return SERVICE_STATUS_NONE;
	fd = open_living(directory_fd, &pid);
	if (fd == -ENOENT || fd == -EBADMSG)
		return SERVICE_STATUS_NONE;
	if (fd < 0)
		return fd;
	result = read_whole(fd, SERVICE_SIZE_MAX, NULL, NULL, &text, &size);
	if (result == 0)
		result = service_status_parse(text, size, &status, ret_facts);
	if (result == -EBADMSG || result == -EFBIG)
		result = SERVICE_STATUS_WITHOUT_FACTS;
	if (result < 0)
		return result;
	if (pid > 0) /* else it is in another process namespace: then it knows best */
		status.pid = pid;
	status.running = true;
	*ret_status = status;
	return result;
}
