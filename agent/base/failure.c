/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/base/failure.h"

#include "agent/base/exit_code.h"
#include "agent/base/log.h"
#include "policy/file/diagnostics.h"

#include <errno.h>
#include <string.h>

static void say_complaints(const struct complaints *complaints)
{
	for (size_t i = 0; i < complaints->n_texts; i++)
		log_error("%s", complaints->texts[i]);
}

int failure_tell(int error, const char *what, const struct complaints *complaints)
{
	if (error == -EBADMSG && complaints && complaints->n_texts) {
		say_complaints(complaints);
		return EXIT_CODE_BAD_INPUT;
	}
	log_error("%s: %s", what, strerror(-error));
	return EXIT_CODE_INTERNAL;
}
