/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/detect/detect.h"

#include "agent/detect/detect_kernel.h"
#include "agent/detect/detect_kubernetes.h"
#include "agent/detect/detect_machine.h"
#include "agent/detect/detect_os.h"
#include "agent/guarded/node_root.h"
#include "cleanup.h"

#include <errno.h>

/* `root` may be NULL with a given kernel. */
static int detect_system(const struct node_root *root, const char *kernel_release,
			 struct facts *facts)
{
	int result;

	result = root ? detect_machine(root, &facts->machine) : 0;
	if (result < 0)
		return result;
	/* A given kernel is of another distribution than the files below the root describe. */
	if (kernel_release)
		return detect_kernel_given(kernel_release, &facts->kernel);
	result = detect_os(root, &facts->os);
	return result < 0 ? result : detect_kernel(root, facts->os.id, &facts->kernel);
}

const char *detect_proxy_address(const struct detect_options *options)
{
	const char *address = options->proxy_metrics;

	if (options->kubernetes_version || (address && !*address))
		return NULL;
	return address ? address : DETECT_KUBERNETES_PROXY_METRICS;
}

int detect_node(const struct detect_options *options, struct proxy_metrics *proxy,
		const char *never_execute, struct facts *ret_facts)
{
	const struct detect_kubernetes_options kubernetes = {
		.kubelet = options->kubelet,
		.proxy = proxy,
		.proxy_address = detect_proxy_address(options),
		.program_limit_ms = DETECT_KUBERNETES_PROGRAM_LIMIT_MS,
		.never_execute = never_execute,
	};
	_cleanup_(cleanup_node_root) struct node_root *root = NULL;
	_cleanup_(facts_clear) struct facts facts = {0};
	int result;

	result = node_root_open(options->root, &root);
	/* With both given, the folder is not missed. */
	if (result < 0 && result != -ENOMEM && options->kernel_release &&
	    options->kubernetes_version)
		result = 0;
	if (result == 0)
		result = detect_system(root, options->kernel_release, &facts);
	if (result == 0 && options->kubernetes_version)
		result = detect_kubernetes_given(options->kubernetes_version, &facts.kubernetes);
	else if (result == 0)
		result = detect_kubernetes(root, &kubernetes, &facts.kubernetes);
	if (result < 0)
		return result;
	*ret_facts = facts;
	facts = (struct facts){0};
	return 0;
}
