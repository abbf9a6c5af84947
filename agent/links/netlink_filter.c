/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/links/netlink_filter.h"

#include "array.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/filter.h>
#include <linux/netlink.h>

#define TEXT_WORDS_MAX 16

void netlink_filter_clear(struct netlink_filter *filter)
{
	free(filter->code);
	*filter = (struct netlink_filter){.code = NULL};
}

uint32_t netlink_filter_short(uint16_t value)
{
	return htons(value);
}

uint32_t netlink_filter_word(const void *octets)
{
	uint32_t word;

	memcpy(&word, octets, sizeof(word));
	return ntohl(word);
}

void netlink_filter_put(struct netlink_filter *filter, uint16_t code, uint32_t value)
{
	struct sock_filter *grown;

	if (filter->incomplete)
		return;
	grown = array_grow(filter->code, filter->length, &filter->allocated, sizeof(*grown));
	filter->incomplete = !grown;
	if (!grown)
		return;
	filter->code = grown;
	grown[filter->length++] = (struct sock_filter){.code = code, .k = value};
}

void netlink_filter_put_if(struct netlink_filter *filter, uint16_t code, uint32_t value,
			   size_t skip)
{
	netlink_filter_put(filter, (uint16_t)(BPF_JMP | code | BPF_K), value);
	if (!filter->incomplete)
		filter->code[filter->length - 1].jf = (uint8_t)skip;
}

void netlink_filter_put_answer(struct netlink_filter *filter, uint32_t value, uint32_t answer)
{
	netlink_filter_put_if(filter, BPF_JEQ, value, 1);
	netlink_filter_put(filter, BPF_RET | BPF_K, answer);
}

size_t netlink_filter_begin_types(struct netlink_filter *filter, uint16_t type, uint16_t other)
{
	netlink_filter_put_if(filter, BPF_JEQ, netlink_filter_short(type), 1);
	netlink_filter_put(filter, BPF_JMP | BPF_JA, 2);
	netlink_filter_put_if(filter, BPF_JEQ, netlink_filter_short(other), 0);
	if (!filter->incomplete)
		filter->code[filter->length - 1].jt = 1;
	netlink_filter_put(filter, BPF_JMP | BPF_JA, 0);
	return filter->length;
}

void netlink_filter_end_types(struct netlink_filter *filter, size_t begin)
{
	if (!filter->incomplete)
		filter->code[begin - 1].k = (uint32_t)(filter->length - begin);
}

void netlink_filter_put_search(struct netlink_filter *filter, size_t offset, uint32_t type)
{
	/* BPF_W and BPF_IMM are both 0. */
	netlink_filter_put(filter, BPF_LD | BPF_IMM, (uint32_t)offset);
	netlink_filter_put(filter, BPF_LDX | BPF_IMM, type);
	netlink_filter_put(filter, BPF_LD | BPF_ABS, (uint32_t)SKF_AD_OFF + SKF_AD_NLATTR);
}

void netlink_filter_put_nested(struct netlink_filter *filter, uint32_t type)
{
	netlink_filter_put(filter, BPF_LDX | BPF_IMM, type);
	netlink_filter_put(filter, BPF_LD | BPF_ABS, (uint32_t)SKF_AD_OFF + SKF_AD_NLATTR_NEST);
}

/*
 * Its length is compared first, so that all of it can be loaded; the kernel fills it up with zeros
 * to whole words (__nla_reserve()).
 */
void netlink_filter_put_text(struct netlink_filter *filter, const char *text, uint32_t answer)
{
	char padded[4 * TEXT_WORDS_MAX] = "";
	const size_t size = strlen(text) + 1, n_words = (size + 3) / 4;

	if (size > sizeof(padded))
		return;
	memcpy(padded, text, size);
	netlink_filter_put(filter, BPF_LD | BPF_H | BPF_IND, offsetof(struct nlattr, nla_len));
	netlink_filter_put_if(filter, BPF_JEQ, netlink_filter_short((uint16_t)(NLA_HDRLEN + size)),
			      2 * n_words + 1);
	for (size_t i = 0; i < n_words; i++) {
		netlink_filter_put(filter, BPF_LD | BPF_W | BPF_IND,
				   (uint32_t)(NLA_HDRLEN + 4 * i));
		netlink_filter_put_if(filter, BPF_JEQ, netlink_filter_word(padded + 4 * i),
				      2 * (n_words - 1 - i) + 1);
	}
	netlink_filter_put(filter, BPF_RET | BPF_K, answer);
}

static bool is_same(const struct netlink_filter *one, const struct netlink_filter *other)
{
	return one->length == other->length && !other->incomplete &&
	       memcmp(one->code, other->code, one->length * sizeof(*one->code)) == 0;
}

static bool set(int fd, const struct netlink_filter *filter)
{
	const struct sock_fprog program = {.len = (unsigned short)filter->length,
					   .filter = filter->code};

	return !filter->incomplete && filter->length <= BPF_MAXINSNS &&
	       setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0;
}

bool netlink_filter_attach(int fd, struct netlink_filter *attached, struct netlink_filter *fresh)
{
	const bool had_filter = attached->length > 0;
	const int unused = 0;

	if (had_filter && is_same(attached, fresh)) {
		netlink_filter_clear(fresh);
		return false;
	}
	netlink_filter_clear(attached);
	if (set(fd, fresh)) {
		*attached = *fresh;
		*fresh = (struct netlink_filter){.code = NULL};
		return had_filter;
	}
	netlink_filter_clear(fresh);
	if (had_filter)
		setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused));
	return had_filter;
}
