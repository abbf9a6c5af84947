/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/detect/detect_kernel.h"

#include "cleanup.h"
#include "policy/kernel_identity.h"
#include "policy/string_copy.h"

#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

/* A page: more than the kernel prints into any of these files. */
#define PROC_SIZE_MAX 4096

/* Reads one line; a file that is missing, unreadable or empty leaves `text` NULL. */
static int read_line(const struct node_root *root, const char *path, char **text)
{
	_cleanup_free_ char *content = NULL;
	int result = node_root_read(root, path, PROC_SIZE_MAX, &content, NULL);

	if (result < 0)
		return result == -ENOMEM ? result : 0;
	content[strcspn(content, "\n")] = '\0';
	if (*content)
		*text = TAKE_PTR(content);
	return 0;
}

int detect_kernel_parse_proc_version(const char *text, char **release, char **version)
{
	static const char prefix[] = "Linux version ";
	const char *number = NULL;
	int result;

	if (strncmp(text, prefix, sizeof(prefix) - 1) != 0)
		return 0;
	text += sizeof(prefix) - 1;
	result = string_copy_once(release, text, strcspn(text, " \n"));
	/* The compiler's name may hold a '#' as well. */
	for (const char *hash = strstr(text, " #"); hash; hash = strstr(hash + 1, " #"))
		number = hash + 1;
	if (result == 0 && number)
		result = string_copy_once(version, number, strcspn(number, "\n"));
	return result;
}

static int read_proc(const struct node_root *root, struct kernel_facts *kernel)
{
	_cleanup_free_ char *proc_version = NULL;
	int result;

	result = read_line(root, "/proc/sys/kernel/osrelease", &kernel->release);
	if (result == 0)
		result = read_line(root, "/proc/sys/kernel/version", &kernel->version);
	if (result == 0)
		result = read_line(root, "/proc/version_signature", &kernel->signature);
	if (result < 0 || (kernel->release && kernel->version))
		return result;
	result = read_line(root, "/proc/version", &proc_version);
	if (result == 0 && proc_version)
		result = detect_kernel_parse_proc_version(proc_version, &kernel->release,
							  &kernel->version);
	return result;
}

static int ask_uname(struct kernel_facts *kernel)
{
	struct utsname name;

	if (uname(&name) < 0)
		return -errno;
	kernel->release = strdup(name.release);
	kernel->version = strdup(name.version);
	return kernel->release && kernel->version ? 0 : -ENOMEM;
}

/* Names the source, identifies, and hands over. */
static int finish(struct kernel_facts *kernel, const char *source, const char *os_id,
		  struct kernel_facts *ret_kernel)
{
	int result;

	kernel->source = strdup(source);
	if (!kernel->source)
		return -ENOMEM;
	result = kernel_identify(kernel, os_id);
	if (result < 0)
		return result;
	*ret_kernel = *kernel;
	*kernel = (struct kernel_facts){0};
	return 0;
}

int detect_kernel(const struct node_root *root, const char *os_id, struct kernel_facts *ret_kernel)
{
	_cleanup_(kernel_facts_clear) struct kernel_facts kernel = {0};
	const char *source = "/proc";
	int result = read_proc(root, &kernel);

	if (result == 0 && !kernel.release && !kernel.version) {
		source = "uname(2)";
		result = ask_uname(&kernel);
	}
	return result < 0 ? result : finish(&kernel, source, os_id, ret_kernel);
}

int detect_kernel_given(const char *release, struct kernel_facts *ret_kernel)
{
	_cleanup_(kernel_facts_clear) struct kernel_facts kernel = {0};

	kernel.release = strdup(release);
	if (!kernel.release)
		return -ENOMEM;
	return finish(&kernel, "option", NULL, ret_kernel);
}
