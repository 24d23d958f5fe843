#!/bin/sh
# Installs what the tests need beside Rust, from Debian's packages, and says what. Does nothing when all
# is there. Arguments are further commands, each in a package of its own name or, as `command:package`, of another; a file
# with its whole path may stand for a command.
set -eu

missing=""
need() { # command-or-file package...
    command -v "$1" >/dev/null 2>&1 || [ -e "$1" ] || { shift; missing="$missing $*"; }
}
for command; do need "${command%%:*}" "${command##*:}"; done
need git git
need chromium chromium
need node nodejs npm
need python3 python3
python3 -c "import ensurepip" 2>/dev/null || missing="$missing python3-venv"
need wasm-opt binaryen
need wasm-ld-19 lld-19
[ -x /usr/bin/rustc ] || missing="$missing rustc-web"
[ -x /usr/bin/cargo ] || missing="$missing cargo-web"
dpkg -s rust-web-src >/dev/null 2>&1 || missing="$missing rust-web-src"
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null; then
    echo "error: these are missing, and there is no apt-get to install them:$missing" >&2
    exit 1
fi
sudo=""
[ "$(id -u)" = 0 ] || sudo=sudo
echo "== installing from Debian:$missing"
$sudo apt-get update -qq
for package in $missing; do
    # One by one: where a package is not to be had, the tests that need it say so.
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "$package" \
        >/dev/null || echo "not installed: $package"
done
