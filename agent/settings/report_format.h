/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The formats in which other programs read the state of the node. */

/* The words of `status --format`, in the order of its choices. */
enum report_format {
	REPORT_FORMAT_NONE, /* none was asked for: text or JSON */
	REPORT_FORMAT_SUMMARY,
	REPORT_FORMAT_NAGIOS,
	REPORT_FORMAT_NFD,
	REPORT_FORMAT_PROMETHEUS,
};
