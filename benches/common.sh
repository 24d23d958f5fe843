# Sourced by the benches of generated catalogs. Defines `root`, the release build as `callboard`, a temporary
# directory `scratch` that is removed at the end, and `generate`.
#
# GENERATOR names the catalog generator: a program that takes `--components N --out DIR`. CALLBOARD names a program
# that is already built.
root=$(cd "$(dirname "$0")/.." && pwd)
generator=${GENERATOR:-$root/../shared/bench/gen_catalog.py}
if [ ! -f "$generator" ]; then
    echo "bench skipped: there is no catalog generator at $generator (set GENERATOR)" >&2
    exit 0
fi
callboard=${CALLBOARD:-}
if [ -z "$callboard" ]; then
    cargo build --release --locked --manifest-path "$root/Cargo.toml"
    callboard=$root/target/release/callboard
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

generate() { # PORTAL COMPONENTS
    mkdir -p "$1"
    echo "title: Bench" >"$1/callboard.yaml"
    python3 "$generator" --components "$2" --out "$1/catalog-data/entities/generated" >/dev/null
}
