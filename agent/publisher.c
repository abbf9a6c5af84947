/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/publisher.h"

#include "agent/facts_json.h"
#include "agent/facts_json_parse.h"
#include "agent/json.h"
#include "agent/state_dir.h"
#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define LOCK_FILE	 "service.lock"
#define SERVICE_FILE	 "service.json"
#define SERVICE_SIZE_MAX (256 * 1024)

/*
 * A lock of the process (fcntl), not of the descriptor (flock): who may only read the file can
 * still ask who holds it, and cannot hold it himself in a way that looks like a running service.
 */
int publisher_lock(int directory_fd)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	_cleanup_close_ int fd = state_dir_open_lock(directory_fd, LOCK_FILE, 0644);

	if (fd < 0)
		return fd;
	if (fcntl(fd, F_SETLK, &lock) < 0)
		return errno == EACCES || errno == EAGAIN ? -EBUSY : -errno;
	return TAKE_FD(fd);
}

static bool service_runs(int directory_fd, pid_t *ret_pid)
{
	struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
	_cleanup_close_ int fd = -1;

	fd = openat(directory_fd, LOCK_FILE, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fcntl(fd, F_GETLK, &lock) < 0 || lock.l_type != F_WRLCK)
		return false;
	*ret_pid = lock.l_pid;
	return true;
}

struct print_data {
	const struct publisher *publisher;
	const struct facts *facts;
};

static int print_service(FILE *output, void *data)
{
	const struct print_data *print = data;
	const struct publisher *publisher = print->publisher;
	struct facts facts = *print->facts;
	struct json_writer writer = {.output = output};

	/* The NICs are read from the kernel by whoever asks; here they would only grow old. */
	facts.links_known = false;
	facts.n_links = 0;
	json_write_begin(&writer, NULL, '{');
	json_write_integer(&writer, "schema", 1);
	json_write_integer(&writer, "pid", publisher->pid);
	json_write_string(&writer, "since", publisher->since);
	json_write_integer(&writer, "corrections", publisher->corrections);
	json_write_integer(&writer, "n_paused", publisher->n_paused);
	json_write_string(&writer, "paused", publisher->paused);
	facts_json_write(&writer, "facts", &facts, NULL);
	json_write_end(&writer, '}');
	putc('\n', output);
	return json_write_result(&writer);
}

int publisher_write(int directory_fd, const struct publisher *publisher, const struct facts *facts)
{
	struct print_data data = {publisher, facts};

	return state_dir_write(directory_fd, SERVICE_FILE, print_service, &data);
}

static int parse_service(const char *text, size_t size, struct publisher *ret_publisher,
			 struct facts *ret_facts)
{
	_cleanup_(cleanup_json) json_t *json = NULL;
	_cleanup_(complaints_clear) struct complaints complaints = {0};
	_cleanup_free_ char *facts_text = NULL;
	json_int_t corrections, pid, n_paused;
	const char *since, *paused;
	json_t *facts;
	int result;

	result = json_read(text, size, 0, &json, NULL);
	if (result < 0)
		return result;
	if (json_unpack(json, "{s:I, s:s, s:I, s:I, s:s, s:o}", "pid", &pid, "since", &since,
			"corrections", &corrections, "n_paused", &n_paused, "paused", &paused,
			"facts", &facts) < 0)
		return json_failure();
	if (!json_is_object(facts) || strlen(since) >= sizeof(ret_publisher->since) ||
	    strlen(paused) >= sizeof(ret_publisher->paused))
		return -EBADMSG;
	facts_text = json_dumps(facts, JSON_COMPACT);
	if (!facts_text)
		return -ENOMEM;
	result = facts_json_parse(facts_text, strlen(facts_text), SERVICE_FILE, &complaints,
				  ret_facts);
	if (result < 0)
		return result;
	ret_publisher->corrections = corrections;
	ret_publisher->n_paused = n_paused;
	strcpy(ret_publisher->paused, paused);
	strcpy(ret_publisher->since, since);
	return 0;
}

int publisher_read(int directory_fd, struct publisher *ret_publisher, struct facts *ret_facts)
{
	struct publisher publisher = {0};
	_cleanup_free_ char *text = NULL;
	size_t size;
	int result;

	if (directory_fd < 0 || !service_runs(directory_fd, &publisher.pid))
		return 0;
	result = state_dir_read(directory_fd, SERVICE_FILE, SERVICE_SIZE_MAX, &text, &size);
	if (result == -ENOENT) /* it has just started */
		return 0;
	if (result == 0)
		result = parse_service(text, size, &publisher, ret_facts);
	if (result < 0)
		return result;
	*ret_publisher = publisher;
	return 1;
}
