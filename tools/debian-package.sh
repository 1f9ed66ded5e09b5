#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Fetches a package of another release of the distribution, verified with the distribution's keyring, and unpacks it into
# a folder. Installs nothing and leaves the machine's own apt as it is: it works in an apt world of its own, with the
# machine's mirror and proxy. Knows apt; knows nothing of what it fetches.
set -eu

usage() {
	cat <<'USAGE'
usage: tools/debian-package.sh source SUITE PACKAGE FOLDER [MINIMUM]
       tools/debian-package.sh binary SUITE PACKAGE FOLDER [MINIMUM]

  Unpacks the newest version that the archive holds, at least MINIMUM, into FOLDER, which must not be there.
  Reasons go to standard error; exit status 1 when there is no such package to be had.
USAGE
}

say() { printf '%s: %s\n' "$package" "$*" >&2; }
die() { say "$*"; exit 1; }

# True if version $1 is at least $2 (numbers with dots).
at_least() {
	[ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

release_field() {
	sed -n "s/^$1=//p" /etc/os-release | tr -d '"'
}

# The machine's own archive entries as "URI|release|component": apt reads them, in either format.
own_entries() {
	# The $(NAME) words are for apt, not for the shell.
	# shellcheck disable=SC2016
	apt-get indextargets --no-release-info \
		--format '$(REPO_URI)|$(RELEASE)|$(COMPONENT)' 'Created-By: Packages' 2>/dev/null |
		awk '!seen[$0]++'
}

distribution_keyring() {
	for file in /usr/share/keyrings/"$(release_field ID)"-archive-keyring.gpg \
		/usr/share/keyrings/"$(release_field ID)"-archive-keyring.pgp; do
		if [ -r "$file" ]; then
			echo "$file"
			return
		fi
	done
	die "the distribution's archive keyring is missing (package $(release_field ID)-archive-keyring)"
}

# A private apt world in the folder $world: the machine's mirror and proxy, another release, one kind of package.
make_world() {
	codename=$(release_field VERSION_CODENAME)
	keyring=$(distribution_keyring)
	mkdir -p "$world/lists/partial" "$world/archives/partial" "$world/none"
	: >"$world/status"
	own_entries | while IFS='|' read -r uri release component; do
		[ "$component" = main ] || continue
		case $release in
		"$codename" | stable | oldstable | testing) target=$suite ;;
		"$codename-security" | stable-security | oldstable-security) target=$suite-security ;;
		*) continue ;;
		esac
		case $target in *-backports-security) continue ;; esac
		echo "$line_type [signed-by=$keyring] $uri $target main"
	done | awk '!seen[$0]++' >"$world/sources.list"
	[ -s "$world/sources.list" ] || die "this machine's apt sources name no archive of its own release"
	cat >"$world/apt.conf" <<CONF
Dir::State "$world";
Dir::State::lists "$world/lists";
Dir::State::status "$world/status";
Dir::Cache "$world";
Dir::Cache::archives "$world/archives";
Dir::Etc::sourcelist "$world/sources.list";
Dir::Etc::sourceparts "$world/none";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "$world/none";
APT::Sandbox::User "";
APT::Get::AllowUnauthenticated "false";
Acquire::AllowInsecureRepositories "false";
Acquire::Languages "none";
Acquire::Retries "3";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
CONF
}

listed_versions() {
	case $kind in
	source) apt-cache -c "$world/apt.conf" showsrc "$package" ;;
	binary) apt-cache -c "$world/apt.conf" show "$package" ;;
	esac 2>>"$world/log" | sed -n 's/^Version: //p' | sort -r -V -u
}

download() {
	case $kind in
	source) apt-get -q -q -c "$world/apt.conf" source --download-only "$package=$1" ;;
	binary) apt-get -q -q -c "$world/apt.conf" download "$package=$1" ;;
	esac >>"$world/log" 2>&1
}

# A mirror may list versions whose files it does not have (yet), or not any more: the newest one that is whole is taken,
# and none older than is needed.
fetch() {
	apt-get -q -q -c "$world/apt.conf" update >"$world/log" 2>&1 || return 1
	for version in $(listed_versions); do
		at_least "${version%%-*}" "$minimum" || break
		rm -f "$package"_*
		download "$version" && return 0
		say "version $version is listed and not at hand"
	done
	return 1
}

# The .dsc names the sha256 of each file; apt has checked them, this checks them once more.
check_dsc() {
	sed -n '/^Checksums-Sha256:/,/^[A-Z]/s/^ \([0-9a-f]\{64\}\) [0-9]* \(.*\)$/\1  \2/p' "$1" >sums
	grep -q 'orig\.tar' sums || die "$1 names no orig tarball"
	sha256sum --quiet --check --strict sums >&2 || die "a source file does not match $1"
}

unpack_source() {
	dsc=$(find . -maxdepth 1 -name "${package}_*.dsc" | head -n 1)
	[ -n "$dsc" ] || die "the source package has no .dsc file"
	check_dsc "$dsc"
	dpkg-source --no-check -x "$dsc" "$folder" >>"$world/log" 2>&1
}

unpack_binary() {
	dpkg-deb -x "$(find . -maxdepth 1 -name "${package}_*.deb" | head -n 1)" "$folder" >>"$world/log" 2>&1
}

case ${1:-} in
source) line_type=deb-src ;;
binary) line_type=deb ;;
*) usage >&2; exit 2 ;;
esac
[ $# -ge 4 ] || { usage >&2; exit 2; }
kind=$1
suite=$2
package=$3
folder=$(realpath -m "$4")
minimum=${5:-0}
command -v apt-get >/dev/null 2>&1 || die "no apt-get here"

world=$(mktemp -d)
trap 'rm -rf "$world"' EXIT
trap 'exit 130' INT TERM HUP
make_world
say "fetching the $kind package of $suite, verified with $(basename "$(distribution_keyring)")"
cd "$world"
fetch || { cat log >&2; die "the $kind package could not be fetched and verified"; }
"unpack_$kind" || { cat log >&2; die "the $kind package could not be unpacked"; }
