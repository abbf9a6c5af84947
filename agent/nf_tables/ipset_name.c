/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/nf_tables/ipset_name.h"

#include "cleanup.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netfilter/ipset/ip_set.h>

static int ask(int fd, void *request, socklen_t size)
{
	return getsockopt(fd, SOL_IP, SO_IP_SET, request, &size) < 0 ? -errno : 0;
}

/*
 * Any socket of IPv4 will do (ip_set_sockfn_get()), and it is the way of every kernel; iptables
 * asks so, too.
 */
int ipset_name(uint16_t index, char ret_name[static IPSET_NAME_SIZE])
{
	struct ip_set_req_version version = {.op = IP_SET_OP_VERSION};
	struct ip_set_req_get_set request = {.op = IP_SET_OP_GET_BYINDEX};
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int result;

	_Static_assert(IPSET_NAME_SIZE == IPSET_MAXNAMELEN, "names are as long as the kernel's");
	if (fd < 0)
		return -errno;
	result = ask(fd, &version, sizeof(version));
	if (result < 0)
		return result;
	request.version = version.version;
	request.set.index = index;
	result = ask(fd, &request, sizeof(request));
	if (result < 0)
		return result;
	if (request.set.name[0] == '\0')
		return -ENOENT;
	memcpy(ret_name, request.set.name, IPSET_NAME_SIZE - 1);
	ret_name[IPSET_NAME_SIZE - 1] = '\0';
	return 0;
}
