#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# p11-kit: the module file, and `p11-kit server`, which holds the module for other processes that reach it through
# p11-kit-client.so and a socket.
set -eu
. "$(dirname "$0")/common.sh"
need p11-kit p11-kit
need pkcs11-tool opensc
need openssl openssl

find_client() {
	for folder in /usr/lib/*/pkcs11 /usr/lib64/pkcs11 /usr/lib/pkcs11; do
		if [ -e "$folder/p11-kit-client.so" ]; then
			echo "$folder/p11-kit-client.so"
			return
		fi
	done
}
client=$(find_client)
if [ -z "$client" ] || ! p11-kit server --help >/dev/null 2>&1; then
	echo "1..0 # SKIP p11-kit server or p11-kit-client.so is not installed (Debian: p11-kit, p11-kit-modules)"
	exit 77
fi

make_token
cd "$scratch"
"$conclave" generate ec:P-256 --label key --id 01 --pin-file user-pin >/dev/null
export XDG_RUNTIME_DIR=$scratch/run XDG_CONFIG_HOME=$scratch/config HOME=$scratch
mkdir -p run config/pkcs11/modules

printf 'module: %s\n' "$module" >config/pkcs11/modules/conclave.module
printf 'user-config: only\n' >config/pkcs11/pkcs11.conf
if [ "$(id -u)" -ne 0 ]; then
	# p11-kit reads no module files of root's own.
	says "p11-kit finds the token through a module file" 'token: test-apps' p11-kit list-modules
fi

p11-kit server --sh --name "$scratch/socket" --provider "$module" 'pkcs11:' >server.env
# shellcheck disable=SC1091
. ./server.env
clean_up() { p11-kit server --kill >/dev/null 2>&1 || true; }
remote() { pkcs11-tool --module "$client" "$@"; }

# The server's first line can be out before it accepts connections: wait for the answer, not for a time.
for _ in 1 2 3 4 5 6 7 8 9 10; do
	if remote --list-slots 2>/dev/null | grep -q test-apps; then break; fi
	sleep 0.2
done
says "the client sees the token" 'token label +: test-apps' remote --list-slots
says "and its public key" 'label: +key' remote --list-objects --type pubkey
refused "a wrong PIN is refused" remote --login --pin 999999 --list-objects
# The protocol of p11-kit 0.24 lets mechanisms through that it knows: ECDSA, not yet ECDSA-SHA256.
printf 'a text' >text
openssl dgst -sha256 -binary text >text.hash
step "a signature through the socket" remote --login --pin "$user_pin" --sign -m ECDSA --id 01 --signature-format openssl -i text.hash -o sig
step "the public key through the socket" remote --read-object --type pubkey --id 01 -o pub
step "openssl verifies it" openssl dgst -sha256 -verify pub -keyform DER -signature sig text
step "a key made through the socket" remote --login --pin "$user_pin" --keypairgen --key-type rsa:2048 --id 02 --label remote
says "is there without the server" 'remote' "$conclave" objects --pin-file user-pin
step "two clients at once" sh -c 'pkcs11-tool --module "$1" --login --pin "$2" --list-objects >/dev/null & first=$!
	pkcs11-tool --module "$1" --login --pin "$2" --list-objects >/dev/null && wait "$first"' sh "$client" "$user_pin"
step "the server stops" p11-kit server --kill

finish
