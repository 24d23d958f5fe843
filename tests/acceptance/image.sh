#!/bin/sh
# Compiles the static program for Linux, makes the file system of the container image of it, and runs the program in that file
# system as nobody, with a portal that it may write. The image itself needs docker, which is asked only where its daemon runs.
# The standard library is Debian's source, because a target of rustup cannot be had everywhere. $ROOT is the repository.
set -eu
cd "$ROOT"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
    echo "failed: $1" >&2
    exit 1
}

echo "== the container image"
# GCC's unwinder, as Debian has it, needs `_dl_find_object`, which musl lacks; LLVM's needs only a checked printf.
unwinder=/usr/lib/llvm-19/lib/libunwind.a
tests/install-tools.sh musl-gcc:musl-tools "$unwinder:libunwind-19-dev"
for tool in /usr/bin/rustc /usr/bin/cargo musl-gcc; do
    command -v "$tool" > /dev/null || fail "$tool is missing, so nothing shows that a static program works"
done
target=$(uname -m)-unknown-linux-musl
folder=${CALLBOARD_MUSL_TARGET:-$ROOT/target/musl}
# musl-gcc links no static program that can be moved in memory.
mkdir -p "$folder/lib"
cat > "$scratch/printf.c" << 'C'
#include <stdarg.h>
#include <stdio.h>

int __fprintf_chk(FILE *file, int level, const char *format, ...) {
    (void)level;
    va_list values;
    va_start(values, format);
    int written = vfprintf(file, format, values);
    va_end(values);
    return written;
}
C
musl-gcc -O2 -c "$scratch/printf.c" -o "$scratch/printf.o"
rm -f "$folder/lib/libunwind.a"
cp "$unwinder" "$folder/lib/libunwind.a"
ar r "$folder/lib/libunwind.a" "$scratch/printf.o"
linker=$(printf '%s' "$target" | tr 'a-z-' 'A-Z_')
env "CARGO_TARGET_${linker}_LINKER=musl-gcc" "CC_$(printf '%s' "$target" | tr - _)=musl-gcc" \
    RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="$folder" \
    RUSTFLAGS="-C link-self-contained=no -C relocation-model=static -L native=$folder/lib -C link-arg=$(gcc -print-libgcc-file-name)" \
    /usr/bin/cargo build --locked --quiet --bin callboard --target "$target" -Z build-std=std,panic_abort
archive=$(packaging/archive.py "$folder/$target/debug/callboard" "$scratch")
packaging/container_root.py "$archive" /etc/ssl/certs/ca-certificates.crt "$scratch/root.tar"
if packaging/container_root.py "$(packaging/archive.py "$CALLBOARD_BIN" "$scratch")" /etc/ssl/certs/ca-certificates.crt \
    "$scratch/wrong.tar" 2> "$scratch/refusal"; then
    fail "a program that needs a loader was put into the image"
fi
grep -q "linked dynamically" "$scratch/refusal" || fail "the refusal does not say why"

sudo=""
[ "$(id -u)" = 0 ] || sudo=sudo
mkdir "$scratch/root"
tar -xf "$scratch/root.tar" -C "$scratch/root"
[ "$(stat -c %a "$scratch/root/tmp")" = 1777 ] || fail "not everybody may write into /tmp of the image"
# As docker does it: nobody's own files, and the portal as a volume.
inside() { $sudo env -i PATH=/usr/sbin:/usr/bin chroot --userspec=65532:65532 "$scratch/root" /usr/bin/callboard "$@"; }
$sudo chown -R 65532:65532 "$scratch/root/portal"
chmod 755 "$scratch" "$scratch/root"
inside --version
inside demo --no-serve --dir /portal/demo > "$scratch/log" 2>&1 || {
    cat "$scratch/log" >&2
    fail "the demo in the image"
}
inside -C /portal/demo check > "$scratch/log" 2>&1 || {
    cat "$scratch/log" >&2
    fail "check in the image"
}
[ -f "$scratch/root/portal/demo/site/index.html" ] || fail "the program in the image built no site"
echo "ok: the static program runs in the file system of the image, as nobody"

if docker info > /dev/null 2>&1; then
    cp packaging/Dockerfile "$scratch"
    case "$target" in x86_64-*) processor=amd64 ;; *) processor=arm64 ;; esac
    mkdir "$scratch/context"
    cp packaging/Dockerfile "$scratch/context"
    cp "$scratch/root.tar" "$scratch/context/root-$processor.tar"
    image=$(docker build --quiet "$scratch/context")
    docker run --rm "$image" --version
    docker image rm --force "$image" > /dev/null
    echo "ok: docker builds and runs the image"
else
    echo "skipped: no docker daemon runs here, so the image was linted and its file system was run, but docker did not build it"
fi
