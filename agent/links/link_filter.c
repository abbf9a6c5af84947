/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/links/link_filter.h"

#include "cleanup.h"
#include "policy/link_kinds.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

/* A kind that is longer cannot be: rtnl_link_ops.kind is one of the kernel's own. */
#define KIND_WORDS_MAX 16

/* What is tested before kinds are, and for each of them. */
#define HEAD_LENGTH 17
#define KIND_LENGTH (3 + 2 * KIND_WORDS_MAX)

#define DROP 0
#define PASS UINT32_MAX

struct program {
	struct sock_filter *code;
	size_t length;
};

static void put(struct program *program, uint16_t code, uint32_t value)
{
	program->code[program->length++] = (struct sock_filter){.code = code, .k = value};
}

/* Goes on with the next instruction if it is equal, or if it is not, and skips `skip` otherwise. */
static void put_if(struct program *program, bool equal, uint32_t value, size_t skip)
{
	put(program, BPF_JMP | BPF_JEQ | BPF_K, value);
	if (equal)
		program->code[program->length - 1].jf = (uint8_t)skip;
	else
		program->code[program->length - 1].jt = (uint8_t)skip;
}

/* Netlink has the host's order of octets; the loads of BPF take what they find for the network's.
 */
static uint32_t loaded_short(uint16_t value)
{
	return htons(value);
}

static uint32_t loaded_word(const char *octets)
{
	uint32_t word;

	memcpy(&word, octets, sizeof(word));
	return ntohl(word);
}

/* Ends the program here unless it is a notification of a link itself. */
static void put_message_test(struct program *program)
{
	put(program, BPF_LD | BPF_H | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_type));
	put(program, BPF_JMP | BPF_JEQ | BPF_K, loaded_short(RTM_NEWLINK));
	program->code[program->length - 1].jt = 2;
	put_if(program, false, loaded_short(RTM_DELLINK), 1);
	put(program, BPF_RET | BPF_K, PASS);
	put(program, BPF_LD | BPF_B | BPF_ABS,
	    NLMSG_HDRLEN + offsetof(struct ifinfomsg, ifi_family));
	put_if(program, false, AF_UNSPEC, 1);
	put(program, BPF_RET | BPF_K, DROP);
}

/*
 * Goes from the attribute (or, with `nest` 0, the first one) at the place in the accumulator to the
 * one of that type, in its nest; where there is none, that is the answer.
 */
static void put_search(struct program *program, uint32_t how, uint32_t type, uint32_t without)
{
	/* BPF_W and BPF_IMM are both 0. NOLINTNEXTLINE(misc-redundant-expression) */
	put(program, BPF_LDX | BPF_W | BPF_IMM, type);
	put(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)SKF_AD_OFF + how);
	put_if(program, true, 0, 1);
	put(program, BPF_RET | BPF_K, without);
}

/*
 * `answer` if the attribute at X is that string. Its length is compared first, so that all of it
 * can be loaded; the kernel fills it up with zeros to whole words (__nla_reserve()).
 */
static void put_kind_test(struct program *program, const char *kind, uint32_t answer)
{
	char text[4 * KIND_WORDS_MAX] = "";
	const size_t size = strlen(kind) + 1, n_words = (size + 3) / 4;

	if (size > sizeof(text))
		return;
	memcpy(text, kind, size);
	put(program, BPF_LD | BPF_H | BPF_IND, offsetof(struct nlattr, nla_len));
	put_if(program, true, loaded_short((uint16_t)(NLA_HDRLEN + size)), 2 * n_words + 1);
	for (size_t i = 0; i < n_words; i++) {
		put(program, BPF_LD | BPF_W | BPF_IND, (uint32_t)(NLA_HDRLEN + 4 * i));
		put_if(program, true, loaded_word(text + 4 * i), 2 * (n_words - 1 - i) + 1);
	}
	put(program, BPF_RET | BPF_K, answer);
}

static size_t count(const char *const names[])
{
	size_t n_names = 0;

	while (names && names[n_names])
		n_names++;
	return n_names;
}

int link_filter_make(const struct link_kinds *kinds, struct sock_filter **ret_program,
		     size_t *ret_length)
{
	const char *excluded[LINK_KINDS_COMMON + 1];
	const char *const *names = kinds->any ? excluded : kinds->named;
	const uint32_t without = kinds->without ? PASS : DROP, others = kinds->any ? PASS : DROP;
	_cleanup_free_ struct sock_filter *code = NULL;
	struct program program;
	size_t n_names;

	link_kinds_excluded(kinds, excluded);
	n_names = count(names);
	code = calloc(HEAD_LENGTH + n_names * KIND_LENGTH + 1, sizeof(*code));
	if (!code)
		return -ENOMEM;
	program = (struct program){.code = code};
	put_message_test(&program);
	put(&program, BPF_LD | BPF_W | BPF_IMM, NLMSG_LENGTH(sizeof(struct ifinfomsg)));
	put_search(&program, SKF_AD_NLATTR, IFLA_LINKINFO, without);
	put_search(&program, SKF_AD_NLATTR_NEST, IFLA_INFO_KIND, without);
	put(&program, BPF_MISC | BPF_TAX, 0);
	for (size_t i = 0; i < n_names; i++)
		put_kind_test(&program, names[i], others == PASS ? DROP : PASS);
	put(&program, BPF_RET | BPF_K, others);
	*ret_length = program.length;
	*ret_program = TAKE_PTR(code);
	return 0;
}
