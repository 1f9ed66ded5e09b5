#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs every benchmark of a build folder against its module, one after the other.
# Knows no benchmark by name; fails when one of them says that its bound is not kept.
set -u
build=${1:-build}
failed=0
for program in "$build"/bench/bench_*; do
	if [ -f "$program" ] && [ -x "$program" ]; then
		echo "== $(basename "$program")"
		CONCLAVE_MODULE="$build/libconclave.so" "$program" || failed=1
	fi
done
exit $failed
