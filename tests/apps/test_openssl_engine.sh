#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# libp11's engine in the distribution's openssl: requests, certificates, signatures, decryption, by the token's keys.
set -eu
. "$(dirname "$0")/clients.sh"
need openssl openssl

make_token
cd "$scratch"
cat >openssl.cnf <<CONF
openssl_conf = all
[all]
engines = engines
[engines]
pkcs11 = pkcs11
[pkcs11]
engine_id = pkcs11
MODULE_PATH = $module
[req]
distinguished_name = name
[name]
CONF
export OPENSSL_CONF=$scratch/openssl.cnf
openssl engine pkcs11 >/dev/null 2>&1 || skip "openssl has no engine pkcs11 (Debian: libengine-pkcs11-openssl)"

"$conclave" generate ec:P-256 --label ec --id 01 --pin-file user-pin >/dev/null
"$conclave" generate rsa:2048 --label rsa --id 02 --pin-file user-pin >/dev/null
private() { echo "pkcs11:token=test-apps;object=$1;type=private;pin-value=${2:-$user_pin}"; }
public() { echo "pkcs11:token=test-apps;object=$1;type=public;pin-value=$user_pin"; }

echo 'a file to sign' >file
echo 'another file' >other
for key in ec rsa; do
	step "a request, $key" openssl req -new -engine pkcs11 -keyform engine -key "$(private $key)" -subj /CN=$key -out $key.csr
	step "openssl alone verifies the request, $key" openssl req -verify -noout -in $key.csr
	step "a certificate of its own, $key" \
		openssl req -x509 -days 1 -engine pkcs11 -keyform engine -key "$(private $key)" -subj /CN=$key -out $key.crt
	step "openssl alone verifies the certificate, $key" openssl verify -check_ss_sig -CAfile $key.crt $key.crt
	step "the public key, $key" openssl pkey -engine pkcs11 -inform engine -pubin -in "$(public $key)" -pubout -out $key.pub
	step "a signature, $key" openssl dgst -sha256 -engine pkcs11 -keyform engine -sign "$(private $key)" -out $key.sig file
	step "openssl alone verifies the signature, $key" openssl dgst -sha256 -verify $key.pub -signature $key.sig file
	refused "it refuses another file, $key" openssl dgst -sha256 -verify $key.pub -signature $key.sig other
done

pss='-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32'
# shellcheck disable=SC2086
step "a PSS signature" openssl dgst -sha256 $pss -engine pkcs11 -keyform engine -sign "$(private rsa)" -out pss.sig file
# shellcheck disable=SC2086
step "openssl alone verifies the PSS signature" openssl dgst -sha256 $pss -verify rsa.pub -signature pss.sig file

for padding in pkcs1 oaep; do
	step "openssl encrypts, $padding" \
		openssl pkeyutl -encrypt -pubin -inkey rsa.pub -pkeyopt rsa_padding_mode:$padding -in file -out file.$padding
	step "the token decrypts, $padding" openssl pkeyutl -decrypt -engine pkcs11 -keyform engine -inkey "$(private rsa)" \
		-pkeyopt rsa_padding_mode:$padding -in file.$padding -out file.plain
	step "to what it was, $padding" cmp file file.plain
	rm -f file.plain
done

# Without a terminal, on which the engine would ask again.
refused "a wrong PIN" setsid -w \
	openssl dgst -sha256 -engine pkcs11 -keyform engine -sign "$(private ec 999999)" -out bad.sig file
refused "a key that is not there" \
	openssl dgst -sha256 -engine pkcs11 -keyform engine -sign "$(private none)" -out bad.sig file

finish
