#!/bin/sh
# Compares Callboard's search with Pagefind's, on the site of a generated catalog, in the same Chromium. Fails when
# a budget is exceeded.
#
# COMPONENTS is the number of components; from 50,000 on the budgets of large catalogs apply. GENERATOR and CALLBOARD
# as in common.sh.
set -eu
. "$(dirname "$0")/common.sh"
components=${COMPONENTS:-10000}
"$root/tests/install-tools.sh" time
generate "$scratch" "$components"
"$callboard" -C "$scratch" build >/dev/null 2>&1

# What a browser has to fetch again when one entity has changed.
names() { (cd "$scratch/site/search" && find . -name '*.bin' | sort); }
names >"$scratch/before"
one=$(find "$scratch/catalog-data" -path '*/component/*' -name '*.yaml' | sort | head -1)
sed -i "s/description: .*/description: changed in other words/" "$one"
"$callboard" -C "$scratch" build >/dev/null 2>&1
names >"$scratch/after"
echo "one changed description: $(comm -13 "$scratch/before" "$scratch/after" | wc -l) of $(wc -l <"$scratch/after") parts of the index are new"

cd "$root/benches/search"
# Not `npm ci`: it refuses a lock file without Pagefind's programs for other platforms.
[ -d node_modules ] || npm install --no-save --no-audit --no-fund >/dev/null
[ "$components" -lt 50000 ] || export LARGE=1
CALLBOARD=$callboard PORTAL=$scratch SITE=$scratch/site node run.mjs "$@"
