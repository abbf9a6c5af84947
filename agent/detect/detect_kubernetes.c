/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/detect/detect_kubernetes.h"

#include "agent/base/monotonic.h"
#include "agent/detect/dpkg_status.h"
#include "agent/guarded/trusted_exec.h"
#include "array.h"
#include "cleanup.h"
#include "policy/string_copy.h"
#include "policy/version.h"

#include <errno.h>
#include <regex.h>
#include <string.h>

#define SNAP_SIZE_MAX (256 * 1024)
/* What may be a version; whether it is one is version_parse_kubernetes()'s to say. */
#define VERSION "(v?[0-9][[:graph:]]*)"
/* The commit, and the Go version that newer ones add. */
#define REST "( \\([[:graph:]]+\\))?(\ngo version [[:print:]]+)?"

struct place {
	const char *component;
	const char *path;
	const char *option; /* of a program, what makes it print its version */
};

/* Of each component the first one that has a version is enough. */
static const struct place programs[] = {
	{"kubelet", "/usr/bin/kubelet", "--version"}, /* packages */
	{"kubelet", "/usr/local/bin/kubelet", "--version"}, /* kubespray, hand-made */
	{"kubelet", "/opt/bin/kubelet", "--version"}, /* Flatcar, CoreOS: /usr is read-only */
	{"kubelet", "/opt/kubernetes/bin/kubelet", "--version"}, /* binary releases */
	{"kubelet", "/opt/kubernetes/server/bin/kubelet", "--version"}, /* the same, unpacked */
	{"kubelet", "/opt/kubernetes/node/bin/kubelet", "--version"},
	{"kubelet", "/home/kubernetes/bin/kubelet", "--version"}, /* GKE's node images */
	{"kubelet", "/usr/local/kubernetes/bin/kubelet", "--version"}, /* hand-made */
	{"kubelet", "/opt/kube/bin/kubelet", "--version"}, /* kubeasz */
	{"kubelet", "/opt/k8s/bin/kubelet", "--version"}, /* hand-made */
	{"kubelet", "/run/current-system/sw/bin/kubelet", "--version"}, /* NixOS */
	{"kubelet", "/usr/bin/hyperkube", "--version"}, /* OpenShift */
	{"kubelet", "/usr/local/bin/hyperkube", "--version"},
	{"kubelet", "/opt/bin/hyperkube", "--version"},
	{"kubelet", "/var/lib/k0s/bin/kubelet", "--version"}, /* unpacked by k0s */
	{"k0s", "/usr/local/bin/k0s", "version"},
	{"k0s", "/usr/bin/k0s", "version"},
	{"k3s", "/usr/local/bin/k3s", "--version"},
	{"k3s", "/usr/bin/k3s", "--version"},
	{"k3s", "/opt/bin/k3s", "--version"},
	{"rke2", "/usr/local/bin/rke2", "--version"},
	{"rke2", "/opt/rke2/bin/rke2", "--version"},
	{"rke2", "/usr/bin/rke2", "--version"},
};

static const struct place snaps[] = {
	{"kube-proxy", "/snap/kube-proxy/current/meta/snap.yaml", NULL},
	{"kubelet", "/snap/kubelet/current/meta/snap.yaml", NULL},
	{"microk8s", "/snap/microk8s/current/meta/snap.yaml", NULL},
};

/* Signs of Kubernetes without a version. */
static const char *const traces[] = {
	"/var/lib/kubelet",	 "/etc/kubernetes", "/var/lib/rancher/k3s",
	"/var/lib/rancher/rke2", "/var/lib/k0s",    "/etc/origin/node", /* OpenShift 3 */
};

/* What each place needs, and what was found. */
struct inquiry {
	const struct node_root *root;
	const char *never_execute;
	unsigned int program_limit_ms;
	uint64_t programs_deadline;
	bool program_answered;
	struct kubernetes_facts found;
};

static void inquiry_clear(struct inquiry *inquiry)
{
	kubernetes_facts_clear(&inquiry->found);
}

/* Notes a version (or NULL) of a component whose presence is thereby sure. */
static int note(struct inquiry *inquiry, const char *component, const char *version,
		const char *source)
{
	inquiry->found.present = ANSWER_YES;
	return kubernetes_facts_add(&inquiry->found, component, version, source);
}

static int read_proxy(struct inquiry *inquiry, const struct detect_kubernetes_options *options)
{
	_cleanup_free_ char *version = NULL, *why = NULL, *source = NULL;
	int result;

	if (!options->proxy)
		return 0;
	result = proxy_metrics_read(options->proxy, &version, &why);
	if (result == -ENOENT)
		return 0;
	if (result == -EACCES)
		return kubernetes_facts_add(&inquiry->found, "kube-proxy", NULL, why);
	if (result == -EBADMSG)
		return note(inquiry, "kube-proxy", NULL, why);
	if (result < 0)
		return result;
	if (asprintf(&source, "http://%s/metrics", options->proxy_address) < 0) {
		source = NULL;
		return -ENOMEM;
	}
	return note(inquiry, "kube-proxy", version, source);
}

/*
 * Copies what the first parentheses of the pattern match. Returns 0, -ENOENT when the text does
 * not match, -ENOMEM.
 */
static int match(const char *pattern, int flags, const char *text, char **ret_part)
{
	regmatch_t parts[2];
	regex_t regex;
	int result;

	if (regcomp(&regex, pattern, REG_EXTENDED | flags) != 0)
		return -ENOMEM;
	result = regexec(&regex, text, N_ELEMENTS(parts), parts, 0);
	regfree(&regex);
	if (result == REG_ESPACE)
		return -ENOMEM;
	if (result != 0)
		return -ENOENT;
	*ret_part = strndup(text + parts[1].rm_so, (size_t)(parts[1].rm_eo - parts[1].rm_so));
	return *ret_part ? 0 : -ENOMEM;
}

int detect_kubernetes_parse_output(const char *output, char **ret_version)
{
	static const char *const patterns[] = {
		"^Kubernetes " VERSION "\n?$",
		"^k3s version " VERSION REST "\n?$",
		"^rke2 version " VERSION REST "\n?$",
		"^(v?[0-9][[:graph:]]*[+]k0s[[:graph:]]*)\n?$",
	};

	for (size_t i = 0; i < N_ELEMENTS(patterns); i++) {
		int result = match(patterns[i], 0, output, ret_version);

		if (result != -ENOENT)
			return result;
	}
	return -EBADMSG;
}

int detect_kubernetes_parse_snap(const char *text, char **ret_version)
{
	return match("^version:[ \t]*[\"']?([[:graph:]]*[^\"'[:space:]])[\"']?[ \t\r]*$",
		     REG_NEWLINE, text, ret_version);
}

/* Notes why a program is not asked, if it is there at all. Returns as ask_program(). */
static int pass_over(struct inquiry *inquiry, const struct place *program)
{
	_cleanup_free_ char *refusal = NULL, *text = NULL;
	_cleanup_close_ int fd = node_root_open_program(inquiry->root, program->path, &refusal);

	if (fd < 0 && fd != -EPERM)
		return fd;
	if (asprintf(&text, "%s: not executed: %s", program->path, inquiry->never_execute) < 0) {
		text = NULL;
		return -ENOMEM;
	}
	return note(inquiry, program->component, NULL, text) < 0 ? -ENOMEM : 0;
}

/*
 * Asks one program. Returns 1 when it printed a version, 0 when it did not (what is wrong is
 * noted), -ENOENT or -EACCES when none can be seen, -ENOMEM.
 */
static int ask_program(struct inquiry *inquiry, const struct place *program)
{
	_cleanup_free_ char *output = NULL, *version = NULL, *text = NULL;
	unsigned int limit_ms = (unsigned int)monotonic_ms_until(inquiry->programs_deadline);
	int result;

	if (inquiry->never_execute)
		return pass_over(inquiry, program);
	if (limit_ms > inquiry->program_limit_ms)
		limit_ms = inquiry->program_limit_ms;
	result = trusted_exec_version(inquiry->root, program->path, program->option, limit_ms,
				      &output, &text);
	if (result == -EPERM) {
		result = note(inquiry, program->component, NULL, text);
		return result < 0 ? result : 0;
	}
	if (result < 0)
		return result;
	result = detect_kubernetes_parse_output(output, &version);
	if (result == -ENOMEM)
		return result;
	if (asprintf(&text, "%s %s%s", program->path, program->option,
		     version ? "" : ": printed something else than a version") < 0) {
		text = NULL;
		return -ENOMEM;
	}
	result = note(inquiry, program->component, version, text);
	return result < 0 ? result : version != NULL;
}

/* Only the program that is configured; that it is missing is noted, but is no sign of anything. */
static int ask_configured(struct inquiry *inquiry, const char *path)
{
	const struct place program = {"kubelet", path, "--version"};
	_cleanup_free_ char *text = NULL;
	int result = -EINVAL;

	if (path[0] == '/')
		result = ask_program(inquiry, &program);
	if (result == -ENOMEM)
		return result;
	if (result >= 0) {
		inquiry->program_answered = result > 0;
		return 0;
	}
	if (asprintf(&text, "%s: not executed: %s", path,
		     result == -EINVAL ? "must be an absolute path" : strerror(-result)) < 0) {
		text = NULL;
		return -ENOMEM;
	}
	return kubernetes_facts_add(&inquiry->found, "kubelet", NULL, text);
}

static int ask_usual_programs(struct inquiry *inquiry)
{
	const char *answered = "";

	for (size_t i = 0; i < N_ELEMENTS(programs); i++) {
		int result;

		if (strcmp(programs[i].component, answered) == 0)
			continue;
		result = ask_program(inquiry, &programs[i]);
		if (result == -ENOMEM)
			return result;
		if (result > 0) {
			answered = programs[i].component;
			inquiry->program_answered = true;
		}
	}
	return 0;
}

static int ask_snaps(struct inquiry *inquiry)
{
	for (size_t i = 0; i < N_ELEMENTS(snaps); i++) {
		_cleanup_free_ char *text = NULL, *version = NULL;
		int result;

		result = node_root_read(inquiry->root, snaps[i].path, SNAP_SIZE_MAX, &text, NULL);
		if (result == 0)
			result = detect_kubernetes_parse_snap(text, &version);
		if (result == 0)
			result = note(inquiry, snaps[i].component, version, snaps[i].path);
		if (result == -ENOMEM)
			return result;
	}
	return 0;
}

/* Only when no program printed a version: the file can be large, and knows nothing newer. */
static int ask_dpkg(struct inquiry *inquiry)
{
	_cleanup_free_ char *version = NULL;
	_cleanup_close_ int fd = -1;
	int result;

	if (inquiry->program_answered)
		return 0;
	fd = node_root_open_file(inquiry->root, DPKG_STATUS_PATH);
	if (fd < 0)
		return 0;
	result = dpkg_status_version(fd, "kubelet", &version);
	if (result == 0)
		result = note(inquiry, "kubelet", version, DPKG_STATUS_PATH);
	return result == -ENOMEM ? result : 0;
}

/* How much an answer is worth; what is worth the same goes by the order of asking. */
static unsigned int weigh(const struct kubernetes_answer *answer)
{
	struct version version;

	if (!answer->version)
		return 0;
	if (version_parse_kubernetes(answer->version, &version) < 0)
		return 1;
	return strcmp(answer->component, "kube-proxy") == 0 ? 3 : 2;
}

/* Moves the answer that counts to the front. */
static void put_first(struct kubernetes_facts *kubernetes)
{
	struct kubernetes_answer *answers = kubernetes->answers, best;
	size_t index = 0;

	for (size_t i = 1; i < kubernetes->n_answers; i++) {
		if (weigh(&answers[i]) > weigh(&answers[index]))
			index = i;
	}
	if (index == 0)
		return;
	best = answers[index];
	memmove(answers + 1, answers, index * sizeof(*answers));
	answers[0] = best;
}

/* Where no version is known: is there Kubernetes at all? */
static int look_for_traces(const struct node_root *root, struct kubernetes_facts *kubernetes)
{
	if (kubernetes->present == ANSWER_YES)
		return string_copy(&kubernetes->source, kubernetes->answers[0].source);
	for (size_t i = 0; i < N_ELEMENTS(traces); i++) {
		if (node_root_has(root, traces[i])) {
			kubernetes->present = ANSWER_YES;
			return string_copy(&kubernetes->source, traces[i]);
		}
	}
	return 0;
}

/* Fills version, component, source and present from the answers. */
static int conclude(const struct node_root *root, struct kubernetes_facts *kubernetes)
{
	const struct kubernetes_answer *best = kubernetes->answers;
	int result;

	if (kubernetes->n_answers)
		put_first(kubernetes);
	if (!kubernetes->n_answers || !best->version)
		return look_for_traces(root, kubernetes);
	result = string_copy(&kubernetes->version, best->version);
	if (result == 0)
		result = string_copy(&kubernetes->component, best->component);
	if (result == 0)
		result = string_copy(&kubernetes->source, best->source);
	return result;
}

int detect_kubernetes(const struct node_root *root, const struct detect_kubernetes_options *options,
		      struct kubernetes_facts *ret_kubernetes)
{
	_cleanup_(inquiry_clear) struct inquiry inquiry = {
		.root = root,
		.never_execute = options->never_execute,
		.program_limit_ms = options->program_limit_ms,
		.found.present = ANSWER_NO,
	};
	int result = read_proxy(&inquiry, options);

	inquiry.programs_deadline = monotonic_now_ms() + 2 * (uint64_t)options->program_limit_ms;
	if (result == 0 && options->kubelet)
		result = ask_configured(&inquiry, options->kubelet);
	else if (result == 0)
		result = ask_usual_programs(&inquiry);
	if (result == 0)
		result = ask_snaps(&inquiry);
	if (result == 0)
		result = ask_dpkg(&inquiry);
	if (result == 0)
		result = conclude(root, &inquiry.found);
	if (result < 0)
		return result;
	*ret_kubernetes = inquiry.found;
	inquiry.found = (struct kubernetes_facts){0};
	return 0;
}

int detect_kubernetes_given(const char *version, struct kubernetes_facts *ret_kubernetes)
{
	_cleanup_(kubernetes_facts_clear) struct kubernetes_facts kubernetes = {0};
	int result = string_copy(&kubernetes.version, version);

	if (result == 0)
		result = string_copy(&kubernetes.source, "option or configuration");
	if (result < 0)
		return result;
	kubernetes.present = ANSWER_YES;
	*ret_kubernetes = kubernetes;
	kubernetes = (struct kubernetes_facts){0};
	return 0;
}

const char *detect_kubernetes_program(size_t index)
{
	return index < N_ELEMENTS(programs) ? programs[index].path : NULL;
}
