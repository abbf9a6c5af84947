/* SPDX-License-Identifier: Apache-2.0 */

/* Linked with the whole of one room, and with what that room's link line names. */

int main(void)
{
	return 0;
}
