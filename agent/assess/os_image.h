/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which distribution a node runs, read from what Kubernetes says of it: status.nodeInfo.osImage,
 * which is os-release's PRETTY_NAME.
 */

#include "policy/facts.h"

/*
 * Fills id, version_id and pretty_name as os-release would have them; for an image of no known name
 * id and version_id stay NULL. Pure. Returns 0 or -ENOMEM. The caller ends with os_facts_clear().
 */
int os_image_parse(const char *os_image, struct os_facts *ret_os);
