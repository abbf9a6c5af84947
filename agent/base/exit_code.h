/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The exit codes of all commands; README.md documents them. */

enum exit_code {
	EXIT_CODE_OK = 0, /* not affected, not exposed or mitigated; done */
	EXIT_CODE_VULNERABLE = 1, /* vulnerable; something required could not be set */
	EXIT_CODE_UNKNOWN = 2, /* it is not known */
	EXIT_CODE_USAGE = 64, /* EX_USAGE */
	EXIT_CODE_BAD_INPUT = 65, /* EX_DATAERR: configuration, rules or facts */
	EXIT_CODE_NO_BACKEND = 69, /* EX_UNAVAILABLE: the kernel offers neither back end */
	EXIT_CODE_INTERNAL = 70, /* EX_SOFTWARE */
	EXIT_CODE_NO_PERMISSION = 77, /* EX_NOPERM */
};
