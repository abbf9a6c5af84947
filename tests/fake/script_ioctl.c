/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fake/script_ioctl.h"

#include "ethtool_nl/feature_mask.h"
#include "tests/unit/unit.h"

#include <net/if.h>
#include <string.h>

#include <linux/ethtool.h>
#include <linux/sockios.h>

static struct {
	const struct script_call *calls;
	size_t n_calls, next;
	uint32_t n_blocks;
} script;

void script_ioctl_start(const struct script_call *calls, size_t n_calls, uint32_t n_blocks)
{
	script.calls = calls;
	script.n_calls = n_calls;
	script.next = 0;
	script.n_blocks = n_blocks;
}

void script_ioctl_finish(void)
{
	assert_int_equal(script.next, script.n_calls);
}

static void answer_strings(const struct script_call *call, struct ethtool_gstrings *strings)
{
	assert_int_equal(strings->string_set, ETH_SS_FEATURES);
	strings->len = call->n_strings;
	for (uint32_t i = 0; i < call->n_strings; i++)
		strncpy((char *)strings->data + (size_t)i * ETH_GSTRING_LEN, call->strings[i],
			ETH_GSTRING_LEN);
}

static void answer_sset_info(const struct script_call *call, struct ethtool_sset_info *info)
{
	assert_int_equal(info->sset_mask, UINT64_C(1) << ETH_SS_FEATURES);
	info->data[0] = call->n_strings;
}

static void answer_features(const struct script_call *call, struct ethtool_gfeatures *get)
{
	assert_int_equal(get->size, script.n_blocks);
	for (uint32_t i = 0; i < get->size; i++) {
		get->features[i].available = feature_mask_word(&call->features.changeable, i);
		get->features[i].requested = feature_mask_word(&call->features.wanted, i);
		get->features[i].active = feature_mask_word(&call->features.active, i);
		get->features[i].never_changed = feature_mask_word(&call->never_changed, i);
	}
}

static void check_features(const struct script_call *call, const struct ethtool_sfeatures *set)
{
	assert_int_equal(set->size, script.n_blocks);
	for (uint32_t i = 0; i < set->size; i++) {
		assert_int_equal(set->features[i].valid, feature_mask_word(&call->mask, i));
		assert_int_equal(set->features[i].requested, feature_mask_word(&call->values, i));
	}
}

static void run_command(const struct script_call *call, struct ifreq *argument)
{
	uint32_t *command = (void *)argument->ifr_data;

	assert_int_equal(*command, call->command);
	if (call->command == ETHTOOL_SFEATURES)
		check_features(call, (void *)command);
	if (call->result < 0)
		return;
	if (call->command == ETHTOOL_GSSET_INFO)
		answer_sset_info(call, (void *)command);
	if (call->command == ETHTOOL_GSTRINGS)
		answer_strings(call, (void *)command);
	if (call->command == ETHTOOL_GFEATURES)
		answer_features(call, (void *)command);
}

int script_ioctl(int fd, unsigned long request, struct ifreq *argument)
{
	const struct script_call *call = &script.calls[script.next];

	assert_true(fd >= 0);
	assert_true(script.next < script.n_calls);
	script.next++;
	assert_int_equal(request, call->request);
	if (request == SIOCGIFNAME) {
		assert_int_equal(argument->ifr_ifindex, call->ifindex);
		if (call->result >= 0)
			strncpy(argument->ifr_name, call->name, IFNAMSIZ - 1);
		return call->result;
	}
	assert_string_equal(argument->ifr_name, call->name);
	if (request == SIOCETHTOOL)
		run_command(call, argument);
	else if (call->result >= 0)
		argument->ifr_ifindex = (int)call->ifindex;
	return call->result;
}
