/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the service logs: records for the journal, each kind with its MESSAGE_ID (explained in the
 * message catalog) and with INTERFACE, FEATURE, RULE and OUTCOME as fields; on a terminal the same
 * lines, readable.
 */

#include "ethtool_nl/ethtool_nl.h"

#include <stdint.h>

struct nic;
struct report;
struct symptom_facts;

/*
 * Decides, once, where records go: to the journal when standard error is connected to it (systemd
 * sets JOURNAL_STREAM then), else to standard error.
 */
void journal_open(void);

/*
 * Between the two, records are kept, as log_hold() keeps lines: a journal that does not read must
 * not keep other processes waiting for a lock that this one holds. They do not nest.
 */
void journal_hold(void);
void journal_release(void);

/* The node's state is now this; logged when it differs from what it was. */
void journal_state(const struct report *report);

/* What became of a NIC's todo, and what of it is given up: one record for each feature. */
void journal_outcome(const struct ethtool_nl *handle, const struct nic *nic);

/* Features that the agent had turned off were turned on again; they are turned off again. */
void journal_drift(const struct ethtool_nl *handle, const struct nic *nic,
		   struct feature_mask drifted);

/* It happens too often: this NIC is not corrected for `wait_ms`, whatever feature drifted. */
void journal_backoff(const struct ethtool_nl *handle, const struct nic *nic,
		     struct feature_mask drifted, uint64_t wait_ms);

/* NICs could not be changed, or the record not be written (a negative errno). */
void journal_failure(int error);

/* A new configuration, or new rules, are in force; or are bad, and the old ones stay. */
void journal_reloaded(void);
void journal_reload_failed(void);

/* A sign of a fault was seen on a NIC. */
void journal_symptom(const struct symptom_facts *seen);

/* A file for another program could not be written (a negative errno). */
void journal_export_failed(const char *file, int error);

/* Detecting the node failed; what was detected before stays in force. */
void journal_detection_failed(int error);
