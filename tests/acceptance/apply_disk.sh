#!/bin/sh
# Fills the disk of a portal, and makes it read-only, during an apply: the apply names the cause, and the next one with room
# ends as one that nothing stopped, with everything made once.
# Needs root for a small file system. Usage: apply_disk.sh, with $CALLBOARD_BIN and $ACCEPTANCE set.
set -eu
scratch=$ACCEPTANCE/apply-disk
. "$(dirname "$0")/apply_portal.sh"
mounted=
trap '[ -z "$mounted" ] || umount "$mounted"' EXIT

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
