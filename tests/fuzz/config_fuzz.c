/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration: what is accepted can be acted on, what is refused has a diagnostic. */
#include "agent/base/socket_address.h"
#include "agent/settings/config.h"
#include "cleanup.h"
#include "tests/fuzz/diagnostics.h"
#include "tests/fuzz/fuzz.h"

#include <errno.h>

static void check_nic(const struct link_match *match)
{
	FUZZ_CHECK(match->name || match->kind || match->driver || match->mac);
	FUZZ_CHECK(!match->name || link_match_glob_valid(match->name));
	FUZZ_CHECK(!match->mac || link_match_mac_valid(match->mac));
	FUZZ_CHECK(match->udp_csum == ANSWER_UNKNOWN);
}

static void check_config(const struct agent_config *config)
{
	union socket_address address;

	FUZZ_CHECK(config->nics_exposed == (config->n_nics == 0));
	for (size_t i = 0; i < config->n_nics; i++)
		check_nic(&config->nics[i]);
	FUZZ_CHECK(!config->turn_off || (config->turn_off[0] && config->turn_off_source));
	FUZZ_CHECK(!config->kubernetes_version || config->kubernetes_version[0]);
	FUZZ_CHECK(!config->kubelet || config->kubelet[0] == '/');
	FUZZ_CHECK(socket_address_parse(config->proxy_metrics, &address) == 0);
	FUZZ_CHECK(config->sweep >= 0);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_needs_root();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(diagnostics_clear) struct diagnostics diagnostics = {0};
	struct agent_config config;
	int result;

	fuzz_spoil(&config, sizeof(config));
	result = agent_config_load(fuzz_put("agent.conf", data, size), &diagnostics, &config);
	check_diagnostics(&diagnostics);
	if (result < 0) {
		FUZZ_CHECK(result == -EBADMSG && diagnostics.n_texts > 0);
		FUZZ_CHECK(fuzz_is_spoiled(&config, sizeof(config)));
		return 0;
	}
	FUZZ_CHECK(diagnostics.n_texts == 0);
	check_config(&config);
	agent_config_clear(&config);
	return 0;
}
