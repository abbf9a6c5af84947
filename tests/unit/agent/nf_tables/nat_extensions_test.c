/* SPDX-License-Identifier: Apache-2.0 */
/* iptables' structures as iptables-nft hands them over, of all revisions that kernels have. */
#include "agent/nf_tables/nat_extensions.h"
#include "tests/unit/unit.h"

#include <netinet/in.h>
#include <string.h>

#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/xt_CONNMARK.h>
#include <linux/netfilter/xt_CT.h>
#include <linux/netfilter/xt_MARK.h>
#include <linux/netfilter/xt_addrtype.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_mark.h>
#include <linux/netfilter/xt_multiport.h>
#include <linux/netfilter/xt_state.h>
#include <linux/netfilter/xt_tcpudp.h>

static struct nat_steps steps;

static const char *name_set(void *data, uint16_t index)
{
	(void)data;
	if (index == 1)
		return "KUBE-6-LOOP-BACK";
	return index == 2 ? "cali40masq-ipam-pools" : NULL;
}

static void read_match(const char *name, unsigned int revision, const void *info, size_t size)
{
	const struct nat_extension match = {name, revision, info, size};

	nat_steps_clear(&steps);
	nat_extension_add_match(&match, name_set, NULL, &steps);
}

static void read_target(const char *name, unsigned int revision, const void *info, size_t size)
{
	const struct nat_extension target = {name, revision, info, size};

	nat_steps_clear(&steps);
	nat_extension_add_target(&target, &steps);
}

static void expect_step(size_t index, enum nat_step_kind kind, bool negated)
{
	assert_in_range(index, 0, steps.count - 1);
	assert_int_equal(steps.list[index].kind, kind);
	assert_int_equal(steps.list[index].negated, negated);
}

static void test_mark(void **state)
{
	struct xt_mark_mtinfo1 info = {.mark = 0x4000, .mask = 0x4000, .invert = 1};
	struct xt_mark_tginfo2 set = {.mark = 0x4000, .mask = 0};

	read_match("mark", 1, &info, sizeof(info));
	expect_step(0, NAT_MATCH_MARK, true);
	assert_int_equal(steps.list[0].mark.mask, 0x4000);
	assert_int_equal(steps.list[0].mark.low, 0x4000);
	assert_int_equal(steps.list[0].mark.high, 0x4000);
	read_target("MARK", 2, &set, sizeof(set));
	expect_step(0, NAT_ACTION_MARK, false);
	assert_int_equal(steps.list[0].set_mark.value, 0x4000);
	assert_int_equal(steps.list[0].set_mark.mask, 0);
	/* Of another size, or another revision, it is not understood. */
	read_match("mark", 1, &info, sizeof(info) - 4);
	expect_step(0, NAT_MATCH_OPAQUE, false);
	read_match("mark", 7, &info, sizeof(info));
	expect_step(0, NAT_MATCH_OPAQUE, false);
	read_target("MARK", 3, &set, sizeof(set));
	assert_true(steps.damaged);
}

static void test_address_type(void **state)
{
	struct xt_addrtype_info_v1 info = {.source = XT_ADDRTYPE_LOCAL,
					   .flags = XT_ADDRTYPE_INVERT_SOURCE |
						    XT_ADDRTYPE_LIMIT_IFACE_OUT};
	struct xt_addrtype_info old = {.dest = XT_ADDRTYPE_LOCAL, .invert_dest = 1};

	read_match("addrtype", 1, &info, sizeof(info));
	assert_int_equal(steps.count, 2);
	expect_step(0, NAT_MATCH_SOME, false);
	expect_step(1, NAT_MATCH_SOURCE_LOCAL, true);
	read_match("addrtype", 0, &old, sizeof(old));
	assert_int_equal(steps.count, 1);
	expect_step(0, NAT_MATCH_DESTINATION_LOCAL, true);
	info = (struct xt_addrtype_info_v1){.dest = XT_ADDRTYPE_MULTICAST};
	read_match("addrtype", 1, &info, sizeof(info));
	expect_step(0, NAT_MATCH_SOME, false);
}

static void test_states(void **state)
{
	struct xt_conntrack_mtinfo3 info = {.match_flags = XT_CONNTRACK_STATE,
					    .state_mask = XT_CONNTRACK_STATE_BIT(IP_CT_NEW)};
	struct xt_conntrack_mtinfo1 old = {.match_flags = XT_CONNTRACK_STATE,
					   .invert_flags = XT_CONNTRACK_STATE,
					   .state_mask = XT_CONNTRACK_STATE_BIT(IP_CT_ESTABLISHED)};
	struct xt_state_info plain = {.statemask = XT_STATE_BIT(IP_CT_RELATED)};

	read_match("conntrack", 3, &info, sizeof(info));
	expect_step(0, NAT_MATCH_STATE, false);
	assert_true(steps.list[0].states & NAT_STATE_NEW);
	info.state_mask = XT_CONNTRACK_STATE_DNAT;
	info.match_flags |= XT_CONNTRACK_ORIGDST;
	read_match("conntrack", 2, &info, sizeof(struct xt_conntrack_mtinfo2));
	assert_int_equal(steps.list[0].states & ~NAT_STATE_OTHER, NAT_STATE_TRANSLATED);
	expect_step(1, NAT_MATCH_SOME, false);
	read_match("conntrack", 1, &old, sizeof(old));
	expect_step(0, NAT_MATCH_STATE, true);
	assert_int_equal(steps.list[0].states, NAT_STATE_OTHER);
	read_match("state", 0, &plain, sizeof(plain));
	expect_step(0, NAT_MATCH_STATE, false);
	assert_int_equal(steps.list[0].states, NAT_STATE_OTHER);
}

static void test_ports(void **state)
{
	struct xt_udp udp = {
		.spts = {0, 65535}, .dpts = {8472, 8472}, .invflags = XT_UDP_INV_DSTPT};
	struct xt_tcp tcp = {.spts = {1, 2}, .dpts = {0, 65535}, .flg_mask = 2};
	struct xt_multiport_v1 several = {.flags = XT_MULTIPORT_DESTINATION,
					  .count = 3,
					  .ports = {4789, 8470, 8480},
					  .pflags = {0, 1, 0}};

	read_match("udp", 0, &udp, sizeof(udp));
	assert_int_equal(steps.count, 1);
	expect_step(0, NAT_MATCH_PORT, true);
	assert_int_equal(steps.list[0].port.first, 8472);
	read_match("tcp", 0, &tcp, sizeof(tcp));
	assert_int_equal(steps.count, 2);
	expect_step(0, NAT_MATCH_SOME, false);
	expect_step(1, NAT_MATCH_SOME, false);
	read_match("multiport", 1, &several, sizeof(several));
	assert_int_equal(steps.count, 2);
	assert_true(steps.list[0].or_next);
	assert_false(steps.list[1].or_next);
	assert_int_equal(steps.list[1].port.first, 8470);
	assert_int_equal(steps.list[1].port.last, 8480);
	several.flags = XT_MULTIPORT_EITHER;
	read_match("multiport", 1, &several, sizeof(several));
	expect_step(0, NAT_MATCH_SOME, false);
}

static void test_sets(void **state)
{
	/* Index, dimensions, flags: struct xt_set_info. */
	const struct {
		uint16_t index;
		uint8_t dimensions, flags;
	} loop = {1, 3, 0}, source = {2, 1, 2}, others = {2, 1, 1}, unknown = {3, 2, 0};

	read_match("set", 4, &loop, sizeof(loop));
	expect_step(0, NAT_MATCH_LOOP, false);
	read_match("set", 1, &source, sizeof(source));
	expect_step(0, NAT_MATCH_SOURCE, false);
	read_match("set", 3, &others, sizeof(others));
	expect_step(0, NAT_MATCH_DESTINATIONS, true);
	read_match("set", 2, &unknown, sizeof(unknown));
	expect_step(0, NAT_MATCH_SOME, false);
	read_match("set", 0, &unknown, sizeof(unknown));
	expect_step(0, NAT_MATCH_OPAQUE, false);
}

static void expect_rewrite(bool full_random)
{
	expect_step(0, NAT_ACTION_REWRITE, false);
	assert_int_equal(steps.list[0].full_random, full_random);
}

static void test_rewrites(void **state)
{
	struct nf_nat_ipv4_multi_range_compat ranges = {
		.rangesize = 1, .range = {{.flags = NF_NAT_RANGE_PROTO_RANDOM_FULLY}}};
	struct nf_nat_range range = {.flags = NF_NAT_RANGE_PROTO_RANDOM_FULLY};

	read_target("MASQUERADE", 0, &ranges, sizeof(ranges));
	expect_rewrite(true);
	ranges.range[0].flags = NF_NAT_RANGE_PROTO_RANDOM;
	read_target("SNAT", 0, &ranges, sizeof(ranges));
	expect_rewrite(false);
	/* IPv6's MASQUERADE, and later revisions of SNAT. */
	read_target("MASQUERADE", 0, &range, sizeof(range));
	expect_rewrite(true);
	read_target("SNAT", 1, &range, sizeof(range));
	expect_rewrite(true);
	read_target("MASQUERADE", 0, &ranges, 4);
	assert_true(steps.damaged);
}

static void test_other_targets(void **state)
{
	struct xt_ct_target_info ct = {.flags = XT_CT_NOTRACK};
	struct xt_connmark_tginfo1 connmark = {.mode = XT_CONNMARK_SAVE};

	read_target("CT", 2, &ct, sizeof(ct));
	expect_step(0, NAT_ACTION_NOTRACK, false);
	ct.flags = 0;
	read_target("CT", 0, &ct, sizeof(ct));
	assert_int_equal(steps.count, 0);
	read_target("NOTRACK", 0, NULL, 0);
	expect_step(0, NAT_ACTION_NOTRACK, false);
	read_target("CONNMARK", 1, &connmark, sizeof(connmark));
	assert_int_equal(steps.count, 0);
	assert_false(steps.damaged);
	connmark.mode = XT_CONNMARK_RESTORE;
	read_target("CONNMARK", 1, &connmark, sizeof(connmark));
	assert_true(steps.damaged);
	read_target("LOG", 0, NULL, 0);
	assert_int_equal(steps.count, 0);
	read_target("REJECT", 0, NULL, 0);
	expect_step(0, NAT_ACTION_DROP, false);
	read_target("FROBNICATE", 0, NULL, 0);
	expect_step(0, NAT_ACTION_OPAQUE, false);
}

static void test_other_matches(void **state)
{
	read_match("comment", 0, "a", 1);
	assert_int_equal(steps.count, 0);
	read_match("statistic", 0, NULL, 0);
	expect_step(0, NAT_MATCH_SOME, false);
	read_match("u32", 0, NULL, 0);
	expect_step(0, NAT_MATCH_OPAQUE, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mark),	      cmocka_unit_test(test_address_type),
		cmocka_unit_test(test_states),	      cmocka_unit_test(test_ports),
		cmocka_unit_test(test_sets),	      cmocka_unit_test(test_rewrites),
		cmocka_unit_test(test_other_targets), cmocka_unit_test(test_other_matches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
