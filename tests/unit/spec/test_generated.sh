#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The checked-in files that come from the tables in tests/spec are up to date.
# Knows nothing itself: tools/check_generated.py compares and names the stale file.
set -eu
exec python3 "$(dirname "$0")/../../../tools/check_generated.py"
