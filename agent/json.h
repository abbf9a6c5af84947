/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Small helpers over jansson for what this program prints. */

#include "ethtool_nl/ethtool_nl.h"

#include <jansson.h>

#include <stdio.h>

/* A JSON string of any bytes: what JSON cannot hold is made fit first (text.h). */
json_t *json_text(const char *text);

/* The same, or null for NULL. */
json_t *json_text_or_null(const char *text);

/* Prints `value` compactly and drops it. Returns 0; -ENOMEM for a NULL value; -EIO. */
int json_print_and_free(FILE *output, json_t *value);

/* The names of the features in `mask`, as an array. */
json_t *json_feature_names(const struct ethtool_nl *handle, const struct feature_mask *mask);

/* For _cleanup_(cleanup_json). */
void cleanup_json(json_t **json);
