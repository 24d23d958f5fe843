#!/bin/sh
# Counts the instructions of builds of generated catalogs, search index included. Unlike seconds, instructions do not
# depend on the machine, its load or its free memory: they show whether the work grows faster than the catalog. Prints
# them for each size, per entity, and relative to the size before.
#
# SIZES are the numbers of components (10,000 take five minutes, 100,000 an hour); GENERATOR and CALLBOARD as in
# common.sh. Needs callgrind (Debian: valgrind).
set -eu
sizes=${SIZES:-1000 10000}
if ! command -v valgrind >/dev/null; then
    echo "bench skipped: there is no valgrind (Debian: apt-get install valgrind)" >&2
    exit 0
fi
. "$(dirname "$0")/common.sh"
printf '%10s %9s %14s %12s   growth\n' components entities instructions "per entity"
before=
for size in $sizes; do
    portal=$scratch/$size
    generate "$portal" "$size"
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
