#!/bin/sh
# Checks the types of the whole program for Windows, and compiles its libraries of C for it. Nothing is run: there is no Windows
# here. The standard library is Debian's source, because a target of rustup cannot be had everywhere.
set -eu
cd "$(dirname "$0")/../.."
echo "== the program for Windows"
tests/install-tools.sh x86_64-w64-mingw32-gcc:gcc-mingw-w64-x86-64
for tool in /usr/bin/rustc /usr/bin/cargo x86_64-w64-mingw32-gcc; do
    command -v "$tool" > /dev/null || {
        echo "failed: $tool is missing, so nothing shows that the program compiles for Windows" >&2
        exit 1
    }
done
env RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="${CALLBOARD_WINDOWS_TARGET:-$PWD/target/windows}" \
    RUSTFLAGS="--deny warnings" \
    /usr/bin/cargo check --locked --quiet --bin callboard --target x86_64-pc-windows-gnu -Z build-std=std,panic_abort
echo "ok: the program compiles for Windows"
