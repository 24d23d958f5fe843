#!/bin/sh
# The CI definitions that `callboard init` makes for GitLab and Azure DevOps, run on fake forges: from a merge request to what it
# makes.
set -eu
cd "$(dirname "$0")/../.."

echo "== the CI definitions for GitLab and Azure DevOps"
emulator=target/emulator
[ -f "$emulator/.ready" ] || {
    echo "== installing gitlab-emulator from PyPI into $emulator"
    python3 -m venv "$emulator"
    "$emulator/bin/pip" install --quiet gitlab-emulator==16.3.4
    touch "$emulator/.ready"
}
cargo build --locked
cargo build --locked -p callboard-testing --example serve
"$emulator/bin/python" tests/acceptance/pipelines.py target/debug/examples/serve target/debug/callboard
