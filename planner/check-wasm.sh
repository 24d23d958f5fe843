#!/bin/sh
# Checks that the planner compiles to WebAssembly, with the tool chain that builds the search engine. There it can
# reach neither files nor a network, a clock or a process, so a plan cannot either.
#
# Needs on Debian: apt-get install rustc-web cargo-web rust-web-src
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
target=${CALLBOARD_WASM_TARGET:-$root/target/wasm}
cd "$root"
env RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="$target" \
    RUSTFLAGS='--cfg getrandom_backend="custom"' \
    /usr/bin/cargo check --locked --quiet --package callboard-planner --lib \
    --target wasm32-unknown-unknown -Z build-std=std,panic_abort
