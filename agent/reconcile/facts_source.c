/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/reconcile/facts_source.h"

#include "agent/base/exit_code.h"
#include "agent/base/failure.h"
#include "agent/base/log.h"
#include "agent/detect/detect_child.h"
#include "agent/detect/detect_kernel.h"
#include "agent/detect/detect_kubernetes.h"
#include "agent/facts/facts_json_parse.h"
#include "agent/guarded/child_process.h"
#include "agent/reconcile/sources.h"
#include "agent/record/service_status.h"
#include "agent/record/state_dir.h"
#include "cleanup.h"
#include "policy/file/diagnostics.h"
#include "policy/file/read_whole.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* What can be in a facts file of a node with thousands of NICs. */
#define FILE_SIZE_MAX (4 * 1024 * 1024)

static int read_facts_file(const char *path, char **ret_text, size_t *ret_size)
{
	_cleanup_close_ int fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
							: open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : read_whole(fd, FILE_SIZE_MAX, NULL, NULL, ret_text, ret_size);
}

static int load_facts(const char *path, struct facts *facts)
{
	_cleanup_(diagnostics_clear) struct diagnostics diagnostics = {0};
	const char *shown = strcmp(path, "-") == 0 ? "standard input" : path;
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	int result;

	result = read_facts_file(path, &text, &size);
	if (result < 0) {
		log_error("%s: cannot be read: %s", shown, strerror(-result));
		return EXIT_CODE_BAD_INPUT;
	}
	result = facts_json_parse(text, size, shown, &diagnostics, facts);
	return result < 0 ? failure_tell(result, shown, &diagnostics) : 0;
}

/* What the options say of the node comes before what the file says, as it does before detection. */
static int override_facts(const struct sources *sources, struct facts *facts)
{
	const struct detect_options *given = &sources->detection;
	int result = 0;

	if (given->kernel_release) {
		os_facts_clear(&facts->os);
		kernel_facts_clear(&facts->kernel);
		result = detect_kernel_given(given->kernel_release, &facts->kernel);
	}
	if (result == 0 && given->kubernetes_version) {
		kubernetes_facts_clear(&facts->kubernetes);
		result = detect_kubernetes_given(given->kubernetes_version, &facts->kubernetes);
	}
	return result < 0 ? failure_tell(result, sources->facts, NULL) : 0;
}

static int detect(const struct detect_options *detection, struct facts *facts)
{
	int result = detect_node_in_child(detection, facts);

	if (result == 0)
		return 0;
	if (result != -EPROTO) /* then its diagnostic was shown */
		log_error("detection failed: %s", child_process_failure(result));
	return EXIT_CODE_INTERNAL;
}

/*
 * A running service has detected the node already, perhaps with overrides of its own: what it
 * judges by is what the node's status is about. What is given otherwise comes first, and so does
 * one's own look when the service cannot say what it found.
 */
static bool take_service_facts(const struct detect_options *given, int directory_fd,
			       struct facts *facts, struct service_status *ret_service)
{
	int result = service_status_read(directory_fd, ret_service, facts);

	if (result < 0)
		log_warning("%s: what the running service tells cannot be read: %s", STATE_DIR_PATH,
			    strerror(-result));
	if (result != SERVICE_STATUS_WITH_FACTS)
		return false;
	if (!given->kubernetes_version && !given->kernel_release && !given->root)
		return true;
	facts_clear(facts);
	return false;
}

/* A service that does not go by the nat rules has not read them. */
static int read_nat_rules(const struct detect_options *detection, struct facts *facts)
{
	int result = 0;

	if (!detection->nat_rules || facts->nat_rules.read)
		return 0;
	result = detect_nat_rules_in_child(detection, facts);
	return result < 0 ? failure_tell(result, "reading the nat rules", NULL) : 0;
}

int facts_source_find(const struct sources *sources, const struct detect_options *detection,
		      int directory_fd, struct facts *ret_facts, struct service_status *ret_service)
{
	if (sources->facts) {
		int result = load_facts(sources->facts, ret_facts);

		return result == 0 ? override_facts(sources, ret_facts) : result;
	}
	if (directory_fd >= 0 &&
	    take_service_facts(&sources->detection, directory_fd, ret_facts, ret_service))
		return read_nat_rules(detection, ret_facts);
	return detect(detection, ret_facts);
}
