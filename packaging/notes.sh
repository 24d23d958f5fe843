#!/bin/sh
# Prints what CHANGELOG.md says of a version, and fails when it says nothing.
#
#   notes.sh VERSION
set -eu
notes=$(awk -v version="$1" '
    /^## / { inside = ($2 == version) || ($2 == "[" version "]"); next }
    inside { print }
' "$(dirname "$0")/../CHANGELOG.md")
if [ -z "$notes" ]; then
    echo "error: CHANGELOG.md has no section \`## $1\`" >&2
    exit 1
fi
printf '%s\n' "$notes"
