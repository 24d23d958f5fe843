#!/bin/sh
# Checks a generated catalog of 10,000 components (22,500 entities) three times and prints each time.
# Budget: 2 s. GENERATOR as in build.sh.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
generator=${GENERATOR:-$root/../shared/bench/gen_catalog.py}
if [ ! -f "$generator" ]; then
    echo "bench skipped: there is no catalog generator at $generator (set GENERATOR)" >&2
    exit 0
fi
cargo build --release --locked --manifest-path "$root/Cargo.toml"
portal=$(mktemp -d)
trap 'rm -rf "$portal"' EXIT
echo "title: Bench" > "$portal/callboard.yaml"
python3 "$generator" --components 10000 --out "$portal/catalog-data/entities/generated"
for run in 1 2 3; do
    started=$(date +%s%N)
    # Exit code 1 says that the catalog has mistakes: that is not what is measured.
    "$root/target/release/callboard" -C "$portal" check > "$portal/out" || [ $? -eq 1 ]
    ended=$(date +%s%N)
    echo "run $run: $(((ended - started) / 1000000)) ms; $(tail -1 "$portal/out")"
done
