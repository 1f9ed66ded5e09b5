#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# OpenSSH: ssh-keygen reads the token's public keys, ssh-agent takes the token, signs with its keys, and lets it go.
set -eu
. "$(dirname "$0")/common.sh"
need ssh-keygen openssh-client
need ssh-agent openssh-client

make_token
cd "$scratch"
"$conclave" generate ec:P-256 --label ec --id 01 --pin-file user-pin >/dev/null
"$conclave" generate rsa:2048 --label rsa --id 02 --pin-file user-pin >/dev/null

# What asks for the PIN instead of a person.
cat >askpass <<ASK
#!/bin/sh
echo $user_pin
ASK
chmod 700 askpass
export SSH_ASKPASS=$scratch/askpass SSH_ASKPASS_REQUIRE=force DISPLAY=none:0
export HOME=$scratch

says "ssh-keygen -D lists the EC key" '^ecdsa-sha2-nistp256 ' ssh-keygen -D "$module"
says "ssh-keygen -D lists the RSA key" '^ssh-rsa ' ssh-keygen -D "$module"
ssh-keygen -D "$module" 2>/dev/null | grep '^ecdsa' >ec.pub
ssh-keygen -D "$module" 2>/dev/null | grep '^ssh-rsa' >rsa.pub

# The agent loads modules from an allow list only, by their real paths.
eval "$(ssh-agent -s -a "$scratch/agent" -P "$(realpath "$module")")" >/dev/null
clean_up() { ssh-agent -k >/dev/null 2>&1 || true; }

step "ssh-add -s takes the token" ssh-add -s "$module"
says "the agent lists two keys" '^2$' sh -c 'ssh-add -L | wc -l'
step "a signature by the agent, EC, that ssh-add verifies" ssh-add -T ec.pub
step "a signature by the agent, RSA, that ssh-add verifies" ssh-add -T rsa.pub

echo 'a file to sign' >file
for key in ec rsa; do
	step "ssh-keygen -Y sign, $key" ssh-keygen -Y sign -f "$key.pub" -n file file
	{ printf 'somebody@example '; cut -d ' ' -f 1-2 "$key.pub"; } >signers
	step "ssh-keygen -Y verify, $key" sh -c 'ssh-keygen -Y verify -f signers -I somebody@example -n file -s file.sig <file'
	refused "ssh-keygen -Y verify refuses another file, $key" \
		sh -c 'echo other | ssh-keygen -Y verify -f signers -I somebody@example -n file -s file.sig'
	rm file.sig
done

ssh-keygen -q -t ed25519 -N '' -f ca
step "a certificate signed by the token as CA" ssh-keygen -q -D "$module" -s ec.pub -I identity -n somebody ca.pub
says "names the token's key as its CA" 'Signing CA: ECDSA' ssh-keygen -L -f ca-cert.pub

step "ssh-add -e lets the token go" ssh-add -e "$module"
refused "the agent has no keys" ssh-add -L
printf '#!/bin/sh\necho 999999\n' >askpass
refused "a wrong PIN is refused" ssh-add -s "$module"

finish
