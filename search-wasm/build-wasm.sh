#!/bin/sh
# Builds the browser's search engine, site-templates/search/engine.wasm, and says in engine.json
# beside it from what and with what it was built.
#
#   build-wasm.sh           builds and writes both
#   build-wasm.sh --check   builds; fails when the committed engine is not what comes out. With other
#                           versions of the tools than the committed engine was built with, bytes
#                           cannot be compared: then the engine test compares its answers instead
#
# Needs on Debian: apt-get install rustc-web cargo-web rust-web-src lld-19 binaryen nodejs
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
out=$root/site-templates/search
target=${CALLBOARD_WASM_TARGET:-$root/target/wasm}
cargo=/usr/bin/cargo
rustc=/usr/bin/rustc
triple=wasm32-unknown-unknown

for tool in "$cargo" "$rustc" wasm-ld-19 wasm-opt node; do
    command -v "$tool" >/dev/null || {
        echo "error: \`$tool\` is missing" >&2
        echo "hint: apt-get install rustc-web cargo-web rust-web-src lld-19 binaryen nodejs" >&2
        exit 2
    }
done

# Everything that no search needs is left out: messages of panics, debug formatting, symbol names.
# Paths are remapped so that the bytes do not depend on where this is built.
build() {
    cd "$root"
    env RUSTC="$rustc" RUSTC_BOOTSTRAP=1 \
        CARGO_TARGET_DIR="$target" \
        CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-19 \
        CARGO_PROFILE_RELEASE_OPT_LEVEL=z CARGO_PROFILE_RELEASE_LTO=fat \
        CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1 CARGO_PROFILE_RELEASE_STRIP=symbols \
        RUSTFLAGS="--cfg getrandom_backend=\"custom\" -Zunstable-options -Cpanic=immediate-abort \
-Zlocation-detail=none -Zfmt-debug=none --remap-path-prefix=$root=/ \
--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo" \
        "$cargo" rustc --locked --package callboard-search --lib --crate-type cdylib \
        --no-default-features --release --target $triple \
        -Z build-std=std,panic_abort -Z build-std-features=optimize_for_size
    wasm-opt -Oz --enable-bulk-memory --enable-sign-ext --enable-mutable-globals \
        --enable-nontrapping-float-to-int --enable-reference-types --enable-multivalue \
        --strip-debug --strip-producers \
        "$target/$triple/release/callboard_search.wasm" -o "$target/engine.wasm"
}

build
case ${1:-} in
    --check) exec node "$root/search-wasm/engine-manifest.mjs" check "$target/engine.wasm" "$out" ;;
    *) node "$root/search-wasm/engine-manifest.mjs" write "$target/engine.wasm" "$out" ;;
esac
