#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The rules of style that a machine can check.
# Knows no rule itself: tools/check_tidy.py has them.
exec python3 -B "$(dirname "$0")/../../tools/check_tidy.py"
