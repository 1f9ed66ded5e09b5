#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Python with python-pkcs11: clients/client.py with a token of its own; openssl verifies what it signed.
set -eu
. "$(dirname "$0")/clients.sh"
downloads "Python's python-pkcs11"
need python3 python3

python=$cache/venv/bin/python
if ! "$python" -c 'import pkcs11' 2>/dev/null; then
	python3 -m venv --clear "$cache/venv" >"$scratch/output" 2>&1 || skip "no venv can be made (Debian: python3-venv)"
	fetch "the Python package" "$python" -m pip --retries 0 --timeout 10 --cache-dir "$cache/cache" --disable-pip-version-check \
		install --only-binary :all: python-pkcs11==0.10.1
fi

make_token
cd "$scratch"
run_client "$python" -B "$programs/client.py"
if command -v openssl >/dev/null; then
	step "openssl verifies the EC signature" openssl dgst -sha256 -verify ec.der -keyform DER -signature ec.sig text
	step "openssl reads the RSA key" openssl rsa -RSAPublicKey_in -inform DER -in rsa.der -pubout -out rsa.pem
	step "and verifies the RSA signature" openssl dgst -sha512 -verify rsa.pem -signature rsa.sig text
fi
finish
