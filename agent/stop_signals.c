/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/stop_signals.h"

#include <stddef.h>

static volatile sig_atomic_t stop_asked;

static void on_stop_signal(int signal)
{
	(void)signal;
	stop_asked = 1;
}

void stop_signals_catch(sigset_t *ret_unblocked)
{
	const struct sigaction action = {.sa_handler = on_stop_signal};
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, ret_unblocked);
	sigdelset(ret_unblocked, SIGINT);
	sigdelset(ret_unblocked, SIGTERM);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

bool stop_signals_asked(void)
{
	return stop_asked;
}
