/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/detect/detect_confined.h"

#include "agent/detect/detect_kubernetes.h"
#include "agent/guarded/privileges.h"
#include "agent/guarded/syscall_filter.h"
#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>

/* Why no program may be executed; NULL = it may. `filter`: what installing it has returned. */
static const char *never_execute(const struct detect_options *options, int filter)
{
	if (options->root && !options->root_is_this_node)
		return "--root is read only; --root-is-this-node lets its programs be asked";
	if (geteuid() == 0)
		return "there is no other user for it than root here";
	if (filter < 0)
		return "this kernel has no filter (seccomp) to confine it with";
	return NULL;
}

/* What is executed later gets its input and its /dev/null from here, when nothing can be opened. */
static int close_input(void)
{
	_cleanup_close_ int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	return fd < 0 || dup2(fd, STDIN_FILENO) < 0 ? -errno : 0;
}

int detect_confined(const struct detect_options *options, struct facts *ret_facts)
{
	_cleanup_(cleanup_proxy_metrics) struct proxy_metrics *proxy = NULL;
	const char *address = detect_proxy_address(options);
	int result = close_input(), filter = 0;

	if (result < 0)
		return result;
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return -errno;
	/* The socket comes first: under the filter none can be made. */
	if (address)
		result = proxy_metrics_ask(address, DETECT_KUBERNETES_METRICS_LIMIT_MS, &proxy);
	if (result < 0)
		return result;
	if (!privileges_is_own_user())
		filter = syscall_filter_install();
	return detect_node(options, proxy, never_execute(options, filter), ret_facts);
}
