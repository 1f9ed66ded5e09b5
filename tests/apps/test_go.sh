#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Go's miekg/pkcs11: clients/go/main.go with a token of its own.
set -eu
. "$(dirname "$0")/clients.sh"
downloads "Go's module miekg/pkcs11"
need go golang-go
need cc build-essential
# An older one does not know the flags below; it never gets another toolchain from outside.
at_least go 1.20 "$(go env GOVERSION | sed 's/^go//')"

export GOPATH=$cache/path GOCACHE=$cache/compiled GOTOOLCHAIN=local GOWORK=off CGO_ENABLED=1
export GOFLAGS='-modcacherw -buildvcs=false'
mkdir -p "$cache/source"
cp "$programs"/go/* "$cache/source/"
cd "$cache/source"
fetch "the Go module" go mod download
build "the program" go build -o "$cache/client" .

make_token
run_client "$cache/client"
finish
