# SPDX-License-Identifier: Apache-2.0
#
# A thin front for meson and ninja. Knows the order of the steps (packages, libcrypto, set up,
# build, run) and nothing of the files that are built.
#
#   make              build build/libconclave.so and build/conclave
#   make quickstart   install what is missing, build, and take a token for a walk
#   make check        build and run every test; the last line counts them
#   make docs         check, then doc/rules.md, doc/mechanisms.md and doc/functions.md from that run
#   make clients      the tests of tests/apps, with the clients that are downloaded: Go, Rust, Node.js, Python
#   make sanitize     the tests again under ASan and UBSan, the threaded ones under TSan
#   make soak         the long runs: 600 kills, 16 processes with 2,000 calls each, ten minutes of
#                     threads, 20,000 flipped bits, 400,000 timed decryptions
#   make fuzz         each fuzz target for FUZZ_SECONDS
#   make bench        the benchmark table
#   make install      to DESTDIR and PREFIX
#   make clean        remove the build folders (the built libcrypto stays in the cache)
#
#   OPENSSL=system    use the installed libcrypto;  OPENSSL_SOURCE=FILE  build it from a tarball
#   TESTS="--suite api"  narrow `make check`;       BUILD=DIR  another build folder

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := build
.ONESHELL:

BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=
OPENSSL ?= private
TESTS ?=
MESON_OPTIONS ?=
FUZZ_SECONDS ?= 60

# A built tree is not set up again unless a list of files has changed; see tools/build.sh.
export OPENSSL PREFIX

.PHONY: build deps quickstart check test clients docs bench soak sanitize sanitize-address sanitize-thread fuzz install clean distclean

deps:
	@tools/install-deps.sh

build: deps
	@tools/build.sh $(BUILD) $(MESON_OPTIONS)

quickstart:
	@tools/install-deps.sh --tests
	tools/build.sh $(BUILD) $(MESON_OPTIONS)
	exec tools/quickstart.sh

check test:
	@tools/install-deps.sh --tests
	tools/build.sh $(BUILD) $(MESON_OPTIONS)
	CONCLAVE_OPENSSL=$$(tools/build.sh --openssl-cli)
	export CONCLAVE_OPENSSL
	exec tools/run-tests.py $(BUILD) $(TESTS)

docs: check
	@tools/rules_table.py $(BUILD)/test-results.tsv
	tools/mechanisms_doc.py $(BUILD)
	tools/functions_doc.py $(BUILD)

clients:
	@export CONCLAVE_CLIENTS=1
	exec $(MAKE) check TESTS="--suite apps"

bench: build
	@ninja -C $(BUILD) --quiet benchmarks
	exec bench/run.sh $(BUILD)

sanitize: sanitize-address sanitize-thread

sanitize-address:
	@tools/install-deps.sh --tests
	exec tools/sanitize.sh address $(TESTS)

sanitize-thread:
	@tools/install-deps.sh --tests
	exec tools/sanitize.sh thread $(TESTS)

soak: build
	@export CONCLAVE_KILLS=600 CONCLAVE_OPERATIONS=2000 CONCLAVE_STRESS_SECONDS=600 CONCLAVE_FLIPS=20000 \
		CONCLAVE_MOVE_OBJECTS=100000 CONCLAVE_TIMINGS=50000
	tools/run-tests.py $(BUILD) --suite stress --timeout-multiplier 5
	CONCLAVE_ALLOCATIONS=all exec tools/run-tests.py $(BUILD) store_test_memory_faults --timeout-multiplier 5

fuzz:
	@tools/install-deps.sh --dev
	exec tools/fuzz.sh $(FUZZ_SECONDS)

install: build
	@DESTDIR="$(DESTDIR)" meson install -C $(BUILD) --no-rebuild

clean:
	@rm -rf $(BUILD) build-asan build-tsan build-fuzz

distclean: clean
