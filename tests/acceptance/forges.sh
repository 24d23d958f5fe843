#!/bin/sh
# Every call to a forge, a cluster and Argo CD against the official description of its API, in both directions: the fakes of
# the tests stand behind Prism, which presets.sh installs.
set -eu
cd "$(dirname "$0")/../.."
prism=target/prism
specs=../shared/specs

echo "== calls to servers behind the official descriptions of their APIs"
if [ ! -f "$prism/.ready" ]; then
    echo "skipped: Prism is not installed in $prism; the calls to servers were not compared with descriptions"
    exit 0
fi
cargo test --locked --lib --test suite --no-run
# Documented requests of Azure break Azure's own description; GitLab publishes none.
tests/acceptance/forges/prism.py "$prism" "$specs" sh -euc '
    cargo test --locked --lib forge -- --skip azure_specs --skip gitlab
    cargo test --locked --test suite pull_requests
'
