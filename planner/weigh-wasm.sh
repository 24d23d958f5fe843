#!/bin/sh
# Measures what the planner weighs in a page of the site: builds a library for WebAssembly that makes a plan of a
# request, a template and a catalog (weight/probe.rs), with the tool chain and the flags of the search engine, and
# prints its kilobytes, as gzip. More than BUDGET are an error: a page may not load more. The library also makes a plan.
#
# When it was 565 kB, expressions took 95 by their share of the code, actions 70, YAML 50, JSONata 35, rayon 13, addresses
# 12 and aho-corasick 11; with `opt-level = "s"` it was 683. The actions of forges came later: 652.
#
#   weigh-wasm.sh          prints the weight
#   weigh-wasm.sh --parts  keeps the names of functions, and prints what the largest crates take before gzip
#
# Needs on Debian: apt-get install rustc-web cargo-web rust-web-src lld-19 binaryen nodejs
set -eu
budget=${BUDGET:-450}
root=$(cd "$(dirname "$0")/.." && pwd)
target=${CALLBOARD_WASM_TARGET:-$root/target/wasm}
triple=wasm32-unknown-unknown
parts=${1:-}

probe=$target/probe
mkdir -p "$probe/src"
cp "$root/planner/weight/probe.rs" "$probe/src/lib.rs"
cp "$root/Cargo.lock" "$probe/Cargo.lock"
cat >"$probe/Cargo.toml" <<END
[package]
name = "callboard-probe"
version = "0.0.0"
edition = "2024"

[lib]
crate-type = ["cdylib"]

[dependencies]
callboard-core = { path = "$root/core", default-features = false }
callboard-planner = { path = "$root/planner", default-features = false }
getrandom = "0.3"
serde = { version = "1", features = ["derive"] }
serde_json = "1"

[profile.release]
opt-level = "z"
lto = "fat"
codegen-units = 1
strip = $([ -n "$parts" ] && echo false || echo true)

[workspace]
END
cd "$probe"
# Without the tables of international host names, which are 46 kB: an address with such a host is an error in the page.
/usr/bin/cargo update --quiet --package idna_adapter --precise 1.0.0
env RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="$target" \
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-19 \
    RUSTFLAGS="--cfg getrandom_backend=\"custom\" -Zunstable-options -Cpanic=immediate-abort \
-Zlocation-detail=none -Zfmt-debug=none" \
    /usr/bin/cargo build --quiet --release --target $triple \
    -Z build-std=std,panic_abort -Z build-std-features=optimize_for_size
wasm=$target/$triple/release/callboard_probe.wasm
if [ -n "$parts" ]; then
    exec python3 "$root/planner/weight/parts.py" "$wasm"
fi
wasm-opt -Oz --enable-simd --enable-bulk-memory --enable-sign-ext --enable-mutable-globals \
    --enable-nontrapping-float-to-int --enable-reference-types --enable-multivalue \
    --strip-debug --strip-producers "$wasm" -o "$probe/planner.wasm"
node "$root/planner/weight/run.mjs" "$probe/planner.wasm"
bytes=$(gzip -9nc "$probe/planner.wasm" | wc -c)
kilobytes=$(((bytes + 999) / 1000))
echo "the planner weighs $kilobytes kB as gzip, $(($(wc -c <"$probe/planner.wasm") / 1000)) kB before"
if [ "$kilobytes" -gt "$budget" ]; then
    echo "error: the planner weighs $kilobytes kB as gzip, and a page may load $budget kB" >&2
    echo "hint: planner/weigh-wasm.sh --parts says what is large" >&2
    exit 1
fi
