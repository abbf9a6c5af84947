/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* SIGINT and SIGTERM for a command that runs until it is told to end, and then ends in order. */

#include <signal.h>
#include <stdbool.h>

/*
 * From now on they only ask to stop. They are blocked but where the mask `ret_unblocked` is in
 * force (ppoll(2)), so that none is missed between the question and the waiting.
 */
void stop_signals_catch(sigset_t *ret_unblocked);

/* Has one come? */
bool stop_signals_asked(void);
