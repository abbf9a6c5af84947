/* SPDX-License-Identifier: Apache-2.0 */

#include "agent/reconcile/trusted_record.h"

#include "agent/base/log.h"
#include "agent/record/changes_file.h"
#include "agent/record/state_dir.h"
#include "cleanup.h"
#include "ethtool_nl/feature_mask.h"

#include <sys/stat.h>

void trusted_record_clear(struct trusted_record *record)
{
	changes_clear(&record->changes);
	*record = (struct trusted_record){0};
}

static bool is_anothers(int directory_fd)
{
	struct stat folder;

	return geteuid() == 0 && directory_fd >= 0 && fstat(directory_fd, &folder) == 0 &&
	       folder.st_uid != 0;
}

/* What is in memory may be nearer to the truth than a file that could not be written. */
bool trusted_record_is_current(const struct trusted_record *record, int directory_fd)
{
	return directory_fd >= 0 && changes_file_is_current(directory_fd, &record->changes);
}

int trusted_record_load(struct trusted_record *record, int directory_fd,
			const struct ethtool_nl *handle)
{
	_cleanup_(changes_clear) struct changes fresh = {0}, before = {0};
	int result;

	record->is_anothers = is_anothers(directory_fd);
	if (trusted_record_is_current(record, directory_fd))
		return 0;
	result = changes_file_load(directory_fd, handle, &fresh);
	if (result == 0)
		result = changes_take_over(&fresh, &record->changes);
	if (result < 0)
		return result;
	if (fresh.n_damaged)
		log_warning("%s/changes.json: %zu of its lines cannot be read; what the others say "
			    "counts, and a copy is kept beside it when it is written",
			    STATE_DIR_PATH, fresh.n_damaged);
	before = record->changes;
	record->changes = fresh;
	record->is_damaged = fresh.n_damaged > 0;
	fresh = (struct changes){0};
	return 0;
}

struct feature_mask trusted_record_features(const struct trusted_record *record,
					    unsigned int ifindex)
{
	const struct changed_nic *found = changes_find(&record->changes, ifindex);
	struct feature_mask features = found ? found->features : (struct feature_mask){0};

	return record->is_anothers ? feature_mask_and(features, record->credible) : features;
}
