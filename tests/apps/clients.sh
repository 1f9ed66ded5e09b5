#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What the tests of clients in other languages share: common.sh, and a folder of the build where what is downloaded
# and compiled stays for the next run. Knows how to give up, and no language.
set -eu
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck disable=SC2034 # used by those who read this
programs=$(realpath "$(dirname "${BASH_SOURCE[0]}")")/clients
# Longer than any download here takes, short enough to wait for where there is no network.
patience=20

skip() {
	echo "1..0 # SKIP $1"
	exit 77
}

# downloads NAME: the client comes from a package registry, which only `make clients` asks. Sets $cache.
downloads() {
	[ "${CONCLAVE_CLIENTS:-}" = 1 ] || skip "$1 is downloaded; run: make clients"
	# shellcheck disable=SC2034 # used by those who read this
	cache=${CONCLAVE_BUILD_ROOT:?}/clients/$(basename "$0" .sh)
	mkdir -p "$cache"
}

# fetch NAME COMMAND...: downloads, or skips the test.
fetch() {
	name=$1
	shift
	timeout "$patience" "$@" </dev/null >"$scratch/output" 2>&1 ||
		skip "$name could not be fetched: $(grep . "$scratch/output" | grep -v 'complete log' | tail -n 1 | cut -c 1-160)"
}

# build NAME COMMAND...: what was fetched must compile; silent unless it does not.
build() {
	name=$1
	shift
	"$@" </dev/null >"$scratch/output" 2>&1 && return
	sed 's/^/# /' "$scratch/output"
	echo "not ok 1 - $name compiles"
	echo "1..1"
	exit 1
}

# at_least NAME WANTED FOUND: versions.
at_least() {
	[ "$(printf '%s\n' "$2" "$3" | sort -V | head -n 1)" = "$2" ] || skip "$1 $2 is needed, here is $3"
}

# run_client COMMAND...: the program prints a line of TAP for each of its checks, which become steps here.
run_client() {
	status=0
	"$@" </dev/null >"$scratch/client-output" 2>&1 || status=$?
	failed_before=$failures
	while IFS= read -r line; do
		case $line in
		'ok '*) count 0 "${line#ok * - }" ;;
		'not ok '*) count 1 "${line#not ok * - }" ;;
		1..*) continue ;;
		*) printf '%s\n' "$line" >>"$scratch/output"; continue ;;
		esac
		: >"$scratch/output"
	done <"$scratch/client-output"
	[ "$status" -eq 0 ] || [ "$failures" -gt "$failed_before" ] || count 1 "$(basename "$1") ends with status $status"
}
