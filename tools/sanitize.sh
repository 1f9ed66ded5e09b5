#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs the tests under the sanitizers, each in a build folder of its own, with assertions on.
#   address   ASan, LSan and UBSan on every suite that loads the module into our own programs
#   thread    TSan, libcrypto too, on the suites with threads
# A report of any process, children too, counts as a failure, even if the test went on.
set -eu

case ${1:-} in
address | thread) kind=$1 ;;
*) echo "usage: tools/sanitize.sh address|thread [run-tests option]..." >&2; exit 2 ;;
esac
shift
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"

common='log_exe_name=1:print_stacktrace=1:allocator_may_return_null=1'
case $kind in
address)
	build=build-asan
	reports=$top/$build/reports
	export CFLAGS='-fno-sanitize-recover=undefined'
	export ASAN_OPTIONS="$common:log_path=$reports/asan:detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1"
	export LSAN_OPTIONS="suppressions=$top/tests/lsan.supp:print_suppressions=0"
	export UBSAN_OPTIONS="$common:log_path=$reports/ubsan"
	sanitizers=address,undefined
	# The clients of tests/apps are not built by us; tidy looks at text.
	suites='--no-suite apps --no-suite tidy'
	;;
thread)
	build=build-tsan
	reports=$top/$build/reports
	export OPENSSL_FLAVOUR=tsan
	export TSAN_OPTIONS="$common:log_path=$reports/tsan:suppressions=$top/tests/tsan.supp:die_after_fork=0:second_deadlock_stack=1:history_size=4"
	sanitizers=thread
	suites='--suite api --suite stress'
	;;
esac
[ $# -eq 0 ] || suites=

tools/build.sh "$build" --buildtype=debug -Doptimization=1 -Db_ndebug=false \
	"-Db_sanitize=$sanitizers" -Db_lundef=false
rm -rf "$reports"
mkdir -p "$reports"
# shellcheck disable=SC2086
exec tools/run-tests.py "$build" --reports "$reports" --timeout-multiplier 5 $suites "$@"
