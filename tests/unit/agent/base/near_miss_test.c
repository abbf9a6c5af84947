/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/base/near_miss.h"
#include "tests/unit/unit.h"

#include <string.h>

static void test_near_miss(void **state)
{
	static const char *const words[] = {"tx",
					    "tso",
					    "rx-lro",
					    "tx-checksum-ip-generic",
					    "tx-tcp-segmentation",
					    "tx-tcp6-segmentation",
					    NULL};
	static const struct {
		const char *text, *meant;
	} cases[] = {
		{"txx", "tx"},
		{"t", "tx"},
		{"sto", "tso"},
		{"rx_lro", "rx-lro"},
		{"tx-checksum-ip-generik", "tx-checksum-ip-generic"},
		{"tx-cheksum-ip-genric", "tx-checksum-ip-generic"},
		{"tx-tcp-segmentaiton", "tx-tcp-segmentation"},
		{"tx-tcp6-segmentaton", "tx-tcp6-segmentation"},
		/* the word itself is the nearest */
		{"tso", "tso"},
		/* nothing like it */
		{"warp-drive", NULL},
		{"checksum", NULL},
	};
	static const char *const none[] = {NULL};
	char longer[200];

	for (size_t i = 0; i < N_ELEMENTS(cases); i++)
		assert_same_text(cases[i].text, near_miss(cases[i].text, words), cases[i].meant);
	assert_null(near_miss("tx", none));
	memset(longer, 'a', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	assert_null(near_miss(longer, words));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_near_miss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
