/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/reconcile/session.h"

#include "agent/base/exit_code.h"
#include "agent/base/log.h"
#include "agent/base/text.h"
#include "agent/guarded/privileges.h"
#include "agent/reconcile/inspection.h"
#include "agent/reconcile/nic.h"
#include "agent/reconcile/reconcile.h"
#include "agent/reconcile/trusted_record.h"
#include "agent/record/service_status.h"
#include "agent/record/state_dir.h"
#include "cleanup.h"
#include "ethtool_nl/feature_mask.h"

#include <errno.h>
#include <string.h>

#include <linux/capability.h>

int session_open(bool dry_run, struct session *session)
{
	int fd;

	fd = state_dir_open();
	if (fd < 0 && fd != -ENOENT) {
		/* There may be a record in it. */
		log_error("%s: cannot be opened: %s", STATE_DIR_PATH, strerror(-fd));
		return EXIT_CODE_INTERNAL;
	}
	if (fd < 0 && !dry_run)
		fd = state_dir_create();
	if (fd < 0) {
		session->error = fd;
		return 0;
	}
	session->directory_fd = fd;
	if (dry_run)
		return 0;
	fd = state_dir_lock(session->directory_fd, STATE_DIR_LOCK_WAIT_MS);
	if (fd == -ETIME) {
		log_error("%s: another apply, restore or service holds the lock; try again",
			  STATE_DIR_PATH);
		return EXIT_CODE_INTERNAL;
	}
	if (fd < 0) {
		session->error = fd;
		return 0;
	}
	session->lock_fd = fd;
	log_hold();
	return 0;
}

void session_close(struct session *session)
{
	bool locked = session->lock_fd >= 0;

	if (locked)
		close(session->lock_fd);
	if (session->directory_fd >= 0)
		close(session->directory_fd);
	*session = (struct session)SESSION_NONE;
	if (locked)
		log_release();
}

/* A service that keeps the NICs of another network namespace is not in the way. */
static bool service_is_elsewhere(const struct session *session, const struct inspection *inspection)
{
	uint64_t here = network_namespace_number(inspection->network_namespace);
	_cleanup_(facts_clear) struct facts facts = {0};
	struct service_status status = {0};

	return service_status_read(session->directory_fd, &status, &facts) > SERVICE_STATUS_NONE &&
	       status.network_namespace && here && status.network_namespace != here;
}

bool session_has_service(const struct session *session, const struct inspection *inspection,
			 pid_t *ret_pid)
{
	if (session->directory_fd < 0 ||
	    service_status_is_locked(session->directory_fd, ret_pid) <= 0)
		return false;
	return !service_is_elsewhere(session, inspection);
}

static void log_refusals(const struct inspection *inspection)
{
	for (size_t i = 0; i < inspection->nics.n_nics; i++) {
		const struct nic *nic = &inspection->nics.nics[i];
		char name[LINK_NAME_SIZE];

		if (!feature_mask_is_empty(&nic->refused))
			log_error("%s: the kernel refused the change%s%s",
				  text_clean(nic->link.name, name, sizeof(name)),
				  nic->message[0] ? ": " : "", nic->message);
	}
}

static int judge_outcome(const struct reconcile_outcome *outcome)
{
	if (outcome->record_error < 0) {
		log_error("%s: the record of changes cannot be written (%s), so nothing was "
			  "changed; make it writable",
			  STATE_DIR_PATH, state_dir_failure(outcome->record_error));
		return EXIT_CODE_VULNERABLE;
	}
	if (outcome->set_error < 0) {
		log_error("changing the NICs: %s", strerror(-outcome->set_error));
		return EXIT_CODE_INTERNAL;
	}
	if (outcome->late_error < 0)
		log_warning("%s: the record of changes cannot be brought up to date: %s",
			    STATE_DIR_PATH, state_dir_failure(outcome->late_error));
	if (outcome->n_asked && outcome->n_forbidden == outcome->n_asked) {
		log_error("changing these NICs needs CAP_NET_ADMIN in the user namespace that they "
			  "belong to; run it as root there");
		return EXIT_CODE_NO_PERMISSION;
	}
	return 0;
}

/* Or is only the record to be brought up to date? */
static bool any_is_set(struct nic *const nics[], ssize_t n_nics)
{
	for (ssize_t i = 0; i < n_nics; i++) {
		if (nic_has_todo(nics[i]))
			return true;
	}
	return false;
}

int session_reconcile(const struct session *session, struct inspection *inspection)
{
	const struct reconciler reconciler = {
		.handle = inspection->handle,
		.directory_fd = session->directory_fd,
		.network_namespace = inspection->network_namespace,
		.changes = &inspection->record->changes,
	};
	struct reconcile_outcome outcome = {0};
	_cleanup_free_ struct nic **nics = NULL;
	ssize_t n_nics = nics_with_todo(&inspection->nics, &nics);
	const bool any_set = any_is_set(nics, n_nics);

	if (n_nics < 0) {
		log_error("out of memory");
		return EXIT_CODE_INTERNAL;
	}
	if (n_nics == 0 &&
	    (!changes_are_unwritten(&inspection->record->changes) || session->error < 0))
		return 0;
	if (any_set && !privileges_have(CAP_NET_ADMIN)) {
		log_error("changing NICs needs the capability CAP_NET_ADMIN; run it as root");
		return EXIT_CODE_NO_PERMISSION;
	}
	if (session->error == 0)
		outcome = reconcile(&reconciler, nics, n_nics);
	else if (any_set)
		outcome.record_error = session->error;
	else
		outcome.late_error = session->error;
	log_refusals(inspection);
	return judge_outcome(&outcome);
}
