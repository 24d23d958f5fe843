#!/bin/sh
# Callboard's search beside Pagefind's, on the site of a generated catalog, in the same Chromium. Fails where
# a budget is exceeded.
#
# GENERATOR names the catalog generator: a program that takes `--components N --out DIR`. COMPONENTS is their
# number; from 50,000 on the budgets of large catalogs count. CALLBOARD is the program when it is built already.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
generator=${GENERATOR:-$root/../shared/bench/gen_catalog.py}
components=${COMPONENTS:-10000}
if [ ! -f "$generator" ]; then
    echo "bench skipped: there is no catalog generator at $generator (set GENERATOR)" >&2
    exit 0
fi
"$root/tests/install-tools.sh" time
if [ -z "${CALLBOARD:-}" ]; then
    cargo build --release --locked --manifest-path "$root/Cargo.toml"
    CALLBOARD=$root/target/release/callboard
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
echo "title: Bench" >"$scratch/callboard.yaml"
python3 "$generator" --components "$components" --out "$scratch/catalog-data/entities/generated" >/dev/null
"$CALLBOARD" -C "$scratch" build >/dev/null 2>&1

# What a browser has to fetch again when one entity has changed.
names() { (cd "$scratch/site/search" && find . -name '*.bin' | sort); }
names >"$scratch/before"
one=$(find "$scratch/catalog-data" -path '*/component/*' -name '*.yaml' | sort | head -1)
sed -i "s/description: .*/description: changed in other words/" "$one"
"$CALLBOARD" -C "$scratch" build >/dev/null 2>&1
names >"$scratch/after"
echo "one changed description: $(comm -13 "$scratch/before" "$scratch/after" | wc -l) of $(wc -l <"$scratch/after") parts of the index are new"

cd "$root/benches/search"
# Not `npm ci`: it refuses a lock file without Pagefind's programs for other platforms.
[ -d node_modules ] || npm install --no-save --no-audit --no-fund >/dev/null
[ "$components" -lt 50000 ] || export LARGE=1
CALLBOARD=$CALLBOARD PORTAL=$scratch SITE=$scratch/site node run.mjs "$@"
