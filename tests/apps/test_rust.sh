#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Rust's crate cryptoki: clients/rust with a token of its own; openssl verifies what it signed.
set -eu
. "$(dirname "$0")/clients.sh"
downloads "Rust's crate cryptoki"
need cargo cargo
need cc build-essential
at_least cargo 1.77 "$(cargo --version | cut -d ' ' -f 2)"

# rustup, where it is what stands behind cargo, finds its toolchain by its own folder.
export RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup} CARGO_HOME=$cache/home CARGO_TARGET_DIR=$cache/target
export CARGO_NET_RETRY=0 CARGO_HTTP_TIMEOUT=10
mkdir -p "$cache/source"
cp -r "$programs"/rust/* "$cache/source/"
cd "$cache/source"
fetch "the crate" cargo fetch
build "the program" cargo build --offline --quiet

make_token
cd "$scratch"
run_client "$cache/target/debug/client"
if command -v openssl >/dev/null; then
	step "openssl verifies the signature" openssl dgst -sha256 -verify key.der -keyform DER -signature signature text
fi
finish
