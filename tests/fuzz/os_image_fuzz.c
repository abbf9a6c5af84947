/* SPDX-License-Identifier: Apache-2.0 */
/* What a node says of its distribution, in one line. */
#include "agent/assess/os_image.h"
#include "cleanup.h"
#include "tests/fuzz/fuzz.h"

#include <ctype.h>
#include <string.h>

static void check_version(const char *version, const char *image)
{
	const char *dot = strrchr(version, '.');
	size_t length = strlen(version);

	FUZZ_CHECK(strspn(version, "0123456789.") == length);
	FUZZ_CHECK(isdigit((unsigned char)version[0]));
	FUZZ_CHECK(length == 1 || version[length - 1] != '.');
	/* All of it stands there; the number of a service pack, behind another word. */
	if (strstr(image, version))
		return;
	FUZZ_CHECK(dot && strstr(image, " SP") && strstr(image, dot + 1));
	FUZZ_CHECK(memmem(image, strlen(image), version, dot - version));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *image = fuzz_text(data, size);
	_cleanup_(os_facts_clear) struct os_facts os = {0};

	FUZZ_CHECK(os_image_parse(image, &os) == 0);
	if (!*image) {
		FUZZ_CHECK(!os.pretty_name && !os.id && !os.version_id);
		return 0;
	}
	FUZZ_CHECK(strcmp(os.pretty_name, image) == 0);
	FUZZ_CHECK(os.id || !os.version_id);
	FUZZ_CHECK(!os.id || os.id[0]);
	if (os.version_id)
		check_version(os.version_id, image);
	return 0;
}
