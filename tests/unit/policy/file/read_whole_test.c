/* SPDX-License-Identifier: Apache-2.0 */
#include "cleanup.h"
#include "policy/file/read_whole.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>

/* A file of `size` bytes that count up, to be read from its start. */
static int make_file(size_t size)
{
	FILE *file = tmpfile();
	int fd;

	assert_non_null(file);
	for (size_t i = 0; i < size; i++)
		putc((int)(i % 251), file);
	assert_int_equal(fflush(file), 0);
	fd = fcntl(fileno(file), F_DUPFD_CLOEXEC, 3);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

/* Around the cap, and around the sizes at which the memory grows. */
static void test_sizes(void **state)
{
	static const struct {
		size_t size, size_max;
		int result;
	} cases[] = {
		{0, 0, 0},
		{1, 0, -EFBIG},
		{10, 10, 0},
		{11, 10, -EFBIG},
		{65535, 1 << 20, 0},
		{65536, 1 << 20, 0},
		{65537, 1 << 20, 0},
		{65536, 65536, 0},
		{65537, 65536, -EFBIG},
		{65536, 65535, -EFBIG},
		{200000, 200000, 0},
		{200001, 200000, -EFBIG},
	};

	for (size_t i = 0; i < N_ELEMENTS(cases); i++) {
		_cleanup_close_ int fd = make_file(cases[i].size);
		_cleanup_free_ char *text = NULL;
		size_t size = 4711;

		assert_int_equal(read_whole(fd, cases[i].size_max, NULL, NULL, &text, &size),
				 cases[i].result);
		if (cases[i].result < 0) {
			assert_null(text);
			assert_int_equal(size, 4711);
			continue;
		}
		assert_int_equal(size, cases[i].size);
		assert_int_equal(text[size], '\0');
		for (size_t j = 0; j < size; j++)
			assert_int_equal((unsigned char)text[j], j % 251);
	}
}

/* A pipe that does not block: each piece is waited for. */
static int feed(int fd, void *context)
{
	int *write_fd = context;

	(void)fd;
	if (*write_fd < 0)
		return 0;
	assert_int_equal(write(*write_fd, "x", 1), 1);
	close(TAKE_FD(*write_fd));
	return 0;
}

static void test_wait(void **state)
{
	_cleanup_free_ char *text = NULL;
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	assert_int_equal(read_whole(fds[0], 10, NULL, NULL, &text, NULL), -EAGAIN);
	assert_int_equal(read_whole(fds[0], 10, feed, &fds[1], &text, NULL), 0);
	assert_string_equal(text, "x");
	close(fds[0]);
}

static int give_up(int fd, void *context)
{
	(void)fd;
	return *(int *)context;
}

static void test_failures(void **state)
{
	_cleanup_close_ int folder = open("/", O_RDONLY | O_CLOEXEC), fd = make_file(1);
	int late = -ETIME;
	char *text = NULL;

	assert_int_equal(read_whole(folder, 10, NULL, NULL, &text, NULL), -EISDIR);
	assert_int_equal(read_whole(-1, 10, NULL, NULL, &text, NULL), -EBADF);
	assert_int_equal(read_whole(fd, 10, give_up, &late, &text, NULL), -ETIME);
	assert_null(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_wait),
		cmocka_unit_test(test_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
