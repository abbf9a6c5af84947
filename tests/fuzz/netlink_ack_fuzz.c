/* SPDX-License-Identifier: Apache-2.0 */
/* An acknowledgement, or the end of a dump; its length is made to fit. */
#include "ethtool_nl/netlink_ack.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <string.h>

#include <linux/netlink.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nlmsghdr *message = NULL;
	struct netlink_ack ack;
	int result;

	if (size >= sizeof(*message))
		message = fuzz_guarded(data, size);
	if (!message)
		return 0;
	message->nlmsg_len = (uint32_t)size;
	FUZZ_CHECK(netlink_done_error(message) <= 0);
	fuzz_spoil(&ack, sizeof(ack));
	result = netlink_ack_parse(message, &ack);
	if (result < 0) {
		FUZZ_CHECK(result == -EBADMSG && fuzz_is_spoiled(&ack, sizeof(ack)));
		return 0;
	}
	FUZZ_CHECK(message->nlmsg_type == NLMSG_ERROR && ack.error <= 0);
	FUZZ_CHECK(strnlen(ack.message, sizeof(ack.message)) < sizeof(ack.message));
	return 0;
}
