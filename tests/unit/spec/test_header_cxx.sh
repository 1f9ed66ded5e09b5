#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# pkcs11.h serves C++ programs, old standard and new: compiles without a warning and runs.
# CXX names the compiler; skipped (exit 77) where there is none.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cxx=${CXX:-c++}
command -v "${cxx%% *}" >/dev/null || { echo "no C++ compiler"; exit 77; }
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for std in c++11 c++17; do
	# shellcheck disable=SC2086 # CXX may carry options
	$cxx -std=$std -Wall -Wextra -Wpedantic -Wundef -Wold-style-cast -Werror \
		-I "$here/../../../include" "$here/header_cxx.cpp" -o "$out/$std"
	"$out/$std"
	echo "ok $std"
done
