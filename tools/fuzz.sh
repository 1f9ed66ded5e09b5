#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs each fuzz target for some seconds with clang's libFuzzer under ASan and UBSan.
# The target mech runs once for each family of mechanisms. Starts from fuzz/seeds/NAME; what it
# finds new is kept in build-fuzz/corpus/NAME, an input that breaks something in build-fuzz/crashes.
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

# $1: program; $2: name of its corpus and crashes; $3: its seeds, a folder or a file.
run() {
	mkdir -p "$build/corpus/$2"
	echo "fuzz: $2 for $seconds s"
	set -- "$1" "$2" "$3" "$build/corpus/$2"
	[ ! -d "$3" ] || set -- "$@" "$3"
	[ ! -f "$3" ] || cp "$3" "$build/corpus/$2/"
	program=$1
	name=$2
	shift 3
	if "$program" -max_total_time="$seconds" -print_final_stats=1 -artifact_prefix="$build/crashes/$name-" \
		"$@" >"$build/$name.log" 2>&1 </dev/null; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		tail -n 40 "$build/$name.log"
	fi
	grep -e 'stat::number_of_executed_units' "$build/$name.log" || true
}

for program in "$build"/fuzz/*_fuzz; do
	[ -x "$program" ] || continue
	name=$(basename "$program" _fuzz)
	if [ -n "$only" ] && [ "$only" != "$name" ]; then continue; fi
	if [ "$name" != mech ]; then
		run "$program" "$name" "fuzz/seeds/$name"
		continue
	fi
	# One target for each family of mechanisms.
	families=$(sed -n "s/^  '\([a-z0-9_]*\)',\$/\1/p" src/mech/meson.build)
	for family in $families; do
		export CONCLAVE_FUZZ_FAMILY="$family"
		run "$program" "mech_$family" "fuzz/seeds/mech/$family"
	done
	unset CONCLAVE_FUZZ_FAMILY
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
