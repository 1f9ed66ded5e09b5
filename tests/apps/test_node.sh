#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Node.js with pkcs11js: clients/client.js with a token of its own.
set -eu
. "$(dirname "$0")/clients.sh"
downloads "Node's pkcs11js"
need node nodejs
need npm npm
need c++ build-essential
need python3 python3
at_least node 18 "$(node --version | tr -d v)"

unset PREFIX # of `make install`; npm would take it for its own
export npm_config_cache=$cache/cache npm_config_fetch_retries=0 npm_config_fetch_timeout=10000
export npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false
mkdir -p "$cache/source"
cd "$cache/source"
echo '{"private": true, "dependencies": {"pkcs11js": "2.1.7"}}' >package.json
built=node_modules/pkcs11js/build/Release/pkcs11.node
if [ ! -f $built ]; then
	# Those that node itself was installed with; node-gyp would download them.
	headers=$(dirname "$(dirname "$(realpath "$(command -v node)")")")
	[ -f "$headers/include/node/node_api.h" ] || skip "node's headers are not installed (Debian: libnode-dev)"
	fetch "the npm package" npm install --ignore-scripts --no-package-lock
	gyp=$(npm root -g 2>/dev/null)/npm/node_modules/node-gyp/bin/node-gyp.js
	[ -f "$gyp" ] || gyp=$(command -v node-gyp) || skip "node-gyp is not installed (Debian: node-gyp)"
	cd node_modules/pkcs11js
	build "pkcs11js" node "$gyp" rebuild --nodedir="$headers"
	cd "$cache/source"
fi
cp "$programs/client.js" .

make_token
run_client node client.js
finish
