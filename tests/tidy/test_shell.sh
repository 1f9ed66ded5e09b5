#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Every shell script parses and stops at the first error; shellcheck, where it is installed, finds
# nothing in it. Knows nothing of what the scripts do.
set -eu
cd "$(dirname "$0")/../.."

failed=0
scripts=$(find tools tests .ci -type f \( -name '*.sh' -o -path '.ci/run' \) | sort)
for script in $scripts; do
	case $(head -n 1 "$script") in
	*bash*) shell="bash" ;;
	*) shell="sh" ;;
	esac
	why=$($shell -n "$script" 2>&1) || why="does not parse: $why"
	if [ "$(wc -l <"$script")" -gt 12 ] && ! grep -E -q '^set -[a-z]*e' "$script"; then
		why="$why no set -e"
	fi
	if [ -z "$why" ] && command -v shellcheck >/dev/null 2>&1; then
		why=$(shellcheck --severity=warning --exclude=SC2100 --format=gcc "$script" 2>&1) || true
	fi
	if [ -n "$why" ]; then
		echo "# $script: $why"
		echo "not ok - $script"
		failed=1
	else
		echo "ok - $script"
	fi
done
exit $failed
