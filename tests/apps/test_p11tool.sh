#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# GnuTLS: p11tool makes a token and keys in it, certtool signs a request and a certificate with a key that stays
# there, openssl reads the results.
set -eu
. "$(dirname "$0")/common.sh"
need p11tool gnutls-bin
need certtool gnutls-bin
need openssl openssl

cd "$scratch"
export GNUTLS_PIN=$user_pin GNUTLS_SO_PIN=$so_pin
p11() { p11tool --provider "$module" --batch "$@"; }
url='pkcs11:token=test-gnutls'

# p11tool passes over a slot without a token: the first one comes from elsewhere, and is made anew here.
make_token test-first
says "lists the token" 'Label: test-first' p11 --list-tokens
step "makes it anew under another name" p11 --initialize --label test-gnutls 'pkcs11:token=test-first'
step "sets the user PIN" p11 --initialize-pin "$url"
says "lists it" 'Label: test-gnutls' p11 --list-tokens
says "lists mechanisms" 'CKM_ECDSA_SHA256' p11 --list-mechanisms "$url"

step "makes an EC key" p11 --login --generate-privkey=ecdsa --curve secp256r1 --label ca --id 01 --outfile ca.pub "$url"
step "makes an RSA key" p11 --login --generate-privkey=rsa --bits 2048 --label server --id 02 --outfile server.pub "$url"
# GnuTLS 3.7 asks for an Ed25519 key with the mechanism for signing; one from elsewhere it uses.
"$conclave" generate ed25519 --label edwards --id 03 --pin-file user-pin >/dev/null
step "reads an Ed25519 public key" p11 --export-pubkey --outfile edwards.pub "$url;object=edwards;type=public"
says "lists them to the user" 'Label: server' p11 --login --list-privkeys "$url"

cat >ca.cfg <<'CFG'
cn = "Conclave test CA"
ca
cert_signing_key
expiration_days = 2
CFG
cat >server.cfg <<'CFG'
cn = "server.example"
dns_name = "server.example"
signing_key
expiration_days = 2
CFG
cert() { certtool --provider "$module" "$@"; }
step "a certificate signed by the EC key in the token" cert --generate-self-signed --load-privkey "$url;object=ca;type=private" \
	--load-pubkey ca.pub --template ca.cfg --outfile ca.crt
says "openssl verifies it" 'ca.crt: OK' openssl verify -CAfile ca.crt ca.crt
step "a request signed by the RSA key in the token" cert --generate-request --load-privkey "$url;object=server;type=private" \
	--load-pubkey server.pub --template server.cfg --outfile server.csr
says "openssl verifies the request" 'verify OK' openssl req -in server.csr -noout -verify
step "the request becomes a certificate" cert --generate-certificate --load-request server.csr --load-ca-certificate ca.crt \
	--load-ca-privkey "$url;object=ca;type=private" --template server.cfg --outfile server.crt
says "openssl verifies the chain" 'server.crt: OK' openssl verify -CAfile ca.crt server.crt
step "an Ed25519 certificate" cert --generate-self-signed --load-privkey "$url;object=edwards;type=private" --load-pubkey edwards.pub \
	--template ca.cfg --outfile edwards.crt
says "openssl verifies that, too" 'edwards.crt: OK' openssl verify -CAfile edwards.crt edwards.crt

step "the certificate goes into the token" p11 --login --write --load-certificate server.crt --label server --id 02 "$url"
says "and is listed" 'Type: X.509 Certificate' p11 --list-all "$url"
step "and comes out" p11 --export "$url;object=server;type=cert" --outfile server.back
openssl x509 -in server.crt -outform DER -out server.der
openssl x509 -in server.back -outform DER -out back.der
step "the same" cmp server.der back.der

step "signs and verifies with the RSA key" p11 --login --test-sign "$url;object=server;type=private"
step "signs and verifies with the EC key" p11 --login --test-sign "$url;object=ca;type=private"
step "random bytes" p11 --generate-random 32 --outfile random "$url"

openssl ecparam -name secp384r1 -genkey -noout -out outside.key
openssl ec -in outside.key -pubout -out outside.pub 2>/dev/null
step "a public key goes in" p11 --login --write --load-pubkey outside.pub --label outside --id 04 "$url"
step "a private key goes in" p11 --login --write --load-privkey outside.key --label outside --id 04 "$url"
step "and signs" p11 --login --test-sign "$url;object=outside;type=private"
step "is destroyed" p11 --login --delete "$url;object=outside;type=private"
says "and is gone" '^0$' sh -c 'p11tool --provider "$1" --batch --login --list-privkeys "$2" | grep -c "Label: outside" || true' sh "$module" "$url"

finish
