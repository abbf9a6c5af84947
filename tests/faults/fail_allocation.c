/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A library to preload: counts the allocations of a program and all its libraries, and lets one of
 * them fail, as FAIL_ALLOCATION in the environment says. Where it happened is appended to the file
 * FAIL_ALLOCATION_REPORT, so that the test knows that it happened at all.
 *
 * FAIL_ALLOCATION is the number of the allocation that fails, counted from 1 at main() on: what the
 * dynamic loader and a sanitizer need before is not the program's. "N+" lets all from N on fail.
 */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <unwind.h>

#define FRAMES_MAX 24

int main_with_counting(int argc, char *argv[], char *environment[]);
int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void),
		      void (*fini)(void), void (*rtld_fini)(void), void *stack_end);

static void *(*next_malloc)(size_t size);
static void *(*next_calloc)(size_t number, size_t size);
static void *(*next_realloc)(void *memory, size_t size);
static int (*program_main)(int argc, char *argv[], char *environment[]);

static unsigned long fail_at, count;
static bool fail_all_from_there, counting, looking;

/* dlsym() may allocate, and lives without it. */
static bool look_for_next(void)
{
	if (looking)
		return false;
	if (next_realloc)
		return true;
	looking = true;
	next_malloc = (void *(*)(size_t))dlsym(RTLD_NEXT, "malloc");
	next_calloc = (void *(*)(size_t, size_t))dlsym(RTLD_NEXT, "calloc");
	next_realloc = (void *(*)(void *, size_t))dlsym(RTLD_NEXT, "realloc");
	looking = false;
	return next_malloc && next_calloc && next_realloc;
}

struct frames {
	int fd;
	unsigned int count;
};

static _Unwind_Reason_Code print_frame(struct _Unwind_Context *context, void *data)
{
	void *address = (void *)_Unwind_GetIP(context);
	struct frames *frames = data;
	char line[512];
	Dl_info place;
	int length;

	if (++frames->count > FRAMES_MAX)
		return _URC_END_OF_STACK;
	if (!address || !dladdr(address, &place))
		return _URC_NO_REASON;
	length = snprintf(line, sizeof(line), "%s(%s+%#tx)\n", place.dli_fname,
			  place.dli_sname ? place.dli_sname : "",
			  (char *)address - (char *)place.dli_fbase);
	if (length < 0 || write(frames->fd, line, strlen(line)) < 0)
		abort();
	return _URC_NO_REASON;
}

/* backtrace() would load a library, which allocates. */
static void report(void)
{
	const char *path = getenv("FAIL_ALLOCATION_REPORT");
	struct frames frames = {.count = 0};

	if (!path)
		return;
	frames.fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (frames.fd < 0)
		return;
	_Unwind_Backtrace(print_frame, &frames);
	close(frames.fd);
}

static bool must_fail(void)
{
	if (!counting)
		return false;
	count++;
	if (count != fail_at && !(fail_all_from_there && fail_at && count > fail_at))
		return false;
	counting = false;
	report();
	counting = true;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	if (!look_for_next() || must_fail())
		return NULL;
	return next_malloc(size);
}

void *calloc(size_t number, size_t size)
{
	if (!look_for_next() || must_fail())
		return NULL;
	return next_calloc(number, size);
}

void *realloc(void *memory, size_t size)
{
	/* Of size 0 it frees, and does not fail. */
	if (!look_for_next() || ((size > 0 || !memory) && must_fail()))
		return NULL;
	return next_realloc(memory, size);
}

/* A sanitizer's own would pass by the above. */
char *strdup(const char *text)
{
	return strndup(text, strlen(text));
}

char *strndup(const char *text, size_t length_max)
{
	size_t length = strnlen(text, length_max);
	char *copy = malloc(length + 1);

	if (!copy)
		return NULL;
	memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

int main_with_counting(int argc, char *argv[], char *environment[])
{
	const char *text = getenv("FAIL_ALLOCATION");
	char *end;
	int result;

	if (text) {
		fail_at = strtoul(text, &end, 10);
		fail_all_from_there = *end == '+';
	}
	counting = text != NULL;
	result = program_main(argc, argv, environment);
	counting = false;
	return result;
}

int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void),
		      void (*fini)(void), void (*rtld_fini)(void), void *stack_end)
{
	__typeof__(&__libc_start_main) next =
		(__typeof__(&__libc_start_main))dlsym(RTLD_NEXT, "__libc_start_main");

	program_main = main;
	return next(main_with_counting, argc, argv, init, fini, rtld_fini, stack_end);
}
