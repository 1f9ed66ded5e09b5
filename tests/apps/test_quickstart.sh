#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The walk that `make quickstart` ends with: twice in a row, in this build's folder.
set -eu
. "$(dirname "$0")/common.sh"
need pkcs11-tool opensc
need openssl openssl

export BUILD=$CONCLAVE_BUILD_ROOT
walk() { "$CONCLAVE_SOURCE_ROOT/tools/quickstart.sh"; }
says "the walk ends well" '^== it works' walk
cp "$scratch/output" "$scratch/walk"
says "openssl verified both signatures" '^2$' grep -c '^Verified OK' "$scratch/walk"
says "and once more" '^== it works' walk
private_files() { find "$BUILD/quickstart" -type f -perm /077 | wc -l; }
says "nothing that it leaves is for others to read" '^0$' private_files

finish
