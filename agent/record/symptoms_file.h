/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * /run/offload-agent/symptoms.json: the signs of faults that the service has seen on NICs since the
 * machine started. The service alone writes it; all may read it, and believe it as far as root or
 * the folder's owner wrote it in this boot.
 */

#include "agent/links/network_namespace.h"
#include "policy/facts.h"

#include <stdbool.h>
#include <stddef.h>

#define SYMPTOMS_FILE "symptoms.json"

/* So many are kept at most: of more, the oldest are forgotten. */
#define SYMPTOMS_MAX 256

struct seen_symptom {
	struct network_namespace network_namespace;
	struct symptom_facts facts;
};

struct symptoms {
	struct seen_symptom *seen; /* the oldest first */
	size_t n_seen, allocated;
};

/* A zeroed one is empty, and can be cleared. */
void symptoms_clear(struct symptoms *symptoms);

/* Returns 0 or -ENOMEM. */
int symptoms_add(struct symptoms *symptoms, const struct seen_symptom *seen);

/*
 * A link of that namespace: what was seen on it takes over its number, name and address of now, so
 * that it is known again when another of these changes. Returns whether anything was new.
 */
bool symptoms_follow(struct symptoms *symptoms, struct network_namespace here,
		     const struct link_facts *link);

/* Those of one namespace; the caller frees the array. Returns 0 or -ENOMEM. */
int symptoms_of_namespace(const struct symptoms *symptoms, struct network_namespace here,
			  struct symptom_facts **ret_facts, size_t *ret_n_facts);

/*
 * Adds what the file of the folder says and is not among them yet. A file of another boot says
 * nothing, nor does none. Returns 0; -EPERM for a file of another user's; -EBADMSG or -EFBIG for
 * what the service does not write; another negative errno. Then nothing was added.
 */
int symptoms_file_load(int directory_fd, struct symptoms *symptoms);

/* Writes all of them, whole or not at all. Returns 0 or a negative errno. */
int symptoms_file_write(int directory_fd, const struct symptoms *symptoms);

/* What symptoms_file_load() does with the text of the file, in the boot of that id. */
int symptoms_file_parse(const char *text, size_t size, const char *boot_id,
			struct symptoms *symptoms);
