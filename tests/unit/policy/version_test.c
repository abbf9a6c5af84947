/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/version.h"
#include "tests/unit/policy/unit.h"

#include <errno.h>

/* Versions as distributions and vendors write them, most of them seen in the field. */
static void test_parse_kubernetes(void **state)
{
	static const struct {
		const char *text;
		struct version version;
	} cases[] = {
		/* upstream, kubeadm, minikube; packages; with and without the v */
		{"v1.18.6", {{1, 18, 6}, VERSION_RELEASE, 0, 0}},
		{"1.18.6", {{1, 18, 6}, VERSION_RELEASE, 0, 0}},
		{"1.18.6-00", {{1, 18, 6}, VERSION_RELEASE, 0, 0}},
		{"1.18.6-0", {{1, 18, 6}, VERSION_RELEASE, 0, 0}},
		{"1.16.10-00", {{1, 16, 10}, VERSION_RELEASE, 0, 0}},
		{"1.28.2-1.1", {{1, 28, 2}, VERSION_RELEASE, 0, 0}},
		{"v4294967295.0.1", {{4294967295U, 0, 1}, VERSION_RELEASE, 0, 0}},
		/* k3s, its image tag, RKE2 (tokens without a dot are the vendor's), RKE1 */
		{"v1.18.2+k3s1", {{1, 18, 2}, VERSION_RELEASE, 0, 0}},
		{"v1.18.6+k3s1", {{1, 18, 6}, VERSION_RELEASE, 0, 0}},
		{"v1.18.6-k3s1", {{1, 18, 6}, VERSION_RELEASE, 0, 0}},
		{"v1.18.4-alpha8+rke2", {{1, 18, 4}, VERSION_RELEASE, 0, 0}},
		{"v1.18.4-beta18+rke2", {{1, 18, 4}, VERSION_RELEASE, 0, 0}},
		{"v1.18.8-beta18+rke2", {{1, 18, 8}, VERSION_RELEASE, 0, 0}},
		{"v1.18.9-rc1+rke2", {{1, 18, 9}, VERSION_RELEASE, 0, 0}},
		{"v1.18.9+rke2r1", {{1, 18, 9}, VERSION_RELEASE, 0, 0}},
		{"v1.18.12+rke2r2", {{1, 18, 12}, VERSION_RELEASE, 0, 0}},
		{"v1.23.7+rke2r2", {{1, 23, 7}, VERSION_RELEASE, 0, 0}},
		{"v1.18.6-rancher1", {{1, 18, 6}, VERSION_RELEASE, 0, 0}},
		/* EKS, GKE, AKS */
		{"v1.18.6-eks-1", {{1, 18, 6}, VERSION_RELEASE, 0, 0}},
		{"v1.18.9-eks-d1db3c", {{1, 18, 9}, VERSION_RELEASE, 0, 0}},
		{"v1.18.8-eksbuild.1", {{1, 18, 8}, VERSION_RELEASE, 0, 0}},
		{"v1.18.9-eks-1-18-1", {{1, 18, 9}, VERSION_RELEASE, 0, 0}},
		{"v1.16.0-gke.5", {{1, 16, 0}, VERSION_RELEASE, 0, 0}},
		{"v1.17.9-gke.600", {{1, 17, 9}, VERSION_RELEASE, 0, 0}},
		{"v1.17.9-gke.1503", {{1, 17, 9}, VERSION_RELEASE, 0, 0}},
		{"v1.17.9-gke.1504", {{1, 17, 9}, VERSION_RELEASE, 0, 0}},
		{"v1.17.9-gke.6300", {{1, 17, 9}, VERSION_RELEASE, 0, 0}},
		{"v1.16.13-hotfix.20200824.1", {{1, 16, 13}, VERSION_RELEASE, 0, 0}},
		{"v1.17.9-hotfix.20200714", {{1, 17, 9}, VERSION_RELEASE, 0, 0}},
		{"v1.18.4-hotfix.20200626", {{1, 18, 4}, VERSION_RELEASE, 0, 0}},
		{"v1.18.6-hotfix.20200723.1", {{1, 18, 6}, VERSION_RELEASE, 0, 0}},
		/* OpenShift, MicroK8s, TKG, ACK, TKE, CCE, IKS, k0s, Docker EE */
		{"v1.18.3+e574db2", {{1, 18, 3}, VERSION_RELEASE, 0, 0}},
		{"v1.18.3+abc", {{1, 18, 3}, VERSION_RELEASE, 0, 0}},
		{"v1.18.2-41+b5cdb79a4060a3", {{1, 18, 2}, VERSION_RELEASE, 0, 0}},
		{"v1.18.6-34+e7db93d188d0d1", {{1, 18, 6}, VERSION_RELEASE, 0, 0}},
		{"v1.18.6+vmware.1", {{1, 18, 6}, VERSION_RELEASE, 0, 0}},
		{"v1.16.9-aliyun.1", {{1, 16, 9}, VERSION_RELEASE, 0, 0}},
		{"v1.18.4-tke.34", {{1, 18, 4}, VERSION_RELEASE, 0, 0}},
		{"v1.16.3-tke.33", {{1, 16, 3}, VERSION_RELEASE, 0, 0}},
		{"v1.14.3-tke.27", {{1, 14, 3}, VERSION_RELEASE, 0, 0}},
		{"v1.17.9-r0-CCE20.7.1", {{1, 17, 9}, VERSION_RELEASE, 0, 0}},
		{"v1.18.6+IKS", {{1, 18, 6}, VERSION_RELEASE, 0, 0}},
		{"v1.20.4+k0s.0", {{1, 20, 4}, VERSION_RELEASE, 0, 0}},
		{"v1.14.7-docker-1", {{1, 14, 7}, VERSION_RELEASE, 0, 0}},
		{"1.18.6~beta1", {{1, 18, 6}, VERSION_RELEASE, 0, 0}},
		/* pre-releases: dotted ones only */
		{"v1.19.0-alpha.0", {{1, 19, 0}, VERSION_ALPHA, 0, 0}},
		{"v1.16.0-alpha.1", {{1, 16, 0}, VERSION_ALPHA, 1, 0}},
		{"v1.16.0-beta.1", {{1, 16, 0}, VERSION_BETA, 1, 0}},
		{"v1.16.0-beta.2", {{1, 16, 0}, VERSION_BETA, 2, 0}},
		{"v1.19.0-beta.2", {{1, 19, 0}, VERSION_BETA, 2, 0}},
		{"v1.16.0-rc.1", {{1, 16, 0}, VERSION_RC, 1, 0}},
		{"v1.16.0-rc.2", {{1, 16, 0}, VERSION_RC, 2, 0}},
		{"v1.19.0-rc.0", {{1, 19, 0}, VERSION_RC, 0, 0}},
		{"v1.19.0-rc.1", {{1, 19, 0}, VERSION_RC, 1, 0}},
		{"v1.19.0-rc.4", {{1, 19, 0}, VERSION_RC, 4, 0}},
		{"v1.18.5-rc.1", {{1, 18, 5}, VERSION_RC, 1, 0}},
		{"v1.17.8-rc.1", {{1, 17, 8}, VERSION_RC, 1, 0}},
		{"v1.16.12-rc.1", {{1, 16, 12}, VERSION_RC, 1, 0}},
		{"v1.18.6-rc.0", {{1, 18, 6}, VERSION_RC, 0, 0}},
		{"v1.17.9-rc.0", {{1, 17, 9}, VERSION_RC, 0, 0}},
		{"v1.16.13-rc.0", {{1, 16, 13}, VERSION_RC, 0, 0}},
		{"v1.18.6-beta.0", {{1, 18, 6}, VERSION_BETA, 0, 0}},
		{"v1.18.6-beta.0.37+abc", {{1, 18, 6}, VERSION_BETA, 0, 37}},
		{"v1.19.0-alpha.3.12+0123abc", {{1, 19, 0}, VERSION_ALPHA, 3, 12}},
		{"v1.19.0-rc.1+k3s1", {{1, 19, 0}, VERSION_RC, 1, 0}},
		{"v1.19.0-rc.1-vendor", {{1, 19, 0}, VERSION_RC, 1, 0}},
		/* not quite: the vendor's */
		{"v1.19.0-rc", {{1, 19, 0}, VERSION_RELEASE, 0, 0}},
		{"v1.19.0-rc.x", {{1, 19, 0}, VERSION_RELEASE, 0, 0}},
		{"v1.19.0-gamma.1", {{1, 19, 0}, VERSION_RELEASE, 0, 0}},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct version version;

		if (version_parse_kubernetes(cases[i].text, &version) != 0)
			fail_msg("%s is refused", cases[i].text);
		if (version_compare(&version, &cases[i].version) != 0 ||
		    version.commits != cases[i].version.commits)
			fail_msg("%s is read as %u.%u.%u stage %d.%u commits %u", cases[i].text,
				 version.numbers[0], version.numbers[1], version.numbers[2],
				 version.stage, version.stage_number, version.commits);
	}
}

static void test_refuse_kubernetes(void **state)
{
	static const char *const cases[] = {
		"",
		"v",
		"1",
		"1.18",
		"v1.18",
		"v1.18.",
		"v1.18+",
		"v1.18.x",
		"v1..18.6",
		"v1.18.6.1",
		"v1.18.6rc1",
		"v1.18.6 ",
		" v1.18.6",
		"v 1.18.6",
		"V1.18.6",
		"vv1.18.6",
		"v-1.18.6",
		"v+1.18.6",
		"v1.-18.6",
		"01.18.6",
		"v1.018.6",
		"v1.18.06",
		"v1.18.00",
		"v1.18.4294967296",
		"v99999999999999999999999.1.1",
		"v1.18.6-rc.4294967296",
		"v1.18.6-rc.01",
		"v1.18.6-rc.1x",
		"v1.18.6-beta.0.x",
		"v1.18.6-beta.0.1.2",
		"v1.18.6-beta.0.4294967296",
		/* an unstamped build from source */
		"v0.0.0",
		"v0.0.0-master+$Format:%h$",
		"v0.0.0-master+e574db2",
		"Kubernetes v1.18.6",
		"latest",
		"v1.18.6\n",
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct version version = {.numbers = {7}};

		if (version_parse_kubernetes(cases[i], &version) != -EINVAL)
			fail_msg("\"%s\" is read", cases[i]);
		assert_int_equal(version.numbers[0], 7);
	}
}

static void test_parse_kernel(void **state)
{
	static const struct {
		const char *text;
		struct version version;
	} cases[] = {
		{"4.19.118", {{4, 19, 118}, VERSION_RELEASE, 0, 0}},
		{"5.6", {{5, 6}, VERSION_RELEASE, 0, 0}},
		{"2.6.32.71", {{2, 6, 32, 71}, VERSION_RELEASE, 0, 0}},
		{"5.7-rc5", {{5, 7, 0}, VERSION_RC, 5, 0}},
		{"5.7.0-rc4-amd64", {{5, 7, 0}, VERSION_RC, 4, 0}},
		{"5.7.0-rc", {{5, 7, 0}, VERSION_RELEASE, 0, 0}},
		{"5.4.46-19.75.amzn2.x86_64", {{5, 4, 46}, VERSION_RELEASE, 0, 0}},
		{"4.19.112+", {{4, 19, 112}, VERSION_RELEASE, 0, 0}},
		{"4.14.x+", {{4, 14}, VERSION_RELEASE, 0, 0}},
		{"3.10.0-1127.8.2.el7.x86_64", {{3, 10, 0}, VERSION_RELEASE, 0, 0}},
		{"5.4.83-flatcar", {{5, 4, 83}, VERSION_RELEASE, 0, 0}},
	};
	static const char *const refused[] = {"",	"5",	"5-rc1", "v5.7",	 "x.y",
					      "05.7",	"5.07", " 5.7",	 "4294967296.1", ".5.7",
					      "-5.7.1", "5."};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct version version;

		assert_int_equal(version_parse_kernel(cases[i].text, &version), 0);
		if (version_compare(&version, &cases[i].version) != 0)
			fail_msg("%s is read as something else", cases[i].text);
	}
	for (size_t i = 0; i < N_ELEMENTS(refused); i++) {
		struct version version = {.numbers = {7}};

		if (version_parse_kernel(refused[i], &version) != -EINVAL)
			fail_msg("\"%s\" is read", refused[i]);
		assert_int_equal(version.numbers[0], 7);
	}
}

static void test_parse_build(void **state)
{
	static const struct {
		const char *text;
		struct version version;
	} cases[] = {
		{"106", {{106}, VERSION_RELEASE, 0, 0}},
		{"106.107", {{106, 107}, VERSION_RELEASE, 0, 0}},
		{"1127.8.2", {{1127, 8, 2}, VERSION_RELEASE, 0, 0}},
		{"1.2.3.4.5.6", {{1, 2, 3, 4, 5, 6}, VERSION_RELEASE, 0, 0}},
		{"0", {{0}, VERSION_RELEASE, 0, 0}},
	};
	static const char *const refused[] = {
		"",	"1.",	       "1.2.3.4.5.6.7", ".1",	      "1 ",   "1127.8.2.el7",
		"107~", "107-generic", "050700",	"4294967296", "1..2", "x",
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct version version;

		assert_int_equal(version_parse_build(cases[i].text, &version), 0);
		assert_int_equal(version_compare(&version, &cases[i].version), 0);
	}
	for (size_t i = 0; i < N_ELEMENTS(refused); i++) {
		struct version version = {.numbers = {7}};

		if (version_parse_build(refused[i], &version) != -EINVAL)
			fail_msg("\"%s\" is read", refused[i]);
		assert_int_equal(version.numbers[0], 7);
	}
}

static int sign(int number)
{
	return (number > 0) - (number < 0);
}

/* Each list is in rising order; every pair of it is compared both ways. */
static void check_order(int (*parse)(const char *, struct version *), const char *const texts[],
			size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < count; j++) {
			struct version a, b;

			assert_int_equal(parse(texts[i], &a), 0);
			assert_int_equal(parse(texts[j], &b), 0);
			if (sign(version_compare(&a, &b)) != (i > j) - (i < j))
				fail_msg("%s and %s are in the wrong order", texts[i], texts[j]);
		}
	}
}

static void test_order(void **state)
{
	static const char *const kubernetes[] = {
		"v1.9.11",	   "v1.16.0-alpha.3", "v1.16.0-beta.2", "v1.16.0-rc.1",
		"v1.16.0-rc.2",	   "v1.16.0",	      "v1.16.9",	"v1.16.10",
		"v1.17.9-gke.600", "v1.18.6-alpha.9", "v1.18.6-beta.0", "v1.18.6-rc.0",
		"v1.18.6-rc.10",   "v1.18.6-eks-1",   "v1.19.0-beta.2", "v1.19.0-rc.0",
		"v1.19.0",
	};
	static const char *const kernel[] = {
		"2.6.20", "3.10.0", "4.4.224", "4.14.180", "4.14.181",	"4.19.122", "4.19.123",
		"5.4.9",  "5.4.41", "5.7-rc4", "5.7-rc5",  "5.7.0-rc6", "5.7",	    "5.10.1",
	};
	static const char *const build[] = {"80",      "147.5.1",  "147.21.1", "193",
					    "193.6.3", "193.10.1", "202",      "1127",
					    "1127.8",  "1127.8.2"};

	check_order(version_parse_kubernetes, kubernetes, N_ELEMENTS(kubernetes));
	check_order(version_parse_kernel, kernel, N_ELEMENTS(kernel));
	check_order(version_parse_build, build, N_ELEMENTS(build));
}

/* Vendors' suffixes, missing numbers and commits make no difference. */
static void test_equal(void **state)
{
	static const char *const kubernetes[][2] = {
		{"v1.18.6", "1.18.6"},
		{"v1.18.6+k3s1", "v1.18.6-rancher1"},
		{"v1.18.4-beta18+rke2", "v1.18.4"},
		{"v1.18.6-beta.0", "v1.18.6-beta.0.37+abc"},
	};
	struct version a, b;

	for (size_t i = 0; i < N_ELEMENTS(kubernetes); i++) {
		assert_int_equal(version_parse_kubernetes(kubernetes[i][0], &a), 0);
		assert_int_equal(version_parse_kubernetes(kubernetes[i][1], &b), 0);
		assert_int_equal(version_compare(&a, &b), 0);
	}
	assert_int_equal(version_parse_kernel("5.4", &a), 0);
	assert_int_equal(version_parse_kernel("5.4.0", &b), 0);
	assert_int_equal(version_compare(&a, &b), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_kubernetes),
		cmocka_unit_test(test_refuse_kubernetes),
		cmocka_unit_test(test_parse_kernel),
		cmocka_unit_test(test_parse_build),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
