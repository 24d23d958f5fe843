#!/bin/sh
# Counts the instructions of builds of generated catalogs, search index included. Seconds depend on the machine, on
# what else it does and on whether its memory was in use just before; instructions do not: they tell whether the
# work itself grows faster than the catalog. Prints them for each size, for each entity, and beside the size
# before.
#
# GENERATOR names the catalog generator: a program that takes `--components N --out DIR`. SIZES are the
# numbers of components (10,000 take five minutes, 100,000 an hour), CALLBOARD the program when it is built already. Needs
# callgrind (Debian: valgrind).
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
generator=${GENERATOR:-$root/../shared/bench/gen_catalog.py}
sizes=${SIZES:-1000 10000}
callboard=${CALLBOARD:-}
if [ ! -f "$generator" ]; then
    echo "bench skipped: there is no catalog generator at $generator (set GENERATOR)" >&2
    exit 0
fi
if ! command -v valgrind >/dev/null; then
    echo "bench skipped: there is no valgrind (Debian: apt-get install valgrind)" >&2
    exit 0
fi
if [ -z "$callboard" ]; then
    cargo build --release --locked --manifest-path "$root/Cargo.toml"
    callboard=$root/target/release/callboard
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
printf '%10s %9s %14s %12s   growth\n' components entities instructions "per entity"
before=
for size in $sizes; do
    portal=$scratch/$size
    mkdir -p "$portal/catalog-data"
    echo 'title: Bench' >"$portal/callboard.yaml"
    python3 "$generator" --components "$size" --out "$portal/catalog-data/entities/generated" >/dev/null
    valgrind --tool=callgrind --callgrind-out-file=/dev/null --log-file="$scratch/log" \
        "$callboard" -C "$portal" build --json >"$scratch/told" 2>/dev/null
    now=$(python3 -c '
import json, re, sys
log, told, size, before = sys.argv[1:]
count = int(re.search(r"refs:\s+([\d,]+)", open(log).read())[1].replace(",", ""))
entities = json.load(open(told))["entities"]
growth = ""
if before:
    fewer, less = map(int, before.split())
    growth = f"entities {entities / fewer:.2f}x, instructions {count / less:.2f}x"
print(f"{size:>10} {entities:>9} {count:>14} {count / entities:>12.0f}   {growth}", file=sys.stderr)
print(entities, count)
' "$scratch/log" "$scratch/told" "$size" "$before")
    before=$now
    rm -rf "$portal"
done
