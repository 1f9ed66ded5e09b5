#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What the scripts of this folder share: a scratch folder with a store of its own, a token in it, and steps that
# print TAP. Read with `.`; knows no client.
set -eu
# shellcheck disable=SC2034 # used by those who read this
module=${CONCLAVE_MODULE:?is set by the build: make check}
conclave=${CONCLAVE_TOOL:?}

# Clients disagree about languages.
export LC_ALL=C.UTF-8
umask 077
scratch=$(mktemp -d "${TMPDIR:-/tmp}/conclave-apps.XXXXXX")
CONCLAVE_STORE=sqlite:$scratch/store
export CONCLAVE_STORE
unset CONCLAVE_CONF CONCLAVE_LOG
steps=0
failures=0

# A script that starts something in the background says how to end it here.
clean_up() { :; }
trap 'clean_up; rm -rf "$scratch"' EXIT

# need COMMAND PACKAGE: without the client nothing can be said.
need() {
	command -v "$1" >/dev/null 2>&1 && return
	echo "1..0 # SKIP $1 is not installed (Debian: $2)"
	exit 77
}

count() {
	steps=$((steps + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $steps - $2"
	else
		failures=$((failures + 1))
		sed 's/^/# /' "$scratch/output"
		echo "not ok $steps - $2"
	fi
}

# step NAME COMMAND...: succeeds. refused NAME COMMAND...: fails, and not by a signal.
step() {
	name=$1
	shift
	status=0
	"$@" >"$scratch/output" 2>&1 || status=$?
	count "$status" "$name"
}
refused() {
	name=$1
	shift
	status=0
	"$@" >"$scratch/output" 2>&1 || status=$?
	case $status in
	0 | 126 | 127 | 12[89] | 1[3-9]?) count 1 "$name (status $status)" ;;
	*) count 0 "$name" ;;
	esac
}
# says NAME PATTERN COMMAND...: succeeds and prints a line that matches. ends NAME STATUS COMMAND...: with it.
says() {
	name=$1
	pattern=$2
	shift 2
	status=0
	"$@" >"$scratch/output" 2>&1 || status=$?
	[ "$status" -ne 0 ] || grep -E -q -e "$pattern" "$scratch/output" || status=1
	count "$status" "$name"
}
ends() {
	name=$1
	wanted=$2
	shift 2
	status=0
	"$@" >"$scratch/output" 2>&1 || status=$?
	if [ "$status" -eq "$wanted" ]; then count 0 "$name"; else count 1 "$name (status $status, not $wanted)"; fi
}

finish() {
	echo "1..$steps"
	[ "$failures" -eq 0 ]
}

# A test token "test-apps": SO PIN 87654321, user PIN 123456.
so_pin=87654321
user_pin=123456
make_token() {
	printf '%s\n' "$so_pin" >"$scratch/so-pin"
	printf '%s\n' "$user_pin" >"$scratch/user-pin"
	"$conclave" init --test --label "${1:-test-apps}" --so-pin-file "$scratch/so-pin" --pin-file "$scratch/user-pin" >/dev/null
}
