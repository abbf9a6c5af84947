/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One message of generic netlink, read as each kind that is known in turn: its command, its length
 * and, for the family controller's, its type are made to fit.
 */
#include "ethtool_nl/ethtool_family.h"
#include "ethtool_nl/ethtool_msg.h"
#include "ethtool_nl/feature_mask.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <string.h>

#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>

static void check_failure(int result)
{
	FUZZ_CHECK(result == -EBADMSG || result == -EOVERFLOW);
}

static void check_strings(struct nlmsghdr *message)
{
	static struct stringset names;
	int result;

	fuzz_spoil(&names, sizeof(names));
	result = ethtool_msg_parse_strings(message, &names);
	if (result < 0) {
		check_failure(result);
		FUZZ_CHECK(fuzz_is_spoiled(&names, sizeof(names)));
		return;
	}
	FUZZ_CHECK(names.count <= FEATURES_MAX);
	for (unsigned int bit = 0; bit < FEATURES_MAX; bit++) {
		const char *name = stringset_name(&names, bit);

		FUZZ_CHECK(strnlen(names.names[bit], STRINGSET_NAME_SIZE) < STRINGSET_NAME_SIZE);
		FUZZ_CHECK(bit < names.count || !name);
	}
}

static void check_features(struct nlmsghdr *message,
			   int (*parse)(struct nlmsghdr *message, unsigned int *ret_ifindex,
					struct featureset *ret_features))
{
	struct featureset features;
	unsigned int ifindex;
	int result;

	fuzz_spoil(&features, sizeof(features));
	fuzz_spoil(&ifindex, sizeof(ifindex));
	result = parse(message, &ifindex, &features);
	if (result == 0)
		return;
	check_failure(result);
	FUZZ_CHECK(fuzz_is_spoiled(&features, sizeof(features)) &&
		   fuzz_is_spoiled(&ifindex, sizeof(ifindex)));
}

static void check_difference(struct nlmsghdr *message)
{
	struct feature_difference difference;
	int result;

	fuzz_spoil(&difference, sizeof(difference));
	result = ethtool_msg_parse_difference(message, &difference);
	if (result == 0)
		return;
	check_failure(result);
	FUZZ_CHECK(fuzz_is_spoiled(&difference, sizeof(difference)));
}

static void check_family(struct nlmsghdr *message)
{
	struct ethtool_family family;

	message->nlmsg_type = GENL_ID_CTRL;
	fuzz_spoil(&family, sizeof(family));
	if (ethtool_family_parse(message, &family) < 0)
		FUZZ_CHECK(fuzz_is_spoiled(&family, sizeof(family)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nlmsghdr *message = NULL;
	uint8_t unused = 0, *command = &unused;

	if (size >= sizeof(*message))
		message = fuzz_guarded(data, size);
	if (!message)
		return 0;
	message->nlmsg_len = (uint32_t)size;
	if (size > sizeof(*message))
		command = (uint8_t *)(message + 1);
	*command = ETHTOOL_MSG_STRSET_GET_REPLY;
	check_strings(message);
	*command = ETHTOOL_MSG_FEATURES_GET_REPLY;
	check_features(message, ethtool_msg_parse_features);
	*command = ETHTOOL_MSG_FEATURES_NTF;
	check_features(message, ethtool_msg_parse_notification);
	*command = ETHTOOL_MSG_FEATURES_SET_REPLY;
	check_difference(message);
	check_family(message);
	return 0;
}
