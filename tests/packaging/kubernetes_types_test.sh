#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Are the fields of the DaemonSet, their types, and the needed ones those of the Kubernetes API? The
# judge is the TypeScript compiler with types that were made from the API's own description, an old
# and a newer one: an unknown field, a wrong type or a missing field is an error.
set -euo pipefail
: "${SOURCE:?}"

skip() {
	echo "kubernetes_types: skipped: $*"
	exit 77
}

for command in npm node python3; do
	command -v "$command" >/dev/null || skip "$command is not installed"
done
python3 -c 'import yaml' 2>/dev/null || skip "python3-yaml is not installed"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# check TYPES NAME FILE: NAME is one of the API's kinds in apps/v1.
check() {
	local place=$work/$1

	python3 - "$3" "$2" >"$place/object.ts" <<-'PYTHON'
		import json, sys, yaml
		with open(sys.argv[1]) as file:
		    found = [d for d in yaml.safe_load_all(file) if d and d["kind"] == sys.argv[2]][0]
		print('import {' + sys.argv[2] + '} from "kubernetes-types/apps/v1";')
		print(f"export const object: {sys.argv[2]} = {json.dumps(found, indent=1)};")
	PYTHON
	(cd "$place" && node_modules/.bin/tsc --noEmit --strict --skipLibCheck --moduleResolution node10 \
		--module commonjs --target es2020 object.ts)
}

for types in 1.17.0-beta.1 1.30.0; do
	mkdir "$work/$types"
	echo '{"private": true}' >"$work/$types/package.json"
	npm install --prefix "$work/$types" --no-audit --no-fund --silent "kubernetes-types@$types" \
		typescript@5 >"$work/log" 2>&1 || skip "npm cannot install kubernetes-types $types"
done

for types in 1.17.0-beta.1 1.30.0; do
	if check "$types" DaemonSet "$SOURCE/packaging/kubernetes/base/daemonset.yaml"; then
		echo "base/daemonset.yaml: valid for the types of $types"
	else
		failed=1
	fi
done
if command -v kubectl >/dev/null; then
	kubectl kustomize "$SOURCE/packaging/kubernetes/current" >"$work/current.yaml"
	# Newer than these types.
	sed -i '/recursiveReadOnly:/d' "$work/current.yaml"
	check 1.30.0 DaemonSet "$work/current.yaml" || failed=1
	# The judge must be able to say no: the older API has no seccompProfile.
	if check 1.17.0-beta.1 DaemonSet "$work/current.yaml" >/dev/null; then
		echo "FAILED: kubernetes_types: what is of a newer API was not seen in the older one"
		failed=1
	fi
fi
exit "$failed"
