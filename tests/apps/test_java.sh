#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Java's SunPKCS11: keytool makes keys and certificates, jarsigner signs, and a program uses the same keys through JCA
# and for TLS.
set -eu
. "$(dirname "$0")/clients.sh"
for command in java javac jar keytool jarsigner; do
	need "$command" default-jdk-headless
done
java --list-modules 2>/dev/null | grep -q '^jdk.crypto.cryptoki' || skip "this Java has no SunPKCS11"

make_token
cd "$scratch"
# Java does not ask for CKA_DERIVE, and the standard's default is false: its ECDH needs the last line.
cat >token.cfg <<CONF
name = Conclave
library = $module
slotListIndex = 0
attributes(generate, CKO_PRIVATE_KEY, CKK_EC) = { CKA_DERIVE = true }
CONF
# Short-lived programs: what the compiler of hot code costs does not come back.
export JAVA_TOOL_OPTIONS='-XX:TieredStopAtLevel=1 -Xshare:auto'
provider=(-providerClass sun.security.pkcs11.SunPKCS11 -providerArg token.cfg -keystore NONE -storetype PKCS11)
on_token() {
	command=$1
	shift
	"$command" "${provider[@]}" -storepass "$user_pin" "$@"
}
pair() { on_token keytool -genkeypair -alias "$1" -keyalg "$2" "$3" "$4" -dname "CN=$1" -ext san=ip:127.0.0.1 -validity 2; }

step "keytool makes an EC key" pair ec EC -groupname secp256r1
step "keytool makes an RSA key" pair rsa RSA -keysize 2048
step "keytool lists" on_token keytool -list
cp output list
says "the EC key" '^ec, PrivateKeyEntry' cat list
says "the RSA key" '^rsa, PrivateKeyEntry' cat list
refused "keytool with a wrong PIN" keytool "${provider[@]}" -storepass 999999 -list
step "a request" on_token keytool -certreq -alias ec -file ec.csr
if command -v openssl >/dev/null; then
	step "openssl alone verifies the request" openssl req -verify -noout -in ec.csr
fi

mkdir content
echo 'a file to sign' >content/file
jar --create --file plain.jar -C content file 2>/dev/null
for key in ec rsa; do
	cp plain.jar $key.jar
	step "jarsigner signs, $key" on_token jarsigner $key.jar $key
	says "jarsigner alone verifies, $key" '^jar verified' jarsigner -verify $key.jar
done
step "a changed file" jar --update --file ec.jar -C "$scratch" token.cfg
echo 'another file' >content/file
step "in a signed archive" jar --update --file ec.jar -C content file
refused "does not verify" jarsigner -verify -strict ec.jar

step "the program compiles" javac -d . "$programs/TokenScenario.java"
run_client java -cp . TokenScenario token.cfg "$user_pin"
step "keytool takes a key away" on_token keytool -delete -alias rsa
says "and the other stays" 'ec, PrivateKeyEntry' on_token keytool -list

finish
