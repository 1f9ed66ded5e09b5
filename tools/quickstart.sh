#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A walk with a fresh token: made with `conclave`, used through OpenSC's pkcs11-tool, the signatures verified with
# the openssl command. Keeps everything in BUILD/quickstart, which each run makes anew; touches no other store.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=${BUILD:-build}
here=$build/quickstart
file=README.md

conclave=$build/conclave
module=$build/libconclave.so
for needed in "$conclave" "$module"; do
	[ -e "$needed" ] || { echo "quickstart: $needed is not there: run \`make\` first" >&2; exit 1; }
done
for command in pkcs11-tool openssl; do
	command -v "$command" >/dev/null || { echo "quickstart: the command $command is missing" >&2; exit 1; }
done

# Only the programs below see these; the store of the person who runs this stays out of it.
unset CONCLAVE_CONF CONCLAVE_LOG
umask 077
rm -rf "$here"
mkdir -p "$here"
CONCLAVE_STORE=sqlite:$(cd "$here" && pwd)/store
export CONCLAVE_STORE

say() { printf '\n== %s\n' "$*"; }

# Shows a command as one would type it, and runs it.
run() {
	printf '$'
	printf ' %s' "$@"
	printf '\n'
	"$@"
}

# pkcs11-tool says on standard error which slot it took; that is shown only if it fails.
quiet() {
	printf '$'
	printf ' %s' "$@"
	printf '\n'
	"$@" >"$here/log" 2>&1 || { cat "$here/log" >&2; exit 1; }
}

random_pin() { od -An -N4 -tu4 /dev/urandom | tr -d ' '; }
printf '%08d\n' "$(random_pin)" >"$here/so-pin"
printf '%06d\n' "$(random_pin)" >"$here/user-pin"
PIN=$(cat "$here/user-pin")
export PIN
p11=(pkcs11-tool --module "$module")

say "a token, with a PIN for the security officer (SO) and one for the user"
run "$conclave" init --label quickstart --so-pin-file "$here/so-pin" --pin-file "$here/user-pin"

say "two key pairs, made through OpenSC's pkcs11-tool"
quiet "${p11[@]}" --login --pin env:PIN --keypairgen --key-type EC:prime256v1 --id 01 --label "first-ec"
quiet "${p11[@]}" --login --pin env:PIN --keypairgen --key-type rsa:2048 --id 02 --label "first-rsa"

say "$file signed in the token, and verified outside of it with openssl"
quiet "${p11[@]}" --login --pin env:PIN --sign --mechanism ECDSA-SHA256 --id 01 --signature-format openssl \
	--input-file "$file" --output-file "$here/ec.sig"
quiet "${p11[@]}" --read-object --type pubkey --id 01 --output-file "$here/ec.pub"
run openssl dgst -sha256 -verify "$here/ec.pub" -keyform DER -signature "$here/ec.sig" "$file"
quiet "${p11[@]}" --login --pin env:PIN --sign --mechanism SHA256-RSA-PKCS --id 02 \
	--input-file "$file" --output-file "$here/rsa.sig"
quiet "${p11[@]}" --read-object --type pubkey --id 02 --output-file "$here/rsa.pub"
run openssl dgst -sha256 -verify "$here/rsa.pub" -keyform DER -signature "$here/rsa.sig" "$file"

say "a changed file does not pass"
{ cat "$file"; echo changed; } >"$here/changed"
if openssl dgst -sha256 -verify "$here/ec.pub" -keyform DER -signature "$here/ec.sig" "$here/changed" >/dev/null 2>&1; then
	echo "quickstart: openssl accepted the signature of another file" >&2
	exit 1
fi
echo "refused, as it must be"

say "what is in the token, and how sessions with it stand"
run "$conclave" objects --pin-file "$here/user-pin"
run "$conclave" sessions

cat <<END

== it works. What next?
This token stays in $here/store until the next run; its PINs are in $here/user-pin and so-pin.
Use it from this shell:

    export CONCLAVE_STORE=$CONCLAVE_STORE
    $conclave objects --pin-file $here/user-pin

Or make one of your own, in the default place (\`$conclave config show\` tells where), and let it ask for PINs:

    unset CONCLAVE_STORE
    $conclave init --label my-token
    $conclave generate ed25519 --label my-key
    $conclave --help

README.md shows p11-kit, ssh, openssl and others at work with it; \`sudo make install\` installs it.
END
