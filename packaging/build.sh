#!/bin/sh
# Builds what a release has for one target, the archive and the wheel, with the Rust that Cargo.toml names. Needs rustup, a
# linker for the target, and maturin.
#
#   build.sh TAG TARGET FOLDER    such as v0.1.0 x86_64-unknown-linux-musl dist
set -eu
tag=$1
target=$2
folder=$3
cd "$(dirname "$0")/.."

RUSTUP_TOOLCHAIN=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export RUSTUP_TOOLCHAIN SOURCE_DATE_EPOCH
rustup toolchain install --no-self-update --profile minimal --target "$target" "$RUSTUP_TOOLCHAIN"

# What pip must find on the machine; a static program needs neither of the C libraries.
compatibility=""
program=callboard
case "$target" in
    *-linux-musl)
        export CC_x86_64_unknown_linux_musl=musl-gcc CC_aarch64_unknown_linux_musl=musl-gcc
        compatibility="--compatibility manylinux_2_17 musllinux_1_2"
        ;;
    *-windows-*) program=callboard.exe ;;
esac

cargo build --locked --release --target "$target" --bin callboard
packaging/archive.py --release "$tag" "target/$target/release/$program" "$folder"
# shellcheck disable=SC2086 # one word for each argument
maturin build --locked --release --target "$target" --out "$folder" $compatibility
