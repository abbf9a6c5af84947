/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/base/print_memory.h"

#include "cleanup.h"

#include <errno.h>
#include <stdbool.h>

int print_memory(int (*print)(FILE *output, void *data), void *data, char **ret_text,
		 size_t *ret_size)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	FILE *output = open_memstream(&text, &size);
	bool failed;
	int result;

	if (!output)
		return -ENOMEM;
	result = print(output, data);
	failed = ferror(output);
	/* glibc's fclose() may have lost the text for lack of memory, and yet return 0. */
	if (fclose(output) != 0 || failed || !text)
		return -ENOMEM;
	if (result < 0)
		return result;
	*ret_text = TAKE_PTR(text);
	*ret_size = size;
	return 0;
}
