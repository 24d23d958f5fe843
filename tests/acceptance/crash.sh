#!/bin/sh
# Kills a snapshot at every system call that changes files, and fills its disk: afterwards the source's folder has
# either all old or all new files, and the next snapshot writes all new ones.
# Needs strace; the full disk needs root. Usage: crash.sh, with $CALLBOARD_BIN and $ACCEPTANCE set.
set -eu
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 SOURCE_DATE_EPOCH=1767225600
# One thread, so that the system calls come in the same order each time.
export RAYON_NUM_THREADS=1 TOKIO_WORKER_THREADS=1
scratch=$ACCEPTANCE/crash
mkdir -p "$scratch/api"

fail() {
    echo "failed: $1" >&2
    [ ! -f "$scratch/log" ] || tail -20 "$scratch/log" >&2
    exit 1
}

: > "$scratch/server.log"
# The API: it answers with the content of the file `records`.
python3 -u -m http.server --bind 127.0.0.1 --directory "$scratch/api" 0 > "$scratch/server.log" 2>&1 &
server=$!
mounted=
trap 'kill "$server"; [ -z "$mounted" ] || umount "$mounted"' EXIT
while ! grep -q ' port ' "$scratch/server.log"; do sleep 0.1; done
API=http://127.0.0.1:$(sed -nE 's/.* port ([0-9]+) .*/\1/p' "$scratch/server.log")
export API

answer() { printf '%s' "$1" > "$scratch/api/records.json"; }

# records NAME:TITLE…
records() {
    list=
    for record; do list="$list,{\"name\":\"${record%%:*}\",\"title\":\"${record#*:}\"}"; done
    printf '[%s]' "${list#,}"
}

new_portal() {
    mkdir -p "$1/catalog-data/sources"
    printf 'title: Test\nsources: [teams]\n' > "$1/callboard.yaml"
    printf '/.callboard\n' > "$1/.gitignore"
    printf 'kind: http\nurl: ${API}/records.json\nretries: 0\n' > "$1/catalog-data/sources/teams.yaml"
    cat > "$1/catalog-data/sources/teams.jq" <<'JQ'
{apiVersion: "backstage.io/v1alpha1", kind: "Group", metadata: {name: .name, title: .title},
 spec: {type: "team", children: []}}
JQ
    git -C "$1" init --quiet --initial-branch main
    git -C "$1" add --all
    git -C "$1" -c user.name=Test -c user.email=test@example.com commit --quiet --message Start
}

snapshot() { "$CALLBOARD_BIN" -C "$portal" snapshot --allow-shrink teams; }

entities() { (cd "$1/catalog-data/entities/teams" 2>/dev/null && find . -type f -exec sha256sum {} +) | sort; }

is_done() {
    [ "$(entities "$portal")" = "$(cat "$scratch/new")" ] || fail "$1: the next snapshot did not end with the new files"
    [ -z "$(git -C "$portal" status --porcelain)" ] || fail "$1: not everything was committed"
    [ ! -e "$portal/.callboard/snapshot" ] || fail "$1: something was left behind"
}

# kill_everywhere NAME OLD NEW STRACE-OPTION…: from the old answer to the new one, killed at each step.
kill_everywhere() {
    name=$1 old=$2 new=$3
    shift 3
    rm -rf "$scratch/base"
    new_portal "$scratch/base"
    portal=$scratch/base
    [ -z "$old" ] || { answer "$old"; snapshot > "$scratch/log" 2>&1; }
    entities "$portal" > "$scratch/old"
    rm -rf "$scratch/portal"
    cp -a "$scratch/base" "$scratch/portal"
    portal=$scratch/portal
    answer "$new"
    snapshot > "$scratch/log" 2>&1 || fail "$name: without being killed"
    entities "$portal" > "$scratch/new"
    kills=0
    for call in $calls; do
        step=1
        while :; do
            rm -rf "$portal"
            cp -a "$scratch/base" "$portal"
            status=0
            strace -f -qqq -o /dev/null -e "trace=$call,renameat2" "$@" -e "inject=$call:signal=KILL:when=$step" \
                "$CALLBOARD_BIN" -C "$portal" snapshot --allow-shrink teams > "$scratch/log" 2>&1 || status=$?
            [ "$status" -ne 0 ] || break
            [ "$status" -eq 137 ] || fail "$name: ended with $status at $call $step"
            [ $# -eq 0 ] || recover "$name at $call $step"
            found=$(entities "$portal")
            [ "$found" = "$(cat "$scratch/old")" ] || [ "$found" = "$(cat "$scratch/new")" ] ||
                fail "$name: neither old nor new after $call $step"
            unlock "$name after $call $step"
            snapshot > "$scratch/log" 2>&1 || fail "$name: the snapshot after $call $step"
            is_done "$name after $call $step"
            kills=$((kills + 1)) step=$((step + 1))
        done
        is_done "$name without $call $step"
    done
    echo "ok: $name, killed at $kills steps"
}

# A git that is killed leaves its locks, as git itself does: the next snapshot writes, and says what to do.
unlock() {
    locks=$(find "$portal/.git" -name '*.lock')
    [ -n "$locks" ] || return 0
    status=0
    snapshot > "$scratch/log" 2>&1 || status=$?
    [ "$status" -eq 0 ] || { [ "$status" -eq 3 ] && grep -q 'remove the lock file' "$scratch/log"; } ||
        fail "$1: a lock of git ended with $status"
    rm -f $locks
}

# The start of the next snapshot is enough, whatever its API says.
recover() {
    status=0
    API=http://127.0.0.1:9 snapshot > "$scratch/log" 2>&1 || status=$?
    [ "$status" -eq 3 ] || fail "$1: a dead API ended with $status"
}

calls="mkdir rmdir write link linkat rename renameat renameat2 unlink unlinkat"
many=$(records a:1 b:1 c:1 d:1)
kill_everywhere "first files" "" "$many"
kill_everywhere "added, changed and removed" "$many" "$(records a:1 b:2 c:2 e:1)"
kill_everywhere "one changed" "$many" "$(records a:1 b:1 c:1 d:2)"
kill_everywhere "one removed" "$many" "$(records a:1 b:1 c:1)"
kill_everywhere "all removed" "$many" "[]"
calls="mkdir rmdir write rename unlink unlinkat"
kill_everywhere "without exchange" "$many" "$(records a:1 b:2 c:2 e:1)" -e inject=renameat2:error=EINVAL

# A full disk.
if [ "$(id -u)" -eq 0 ] && mkdir "$scratch/disk" && mount -t tmpfs -o size=2m tmpfs "$scratch/disk"; then
    mounted=$scratch/disk
    large=$(head -c 100000 /dev/zero | tr '\0' x)
    larger=$(records "a:$large" b:2 c:2 "e:$large")
    portal=$scratch/roomy
    new_portal "$portal"
    answer "$larger"
    snapshot > "$scratch/log" 2>&1
    entities "$portal" > "$scratch/new"
    portal=$scratch/disk/portal
    new_portal "$portal"
    answer "$many"
    snapshot > "$scratch/log" 2>&1
    entities "$portal" > "$scratch/old"
    answer "$larger"
    dd if=/dev/zero of="$scratch/disk/full" bs=1k status=none 2> "$scratch/log" || true
    kept=0
    for free in 0 8 16 64 128; do
        truncate --size "-${free}k" "$scratch/disk/full"
        status=0
        snapshot > "$scratch/log" 2>&1 || status=$?
        [ "$status" -eq 3 ] || fail "a full disk ended with $status"
        grep -q 'No space left on device' "$scratch/log" || fail "a full disk is not named"
        [ ! -e "$portal/.callboard/snapshot" ] || fail "a full disk was left fuller"
        found=$(entities "$portal")
        # With more room the files fit and their commit does not.
        if [ "$found" = "$(cat "$scratch/old")" ]; then kept=$((kept + 1)); else
            [ "$found" = "$(cat "$scratch/new")" ] || fail "a full disk mixed files"
        fi
    done
    [ "$kept" -gt 1 ] || fail "the disk was not full"
    rm "$scratch/disk/full"
    snapshot > "$scratch/log" 2>&1 || fail "the snapshot after a full disk"
    is_done "after a full disk"
    echo "ok: a full disk"
else
    echo "skipped: a full disk, which only root can mount"
fi
