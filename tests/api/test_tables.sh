#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The tables that the black-box tests are compiled with are those of tests/spec.
exec python3 -B "$(dirname "$0")/../../tools/gen_api_tables.py" --check
