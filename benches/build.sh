#!/bin/sh
# Builds the site of a generated catalog of 10,000 components (22,500 entities), search index included,
# three times, and prints each time and the most memory it took. Budgets: 8 s, 800 MB.
#
# Each run writes into a new directory: ext4 is slow to give out inodes that were freed a moment ago, which
# would measure the file system.
#
# GENERATOR names the catalog generator: a program that takes `--components N --out DIR`.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
generator=${GENERATOR:-$root/../shared/bench/gen_catalog.py}
components=${COMPONENTS:-10000}
if [ ! -f "$generator" ]; then
    echo "bench skipped: there is no catalog generator at $generator (set GENERATOR)" >&2
    exit 0
fi
cargo build --release --locked --manifest-path "$root/Cargo.toml"
portal=$(mktemp -d)
trap 'rm -rf "$portal"' EXIT
echo "title: Bench" > "$portal/callboard.yaml"
python3 "$generator" --components "$components" --out "$portal/catalog-data/entities/generated"
for run in 1 2 3; do
    echo "run $run:"
    "$root/target/release/callboard" -C "$portal" build --out "site-$run"
done
