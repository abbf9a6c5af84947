/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The service's logic against a simulated node, in random sequences of events: devices that are
 * created, deleted, renamed, changed by users, that refuse; verdicts that change; notifications
 * that are late or lost; a full disk; and a service that is restarted or killed at any set.
 *
 * What must hold:
 * - what the agent turned off is on record, at any time, also after kill -9;
 * - nothing is given back that the agent did not turn off;
 * - no NIC is corrected more often than the drift guard permits;
 * - nothing is done while the verdict is unknown;
 * - one pass after the last event (and after the pauses) all is as the verdict asks.
 *
 * keeper_model [SEED [STEPS]]: prints the seed; the same seed is the same run. Each life of the
 * service is a process of its own, so that killing it is killing it. Of the agent only the reading
 * of links is replaced (links_*, by the linker): there is no table to put a simulation into.
 */
#include "agent/facts/facts_json_parse.h"
#include "agent/links/links.h"
#include "agent/links/network_namespace.h"
#include "agent/reconcile/policy_in_force.h"
#include "agent/reconcile/sources.h"
#include "agent/reconcile/trusted_record.h"
#include "agent/record/changes_file.h"
#include "agent/service/drift_guard.h"
#include "agent/service/keeper.h"
#include "cleanup.h"
#include "ethtool_nl/feature_mask.h"
#include "policy/file/diagnostics.h"
#include "tests/model/node.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STEPS_PER_LIFE 2000

/* How many passes may follow one another before all is quiet. */
#define PASSES_MAX 64

static const char *const feature_names[] = {"rx-checksum", "tx-checksum-ip-generic",
					    "tx-checksum-sctp", "tx-tcp-segmentation", "rx-gro"};
#define N_FEATURES (sizeof(feature_names) / sizeof(*feature_names))

struct model {
	struct node node;
	uint64_t seed, step, n_steps;
	uint64_t n_lives, n_kills, n_sets, n_checks; /* what was done, for the last line */
	enum answer verdict;
	bool disk_full;
	struct featureset before[NODE_SLOTS]; /* features before the pass that is running */
	bool in_pass;
};

static struct model *model; /* shared with the lives */
static char folder[] = "/dev/shm/keeper_model.XXXXXX"; /* memory: every set is recorded */
static struct keeper keeper = KEEPER_NONE; /* of this life */

/* No file can grow. */
static void limit_files(bool full)
{
	const struct rlimit limit = {full ? 0 : RLIM_INFINITY, RLIM_INFINITY};

	if (setrlimit(RLIMIT_FSIZE, &limit) < 0)
		abort();
}

static void fail(const char *what, size_t slot) __attribute__((noreturn));

static void fail(const char *what, size_t slot)
{
	const struct fake_device *device = &model->node.devices[slot];
	const struct node_device *known = &model->node.slots[slot];

	limit_files(false);
	printf("FAILED: seed %" PRIu64 ", step %" PRIu64 ": %s\n", model->seed, model->step, what);
	printf("  verdict %d, device %u %s %s: wanted %" PRIx64 ", active %" PRIx64
	       ", turned off by the agent %" PRIx64 ", refuses %d\n",
	       model->verdict, device->ifindex, known->link.name, known->link.kind,
	       device->features.wanted.words[0], device->features.active.words[0],
	       known->agent_off.words[0], device->set_error);
	fflush(stdout);
	_exit(1);
}

/* In place of rtnetlink. */
int __wrap_links_read(const char *const kinds[], struct link_facts **ret_links,
		      size_t *ret_n_links);
int __wrap_links_read_drivers(struct link_facts *links, size_t n_links);
int __wrap_links_read_nic_drivers(struct link_facts *links, size_t n_links);
void __wrap_links_read_driver(int fd, struct link_facts *link);

/* The folder is the model's own. */
bool __wrap_state_dir_is_current(int directory_fd);
bool __wrap_state_dir_has_lock_file(int file);

bool __wrap_state_dir_is_current(int directory_fd)
{
	(void)directory_fd;
	return true;
}

bool __wrap_state_dir_has_lock_file(int file)
{
	(void)file;
	return true;
}

int __wrap_links_read(const char *const kinds[], struct link_facts **ret_links, size_t *ret_n_links)
{
	struct link_facts *links = calloc(NODE_SLOTS + 1, sizeof(*links));

	(void)kinds;
	if (!links)
		return -ENOMEM;
	*ret_n_links = node_links(&model->node, links);
	*ret_links = links;
	return 0;
}

int __wrap_links_read_drivers(struct link_facts *links, size_t n_links)
{
	(void)links;
	(void)n_links;
	return 0;
}

int __wrap_links_read_nic_drivers(struct link_facts *links, size_t n_links)
{
	return __wrap_links_read_drivers(links, n_links);
}

void __wrap_links_read_driver(int fd, struct link_facts *link)
{
	(void)fd;
	(void)link;
}

/* What the files of the record say of a device. */
static struct feature_mask recorded(const struct changes *changes, size_t slot)
{
	const struct changed_nic *nic = changes_find(changes, model->node.slots[slot].link.ifindex);

	return nic ? nic->features : (struct feature_mask){0};
}

static void note_correction(struct node_device *device)
{
	memmove(device->corrected, device->corrected + 1,
		(NODE_MINUTE - 1) * sizeof(*device->corrected));
	device->corrected[NODE_MINUTE - 1] = model->node.now_ms;
}

static void check_rate(size_t slot)
{
	const struct node_device *device = &model->node.slots[slot];
	uint64_t oldest = device->corrected[0];

	if (oldest && model->node.now_ms - oldest < DRIFT_WINDOW_MS)
		fail("corrected more often than permitted", slot);
}

/* A renamed device is a target for as long as its new name was not read. */
static bool may_be_turned_off(size_t slot, struct feature_mask off)
{
	struct feature_mask others = feature_mask_without(off, model->node.checksums);

	return model->verdict == ANSWER_YES && feature_mask_is_empty(&others) &&
	       strcmp(model->node.slots[slot].link.kind, "vxlan") == 0;
}

/* What the pass, or as much of it as was lived through, did to a device. */
static void take_in_sets(size_t slot)
{
	const struct fake_device *device = &model->node.devices[slot];
	struct node_device *known = &model->node.slots[slot];
	struct feature_mask on, off, wrong;

	on = feature_mask_without(device->features.wanted, model->before[slot].wanted);
	off = feature_mask_without(model->before[slot].wanted, device->features.wanted);
	if (device->ifindex == 0 || (feature_mask_is_empty(&on) && feature_mask_is_empty(&off)))
		return;
	model->n_sets++;
	if (model->verdict == ANSWER_UNKNOWN)
		fail("something was set while the verdict is unknown", slot);
	wrong = feature_mask_without(on, known->ever_off);
	if (!feature_mask_is_empty(&wrong))
		fail("something was given back that the agent had not turned off", slot);
	known->agent_off = feature_mask_without(feature_mask_or(known->agent_off, off), on);
	known->ever_off = feature_mask_without(feature_mask_or(known->ever_off, off), on);
	if (feature_mask_is_empty(&off))
		return;
	if (!may_be_turned_off(slot, off))
		fail("something was turned off that should not be", slot);
	note_correction(known);
	check_rate(slot);
}

static void take_in_pass(void)
{
	for (size_t slot = 0; slot < NODE_SLOTS; slot++)
		take_in_sets(slot);
	model->in_pass = false;
}

static void check_record(const struct changes *changes)
{
	for (size_t slot = 0; slot < NODE_SLOTS; slot++) {
		struct feature_mask lost = feature_mask_without(model->node.slots[slot].agent_off,
								recorded(changes, slot));

		if (model->node.devices[slot].ifindex != 0 && !feature_mask_is_empty(&lost))
			fail("what the agent turned off is not on record", slot);
	}
}

static void pass(void)
{
	for (size_t slot = 0; slot < NODE_SLOTS; slot++)
		model->before[slot] = model->node.devices[slot].features;
	model->in_pass = true;
	keeper_pass(&keeper, model->node.now_ms);
	take_in_pass();
	check_record(&keeper.inspection.record->changes);
}

/* As the service: a pass after every round of events, unless it is to wait. */
static void pass_if_due(void)
{
	if (keeper_wait(&keeper, model->node.now_ms) == 0)
		pass();
}

static void take_event(const struct node_event *event)
{
	if (event->kind == NODE_FEATURES)
		keeper_take_features(&keeper, event->link.ifindex, &event->features);
	else
		keeper_take_link(&keeper, &event->link, event->kind == NODE_LINK_GONE);
}

static void deliver(unsigned int n_events)
{
	struct node *node = &model->node;

	if (node->overrun) {
		node->overrun = false;
		keeper_take_loss(&keeper);
	}
	if (n_events > node->n_events)
		n_events = node->n_events;
	for (unsigned int i = 0; i < n_events; i++)
		take_event(&node->events[i]);
	node->n_events -= n_events;
	memmove(node->events, node->events + n_events, node->n_events * sizeof(*node->events));
	pass_if_due();
}

static void lose_events(void)
{
	model->node.n_events = 0;
	keeper_take_loss(&keeper);
	pass_if_due();
}

static void judge(void)
{
	static const char *const versions[] = {"v1.18.6", "garbage", "v1.18.3"};
	_cleanup_(diagnostics_clear) struct diagnostics diagnostics = {0};
	const struct inspection *inspection = &keeper.inspection;
	struct policy_in_force *policy = inspection->policy;
	char text[256];

	snprintf(text, sizeof(text),
		 "{\"kernel\":{\"release\":\"4.19.118\"},\"kubernetes\":{\"present\":true,"
		 "\"version\":\"%s\"}}",
		 versions[model->verdict]);
	facts_clear(&policy->facts);
	if (facts_json_parse(text, strlen(text), "facts", &diagnostics, &policy->facts) < 0 ||
	    policy_in_force_judge_again(policy, inspection->handle) != 0 ||
	    policy->judgement.verdict != model->verdict)
		fail("judging", 0);
	node_forget_corrections(&model->node);
	keeper_take_policy(&keeper);
}

static void change_verdict(void)
{
	static const enum answer verdicts[] = {ANSWER_YES, ANSWER_YES, ANSWER_NO, ANSWER_UNKNOWN};

	model->verdict = verdicts[node_random(&model->node, 4)];
	judge();
	pass_if_due();
}

static void check_device(size_t slot)
{
	const struct fake_device *device = &model->node.devices[slot];
	const struct node_device *known = &model->node.slots[slot];
	struct feature_mask on = feature_mask_or(device->features.wanted, device->features.active);
	bool target = model->verdict == ANSWER_YES && node_is_target(&model->node, slot);

	if (device->ifindex == 0 || device->set_error != 0 || model->verdict == ANSWER_UNKNOWN)
		return;
	on = feature_mask_and(on, model->node.checksums);
	if (target && !feature_mask_is_empty(&on))
		fail("a target is not off in the end", slot);
	if (!target && !feature_mask_is_empty(&known->agent_off))
		fail("what is no target was not given back in the end", slot);
}

/*
 * At rest the record claims nothing that is on, whatever turned it on, and nothing else is given
 * back from now on. Of a device that refuses, the pass that tried may have been the last one.
 */
static void check_claims(size_t slot)
{
	const struct fake_device *device = &model->node.devices[slot];
	struct node_device *known = &model->node.slots[slot];
	struct feature_mask claimed = recorded(&keeper.inspection.record->changes, slot);
	struct feature_mask false_claims = feature_mask_and(claimed, device->features.wanted);

	if (device->ifindex == 0 || device->set_error != 0)
		return;
	if (!feature_mask_is_empty(&false_claims))
		fail("what is on is still on record", slot);
	known->ever_off = claimed;
}

/* The world holds still: everything is reported, the sweep comes, and pauses pass. */
static void check_rest(void)
{
	uint64_t wait = 0;

	model->disk_full = false;
	limit_files(false);
	deliver(NODE_EVENTS);
	keeper_sweep(&keeper);
	for (int i = 0; i < PASSES_MAX && wait != UINT64_MAX; i++) {
		model->node.now_ms += wait;
		pass();
		deliver(NODE_EVENTS);
		wait = keeper_wait(&keeper, model->node.now_ms);
	}
	if (wait != UINT64_MAX)
		fail("it does not come to rest", 0);
	for (size_t slot = 0; slot < NODE_SLOTS; slot++) {
		check_device(slot);
		check_claims(slot);
	}
	model->n_checks++;
}

static void one_step(void)
{
	struct node *node = &model->node;

	switch (node_random(node, 24)) {
	case 0:
	case 1:
	case 2:
		node_create(node);
		break;
	case 3:
		node_delete(node);
		break;
	case 4:
		node_rename(node);
		break;
	case 5:
	case 6:
	case 7:
	case 8:
		node_user_sets(node);
		break;
	case 9:
		if (node_random(node, 4) == 0)
			node_turn_refusing(node);
		break;
	case 10:
		if (node_random(node, 4) == 0)
			lose_events();
		break;
	case 11:
		if (node_random(node, 4) == 0)
			change_verdict();
		break;
	case 12:
		keeper_sweep(&keeper);
		pass_if_due();
		break;
	case 13:
		node->now_ms += node_random(node, 20000);
		pass_if_due();
		break;
	case 14:
		if (node_random(node, 8) == 0)
			model->disk_full = !model->disk_full;
		limit_files(model->disk_full);
		break;
	case 15:
		if (node_random(node, 100) == 0 && node->time_to_live == 0)
			node->time_to_live = 1 + node_random(node, 12);
		break;
	case 16:
		if (node_random(node, 4) == 0)
			check_rest();
		break;
	default:
		node->now_ms += node_random(node, 100);
		deliver(1 + node_random(node, 4));
		break;
	}
}

/* Of an inspection, without a look at the machine that the model runs on. */
static void allocate(struct inspection *inspection)
{
	inspection->policy = calloc(1, sizeof(*inspection->policy));
	inspection->record = calloc(1, sizeof(*inspection->record));
	if (!inspection->policy || !inspection->record)
		fail("memory", 0);
}

static void begin_life(void)
{
	const struct sources sources = {.config = "agent.conf", .rules = MODEL_RULES};
	struct inspection *inspection = &keeper.inspection;
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (null < 0 || dup2(null, STDERR_FILENO) < 0)
		fail("/dev/null", 0);
	allocate(inspection);
	keeper.directory_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (keeper.directory_fd < 0 || policy_in_force_load(&sources, inspection->policy) != 0 ||
	    fake_backend_open(feature_names, N_FEATURES, model->node.devices, NODE_SLOTS,
			      &inspection->handle) < 0)
		fail("starting", 0);
	limit_files(model->disk_full);
	judge();
	pass();
}

/* A life: ends by itself after some steps, or is killed by a set. */
static void live(void)
{
	begin_life();
	for (int i = 0; i < STEPS_PER_LIFE && model->step < model->n_steps; i++) {
		model->step++;
		one_step();
	}
	check_rest();
	keeper_clear(&keeper);
}

/* After a life: what was done when it was killed in a pass, and what stands in the file. */
static void take_in_death(void)
{
	struct inspection *inspection = &keeper.inspection;
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_free_ struct link_facts *links = NULL;

	allocate(inspection);
	if (fd < 0 ||
	    fake_backend_open(feature_names, N_FEATURES, model->node.devices, NODE_SLOTS,
			      &inspection->handle) < 0 ||
	    changes_file_load(fd, inspection->handle, &inspection->record->changes) < 0)
		fail("the record cannot be read", 0);
	close(fd);
	if (network_namespace_read(&inspection->network_namespace) < 0)
		fail("this network namespace has no number", 0);
	links = calloc(NODE_SLOTS, sizeof(*links));
	if (!links)
		fail("memory", 0);
	changes_meet(&inspection->record->changes, inspection->network_namespace, links,
		     node_links(&model->node, links));
	if (model->in_pass)
		take_in_pass();
	check_record(&inspection->record->changes);
	for (size_t slot = 0; slot < NODE_SLOTS; slot++)
		model->node.slots[slot].ever_off =
			feature_mask_or(model->node.slots[slot].ever_off,
					recorded(&inspection->record->changes, slot));
	model->node.time_to_live = 0;
	model->node.n_events = 0; /* nothing had subscribed */
	keeper_clear(&keeper);
}

/* Returns 0, or the exit code of the program. */
static int run_life(void)
{
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return 70;
	if (pid == 0) {
		live();
		exit(0);
	}
	if (waitpid(pid, &status, 0) != pid)
		return 70;
	model->n_lives++;
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		return 1;
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL) {
		printf("FAILED: a life ended by signal %d\n", WTERMSIG(status));
		return 1;
	}
	model->n_kills += WIFSIGNALED(status);
	take_in_death();
	return 0;
}

static void make_model(uint64_t seed, uint64_t n_steps)
{
	struct node *node;

	model = mmap(NULL, sizeof(*model), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	if (model == MAP_FAILED) {
		perror("mmap");
		exit(70);
	}
	model->seed = seed;
	model->n_steps = n_steps;
	model->verdict = ANSWER_YES;
	node = &model->node;
	node->random = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
	node->now_ms = 1000;
	for (unsigned int bit = 0; bit < N_FEATURES; bit++)
		feature_mask_add(&node->offered, bit);
	for (unsigned int bit = 0; bit < 3; bit++)
		feature_mask_add(&node->checksums, bit);
	feature_mask_add(&node->tx, 1);
	feature_mask_add(&node->tso, 3);
}

static int make_folder(void)
{
	FILE *config;

	if (!mkdtemp(folder) || chdir(folder) < 0)
		return -errno;
	config = fopen("agent.conf", "we");
	if (!config)
		return -errno;
	fputs("nics = ( { kind = \"vxlan\"; name = \"flannel.*\"; } );\n", config);
	return fclose(config) == 0 ? 0 : -errno;
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : (uint64_t)time(NULL);
	uint64_t n_steps = argc > 2 ? strtoull(argv[2], NULL, 10) : 200000;
	int result = 0;

	signal(SIGXFSZ, SIG_IGN); /* the full disk of setrlimit() */
	if (make_folder() < 0) {
		perror(folder);
		return 70;
	}
	make_model(seed, n_steps);
	printf("keeper_model: seed %" PRIu64 "\n", seed);
	while (result == 0 && model->step < n_steps)
		result = run_life();
	printf("keeper_model: %" PRIu64 " steps, %" PRIu64 " lives, %" PRIu64
	       " of them killed, %" PRIu64 " NICs set, %" PRIu64 " times at rest: %s\n",
	       model->step, model->n_lives, model->n_kills, model->n_sets, model->n_checks,
	       result == 0 ? "all as it must be" : "FAILED");
	unlink("agent.conf");
	unlink("changes.json");
	unlink("changes.lock");
	if (rmdir(folder) < 0)
		perror(folder);
	return result;
}
