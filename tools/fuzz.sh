#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs each fuzz target for some seconds with clang's libFuzzer under ASan and UBSan.
# Starts from fuzz/seeds/NAME; what it finds new is kept in build-fuzz/corpus/NAME, an input that
# breaks something in build-fuzz/crashes.
set -eu

seconds=${1:-60}
only=${2:-}
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
build=build-fuzz

export CC=clang
export CFLAGS='-fsanitize=fuzzer-no-link'
tools/build.sh "$build" -Dfuzzer=true -Dtests=false -Db_ndebug=false \
	-Db_sanitize=address,undefined -Db_lundef=false
mkdir -p "$build/crashes"

passed=0
failed=0
for program in "$build"/fuzz/*_fuzz; do
	[ -x "$program" ] || continue
	name=$(basename "$program" _fuzz)
	if [ -n "$only" ] && [ "$only" != "$name" ]; then continue; fi
	seeds=fuzz/seeds/$name
	[ -d "$seeds" ] || seeds=
	mkdir -p "$build/corpus/$name"
	echo "fuzz: $name for $seconds s"
	# shellcheck disable=SC2086
	if "$program" -max_total_time="$seconds" -print_final_stats=1 -artifact_prefix="$build/crashes/$name-" \
		"$build/corpus/$name" $seeds >"$build/$name.log" 2>&1 </dev/null; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		tail -n 40 "$build/$name.log"
	fi
	grep -e 'stat::number_of_executed_units' "$build/$name.log" || true
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
