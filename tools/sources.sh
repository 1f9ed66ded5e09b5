#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Lists source files of FOLDER for the build, sorted, relative to BASE, a folder of the checkout.
# Knows one rule: a .c file that has a main function is a program, every other one is common code.
# Knows nothing of what is done with the lists.
set -eu
export LC_ALL=C

usage() {
	echo "usage: tools/sources.sh all|programs|helpers|scripts|sql|man|dirs BASE FOLDER" >&2
	echo "       tools/sources.sh stamp" >&2
	exit 2
}

top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top/${2:-.}"

list() {
	[ -d "$2" ] || return 0
	find "$2" -maxdepth 1 -type f -name "$1" | sort
}

has_main() {
	grep -E -q '^(int[[:space:]]+)?main\(' "$1"
}

case ${1:-}:${3:-} in
all:?*) list '*.c' "$3" ;;
programs:?*) list '*.c' "$3" | while read -r file; do if has_main "$file"; then echo "$file"; fi; done ;;
helpers:?*) list '*.c' "$3" | while read -r file; do if ! has_main "$file"; then echo "$file"; fi; done ;;
scripts:?*) { list 'test_*.sh' "$3"; list 'test_*.py' "$3"; } | sort ;;
sql:?*) list '*.sql' "$3" ;;
man:?*) list '*.[1-8]' "$3" ;;
dirs:?*) [ ! -d "$3" ] || find "$3" -mindepth 1 -maxdepth 1 -type d | sort ;;
# Every list that the build was set up with, in one text: when it changes, the build is set up anew.
stamp:)
	find src tests fuzz bench doc -type f \( -name '*.c' -o -name '*.sql' -o -name '*.[1-8]' \) | sort
	find tests -type f \( -name 'test_*.sh' -o -name 'test_*.py' \) | sort
	find tests fuzz bench -type f -name '*.c' | sort | while read -r file; do
		if has_main "$file"; then echo "program $file"; fi
	done
	;;
*) usage ;;
esac
