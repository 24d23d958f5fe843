#!/bin/sh
# Builds sites of generated catalogs of 1,000, 10,000 and 100,000 components (2.25 times as many
# entities), search index included: cold, and again after one entity changed. Prints time and memory
# beside their budgets, and how they grow from one size to the next. Time is printed as wall-clock time and as
# processor time on all cores, in user and in system mode. System time depends on the machine: a virtual machine
# that returns memory to its host has a page fault for each page when it is used again, so a large build in fresh
# memory takes more of it than a small one. The portal is a git repository: each change is a commit.
#
# Nothing is deleted before the end: ext4 is slow to reuse inodes that were freed in the last minutes, and the bench
# would measure that. With TMPDIR=/dev/shm no disk is involved.
#
# SIZES are the numbers of components; GENERATOR and CALLBOARD as in common.sh.
set -eu
. "$(dirname "$0")/common.sh"
sizes=${SIZES:-1000 10000 100000}
# The figures that a build prints, and the processor time.
timed='
import json, resource, subprocess, sys
told = json.loads(subprocess.run(sys.argv[2:], stdout=-1, stderr=subprocess.DEVNULL, check=True).stdout)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
json.dump(told | {"user": used.ru_utime, "system": used.ru_stime}, open(sys.argv[1], "w"))
'
for size in $sizes; do
    portal=$scratch/$size
    generate "$portal" "$size"
    mkdir -p "$portal/catalog-data/sources"
    printf 'title: Bench\nsources: [generated]\n' >"$portal/callboard.yaml"
    printf 'kind: file\npath: data\nglobs: ["*.yaml"]\n' >"$portal/catalog-data/sources/generated.yaml"
    printf '/site\n/.site.next\n/.callboard\n' >"$portal/.gitignore"
    commit() {
        git -C "$portal" add --all
        git -C "$portal" -c user.name=Bench -c user.email=bench@example.com commit --quiet --message "$1"
    }
    git init --quiet "$portal"
    # `git gc` would run at the same time as the build.
    git -C "$portal" config gc.auto 0
    git -C "$portal" config maintenance.auto false
    commit "the catalog"
    one=$(find "$portal/catalog-data" -path '*/component/*' -name '*.yaml' | sort | head -1)
    build() { python3 -c "$timed" "$scratch/$size.$1" "$callboard" -C "$portal" build --json; }
    build cold
    # The second build creates the second tree of files; later builds, which are measured, reuse it.
    for run in second changed; do
        sed -i "s/description: .*/description: changed for the $run time/" "$one"
        commit "a change"
        build "$run"
    done
    build unchanged
done
python3 - "$scratch" $sizes <<'END'
import json, sys
scratch, sizes = sys.argv[1], [int(size) for size in sys.argv[2:]]
# Seconds and megabytes of a cold build, seconds of a build after one change.
budgets = {10_000: (4, 500, 1), 100_000: (60, 2500, None)}
print(f"{'components':>10} {'entities':>9} {'build':>10} {'seconds':>8} {'program':>8} {'system':>7} {'MB':>6} {'written':>8}   growth")
exceeded, last = [], {}
for size in sizes:
    limits = budgets.get(size, (None, None, None))
    for run in ["cold", "second", "changed", "unchanged"]:
        told = json.load(open(f"{scratch}/{size}.{run}"))
        memory = next(m["value"] for m in told["measures"] if m["name"] == "memory")
        seconds, user, growth = told["seconds"], told["user"], ""
        if run in last:
            now = zip((seconds, user, memory), last[run], ("time", "program", "memory"))
            growth = ", ".join(f"{name} {value / before:.1f}x" for value, before, name in now)
        last[run] = (seconds, user, memory)
        print(f"{size:>10} {told['entities']:>9} {run:>10} {seconds:>8.2f} {user:>8.2f} {told['system']:>7.2f} {memory:>6.0f} {told['written']:>8}   {growth}")
        limit = {"cold": limits[0], "changed": limits[2]}.get(run)
        for name, value, most in [("seconds", seconds, limit), ("MB", memory, limits[1])]:
            if most and value > most:
                exceeded.append(f"{size} components, {run}: {value:.1f} {name}, budget {most}")
    if size == 10_000:
        for m in json.load(open(f"{scratch}/{size}.cold"))["measures"]:
            if m["limit"] and m["name"] not in ("time", "memory"):
                print(f"{'':>10} {m['name']}: {m['value']:.1f} {m['unit']}, budget {m['limit']:g}")
                if m["value"] > m["limit"]:
                    exceeded.append(f"{m['name']}: {m['value']:.1f} {m['unit']}, budget {m['limit']:g}")
print("\n".join(["exceeded:", *exceeded]) if exceeded else "all within their budgets")
END
