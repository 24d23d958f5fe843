#!/bin/sh
# Fills the disk of a portal, and makes it read-only, during an apply: the apply names the cause, and the next one with room
# ends as one that nothing stopped, with everything made once.
# Needs root for a small file system. Usage: apply_disk.sh, with $CALLBOARD_BIN and $ACCEPTANCE set.
set -eu
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 SOURCE_DATE_EPOCH=1767225600
scratch=$ACCEPTANCE/apply-disk
request=scaffolds/requests/cart.yaml
mounted=
trap '[ -z "$mounted" ] || umount "$mounted"' EXIT

fail() {
    echo "failed: $1" >&2
    [ ! -f "$scratch/log" ] || tail -20 "$scratch/log" >&2
    exit 1
}

# new_portal DIRECTORY REPOSITORIES: a request that makes a repository of 64 kB, and an entity of it.
new_portal() {
    mkdir -p "$1/scaffolds/templates/t/skeleton" "$1/scaffolds/requests" "$1/catalog-data/manual"
    printf 'title: T\nauthor: {name: C, email: c@x.example}\nscaffold: {repositories: %s}\n' "$2" > "$1/callboard.yaml"
    printf '/.callboard\n' > "$1/.gitignore"
    printf 'apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: ann}\nspec: {memberOf: []}\n' \
        > "$1/catalog-data/manual/ann.yaml"
    cat > "$1/scaffolds/templates/t/template.yaml" <<'YAML'
apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: {name: t}
spec:
  type: service
  steps:
    - {action: 'fetch:template', input: {url: ./skeleton}}
    - {id: publish, action: 'publish:git', input: {repoUrl: 'host?owner=acme&repo=cart'}}
    - action: catalog:register
      input: {repoContentsUrl: '${{ steps.publish.output.repoContentsUrl }}', catalogInfoPath: /catalog-info.yaml}
YAML
    head -c 48000 /dev/urandom | base64 > "$1/scaffolds/templates/t/skeleton/data"
    printf 'apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: cart}\nspec: {type: service, lifecycle: production, owner: user:default/ann}\n' \
        > "$1/scaffolds/templates/t/skeleton/catalog-info.yaml"
    printf 'template: t\nrequester: user:default/ann\nparameters: {}\n' > "$1/$request"
    git -C "$1" init --quiet --initial-branch main
    git -C "$1" add --all
    git -C "$1" -c user.name=Test -c user.email=test@example.com commit --quiet --message Start
}

apply() { TMPDIR=$1/tmp "$CALLBOARD_BIN" -C "$1/portal" scaffold apply "$request" > "$scratch/log" 2>&1; }

# is_done DIRECTORY WHAT: the repository has one commit, and the portal the one entity, committed.
is_done() {
    [ "$(git -C "$scratch/made/acme/cart.git" rev-list --all --count)" = 1 ] || fail "$2: the repository has other commits"
    [ "$(find "$1/portal/catalog-data/entities" -type f | wc -l)" = 1 ] || fail "$2: the entity is not there"
    [ -z "$(git -C "$1/portal" status --porcelain)" ] || fail "$2: not everything was committed"
    [ "$(git -C "$1/portal" log --format=%s main -- catalog-data/entities | wc -l)" = 1 ] || fail "$2: it was committed twice"
}

if [ "$(id -u)" -ne 0 ] || ! mkdir -p "$scratch/disk" || ! mount -t tmpfs -o size=3m tmpfs "$scratch/disk"; then
    echo "skipped: a full disk, which only root can mount"
    exit 0
fi
mounted=$scratch/disk
disk=$scratch/disk
failures=0
# A file takes at least 4 kB, so that these are all places at which something does not fit.
for free in $(seq 0 4 240) 256 320 400; do
    rm -rf "$disk"/* "$scratch/made"
    mkdir -p "$disk/tmp" "$scratch/made"
    new_portal "$disk/portal" "$scratch/made"
    dd if=/dev/zero of="$disk/full" bs=1k status=none 2> /dev/null || true
    truncate --size "-${free}k" "$disk/full"
    status=0
    apply "$disk" || status=$?
    if [ "$status" -ne 0 ]; then
        failures=$((failures + 1))
        [ "$status" -eq 3 ] || fail "a disk with $free kB ended with $status"
        grep -qi 'no space left on device' "$scratch/log" || fail "a disk with $free kB is not named"
    fi
    # What branches name is there, whatever did not fit.
    git -C "$disk/portal" fsck --no-dangling --no-progress > "$scratch/fsck" 2>&1 || {
        cat "$scratch/fsck" >&2
        fail "a disk with $free kB broke the repository of the portal"
    }
    rm "$disk/full"
    find "$disk/portal/.git" -name '*.lock' -delete
    apply "$disk" || fail "after a disk with $free kB"
    is_done "$disk" "after a disk with $free kB"
    [ -z "$(ls "$disk/tmp")" ] || fail "a disk with $free kB: something was left in the temporary folder: $(ls "$disk/tmp")"
done
[ "$failures" -gt 3 ] || fail "the disk was full $failures times only"
echo "ok: a full disk, $failures times"

rm -rf "$disk"/* "$scratch/made"
mkdir -p "$disk/tmp" "$scratch/made"
new_portal "$disk/portal" "$scratch/made"
mount -o remount,ro "$disk"
status=0
apply "$disk" || status=$?
mount -o remount,rw "$disk"
[ "$status" -eq 3 ] || fail "a read-only disk ended with $status"
grep -qi 'read-only file system' "$scratch/log" || fail "a read-only disk is not named"
[ ! -e "$scratch/made/acme/cart.git" ] || fail "something was made, though nothing could be recorded"
apply "$disk" || fail "after a read-only disk"
is_done "$disk" "after a read-only disk"
echo "ok: a read-only disk"
