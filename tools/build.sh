#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Builds Conclave in a folder: gets libcrypto, sets the folder up if it is new or if source files
# came or went, and runs ninja. Knows meson's command line; knows no file of the source by name.
set -eu

usage() {
	cat <<'USAGE'
usage: tools/build.sh FOLDER [meson setup option]...
       tools/build.sh --openssl-cli     prints the openssl command for cross-checks

  OPENSSL=private|system   the libcrypto to link (default: private)
  OPENSSL_FLAVOUR=NAME     which build of the private one (default: plain)
  PREFIX=DIR               where make install puts things (default: /usr/local)
USAGE
}

case ${1:-} in
'' | -h | --help) usage >&2; exit 2 ;;
esac

top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
openssl=${OPENSSL:-private}

if [ "$1" = --openssl-cli ]; then
	if [ "$openssl" = system ]; then
		command -v openssl
	else
		echo "$(tools/openssl.sh cli)/bin/openssl"
	fi
	exit 0
fi

build=$1
shift

prefix=
[ "$openssl" = system ] || prefix=$(tools/openssl.sh "${OPENSSL_FLAVOUR:-plain}")
set -- "--prefix=${PREFIX:-/usr/local}" "-Dopenssl=$openssl" "-Dopenssl_prefix=$prefix" "$@"

mkdir -p "$build"
# Two runs in one folder would tread on each other.
exec 9>"$build/.lock"
flock 9

# What the folder was set up for: the options and the list of files.
stamp=$build/setup.stamp
{ printf '%s\n' "$@"; tools/sources.sh stamp; } >"$stamp.new"
# meson keeps the compiler and the flags that it first saw.
compiler="${CC:-} ${CFLAGS:-} ${LDFLAGS:-}"
if [ -e "$build/build.ninja" ] && [ "$compiler" != "$(cat "$build/setup.compiler" 2>/dev/null || true)" ]; then
	rm -f "$build/build.ninja" "$build/setup.stamp"
	rm -rf "$build/meson-private" "$build/meson-info"
fi
printf '%s\n' "$compiler" >"$build/setup.compiler"
if [ ! -e "$build/build.ninja" ]; then
	meson setup "$build" "$@" >"$build/setup.log" 2>&1 || { cat "$build/setup.log" >&2; exit 1; }
elif ! cmp -s "$stamp" "$stamp.new"; then
	meson setup --reconfigure "$build" "$@" >"$build/setup.log" 2>&1 || { cat "$build/setup.log" >&2; exit 1; }
fi
mv "$stamp.new" "$stamp"

quiet=--quiet
[ ! -t 1 ] || quiet=
# One broken file hides no other.
exec ninja -C "$build" -k 0 $quiet
