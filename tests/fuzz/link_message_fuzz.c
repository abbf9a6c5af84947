/* SPDX-License-Identifier: Apache-2.0 */
/* One rtnetlink link message; its length is made to fit. */
#include "agent/links/link_message.h"
#include "policy/link_match.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <string.h>

#include <linux/netlink.h>

static void check_link(const struct link_facts *link)
{
	bool is_vxlan = strcmp(link->kind, "vxlan") == 0;
	bool is_geneve = strcmp(link->kind, "geneve") == 0;

	FUZZ_CHECK(link->ifindex > 0);
	FUZZ_CHECK(strnlen(link->name, LINK_NAME_SIZE) < LINK_NAME_SIZE);
	FUZZ_CHECK(strnlen(link->kind, LINK_KIND_SIZE) < LINK_KIND_SIZE);
	FUZZ_CHECK(strnlen(link->mac, LINK_MAC_SIZE) < LINK_MAC_SIZE && link->driver[0] == '\0');
	FUZZ_CHECK(link->mac[0] == '\0' || strlen(link->mac) == 2 ||
		   link_match_mac_valid(link->mac));
	/* Of a Geneve device it is not always told. */
	FUZZ_CHECK(is_geneve || (link->udp_csum != ANSWER_UNKNOWN) == is_vxlan);
	FUZZ_CHECK(link->port == 0 || is_vxlan || is_geneve);
	FUZZ_CHECK(link->lower != link->ifindex);
	FUZZ_CHECK(!link->external || (is_vxlan && link->udp_csum == ANSWER_NO) ||
		   (is_geneve && link->udp_csum == ANSWER_UNKNOWN));
	FUZZ_CHECK(!link->has_device || link->kind[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nlmsghdr *message;
	struct link_facts link;

	message = size < sizeof(*message) ? NULL : fuzz_guarded(data, size);
	if (!message)
		return 0;
	message->nlmsg_len = (uint32_t)size;
	fuzz_spoil(&link, sizeof(link));
	if (link_message_parse(message, &link) == 0) {
		check_link(&link);
		return 0;
	}
	FUZZ_CHECK(link_message_parse(message, &link) == -EBADMSG);
	FUZZ_CHECK(fuzz_is_spoiled(&link, sizeof(link)));
	return 0;
}
