/* SPDX-License-Identifier: Apache-2.0 */

#include "policy/kernel_marks.h"

#include <fnmatch.h>
#include <stddef.h>

const struct kernel_mark kernel_marks[] = {
	{"*.amzn*", "amazon", false},
	{"*-flatcar*", "flatcar", false},
	{"*-coreos*", "coreos", false},
	{"*.cm[12]*", "mariner", false},
	{"*.azl*", "mariner", false},
	{"*-talos*", "talos", false},
	{"*-rancher*", "rancheros", false},
	{"*-microsoft*", "microsoft", false},
	{"*.fc[0-9]*", "fedora", false},
	{"*.ph[0-9]*", "photon", false},
	/* 4.19.90-2107.6.0.0100.oe1.bclinux, 5.10.0-200.el8_2.bclinux: openEuler's and RHEL's */
	{"*.bclinux.*", "bclinux", true},
	/* 5.10.0-216.0.0.115.oe2203sp4, 6.6.0-132.0.0.111.oe2403sp3 */
	{"*.oe[0-9]*", "openeuler", true},
	/* 4.19.90-24.4.v2101.ky10, 6.6.0-32.7.v2505.ky11, 4.19.36-vhulk1907.1.0.h403.ky4 */
	{"*.ky[0-9]*", "kylin", true},
	{"*kylin*", "kylin", true},
	/* 3.10.0-693.el7.ns7, 4.19.90-vhulk2001.1.0.0026.ns7.15 */
	{"*.ns[67].*", "neokylin", true},
	/* 4.18.0-147.5.1.6.h1136.eulerosv2r9, 5.10.0-182.0.0.95.r194_123.hce2 */
	{"*.eulerosv2r*", "euleros", true},
	{"*-vhulk*", "euleros", true},
	{"*.hce[0-9]*", "euleros", true},
	/* 4.19.90-2403.3.0.0270.87.uel20, 4.19.0-91.82.152.uelc20, 4.19.0-amd64-desktop */
	{"*.uel[0-9]*", "uos", true},
	{"*.uelc[0-9]*", "uos", true},
	{"*.0-a[mr][dm]64-desktop*", "uos", true},
	{"*.0-loongson-3-desktop*", "uos", true},
	/* 4.19.91-26.an8, 5.10.134-13.an8 */
	{"*.an[0-9]*", "anolis", true},
	/* 4.19.91-27.6.al7, 5.10.134-16.al8, 6.6.102-5.2.alnx4 */
	{"*.al[0-9]*", "alinux", true},
	{"*.alnx[0-9]*", "alinux", true},
	/* 5.10.134-17.2.2.kos5: of Anolis */
	{"*.kos[0-9]*", "keyarchos", true},
	/* 5.4.119-1-tlinux4-0008, 5.4.119-19.0009.1.tl3, 6.6.98-40.2.tl4, 5.4.119-19-0009.6 */
	{"*-tlinux*", "tencentos", true},
	{"*.tl[0-9]*", "tencentos", true},
	{"*-19[-.]00[0-9][0-9]*", "tencentos", true},
	/* 6.6.117-45.1.oc9: of TencentOS */
	{"*.oc[0-9]*", "opencloudos", true},
	{"*.ctl[0-9]*", "ctyunos", true},
	/* 5.4.56.bsk.9-amd64, 4.14.81.bm.15-amd64, 5.4.250-9-velinux1u2-amd64: by Debian's scripts
	 */
	{"*.bsk.*", "velinux", true},
	{"*.bm.*", "velinux", true},
	{"*-velinux[0-9]*", "velinux", true},
	/* 3.10.0-1160.21.1.vz7.174.10: RHEL's */
	{"*.vz[0-9]*", "virtuozzo", true},
	{NULL, NULL, false},
};

const struct kernel_mark *kernel_mark_find(const char *release)
{
	for (const struct kernel_mark *mark = kernel_marks; mark->release; mark++) {
		if (fnmatch(mark->release, release, 0) == 0)
			return mark;
	}
	return NULL;
}
