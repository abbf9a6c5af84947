/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What is known about one node: plain values, filled by detection or from a facts file, read by
 * the evaluation. A NULL string means "unknown".
 */

#include "policy/answer.h"

#include <stdbool.h>
#include <stddef.h>

#define LINK_NAME_SIZE	 16 /* IFNAMSIZ */
#define LINK_KIND_SIZE	 32
#define LINK_DRIVER_SIZE 32 /* ETHTOOL_BUSINFO_LEN, what ETHTOOL_GDRVINFO can hold */
#define LINK_MAC_SIZE	 96 /* 32 octets (MAX_ADDR_LEN) as xx:xx:...:xx */

struct kernel_facts {
	char *release; /* uname -r */
	char *version; /* uname -v */
	char *signature; /* Ubuntu's /proc/version_signature */
	/* What kernel_identify() reads out of the three above: */
	char *family; /* "upstream", "debian", "ubuntu", "rhel", ...; see kernel_identity.h */
	/* the upstream number, as far as the strings say: "4.19.118"; "4.19": its third is not
	 * known */
	char *base;
	/* The base stands still while the builder takes in what later ones have: it says what is in
	 * the kernel at least. */
	bool frozen;
	char *build; /* the distribution's own number: "106.107" (Ubuntu), "193.6.3" (RHEL) */
	char *flavour; /* Ubuntu's kernel flavour: "generic", "aws", ... */
	char *source; /* where the strings come from, for people */
};

struct os_facts {
	char *id;
	char *version_id;
	char *pretty_name;
	char *source;
};

/* One place where a Kubernetes version was found. */
struct kubernetes_answer {
	char *component; /* "kube-proxy", "kubelet", "k3s", ... */
	char *version;
	char *source;
};

struct kubernetes_facts {
	enum answer present;
	/* The answer that counts; NULL when no version was found. */
	char *version;
	char *component;
	char *source; /* of the version, or what trace of Kubernetes there is */
	/* Every answer that was found, the one that counts first. */
	struct kubernetes_answer *answers;
	size_t n_answers;
};

/* What the node's own nat rules say, whatever the version; see nat_rules.h. */
struct nat_rules_facts {
	bool read; /* false: the others, but for the reason, mean nothing */
	enum answer vulnerable;
	bool absent; /* "no", for no rule masquerades by a mark: kube-proxy may not run yet */
	char *reason; /* of the answer; or why they were not read, NULL = not tried */
	char *source; /* which programs printed them */
};

/*
 * What connection tracking shows of this node's own VXLAN packets: a flow whose source the node
 * rewrites was masqueraded on its way out, whatever the rules are. Seeing none proves nothing: an
 * entry lives for half a minute.
 */
struct nat_seen_facts {
	bool looked; /* false: the others, but for the reason, mean nothing */
	unsigned int flows; /* of this node's own addresses, to a VXLAN port */
	unsigned int rewritten; /* of them, with another source in what is answered */
	char *example; /* one that was rewritten: "ADDRESS:PORT leaves as ADDRESS:PORT" */
	char *reason; /* why this was not looked at; NULL = not tried */
};

/* An address as in a packet. */
struct link_address {
	unsigned char size; /* 4 or 16; 0 = none */
	unsigned char bytes[16];
};

/* One link. Plain arrays: a thousand of them are one allocation. */
struct link_facts {
	unsigned int ifindex;
	char name[LINK_NAME_SIZE];
	char kind[LINK_KIND_SIZE]; /* rtnetlink's IFLA_INFO_KIND; "" = a plain device */
	char driver[LINK_DRIVER_SIZE]; /* ETHTOOL_GDRVINFO's name; "" = not known */
	char mac[LINK_MAC_SIZE]; /* lower-case hexadecimal with colons; "" = none */
	enum answer udp_csum; /* VXLAN, Geneve: does it fill in the outer UDP checksum? */
	bool external; /* VXLAN, Geneve: collect-metadata; see link_udp_csum() */
	unsigned int port; /* VXLAN, Geneve: UDP; 0 = not known */
	/* Ifindexes of this namespace; 0 = none, or not of this namespace: */
	unsigned int lower; /* what it stands on (IFLA_LINK): a VLAN's NIC, a veth's peer */
	unsigned int master; /* whose port it is (IFLA_MASTER): a bond, bridge, VRF or switch */
	bool up; /* IFF_UP: an administrator's, not the cable's */
	/* The kernel names a device of the machine behind it (IFLA_PARENT_DEV_NAME, since 5.14),
	 * whatever its kind: IPoIB, WWAN, DSA. */
	bool has_device;
	/* For who asks where packets go; no part of a facts file: */
	bool elsewhere; /* what it stands on is in another network namespace (IFLA_LINK_NETNSID) */
	unsigned int sends_by; /* VXLAN: the link of its default destination; 0 = as routed */
	/* VXLAN, Geneve: the source, and the default destination, which may be a group. */
	struct link_address local, remote;
};

/* A tunnel whose packets leave through a NIC, or may. */
struct carried_facts {
	char tunnel[LINK_NAME_SIZE]; /* "" = its device is in another network namespace */
	char kind[LINK_KIND_SIZE]; /* "vxlan", "geneve"; "" = not known */
	unsigned int port; /* UDP; 0 = not known */
	enum answer udp_csum; /* does it fill in the outer checksum? */
	char *doubt; /* why it may leave elsewhere; NULL = it leaves here */
};

#define DEVICE_BUS_SIZE 16
#define DEVICE_PCI_SIZE 10 /* "8086:15bb" */

/*
 * What more is known of a link: which hardware is behind it, and how it is used. Links that are
 * software alone have this only where a rule asks it of their kind. Only what the loaded rules ask
 * for is found out.
 */
struct device_facts {
	unsigned int ifindex; /* of its link */
	char bus[DEVICE_BUS_SIZE]; /* "pci", "virtio", "usb", "platform"; "" = not known */
	enum answer is_pci; /* no: it has no PCI ids; unknown: they could not be read */
	char pci[DEVICE_PCI_SIZE]; /* vendor:device, four hexadecimal digits each; "" */
	char pci_subsystem[DEVICE_PCI_SIZE];
	char driver_version[LINK_DRIVER_SIZE]; /* ETHTOOL_GDRVINFO; "" = it has none */
	char firmware[LINK_DRIVER_SIZE];

	bool relations_known; /* false: the next three mean nothing */
	/* Of the link whose port it is; "" = it is none's, or of one that says no kind: an old
	 * kernel's switch, or, if that is a device itself, another NIC (Hyper-V's) */
	char master_kind[LINK_KIND_SIZE];
	bool master_is_device;
	char **upper_kinds; /* of links that stand on it, each once; ends with NULL; NULL = none */

	bool carried_known; /* false: tunnels could not be looked for */
	struct carried_facts *carried;
	size_t n_carried;

	bool features_known;
	/* Of the features that the rules ask for, those that are on, or that the agent turned off,
	 * and those that can be switched; end with NULL. */
	char **features_on, **features_changeable;
};

#define SYMPTOM_NAME_SIZE 16
#define SYMPTOM_TIME_SIZE 24
#define SYMPTOM_WHAT_SIZE 96

/* A sign of a fault that was seen on a link since the machine started; see symptom.h. */
struct symptom_facts {
	/* The link, as it was when this was seen; 0 or "" = not said */
	unsigned int ifindex;
	char name[LINK_NAME_SIZE];
	char mac[LINK_MAC_SIZE];
	char symptom[SYMPTOM_NAME_SIZE]; /* "tx-stall", "tx-timeouts" */
	char seen[SYMPTOM_TIME_SIZE]; /* when first, in UTC */
	char what[SYMPTOM_WHAT_SIZE]; /* in words */
};

/*
 * The machine, by its own words. "" = it has no such word (no DMI, no device tree); NULL = it could
 * not be read.
 */
struct machine_facts {
	char *arch; /* uname -m */
	char *vendor, *product; /* DMI: sys_vendor, product_name */
	char *model; /* the device tree's */
	char *hypervisor; /* by DMI: "vmware", "kvm", "hyper-v", "xen", ... */
	char *reason; /* why words could not be read; NULL = all that were looked for could */
	char *source;
};

/* What was measured of the running kernel, whatever it calls itself. */
struct measured_facts {
	/* Does it spoil an outer UDP checksum of zero, a complete one? Meaningless without source.
	 */
	enum answer zero_checksum, udp_checksum;
	char *source; /* what measured, or why nothing did; NULL = not tried */
};

/* "corrupt", "clean" or "unknown": what such an answer is called in JSON. */
const char *corruption_name(enum answer corrupts);

/* Returns 0, or -EINVAL when `name` is none of them (the output is untouched). */
int corruption_parse(const char *name, enum answer *ret_corrupts);

/* Which node it is, and where others see its packets come from. No verdict asks for it. */
struct node_facts {
	char *name; /* uname -n; NULL = not looked at */
	char **addresses; /* as inet_ntop() writes them; ends with NULL; NULL = none */
};

struct facts {
	struct node_facts node;
	struct kernel_facts kernel;
	struct measured_facts measured;
	struct os_facts os;
	struct kubernetes_facts kubernetes;
	struct nat_rules_facts nat_rules;
	struct nat_seen_facts nat_seen;
	struct machine_facts machine;
	bool links_known; /* false: not looked at, n_links is 0 */
	struct link_facts *links;
	size_t n_links;
	bool devices_known; /* false: not looked at, n_devices is 0 */
	struct device_facts *devices; /* ascending by ifindex */
	size_t n_devices;
	bool symptoms_known; /* false: not looked for, n_symptoms is 0 */
	struct symptom_facts *symptoms;
	size_t n_symptoms;
};

/* Does a tunnel device fill in the outer UDP checksum? An external VXLAN device counts as "no"; of
 * a Geneve one each flow says its own. */
enum answer link_udp_csum(const struct link_facts *link);

/* May hardware be behind the link? It is, where it has a device; of no kind is some software, too.
 */
bool link_may_be_hardware(const struct link_facts *link);

/* The device of that link: NULL when it has none, &device_not_known when devices were not looked
 * at. */
const struct device_facts *facts_device(const struct facts *facts, unsigned int ifindex);
extern const struct device_facts device_not_known;

/* Frees what the members own and makes them unknown again; `facts` itself is the caller's. */
void facts_clear(struct facts *facts);
void node_facts_clear(struct node_facts *node);
void kernel_facts_clear(struct kernel_facts *kernel);
void os_facts_clear(struct os_facts *os);
void nat_rules_facts_clear(struct nat_rules_facts *nat_rules);
void nat_seen_facts_clear(struct nat_seen_facts *nat_seen);
void measured_facts_clear(struct measured_facts *measured);
void machine_facts_clear(struct machine_facts *machine);
void device_facts_clear(struct device_facts *device);
void devices_free(struct device_facts *devices, size_t n_devices);
void kubernetes_facts_clear(struct kubernetes_facts *kubernetes);

/*
 * Appends an answer; the strings are copied.
 * Returns 0 or -ENOMEM (then nothing was appended).
 */
int kubernetes_facts_add(struct kubernetes_facts *kubernetes, const char *component,
			 const char *version, const char *source);
