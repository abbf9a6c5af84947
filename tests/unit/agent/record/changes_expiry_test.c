/* SPDX-License-Identifier: Apache-2.0 */
/* Which records are dropped: of the namespaces that are no more, and beyond a number the oldest. */
#include "agent/links/living_namespaces.h"
#include "agent/record/changes_expiry.h"
#include "cleanup.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define AWAY_MAX      1000
#define ELSEWHERE_MAX 4000

#define NO_NAMESPACE 1 /* the inode of none */

static struct network_namespace read_here(void)
{
	struct network_namespace here;

	assert_int_equal(network_namespace_read(&here), 0);
	return here;
}

/* Of devices 1 to `n`, the last of which is the oldest: age and number are not the same. */
static void fill(struct changes *changes, struct network_namespace network_namespace,
		 uint64_t pid_namespace, unsigned int n)
{
	for (unsigned int i = 1; i <= n; i++) {
		struct changed_nic nic = {.id = ++changes->last_id,
					  .network_namespace = network_namespace,
					  .pid_namespace = pid_namespace,
					  .ifindex = i,
					  .line = 1 + n - i};

		assert_int_equal(changes_put(changes, &nic), 0);
	}
}

static size_t count(const struct changes *changes, struct network_namespace network_namespace)
{
	size_t n = 0;

	for (size_t i = 0; i < changes->n_nics; i++)
		n += network_namespace_equal(changes->nics[i].network_namespace, network_namespace);
	return n;
}

static void test_away(void **state)
{
	_cleanup_(changes_clear) struct changes changes = {0};
	const struct network_namespace here = read_here();

	(void)state;
	fill(&changes, here, pid_namespace_read(), AWAY_MAX);
	changes_expire(&changes);
	assert_int_equal(changes.n_nics, AWAY_MAX);
	changes_clear(&changes);

	fill(&changes, here, pid_namespace_read(), AWAY_MAX + 3);
	changes.nics[AWAY_MAX + 2].here = true; /* the oldest, and it is there */
	changes_expire(&changes);
	assert_int_equal(changes.n_nics, AWAY_MAX + 1);
	for (unsigned int i = 0; i < AWAY_MAX; i++)
		assert_int_equal(changes.nics[i].ifindex, i + 1);
	assert_int_equal(changes.nics[AWAY_MAX].ifindex, AWAY_MAX + 3);
}

/* A process in a network namespace of its own. Returns its id. */
static pid_t live_elsewhere(struct network_namespace *ret_namespace)
{
	struct stat status;
	char path[64], ready;
	int ends[2];
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (unshare(CLONE_NEWNET) == 0 && write(ends[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &ready, 1), 1);
	close(ends[0]);
	snprintf(path, sizeof(path), "/proc/%d/ns/net", child);
	assert_int_equal(stat(path, &status), 0);
	*ret_namespace = (struct network_namespace){.inode = status.st_ino};
	return child;
}

static void test_elsewhere(void **state)
{
	_cleanup_(changes_clear) struct changes changes = {0};
	const struct network_namespace here = read_here(), dead = {.inode = NO_NAMESPACE};
	struct network_namespace living;
	pid_t child = live_elsewhere(&living);

	(void)state;
	fill(&changes, here, pid_namespace_read(), 2);
	fill(&changes, living, pid_namespace_read(), 3);
	fill(&changes, dead, pid_namespace_read(), 5);
	changes_expire(&changes);
	assert_int_equal(count(&changes, here), 2);
	assert_int_equal(count(&changes, living), 3);
	assert_int_equal(count(&changes, dead), 0);

	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	changes.nics[0].here = true; /* whatever it is: it is there */
	changes_expire(&changes);
	assert_int_equal(count(&changes, living) + count(&changes, here), changes.n_nics);
	assert_int_equal(count(&changes, here), 2);
	assert_int_equal(count(&changes, living), 0);
}

/* Of which only the cookie is known, nobody can say that they are no more: they are counted. */
static void test_not_known_elsewhere(void **state)
{
	_cleanup_(changes_clear) struct changes changes = {0};
	const struct network_namespace other = {.cookie = UINT64_MAX};

	(void)state;
	fill(&changes, other, 0, ELSEWHERE_MAX + 7);
	changes_expire(&changes);
	assert_int_equal(changes.n_nics, ELSEWHERE_MAX);
	for (unsigned int i = 0; i < ELSEWHERE_MAX; i++)
		assert_int_equal(changes.nics[i].ifindex, i + 1);
}

/* Only who may look at every process can tell which namespaces live: here they are the test's own.
 */
int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_away),
		cmocka_unit_test(test_elsewhere),
		cmocka_unit_test(test_not_known_elsewhere),
	};

	int status;
	pid_t child;

	if (unshare(CLONE_NEWPID | CLONE_NEWNS) < 0) {
		printf("skipped: no namespace of processes of our own: %s\n", strerror(errno));
		return 77;
	}
	child = fork();
	if (child == 0) {
		if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		    mount("proc", "/proc", "proc", 0, NULL) < 0) {
			printf("skipped: no /proc of our own: %s\n", strerror(errno));
			return 77;
		}
		return cmocka_run_group_tests(tests, NULL, NULL);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return 1;
	/* A process whose children are to be in another namespace can have no threads, which the
	 * sanitizer needs to look for leaks at the end; it does in the child. */
	_exit(WEXITSTATUS(status));
}
