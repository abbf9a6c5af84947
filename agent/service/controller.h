/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the running service does, and when: feeds the keeper with what the kernel notifies and the
 * detector finds, lets it act after every event, and publishes what came of it. It
 * knows no event loop: it has inputs to poll, and says when it is to be called again.
 */

#include <stddef.h>
#include <stdint.h>

struct controller;
struct sources;

/* Something to poll for reading. */
struct controller_input {
	struct controller *controller;
	int fd; /* the controller's */
	/* Takes what there is, without waiting. A negative errno ends the service. */
	int (*take)(struct controller *controller);
};

#define CONTROLLER_INPUTS 7

/*
 * Learns what there is to know of the node. `sources` are borrowed. Returns 0, or the exit code of
 * the program after having said on standard error what is wrong; then there is no controller. The
 * caller ends with controller_free().
 */
int controller_new(const struct sources *sources, struct controller **ret_controller);

/* NULL is fine. */
void controller_free(struct controller *controller);

/* Fills the inputs; returns how many there are. They stay the same. */
size_t controller_inputs(struct controller *controller,
			 struct controller_input ret_inputs[static CONTROLLER_INPUTS]);

/* The first look and what follows from it, published; the inputs must have been open before. */
void controller_start(struct controller *controller);

/*
 * The one place that acts, after every event: does all that is due. Returns when to call
 * it again without an event, as monotonic_now_ms() counts; UINT64_MAX = never.
 */
uint64_t controller_act(struct controller *controller);

/* Reads configuration and rules again; bad ones leave everything as it is. */
void controller_reload(struct controller *controller);

/*
 * The service stops: gives back what is to be given back, and publishes what is so then. Returns
 * the exit code of the program.
 */
int controller_end(struct controller *controller);
