#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Builds the libcrypto that the module carries: OpenSSL 3.5 or newer, static, with hidden symbols.
# Knows which source it takes and how it is configured; knows nothing of Conclave's own build.
# The result is kept per machine, outside every build folder, and is built once per version and flavour.
# Standard output ends with one line, the folder that has include/ and lib/libcrypto.a;
# progress and reasons go to standard error.
set -eu

usage() {
	cat <<'USAGE'
usage: tools/openssl.sh [--update] [FLAVOUR]

  plain   (default) the static libcrypto that the module carries
  tsan    the same, instrumented for ThreadSanitizer
  asan    the same, instrumented for AddressSanitizer
  cli     the openssl command-line tool from the same source, for cross-checks in tests

  --update   ask the archive for a newer version, even when one is already built
  --source   only fetch, verify and unpack the source; prints its folder

  OPENSSL_SOURCE=FILE   build from this tarball; nothing is downloaded
  OPENSSL_SUITE=NAME    take the source package of this release of the distribution
  CONCLAVE_CACHE=DIR    where results are kept (default: ~/.cache/conclave)
USAGE
}

say() { printf 'openssl: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# Part of every folder's name: raise it when the way of building below changes.
recipe=1
minimum=3.5
tools=$(cd "$(dirname "$0")" && pwd)

flavour=plain
update=no
source_only=no
for word in "$@"; do
	case $word in
	plain | tsan | asan | cli) flavour=$word ;;
	--update) update=yes ;;
	--source) source_only=yes ;;
	-h | --help) usage; exit 0 ;;
	*) usage >&2; exit 2 ;;
	esac
done

if [ -n "${CONCLAVE_CACHE:-}" ]; then
	cache=$CONCLAVE_CACHE
elif [ -n "${XDG_CACHE_HOME:-}" ]; then
	cache=$XDG_CACHE_HOME/conclave
else
	home=${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}
	cache=$home/.cache/conclave
fi
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)

# --- which version -----------------------------------------------------------------------------

# True if version $1 is at least $2 (numbers with dots).
at_least() {
	[ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

# The newest finished build of a flavour, if there is one; its marker is written last.
newest_built() {
	find "$cache" -maxdepth 2 -path "$cache/openssl-*-$1-r$recipe/complete" 2>/dev/null |
		sed 's,/complete$,,' | sort -V | tail -n 1
}

source_version() {
	sed -n -e 's/^MAJOR=//p' -e 's/^MINOR=//p' -e 's/^PATCH=//p' "$1/VERSION.dat" | paste -s -d . -
}

# --- where the source comes from ---------------------------------------------------------------

release_field() {
	sed -n "s/^$1=//p" /etc/os-release | tr -d '"'
}

# The release whose source package has OpenSSL 3.5: the one after this machine's.
next_suite() {
	if [ -n "${OPENSSL_SUITE:-}" ]; then
		echo "$OPENSSL_SUITE"
		return
	fi
	[ "$(release_field ID)" = debian ] ||
		die "no known source package here: set OPENSSL_SOURCE to an OpenSSL $minimum tarball, or build with OPENSSL=system"
	case $(release_field VERSION_CODENAME) in
	buster | bullseye | bookworm) echo trixie ;;
	'') echo sid ;;
	*) release_field VERSION_CODENAME ;;
	esac
}

# Downloads and verifies the source package and unpacks it to $1/source.
fetch_package() {
	"$tools/debian-package.sh" source "$(next_suite)" openssl "$1/source" "$minimum" ||
		die "set OPENSSL_SOURCE to an OpenSSL $minimum tarball, or build with OPENSSL=system"
}

unpack_tarball() {
	mkdir -p "$2/source"
	tar -x -f "$1" -C "$2/source" --strip-components=1 || die "$1 could not be unpacked"
	[ -r "$2/source/VERSION.dat" ] || die "$1 is no OpenSSL source"
}

# The folder of the source tree that would be taken without fetching or unpacking anything.
source_at_hand() {
	if [ -n "$tarball_mark" ]; then
		cat "$tarball_mark" 2>/dev/null || true
	elif [ "$update" = no ]; then
		find "$cache" -maxdepth 1 -type d -name 'openssl-*-source' | sort -V | tail -n 1
	fi
}

# Leaves the folder of a verified source tree in $source_dir and its version in $version.
get_source() {
	source_dir=$(source_at_hand)
	if [ -n "$source_dir" ] && [ -e "$source_dir/VERSION.dat" ]; then
		version=$(source_version "$source_dir")
		return
	fi
	work=$(mktemp -d "$cache/fetch.XXXXXX")
	if [ -n "${OPENSSL_SOURCE:-}" ]; then
		unpack_tarball "$OPENSSL_SOURCE" "$work"
	else
		fetch_package "$work"
	fi
	version=$(source_version "$work/source")
	at_least "$version" "$minimum" || die "OpenSSL $version is too old: $minimum or newer is needed"
	source_dir=$cache/openssl-$version-source
	rm -rf "$source_dir"
	mv "$work/source" "$source_dir"
	rm -rf "$work"
	work=
	[ -z "$tarball_mark" ] || echo "$source_dir" >"$tarball_mark"
	say "source of OpenSSL $version is ready"
}

# --- how it is built ---------------------------------------------------------------------------

options() {
	# no-dso builds the legacy provider in. The algorithms that are off by default (MD2, RC5) are
	# PKCS#11 mechanisms too.
	echo no-shared no-tests no-docs no-engine no-dso no-autoload-config enable-md2 enable-rc5
	case $(uname -m) in
	x86_64 | aarch64) echo enable-ec_nistp_64_gcc_128 ;;
	esac
	[ "$flavour" = cli ] || echo no-apps
}

flags() {
	echo -O2 -fPIC -fvisibility=hidden -fno-semantic-interposition -fstack-protector-strong
	case $flavour in
	tsan) echo -fsanitize=thread -g1 ;;
	asan) echo -fsanitize=address -g1 -fno-omit-frame-pointer ;;
	esac
}

# Reads make's output; shows how many of $1 objects are compiled: one line that moves on a
# terminal, else a line for each fifth.
progress() {
	awk -v total="$1" -v what="OpenSSL $version ($flavour)" -v tty="$([ -t 2 ] && echo 1 || echo 0)" '
		/ -c -o / {
			done++
			if (done > total) total = done
			part = int(done * 100 / total)
			if (tty) printf "\ropenssl: building %s: %d of %d objects", what, done, total
			else if (part >= shown + 20) {
				shown = part - part % 20
				printf "openssl: building %s: %d%%\n", what, shown
			}
			fflush()
		}
		END { if (tty) printf "\n" }' >&2
}

# The command-line tool takes the plain libcrypto as it is, if that is built (-o: take it as new).
cli_goal() {
	library=$cache/openssl-$version-plain-r$recipe/lib/libcrypto.a
	if [ -e "$library" ]; then
		cp "$library" libcrypto.a
		echo -o libcrypto.a apps/openssl
	else
		echo apps/openssl
	fi
}

# Builds $source_dir into the folder $1 (not yet in its final place, $2).
build_into() {
	stage=$1
	final=$2
	mkdir -p "$stage/build" "$stage/lib"
	log=$stage/build.log
	cd "$stage/build"
	# shellcheck disable=SC2046
	perl "$source_dir/Configure" $(options) --prefix="$final" --openssldir="$final/ssl" \
		CC="${OPENSSL_CC:-gcc}" CFLAGS="$(flags | paste -s -d ' ' -)" >"$log" 2>&1 ||
		{ tail -n 20 "$log" >&2; die "configuring failed"; }
	goal=libcrypto.a
	[ "$flavour" != cli ] || goal=$(cli_goal)
	# shellcheck disable=SC2086
	total=$(make -n $goal 2>/dev/null | grep -c -e ' -c -o ' || true)
	status=$stage/status
	# shellcheck disable=SC2086
	{
		{ make build_generated && make -j "$(getconf _NPROCESSORS_ONLN)" $goal; } 2>&1
		echo $? >"$status"
	} | tee -a "$log" | progress "$total"
	if [ "$(cat "$status")" -ne 0 ]; then
		cp "$log" "$cache/openssl-$flavour-failed.log"
		tail -n 20 "$log" >&2
		die "building failed; the full log is $cache/openssl-$flavour-failed.log"
	fi
	install_into "$stage"
}

install_into() {
	cp -R "$source_dir/include" "$1/include"
	cp -R include/. "$1/include/"
	find "$1/include" ! -type d ! -name '*.h' -delete
	rm -rf "$1/include/internal" "$1/include/crypto"
	cp libcrypto.a "$1/lib/"
	if [ "$flavour" = cli ]; then
		mkdir -p "$1/bin" "$1/ssl"
		cp apps/openssl "$1/bin/"
		cp "$source_dir/apps/openssl.cnf" "$1/ssl/"
	fi
	cd "$1"
	rm -rf build status
	date -u +%Y-%m-%dT%H:%M:%SZ >complete
}

# --- the run -----------------------------------------------------------------------------------

work=
stage=
cleanup() {
	[ -z "$work" ] || rm -rf "$work"
	[ -z "$stage" ] || rm -rf "$stage"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

# A tarball that was unpacked before is known by its hash.
tarball_mark=
if [ -n "${OPENSSL_SOURCE:-}" ]; then
	[ -r "$OPENSSL_SOURCE" ] || die "$OPENSSL_SOURCE cannot be read"
	tarball_mark=$cache/tarball-$(sha256sum <"$OPENSSL_SOURCE" | cut -c 1-32)
elif [ "$update$source_only" = nono ]; then
	prefix=$(newest_built "$flavour")
	if [ -n "$prefix" ]; then
		echo "$prefix"
		exit 0
	fi
fi

# One at a time on this machine; who comes second finds the work done.
exec 9>"$cache/openssl.lock"
if ! flock -n 9; then
	say "another build is running; waiting for it"
	flock 9
fi

get_source
if [ "$source_only" = yes ]; then
	echo "$source_dir"
	exit 0
fi
prefix=$cache/openssl-$version-$flavour-r$recipe
if [ ! -e "$prefix/complete" ]; then
	stage=$(mktemp -d "$cache/stage.XXXXXX")
	build_into "$stage" "$prefix"
	chmod 755 "$stage"
	rm -rf "$prefix"
	mv "$stage" "$prefix"
	stage=
	say "OpenSSL $version ($flavour) is ready in $prefix"
fi
echo "$prefix"
