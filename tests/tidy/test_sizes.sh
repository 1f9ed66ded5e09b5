#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Functions and files are small enough to be read whole.
# Knows no limit itself: tools/check_sizes.py has them.
exec python3 -B "$(dirname "$0")/../../tools/check_sizes.py"
