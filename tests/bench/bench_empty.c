/* SPDX-License-Identifier: Apache-2.0 */
/* A program that does nothing: what starting any process costs. */

int main(void)
{
	return 0;
}
