#!/bin/sh
# Puts callboard on the PATH of the following steps of a job. `action.yml` runs it, with its inputs in VERSION, SHA256,
# RELEASES and BUILD, and the repository of the action in REPOSITORY.
#
# Where none of them says which program, one that the runner has already is taken; this repository's own workflows
# compile it. Everything else is a release, whose archive must have the digest that SHA256 or SHA256SUMS says.
set -eu

fail() {
    echo "::error title=callboard::$1"
    exit 1
}

# The digest of a file, in hexadecimal. macOS has no sha256sum.
digest() {
    if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d' ' -f1
}

# fetch ADDRESS FILE: only over HTTPS, also after redirects; a folder of the runner may be a mirror.
fetch() {
    curl --fail --silent --show-error --location --retry 3 --proto '=https,file' --output "$2" "$1" \
        || fail "cannot fetch $1"
}

# The end of the name of the runner's archive.
archive_of_runner() {
    case "$RUNNER_OS-$RUNNER_ARCH" in
        Linux-X64) echo x86_64-unknown-linux-musl.tar.gz ;;
        Linux-ARM64) echo aarch64-unknown-linux-musl.tar.gz ;;
        macOS-X64) echo x86_64-apple-darwin.tar.gz ;;
        macOS-ARM64) echo aarch64-apple-darwin.tar.gz ;;
        Windows-X64) echo x86_64-pc-windows-msvc.zip ;;
        *) fail "there is no release for $RUNNER_OS on $RUNNER_ARCH; \`build: true\` compiles one" >&2 ;;
    esac
}

# The version of the action's own source.
own_version() {
    sed -n '/^\[workspace.package\]/,/^$/s/^version = "\(.*\)"$/\1/p' "$GITHUB_ACTION_PATH/Cargo.toml"
}

# Puts the program of a release into a folder.
install_release() {
    version=${VERSION:-$(own_version)}
    version=${version#v}
    archive=callboard-$version-$(archive_of_runner)
    releases=${RELEASES:-$GITHUB_SERVER_URL/$REPOSITORY/releases/download}
    place=${releases%/}/v$version
    expected=$SHA256
    if [ -z "$expected" ]; then
        fetch "$place/SHA256SUMS" "$1/SHA256SUMS"
        expected=$(awk -v name="$archive" '$2 == name || $2 == "*" name { print $1 }' "$1/SHA256SUMS")
        [ -n "$expected" ] || fail "$place/SHA256SUMS does not name $archive"
    fi
    fetch "$place/$archive" "$1/$archive"
    actual=$(digest "$1/$archive")
    [ "$actual" = "$expected" ] || fail "$place/$archive has the SHA-256 $actual, and it must be $expected"
    case "$archive" in
        *.zip)
            unzip -q "$1/$archive" -d "$1/unpacked"
            mv "$1/unpacked"/*/* "$1"
            ;;
        *) tar -xzf "$1/$archive" -C "$1" --strip-components=1 ;;
    esac
}

folder=$RUNNER_TEMP/callboard
rm -rf "$folder"
mkdir -p "$folder"
if [ "$BUILD" != true ] && [ -z "$VERSION$SHA256$RELEASES" ] && command -v callboard >/dev/null; then
    echo "callboard of the runner: $(command -v callboard)"
    program=callboard
elif [ "$BUILD" = true ] || [ -z "$REPOSITORY$VERSION$RELEASES" ]; then
    cargo install --locked --path "$GITHUB_ACTION_PATH" --root "$folder/build"
    printf '%s\n' "$folder/build/bin" >> "$GITHUB_PATH"
    program=$folder/build/bin/callboard
else
    install_release "$folder"
    printf '%s\n' "$folder" >> "$GITHUB_PATH"
    program=$folder/callboard
fi
found=$("$program" --version)
echo "$found"
echo "version=$found" >> "$GITHUB_OUTPUT"
