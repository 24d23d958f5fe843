#!/bin/sh
# Kills an apply at every system call that changes files: the next one, after the end of the lease, ends as one that nothing
# stopped, with everything made once.
# Needs strace. Usage: apply_crash.sh, with $CALLBOARD_BIN and $ACCEPTANCE set.
set -eu
scratch=$ACCEPTANCE/apply-crash
. "$(dirname "$0")/apply_portal.sh"
# One thread, so that the system calls come in the same order each time.
export RAYON_NUM_THREADS=1 TOKIO_WORKER_THREADS=1
mkdir -p "$scratch/base/tmp" "$scratch/made"
new_portal "$scratch/base/portal" "$scratch/made"
disk=$scratch/killed

# The clock after the end of a lease, which has 15 minutes.
later() { SOURCE_DATE_EPOCH=$((SOURCE_DATE_EPOCH + 3600)) apply "$disk"; }

kills=0
for call in mkdir rmdir write link linkat rename renameat renameat2 unlink unlinkat; do
    step=1
    while :; do
        rm -rf "$disk" "$scratch/made"
        cp -a "$scratch/base" "$disk"
        mkdir "$scratch/made"
        status=0
        TMPDIR=$disk/tmp strace -f -qqq -o /dev/null -e "trace=$call" -e "inject=$call:signal=KILL:when=$step" \
            "$CALLBOARD_BIN" -C "$disk/portal" scaffold apply "$request" > "$scratch/log" 2>&1 || status=$?
        [ "$status" -ne 0 ] || break
        [ "$status" -eq 137 ] || fail "ended with $status at $call $step"
        git -C "$disk/portal" fsck --no-dangling --no-progress > "$scratch/fsck" 2>&1 || {
            cat "$scratch/fsck" >&2
            fail "the repository of the portal is broken after $call $step"
        }
        # A git that is killed leaves its locks, as git itself does; the next apply names them.
        locks=$(find "$disk/portal/.git" "$scratch/made" -name '*.lock')
        if [ -n "$locks" ]; then
            status=0
            later || status=$?
            [ "$status" -eq 0 ] || grep -qi 'lock' "$scratch/log" || fail "a lock of git is not named after $call $step"
            rm -f $locks
        fi
        later || fail "the apply after $call $step"
        is_done "$disk" "after $call $step"
        kills=$((kills + 1)) step=$((step + 1))
    done
    is_done "$disk" "without $call $step"
done
echo "ok: an apply, killed at $kills system calls"
