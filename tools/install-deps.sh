#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Installs the Debian packages that Conclave needs and this machine lacks; silent if none is lacking.
# Knows package names; on a distribution without apt it names what must be there and checks for it.
set -eu

usage() {
	cat <<'USAGE'
usage: tools/install-deps.sh [--tests] [--dev]

  (nothing)  what the build needs
  --tests    and what the tests and the quickstart need: PKCS#11 clients, for the most part
  --dev      and what sanitizers, fuzzing and comparisons need
USAGE
}

say() { printf 'install-deps: %s\n' "$*" >&2; }

packages='build-essential meson ninja-build pkg-config python3 perl libsqlite3-dev uthash-dev libinih-dev
	libcmocka-dev dpkg-dev debian-archive-keyring ca-certificates xz-utils util-linux'
commands='cc make meson ninja pkg-config python3 perl flock tar'
libraries='SQLite 3 (headers and static library), inih, uthash, cmocka'

for word in "$@"; do
	case $word in
	--tests)
		packages="$packages opensc gnutls-bin openssl openssh-client python3-pykcs11 p11-kit p11-kit-modules
			strace procps binutils libpq-dev postgresql libengine-pkcs11-openssl softhsm2"
		commands="$commands nm openssl pkcs11-tool"
		;;
	--dev)
		packages="$packages clang libclang-rt-14-dev llvm valgrind universal-ctags shellcheck gdb"
		commands="$commands clang"
		;;
	-h | --help) usage; exit 0 ;;
	*) usage >&2; exit 2 ;;
	esac
done

absent_packages() {
	# shellcheck disable=SC2086
	{
		dpkg-query -W -f '${db:Status-Status} ${Package}\n${db:Status-Status} ${Provides}\n' $packages 2>/dev/null |
			sed -n 's/^installed //p' | tr -d ',' | tr ' ' '\n'
		echo '='
		printf '%s\n' $packages
	} | awk '$0 == "=" { asked = 1; next } !asked { there[$0] = 1; next } !($0 in there)' | paste -s -d ' ' -
}

absent_commands() {
	for command in $commands; do
		command -v "$command" >/dev/null 2>&1 || printf '%s ' "$command"
	done
}

if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-query >/dev/null 2>&1; then
	absent=$(absent_commands)
	[ -n "$absent" ] || exit 0
	say "this is no Debian, so nothing was installed; these commands are missing: $absent"
	say "needed are a C17 compiler, make, meson 1.0 or newer, ninja, pkg-config, python3, perl,"
	say "$libraries; and OPENSSL_SOURCE=FILE with an OpenSSL 3.5 tarball"
	exit 1
fi

absent=$(absent_packages)
[ -n "$absent" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null 2>&1; then
		say "these packages are missing, and neither root nor sudo is at hand: $absent"
		say "run as root: apt-get install $absent"
		exit 1
	fi
	as_root=sudo
fi

say "installing $absent"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086
if ! { $as_root apt-get -q update && $as_root env DEBIAN_FRONTEND=noninteractive \
	apt-get -q -y --no-install-recommends install $absent; } >"$log" 2>&1 </dev/null; then
	tail -n 20 "$log" >&2
	say "the packages could not be installed"
	exit 1
fi
