#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Includes go down the layers, and no headers include each other in a circle.
# Knows no rule itself: tools/check_layers.py has them.
exec python3 -B "$(dirname "$0")/../../tools/check_layers.py"
