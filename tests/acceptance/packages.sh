#!/bin/sh
# Packs the crates as for crates.io, unpacks them elsewhere, and builds the program of nothing but that; then does the same as a
# wheel in a fresh virtual environment, with which a portal is made. $ROOT is the repository.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$ROOT"

fail() {
    echo "failed: $1" >&2
    exit 1
}

# The most that the archive of the program may weigh: crates.io takes 10 MB, and everyone who installs it fetches it.
LIMIT=3000000

echo "== the crates, packed as for crates.io"
cargo package --quiet --locked --allow-dirty --no-verify --workspace --exclude callboard-testing
version=$(sed -n '/^\[workspace.package\]/,/^$/s/^version = "\(.*\)"$/\1/p' Cargo.toml)
for name in callboard callboard-core callboard-planner callboard-search; do
    archive=target/package/$name-$version.crate
    tar -xzf "$archive" -C "$scratch"
    [ -f "$scratch/$name-$version/LICENSE" ] || fail "$archive has no LICENSE"
    [ -f "$scratch/$name-$version/README.md" ] || fail "$archive has no README.md"
    ! grep -q '^path = "\.\.' "$scratch/$name-$version/Cargo.toml" || fail "$archive needs what is beside it"
    echo "$name: $(wc -c < "$archive") bytes"
done
[ "$(wc -c < "target/package/callboard-$version.crate")" -le "$LIMIT" ] || fail "the archive weighs more than $LIMIT bytes"

# Where crates.io would be asked for the other three, their archives are taken. The folder of compiled dependencies is the
# repository's, so that only the four packages are compiled.
cd "$scratch/callboard-$version"
set --
for name in core planner search; do
    set -- "$@" --config "patch.crates-io.callboard-$name.path='$scratch/callboard-$name-$version'"
done
CARGO_TARGET_DIR=$ROOT/target cargo build --quiet "$@" --bin callboard
cp "$ROOT/target/debug/callboard" "$scratch/callboard"
cd "$scratch"
[ "$("$scratch/callboard" --version)" = "callboard $version" ] || fail "the packed program does not say its version"
rm -rf "$scratch/callboard-$version" "$scratch"/callboard-*-"$version"
"$scratch/callboard" demo --no-serve --dir "$scratch/demo" > "$scratch/demo.log" 2>&1 || {
    cat "$scratch/demo.log" >&2
    fail "the demo of the packed program"
}
[ -f "$scratch/demo/site/index.html" ] || fail "the packed program built no site"
find "$scratch/demo/site" -name 'engine*' | grep -q . || fail "the packed program has no search engine"
echo "ok: the program is built of its package alone, and has everything that the demo needs"

echo "== the list of what is inside"
tools=$ROOT/target/packaging-tools
[ -x "$tools/bin/cargo-cyclonedx" ] || cargo install --quiet --locked --root "$tools" --version 0.5.9 cargo-cyclonedx
PATH="$tools/bin:$PATH" "$ROOT/packaging/sbom.sh" "$scratch/sbom.json"
inside() { jq -e --arg name "$1" 'any(.components[]; .name == $name)' "$scratch/sbom.json" > /dev/null; }
for name in callboard-planner git2 ring tantivy; do inside "$name" || fail "the list does not name $name"; done
for name in proptest callboard-testing; do ! inside "$name" || fail "the list names $name, which is not compiled in"; done
[ -z "$(git -C "$ROOT" status --porcelain --ignored=no | grep sbom)" ] || fail "files of the list are left behind"
echo "ok: the list names $(jq '.components | length' "$scratch/sbom.json") packages that are compiled in"

echo "== the wheel"
cd "$ROOT"
[ -x target/venv/bin/maturin ] || {
    [ -x target/venv/bin/pip ] || python3 -m venv target/venv
    target/venv/bin/pip install --quiet maturin==1.16.0
}
target/venv/bin/maturin build --quiet --locked --profile dev --out "$scratch/wheels"
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install --quiet --no-index "$scratch"/wheels/callboard-*.whl
"$scratch/venv/bin/callboard" --version --json | jq -e --arg version "$version" '.version == $version' > /dev/null \
    || fail "the program of the wheel does not say its version"
"$scratch/venv/bin/pip" show --files callboard | grep LICENSE > /dev/null || fail "the wheel has no licence"
mkdir "$scratch/portal"
ACCEPTANCE=$scratch/portal CALLBOARD_BIN=$scratch/venv/bin/callboard "$ROOT/tests/acceptance/first_portal.sh"
"$scratch/venv/bin/pip" uninstall --quiet --yes callboard
[ ! -e "$scratch/venv/bin/callboard" ] || fail "the program stays after the wheel was removed"
echo "ok: the wheel installs the program, and takes it away again"
