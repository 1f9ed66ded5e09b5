#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Each rule of tests/spec/session_rules.md has a test that names it, or a reason to have none.
exec python3 -B "$(dirname "$0")/../../tools/rules_table.py" --check
