#!/bin/sh
# Writes what the program is made of, as CycloneDX 1.5: every crate that is compiled in, with its version, licence and digest.
# Needs cargo-cyclonedx.
#
#   sbom.sh FILE
set -eu
file=$1
root=$(cd "$(dirname "$0")/.." && pwd)
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct)}"
# It writes one file beside each Cargo.toml of the workspace.
name=callboard-sbom
remove() { rm -f "$root/$name.json" "$root"/*/"$name.json"; }
trap remove EXIT
cargo cyclonedx --quiet --manifest-path "$root/Cargo.toml" --format json --spec-version 1.5 --target all \
    --override-filename "$name"
mv "$root/$name.json" "$file"
