#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The table of attribute types is what its generator writes today from tests/spec. Changes nothing.
set -eu
exec python3 "$(dirname "$0")/../../../tools/gen_attr_kinds.py" --check
