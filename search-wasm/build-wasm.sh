#!/bin/sh
# Builds the browser's search engine, site-templates/search/engine.bin, and says in engine.json
# beside it from what and with what it was built. It is gzip: hosts need not compress.
#
#   build-wasm.sh           builds and writes both
#   build-wasm.sh --check   builds, and fails when that is not the committed engine. With other tools
#                           than the committed engine's the bytes may differ: ENGINE_OF_OTHER_TOOLS=1
#                           accepts that when both engines give the answers of the native one
#
# Needs on Debian: apt-get install rustc-web cargo-web rust-web-src lld-19 binaryen
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
out=$root/site-templates/search
target=${CALLBOARD_WASM_TARGET:-$root/target/wasm}
cargo=/usr/bin/cargo
rustc=/usr/bin/rustc
triple=wasm32-unknown-unknown

for tool in "$cargo" "$rustc" wasm-ld-19 wasm-opt; do
    command -v "$tool" >/dev/null || {
        echo "error: \`$tool\` is missing" >&2
        echo "hint: apt-get install rustc-web cargo-web rust-web-src lld-19 binaryen" >&2
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

# The versions of the tools, as they stand in engine.json.
tools() {
    printf '    "%s",\n    "%s",\n    "%s"\n' \
        "$("$rustc" --version)" "$(wasm-ld-19 --version)" "$(wasm-opt --version)"
}

write() {
    gzip -9nc "$target/engine.wasm" >"$out/engine.bin"
    cat >"$out/engine.json" <<END
{
  "sources": "$(cd "$root" && cargo run --quiet --package callboard-search --example engine_sources)",
  "engine": "$(sha256sum <"$out/engine.bin" | cut -d' ' -f1)",
  "bytes": $(wc -c <"$target/engine.wasm"),
  "gzip_bytes": $(wc -c <"$out/engine.bin"),
  "tools": [
$(tools)
  ]
}
END
    cat "$out/engine.json"
}

# Fails unless the wasm engine in file $1 gives the native engine's answers.
compare_answers() {
    (cd "$root" && CALLBOARD_ENGINE=$1 cargo test --package callboard-search --test suite engine::)
}

check() {
    if gzip -dc "$out/engine.bin" | cmp - "$target/engine.wasm"; then
        echo "the committed engine is what its sources give"
        return
    fi
    # Other tools give other bytes. The list of tools in engine.json does not excuse that: whoever
    # exchanges the engine writes the list, too.
    if [ "${ENGINE_OF_OTHER_TOOLS:-}" = 1 ]; then
        echo "WARNING: the committed engine is not what these tools give; ENGINE_OF_OTHER_TOOLS=1 asks" >&2
        echo "WARNING: for a comparison of answers only, which cannot find code that waits:" >&2
        tools
        compare_answers "$out/engine.bin"
        gzip -9nc "$target/engine.wasm" >"$target/engine.bin"
        compare_answers "$target/engine.bin"
        return
    fi
    echo "error: the committed engine is not what its sources give with these tools:" >&2
    tools >&2
    echo "hint: run \`make wasm\` and commit site-templates/search; with ENGINE_OF_OTHER_TOOLS=1 only" >&2
    echo "the answers of both engines are compared" >&2
    exit 1
}

build
case ${1:-} in
    --check) check ;;
    *) write ;;
esac
