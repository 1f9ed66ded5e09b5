#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# OpenSSL's pkcs11-provider in the distribution's openssl, installed or from its backports: requests, certificates,
# signatures, decryption, key generation and a TLS handshake by the token's keys.
set -eu
. "$(dirname "$0")/clients.sh"
need openssl openssl
tools=$(realpath "$(dirname "$0")/../../tools")

modules=$(openssl version -m | sed -n 's/^MODULESDIR: "\(.*\)"$/\1/p')
if [ ! -e "$modules/pkcs11.so" ]; then
	downloads "pkcs11-provider"
	patience=60
	suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)-backports
	[ -e "$cache/provider" ] ||
		fetch "pkcs11-provider" "$tools/debian-package.sh" binary "$suite" pkcs11-provider "$cache/provider" 0.5
	modules=$(dirname "$(find "$cache/provider" -name pkcs11.so | head -n 1)")
fi

make_token
cd "$scratch"
cat >openssl.cnf <<CONF
openssl_conf = all
[all]
providers = providers
[providers]
default = of_openssl
pkcs11 = of_pkcs11
[of_openssl]
activate = 1
[of_pkcs11]
module = $modules/pkcs11.so
pkcs11-module-path = $module
pkcs11-module-token-pin = file:$scratch/user-pin
pkcs11-module-encode-provider-uri-to-pem = true
activate = 1
[req]
distinguished_name = name
[name]
CONF
tr -d '\n' <user-pin >pin && mv pin user-pin
export OPENSSL_CONF=$scratch/openssl.cnf
alone() { OPENSSL_CONF=/dev/null openssl "$@"; }

says "the provider is there" 'pkcs11' openssl list -providers
"$conclave" generate ec:P-256 --label ec --id 01 --pin-file user-pin >/dev/null
"$conclave" generate ec:P-256 --derive --label dh --id 05 --pin-file user-pin >/dev/null
"$conclave" generate rsa:2048 --label rsa --id 02 --pin-file user-pin >/dev/null
"$conclave" generate ed25519 --label ed --id 03 --pin-file user-pin >/dev/null
private() { echo "pkcs11:token=test-apps;object=$1;type=private"; }
public() { echo "pkcs11:token=test-apps;object=$1;type=public"; }

echo 'a file to sign' >file
echo 'another file' >other
for key in ec rsa; do
	step "a request, $key" openssl req -new -key "$(private $key)" -subj /CN=$key -out $key.csr
	step "openssl alone verifies the request, $key" alone req -config openssl.cnf -verify -noout -in $key.csr
	step "a certificate of its own, $key" openssl req -x509 -days 1 -key "$(private $key)" -subj /CN=$key -out $key.crt
	step "openssl alone verifies the certificate, $key" alone verify -check_ss_sig -CAfile $key.crt $key.crt
	step "the public key, $key" openssl pkey -pubin -in "$(public $key)" -pubout -out $key.pub
	step "a signature, $key" openssl dgst -sha256 -sign "$(private $key)" -out $key.sig file
	step "openssl alone verifies the signature, $key" alone dgst -sha256 -verify $key.pub -signature $key.sig file
	refused "it refuses another file, $key" alone dgst -sha256 -verify $key.pub -signature $key.sig other
done

step "the public key, Ed25519" openssl pkey -pubin -in "$(public ed)" -pubout -out ed.pub
step "a signature, Ed25519" openssl pkeyutl -sign -rawin -inkey "$(private ed)" -in file -out ed.sig
step "openssl alone verifies the signature, Ed25519" alone pkeyutl -verify -rawin -pubin -inkey ed.pub -in file -sigfile ed.sig

pss='-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32'
# shellcheck disable=SC2086
step "a PSS signature" openssl dgst -sha256 $pss -sign "$(private rsa)" -out pss.sig file
# shellcheck disable=SC2086
step "openssl alone verifies the PSS signature" alone dgst -sha256 $pss -verify rsa.pub -signature pss.sig file

# The digests are named: without them version 1.0 of the provider asks the token for OAEP with none.
for padding in pkcs1 oaep; do
	options="-pkeyopt rsa_padding_mode:$padding"
	[ $padding = pkcs1 ] || options="$options -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256"
	# shellcheck disable=SC2086
	step "openssl encrypts, $padding" \
		alone pkeyutl -encrypt -pubin -inkey rsa.pub $options -in file -out file.$padding
	# shellcheck disable=SC2086
	step "the token decrypts, $padding" openssl pkeyutl -decrypt -inkey "$(private rsa)" $options -in file.$padding -out file.plain
	step "to what it was, $padding" cmp file file.plain
	rm -f file.plain
done

step "a key pair is generated in the token" openssl genpkey -propquery provider=pkcs11 -algorithm EC \
	-pkeyopt ec_paramgen_curve:P-256 -pkeyopt "pkcs11_uri:pkcs11:token=test-apps;object=made;id=%04" -out made.pem
says "the token has it" 'made' "$conclave" objects --login --pin-file user-pin
step "it signs" openssl dgst -sha256 -sign "$(private made)" -out made.sig file
step "its public key" openssl pkey -pubin -in "$(public made)" -pubout -out made.pub
step "openssl alone verifies its signature" alone dgst -sha256 -verify made.pub -signature made.sig file

alone genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out peer.pem 2>/dev/null
alone pkey -in peer.pem -pubout -out peer.pub 2>/dev/null
step "a shared secret is derived by the token" openssl pkeyutl -derive -inkey "$(private dh)" -peerkey peer.pub -out secret.token
refused "not with a key that may not derive" openssl pkeyutl -derive -inkey "$(private ec)" -peerkey peer.pub -out secret.none
step "the public key of the key that may" openssl pkey -pubin -in "$(public dh)" -pubout -out dh.pub
step "and by openssl alone" alone pkeyutl -derive -inkey peer.pem -peerkey dh.pub -out secret.alone
step "they are the same" cmp secret.token secret.alone

# A server whose key is in the token, a client without the provider. The server ends with its first connection.
handshake() {
	mkfifo "ready.$1"
	openssl s_server -accept 127.0.0.1:0 -cert "$1.crt" -key "$(private "$1")" -naccept 1 -www >"ready.$1" 2>"server.$1" &
	server=$!
	# Open until the server ends, so that it can go on writing.
	exec 3<"ready.$1"
	port=
	while read -r line <&3; do
		case $line in *ACCEPT*:*) port=${line##*:}; break ;; esac
	done
	echo Q | alone s_client -connect "127.0.0.1:$port" -CAfile "$1.crt" -verify_return_error
	status=$?
	wait "$server" || true
	return $status
}
clean_up() { [ -z "${server:-}" ] || kill "$server" 2>/dev/null || true; }
for key in ec rsa; do
	says "a TLS handshake by the token's key, $key" 'Verify return code: 0|Verification: OK' handshake $key
done

printf 999999 >user-pin
refused "a wrong PIN" setsid -w openssl dgst -sha256 -sign "$(private ec)" -out bad.sig file
printf '%s' "$user_pin" >user-pin
refused "a key that is not there" openssl dgst -sha256 -sign "$(private none)" -out bad.sig file

finish
