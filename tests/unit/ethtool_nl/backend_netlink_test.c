/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel does rarely: dumps that are interrupted, answers that are lost. */
#include "ethtool_nl/backend.h"
#include "ethtool_nl/change.h"
#include "ethtool_nl/feature_mask.h"
#include "tests/fake/outcome.h"
#include "tests/fake/script_genl_sock.h"
#include "tests/unit/unit.h"

#include <errno.h>

/* So many that they are read with a dump. */
#define N_NICS (ETHTOOL_NL_SINGLE_READS + 4u)
#define TRIES  10

static struct backend *open_backend(void)
{
	static struct stringset names;
	struct backend *backend = NULL;

	assert_int_equal(backend_netlink_open(&backend, &names), 0);
	assert_int_equal(names.count, 64);
	return backend;
}

/* Asks for all devices, of which one does not exist, against a script. */
static struct script_counts read_all(const struct script_dump *dumps, size_t n_dumps, int result)
{
	struct backend *backend = open_backend();
	struct ethtool_nl_link links[N_NICS] = {{0}};

	for (unsigned int i = 0; i < N_NICS; i++)
		links[i].ifindex = N_NICS - i;
	script_genl_sock_start(dumps, n_dumps, N_NICS - 1);
	assert_int_equal(backend->ops->read(backend, links, N_NICS), result);
	for (unsigned int i = 0; i < N_NICS && result == 0; i++) {
		assert_int_equal(links[i].error, links[i].ifindex == N_NICS ? -ENODEV : 0);
		if (links[i].error == 0)
			assert_false(feature_mask_is_empty(&links[i].features.active));
	}
	backend_close(backend);
	return script_genl_sock_counts();
}

static void test_dump(void **state)
{
	static const struct {
		struct script_dump dumps[TRIES];
		size_t n_dumps;
		int result;
	} cases[] = {
		{{{N_NICS - 1, 0}}, 1, 0},
		{{{3, -EINTR}, {N_NICS - 1, 0}}, 2, 0},
		{{{0, -ENOBUFS}, {5, -EINTR}, {N_NICS - 1, 0}}, 3, 0},
		{{{2, -EBUSY}, {4, -ENODEV}, {N_NICS - 1, 0}}, 3, 0},
		{{{3, -EIO}}, 1, -EIO},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		struct script_counts counts =
			read_all(cases[i].dumps, cases[i].n_dumps, cases[i].result);

		assert_int_equal(counts.n_dumps, cases[i].n_dumps);
		assert_int_equal(counts.n_singles, 0);
	}
}

/* The links never hold still: those that no dump had are asked for one by one. */
static void test_dump_never_whole(void **state)
{
	static const int errors[] = {-EINTR, -EBUSY, -ENODEV, -ENOBUFS};

	for (size_t i = 0; i < N_ELEMENTS(errors); i++) {
		struct script_dump dumps[TRIES];
		struct script_counts counts;

		for (size_t j = 0; j < TRIES; j++)
			dumps[j] = (struct script_dump){.n_links = 8, .result = errors[i]};
		counts = read_all(dumps, TRIES, 0);
		assert_int_equal(counts.n_dumps, TRIES);
		assert_int_equal(counts.n_singles, N_NICS - 8);
	}
}

/* Few are asked for together; whose answers are lost, those are asked for one by one. */
static void test_singles(void **state)
{
	struct backend *backend = open_backend();
	struct ethtool_nl_link links[] = {{.ifindex = 3}, {.ifindex = 99}};

	script_genl_sock_start(NULL, 0, 5);
	assert_int_equal(backend->ops->read(backend, links, 2), 0);
	assert_int_equal(links[0].error, 0);
	assert_int_equal(links[1].error, -ENODEV);
	assert_int_equal(script_genl_sock_counts().n_sends, 1);
	assert_int_equal(script_genl_sock_counts().n_singles, 2);
	backend_close(backend);
}

/* All answers to a set are lost: what became of it is read. */
static void test_answers_lost(void **state)
{
	struct backend *backend = open_backend();
	struct ethtool_nl_link link = {.ifindex = 2};
	struct ethtool_nl_change done = {.ifindex = 2}, gone = {.ifindex = 99};
	struct ethtool_nl_change *const changes[] = {&done, &gone};
	unsigned int bit;

	script_genl_sock_start(NULL, 0, 5);
	assert_int_equal(backend->ops->read(backend, &link, 1), 0);
	/* As if a feature that is on now had been off before. */
	bit = feature_mask_next(&link.features.active, 0);
	feature_mask_add(&done.mask, bit);
	done.values = done.mask;
	done.before = link.features;
	feature_mask_add(&done.before.changeable, bit);
	outcome_remove(&done.before.active, bit);
	gone.mask = done.mask;
	change_begin(&done);
	change_begin(&gone);
	assert_int_equal(backend->ops->set(backend, changes, 2), 0);
	assert_int_equal(script_genl_sock_counts().n_sends, 2);
	assert_int_equal(done.error, 0);
	assert_memory_equal(&done.after, &link.features, sizeof(link.features));
	assert_int_equal(outcome_of(&done, bit), FEATURE_CHANGED);
	assert_int_equal(gone.error, -ENODEV);
	backend_close(backend);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dump),
		cmocka_unit_test(test_dump_never_whole),
		cmocka_unit_test(test_singles),
		cmocka_unit_test(test_answers_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
