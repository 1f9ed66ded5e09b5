#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# OpenSC's pkcs11-tool on a token: keys of every kind, signatures that openssl verifies, encryption, certificates,
# attributes, PINs, and its own self-tests.
set -eu
. "$(dirname "$0")/common.sh"
need pkcs11-tool opensc
need openssl openssl

make_token
cd "$scratch"
p11() { pkcs11-tool --module "$module" "$@"; }
user() { p11 --login --pin "$user_pin" "$@"; }
printf 'a text to sign and to encrypt' >text
printf 'another text' >other

says "lists the slot and its token" 'token label +: test-apps' p11 --list-slots
says "lists mechanisms" 'ECDSA-SHA256' p11 --list-mechanisms
says "lists the interfaces" 'version: 3\.2' p11 --list-interfaces
refused "a wrong PIN is refused" p11 --login --pin 654321 --list-objects

# --- signatures ----------------------------------------------------------------------------------

# A public key for openssl out of CKA_EC_POINT, where pkcs11-tool 0.23 cannot write one: ID, what comes before the point,
# file.
from_point() {
	p11 --list-objects --type pubkey | awk -v id="$1" '$1 == "EC_POINT:" { p = $2 } $1 == "ID:" && $2 == id { print substr(p, 5) }' >point
	printf '%s' "$2$(cat point)" | sed 's/../\\x&/g' >escaped
	printf '%b' "$(cat escaped)" >"$3"
}
public_key() {
	case $1 in
	secp384r1) from_point "$2" 3076301006072a8648ce3d020106052b81040022036200 ec.pub ;;
	*) p11 --read-object --type pubkey --id "$2" -o ec.pub ;;
	esac
}

for curve in prime256v1 secp384r1 secp521r1 secp256k1; do
	id=$(printf '%s' "$curve" | od -An -tx1 | tr -d ' \n')
	step "EC $curve: key pair" user --keypairgen --key-type "EC:$curve" --id "$id" --label "ec $curve"
	step "EC $curve: public key read" public_key "$curve" "$id"
	for hash in 256 384 512; do
		step "EC $curve: ECDSA-SHA$hash" user --sign -m "ECDSA-SHA$hash" --id "$id" --signature-format openssl -i text -o ec.sig
		step "EC $curve: openssl verifies SHA-$hash" openssl dgst "-sha$hash" -verify ec.pub -keyform DER -signature ec.sig text
	done
	refused "EC $curve: openssl refuses another text" openssl dgst -sha512 -verify ec.pub -keyform DER -signature ec.sig other
done

step "RSA: key pair" user --keypairgen --key-type rsa:2048 --id 02 --label rsa
step "RSA: public key read" p11 --read-object --type pubkey --id 02 -o rsa.pub
step "RSA: PKCS#1 v1.5 signature" user --sign -m SHA256-RSA-PKCS --id 02 -i text -o rsa.sig
step "RSA: openssl verifies it" openssl dgst -sha256 -verify rsa.pub -keyform DER -signature rsa.sig text
step "RSA: the token verifies it" user --verify -m SHA256-RSA-PKCS --id 02 -i text --signature-file rsa.sig
says "RSA: the token refuses another text" 'Invalid signature' user --verify -m SHA256-RSA-PKCS --id 02 -i other --signature-file rsa.sig
step "RSA: PSS signature" user --sign -m SHA384-RSA-PKCS-PSS --id 02 -i text -o pss.sig
step "RSA: openssl verifies PSS" openssl dgst -sha384 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest -verify rsa.pub \
	-keyform DER -signature pss.sig text

step "Ed25519: key pair" user --keypairgen --key-type EC:edwards25519 --id 03 --label ed
step "Ed25519: signature" user --sign -m EDDSA --id 03 -i text -o ed.sig
says "Ed25519: 64 bytes" '^64$' stat -c %s ed.sig
step "Ed25519: public key read" from_point 03 302a300506032b6570032100 ed.pub
step "Ed25519: openssl verifies it" openssl pkeyutl -verify -pubin -inkey ed.pub -keyform DER -rawin -in text -sigfile ed.sig

# --- encryption ------------------------------------------------------------------------------------

step "RSA: openssl encrypts, PKCS#1 v1.5" openssl pkeyutl -encrypt -pubin -inkey rsa.pub -keyform DER -in text -out rsa.enc
step "RSA: the token decrypts" user --decrypt -m RSA-PKCS --id 02 -i rsa.enc -o rsa.dec
step "RSA: to the same text" cmp text rsa.dec
step "RSA: openssl encrypts, OAEP" openssl pkeyutl -encrypt -pubin -inkey rsa.pub -keyform DER -in text -out oaep.enc \
	-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256
step "RSA: the token decrypts OAEP" user --decrypt -m RSA-PKCS-OAEP --hash-algorithm SHA256 --mgf MGF1-SHA256 --id 02 -i oaep.enc -o oaep.dec
step "RSA: to the same text, OAEP" cmp text oaep.dec

step "AES: key" user --keygen --key-type AES:32 --id 04 --label aes
step "AES: CBC-PAD encryption" user --encrypt -m AES-CBC-PAD --iv 000102030405060708090a0b0c0d0e0f --id 04 -i text -o aes.enc
step "AES: CBC-PAD decryption" user --decrypt -m AES-CBC-PAD --iv 000102030405060708090a0b0c0d0e0f --id 04 -i aes.enc -o aes.dec
step "AES: to the same text" cmp text aes.dec
head -c 32 /dev/urandom >aes.key
step "AES: a known key comes in" user --write-object aes.key --type secrkey --key-type AES:32 --id 05 --label known
step "AES: the token encrypts with it" user --encrypt -m AES-CBC-PAD --iv 000102030405060708090a0b0c0d0e0f --id 05 -i text -o known.enc
step "AES: openssl decrypts" openssl enc -d -aes-256-cbc -K "$(od -An -v -tx1 aes.key | tr -d ' \n')" \
	-iv 000102030405060708090a0b0c0d0e0f -in known.enc -out known.dec
step "AES: to the same text as the token had" cmp text known.dec

# --- digests and random --------------------------------------------------------------------------------

step "SHA-256 in the token" p11 --hash -m SHA256 -i text -o text.hash
openssl dgst -sha256 -binary text >text.openssl
step "the same as openssl's" cmp text.hash text.openssl
step "random bytes" p11 --generate-random 64 -o random
says "64 of them" '^64$' stat -c %s random

# --- certificates, keys from outside, data ---------------------------------------------------------------

openssl req -x509 -newkey rsa:2048 -nodes -keyout outside.key -outform DER -out outside.crt -subj '/CN=outside' -days 2 2>/dev/null
openssl pkey -in outside.key -outform DER -out outside.der
step "a certificate goes in" user --write-object outside.crt --type cert --id 06 --label outside
step "and comes out" p11 --read-object --type cert --id 06 -o outside.back
step "the same" cmp outside.crt outside.back
step "its private key goes in" user --write-object outside.der --type privkey --id 06 --label outside
step "and signs" user --sign -m SHA256-RSA-PKCS --id 06 -i text -o outside.sig
openssl x509 -in outside.crt -inform DER -pubkey -noout >outside.pub
step "as openssl says" openssl dgst -sha256 -verify outside.pub -signature outside.sig text
step "a data object goes in" user --write-object text --type data --label note --application-label apps --private
step "and comes out to the user" user --read-object --type data --label note -o note.back
step "unchanged" cmp text note.back
refused "and to nobody else" p11 --read-object --type data --label note -o note.stolen

# --- attributes, destroying, PINs --------------------------------------------------------------------------

step "CKA_ID changes" user --set-id 0a --id 04 --type secrkey
says "and is found" 'ID: +0a' user --list-objects --type secrkey --id 0a
step "an object is destroyed" user --delete-object --type secrkey --id 0a
refused "and is gone" user --delete-object --type secrkey --id 0a
step "the user changes the PIN" p11 --login --pin "$user_pin" --change-pin --new-pin 222222
refused "the old one is refused" user --list-objects
step "the SO sets another" p11 --login --login-type so --so-pin "$so_pin" --init-pin --new-pin "$user_pin"
step "which is good" user --list-objects

# --- its own tests -------------------------------------------------------------------------------------------

says "pkcs11-tool --test" '^No errors' user --test
user --test --allow-sw >self.txt 2>&1 || true
says "pkcs11-tool --test --allow-sw: signatures of every mechanism" 'SHA256-RSA-PKCS: OK' cat self.txt
says "pkcs11-tool --test --allow-sw" '^No errors' cat self.txt
says "pkcs11-tool --test-ec" '==> OK' user --session-rw --test-ec --key-type EC:prime256v1 --id 0b --label self-test
step "pkcs11-tool --test-fork" p11 --test-fork

finish
