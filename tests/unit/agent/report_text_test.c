/* SPDX-License-Identifier: Apache-2.0 */
/* What a person sees, whole. */
#include "agent/report_text.h"
#include "policy/cleanup.h"
#include "tests/unit/agent/scene.h"
#include "tests/unit/ethtool_nl/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVIDENCE                                                                                   \
	"  Kubernetes  v1.18.3 (kube-proxy)\n"                                                     \
	"  kernel      4.19.0-9-amd64 (debian 4.19.118)\n"
#define HEAD                                                                                       \
	"\n"                                                                                       \
	"NIC              KIND     FEATURE                       NOW                  TARGET  "    \
	"OUTCOME\n"

static char *print(const struct scene *scene, bool dry_run, bool color,
		   void (*printer)(FILE *output, const struct report *report, bool color))
{
	struct report report;
	char *text = NULL;
	size_t size;
	FILE *output = open_memstream(&text, &size);

	assert_non_null(output);
	report_make(&scene->inspection, dry_run, &report);
	printer(output, &report, color);
	assert_int_equal(fclose(output), 0);
	return text;
}

static void assert_status(const struct scene *scene, bool dry_run, const char *expected)
{
	_cleanup_free_ char *text = print(scene, dry_run, false, report_print_status);

	assert_string_equal(text, expected);
}

static void test_vulnerable(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	scene_add(&scene, 3, "flannel.1", "vxlan", ANSWER_NO);
	assert_status(&scene, false, "");
	scene_clear(&scene);
}

static void test_mitigated(void **state)
{
	struct scene scene;
	struct nic *nic;

	(void)state;
	scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	nic = scene_add(&scene, 3, "flannel.1", "vxlan", ANSWER_NO);
	scene_turn_off(&scene, nic, "rx tx");
	assert_status(&scene, false, "");
	scene_clear(&scene);
}

static void test_dry_run(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	scene_add(&scene, 3, "flannel.1", "vxlan", ANSWER_NO);
	inspection_plan_todos(&scene.inspection);
	assert_status(&scene, true, "");
	scene_clear(&scene);
}

static void test_not_affected(void **state)
{
	struct scene scene;
	struct nic *nic;

	(void)state;
	scene_make(&scene, ANSWER_NO, ANSWER_NO, ANSWER_NO);
	assert_status(&scene, false, "");
	nic = scene_add(&scene, 3, "flannel.1", "vxlan", ANSWER_NO);
	scene_turn_off(&scene, nic, "rx");
	assert_status(&scene, false, "");
	scene_clear(&scene);
}

static void test_not_exposed(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	assert_status(&scene, false, "");
	scene_clear(&scene);
}

static void test_unknown(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, ANSWER_UNKNOWN, ANSWER_NO, ANSWER_NO);
	scene_add(&scene, 3, "flannel.1", "vxlan", ANSWER_NO);
	assert_status(&scene, false, "");
	scene_clear(&scene);
}

/* Every remark that a NIC's line can carry. */
static void test_remarks(void **state)
{
	struct scene scene;
	struct nic *nic;

	(void)state;
	scene_make(&scene, ANSWER_YES, ANSWER_YES, ANSWER_NO);
	/* refused, with the kernel's words; requested on */
	nic = scene_add(&scene, 3, "flannel.1", "vxlan", ANSWER_NO);
	nic->refused = sample_mask(scene.inspection.handle, "tx-checksum-ip-generic");
	strcpy(nic->message, "not today");
	nic->features.active = feature_mask_without(nic->features.active,
						    sample_mask(scene.inspection.handle, "rx"));
	/* fixed on, drifted, requested off */
	nic = scene_add(&scene, 4, "vxlan.calico", "vxlan", ANSWER_YES);
	nic->features.changeable = feature_mask_without(
		nic->features.changeable, sample_mask(scene.inspection.handle, "tx-checksum-sctp"));
	nic->recorded = sample_mask(scene.inspection.handle, "rx");
	nic->features.wanted =
		feature_mask_without(nic->features.wanted, sample_mask(scene.inspection.handle,
								       "tx-checksum-ip-generic"));
	/* gone, unreadable; names and kinds from outside */
	scene_add(&scene, 5, "\033[2J\377", "vxlan", ANSWER_YES)->error = -ENODEV;
	scene_add(&scene, 6, "vxl\303\244n6", "vxlan", ANSWER_YES)->error = -EIO;
	assert_status(&scene, false, "");
	scene_clear(&scene);
}

static void test_exposed_and_not_selected(void **state)
{
	struct scene scene;

	(void)state;
	scene_make(&scene, ANSWER_YES, ANSWER_NO, ANSWER_NO);
	scene.inspection.config.n_nics = 0;
	scene_add(&scene, 3, "flannel.1", "vxlan", ANSWER_NO);
	assert_status(&scene, false, "");
	scene_clear(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vulnerable),  cmocka_unit_test(test_mitigated),
		cmocka_unit_test(test_dry_run),	    cmocka_unit_test(test_not_affected),
		cmocka_unit_test(test_not_exposed), cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_remarks),	    cmocka_unit_test(test_exposed_and_not_selected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
