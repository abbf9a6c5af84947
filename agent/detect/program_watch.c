/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/detect/program_watch.h"

#include "agent/base/log.h"
#include "agent/detect/detect_kubernetes.h"
#include "cleanup.h"

#include <errno.h>
#include <string.h>
#include <sys/inotify.h>

struct program_watch {
	int fd;
	char *kubelet; /* NULL: the usual programs */
};

int program_watch_open(struct program_watch **ret_watch)
{
	_cleanup_free_ struct program_watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return -ENOMEM;
	watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (watch->fd < 0)
		return -errno;
	*ret_watch = TAKE_PTR(watch);
	return 0;
}

void program_watch_close(struct program_watch *watch)
{
	if (!watch)
		return;
	close(watch->fd);
	free(watch->kubelet);
	free(watch);
}

int program_watch_fd(const struct program_watch *watch)
{
	return watch->fd;
}

static const char *base_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

/* The programs, one after the other; NULL behind the last one. */
static const char *program_at(const struct program_watch *watch, size_t index)
{
	if (watch->kubelet)
		return index == 0 ? watch->kubelet : NULL;
	return detect_kubernetes_program(index);
}

static bool is_program(const struct program_watch *watch, const char *name)
{
	const char *path;

	for (size_t i = 0; (path = program_at(watch, i)); i++) {
		if (strcmp(base_name(path), name) == 0)
			return true;
	}
	return false;
}

static int watch_folder_of(const struct program_watch *watch, const char *root, const char *program)
{
	const uint32_t what = IN_CREATE | IN_CLOSE_WRITE | IN_MOVE | IN_DELETE | IN_ONLYDIR;
	_cleanup_free_ char *folder = NULL;

	if (asprintf(&folder, "%s%.*s", root ? root : "", (int)(base_name(program) - program),
		     program) < 0)
		return -ENOMEM;
	/* inotify takes the same folder twice, and keeps one watch. */
	if (inotify_add_watch(watch->fd, folder, what) < 0 && errno != ENOENT)
		log_debug("%s: cannot be watched: %s", folder, strerror(errno));
	return 0;
}

int program_watch_set(struct program_watch *watch, const char *root, const char *kubelet)
{
	_cleanup_free_ char *copy = kubelet ? strdup(kubelet) : NULL;
	const char *program;
	int result = 0;

	if (kubelet && !copy)
		return -ENOMEM;
	free(watch->kubelet);
	watch->kubelet = TAKE_PTR(copy);
	for (size_t i = 0; result == 0 && (program = program_at(watch, i)); i++)
		result = watch_folder_of(watch, root, program);
	return result;
}

bool program_watch_read(struct program_watch *watch)
{
	_Alignas(struct inotify_event) char buffer[4096];
	const struct inotify_event *event;
	bool concerned = false;
	ssize_t length;

	while ((length = read(watch->fd, buffer, sizeof(buffer))) > 0) {
		for (char *place = buffer; place < buffer + length;
		     place += sizeof(*event) + event->len) {
			event = (const struct inotify_event *)place;
			/* Without a name: the folder itself is gone, or events were lost. */
			concerned |= event->len == 0 || is_program(watch, event->name);
		}
	}
	return concerned;
}
