#!/bin/sh
# Makes the archive of a release for this machine, and uses it: as a person who unpacks it, and as the action of this
# repository in a workflow under act. $ROOT is the repository, $CALLBOARD_BIN the program, $ACT act.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
    echo "failed: $1" >&2
    exit 1
}

digest() { sha256sum "$1" | cut -d' ' -f1; }

echo "== the archive of a release"
archive=$("$ROOT/packaging/archive.py" "$CALLBOARD_BIN" "$scratch/dist")
name=$(basename "$archive" .tar.gz)
version=$("$CALLBOARD_BIN" --version --json | jq -r .version)
target=$("$CALLBOARD_BIN" --version --json | jq -r .target)
[ "$name" = "callboard-$version-$target" ] || fail "the archive is named $name"
again=$("$ROOT/packaging/archive.py" "$CALLBOARD_BIN" "$scratch/again")
cmp "$archive" "$again" || fail "the same program gives two archives"
if "$ROOT/packaging/archive.py" --release "v$version" "$CALLBOARD_BIN" "$scratch/wrong" 2> "$scratch/refusal"; then
    fail "a debug build was taken for a release"
fi
grep -q "is a debug build" "$scratch/refusal" || fail "the refusal does not say why"
tar -xzf "$archive" -C "$scratch"
for file in callboard LICENSE README.md CHANGELOG.md completions/_callboard completions/callboard.bash \
    completions/callboard.fish man/man1/callboard.1 man/man1/callboard-scaffold-apply.1; do
    [ -s "$scratch/$name/$file" ] || fail "the archive has no $file"
done
bash -n "$scratch/$name/completions/callboard.bash" || fail "the completion of bash is no script"
"$scratch/$name/callboard" --version > /dev/null || fail "the program of the archive does not run"
if "$ROOT/packaging/notes.sh" 999.0.0 2> "$scratch/refusal"; then fail "there are notes of a version that is not"; fi
grep -q "999.0.0" "$scratch/refusal" || fail "the refusal does not name the version"
echo "ok: $name.tar.gz has $(tar -tzf "$archive" | wc -l) files, and is always the same"

# get VARIABLES: the script that `callboard init` writes for the jobs of any CI system.
get() {
    env -i PATH=/usr/bin:/bin "RUNNER_TEMP=$scratch/job" "$@" sh "$ROOT/src/cli/init/files/ci/ci/get-callboard.sh" 2>&1
}
for file in "$archive" "$scratch/$name/callboard"; do
    rm -rf "$scratch/job"
    said=$(get "CALLBOARD_URL=file://$file" "CALLBOARD_SHA256=$(digest "$file")") || fail "no job gets $file: $said"
    [ "$said" = "$("$CALLBOARD_BIN" --version)" ] || fail "a job that gets $file says: $said"
    if get "CALLBOARD_FILE=$file" "CALLBOARD_SHA256=$(printf '%064d' 0)" > "$scratch/refusal"; then
        fail "a job takes $file with another digest"
    fi
    grep -q "is not the one of CALLBOARD_SHA256" "$scratch/refusal" || fail "the refusal does not say why"
done
echo "ok: a job of any CI system takes the archive, or the program"

echo "== the action, with that archive as the release of this runner"
export GIT_CONFIG_GLOBAL="$scratch/gitconfig" GIT_CONFIG_NOSYSTEM=1
printf '[user]\n\tname = Test\n\temail = test@example.com\n[init]\n\tdefaultBranch = main\n' > "$GIT_CONFIG_GLOBAL"
case "$(uname -m)" in
    x86_64) released=callboard-$version-x86_64-unknown-linux-musl.tar.gz ;;
    aarch64) released=callboard-$version-aarch64-unknown-linux-musl.tar.gz ;;
    *) fail "there is no release for $(uname -m)" ;;
esac
place=$scratch/releases/v$version
mkdir -p "$place"
cp "$archive" "$place/$released"
(cd "$place" && sha256sum -- * > SHA256SUMS)
# act copies the whole folder of an action, so it gets what the action reads of this repository.
action=$scratch/action
mkdir -p "$action/packaging"
cp "$ROOT/action.yml" "$ROOT/Cargo.toml" "$action"
cp "$ROOT/packaging/install.sh" "$action/packaging"
pinned=0123456789abcdef0123456789abcdef01234567
repository=$scratch/repository
git init --quiet "$repository"

# use ACTION INPUTS: runs a workflow that uses the action with these inputs, lines of YAML, and then the program.
use() {
    mkdir -p "$repository/.github/workflows"
    cat > "$repository/.github/workflows/use.yml" <<YAML
on: push
jobs:
  use:
    runs-on: ubuntu-latest
    steps:
      - run: cp -R "$repository/." .
      - uses: $1
        id: callboard
        with:
$(printf '%s\n' "$2" | sed 's/^/          /')
      - env:
          SAID: \${{ steps.callboard.outputs.version }}
        run: |
          echo "which: \$(command -v callboard)"
          [ "\$(callboard --version)" = "\$SAID" ] && echo "said: \$SAID"
YAML
    git -C "$repository" add --all
    git -C "$repository" commit --quiet --message "Use it" --allow-empty
    PATH="$(dirname "$(command -v cargo)"):/usr/bin:/bin" "$ACT" push -W "$repository/.github/workflows/use.yml" \
        -C "$repository" -P ubuntu-latest=-self-hosted --action-offline-mode --no-cache-server \
        --local-repository "acme/callboard@$pinned=$action" > "$scratch/log" 2>&1
}

must_use() {
    use "$@" || {
        cat "$scratch/log" >&2
        fail "the action with $2"
    }
    grep -q "said: callboard " "$scratch/log" || fail "the action with $2 did not say the version"
}

# refused INPUTS MESSAGE
refused() {
    if use "acme/callboard@$pinned" "$1"; then fail "the action took a program with $1"; fi
    grep -q "$2" "$scratch/log" || {
        cat "$scratch/log" >&2
        fail "the refusal does not say: $2"
    }
    ! grep -q "said: " "$scratch/log" || fail "a refused program was run"
}

releases="releases: file://$scratch/releases"
must_use "acme/callboard@$pinned" "$releases"
grep -q "said: callboard $version" "$scratch/log" || fail "the version is not that of the action's source"
must_use "acme/callboard@$pinned" "$releases
version: v$version
sha256: $(digest "$archive")"
echo "ok: the action takes the release of its own version, or one that is named with its digest"

refused "$releases
sha256: $(printf '%064d' 0)" "has the SHA-256 $(digest "$archive"), and it must be 0000"
refused "$releases
version: 999.0.0" "cannot fetch file://.*v999.0.0/SHA256SUMS"
printf 'more' >> "$place/$released"
refused "$releases" "has the SHA-256"
sed -i "s/$released/another.tar.gz/" "$place/SHA256SUMS"
refused "$releases" "SHA256SUMS does not name $released"
echo "ok: an archive with another digest, or without one, is refused"

# In its own repository the action compiles the source: here a program of one line.
mkdir -p "$repository/src"
cp -R "$action/action.yml" "$action/packaging" "$repository"
echo 'fn main() { println!("callboard of the source"); }' > "$repository/src/main.rs"
printf '[package]\nname = "callboard"\nversion = "0.0.0"\nedition = "2024"\n' > "$repository/Cargo.toml"
printf 'version = 4\n\n[[package]]\nname = "callboard"\nversion = "0.0.0"\n' > "$repository/Cargo.lock"
must_use ./ "build: false"
grep -q "said: callboard of the source" "$scratch/log" || fail "the source was not compiled"
echo "ok: in its own repository, the action compiles the source"
