#!/bin/sh
# Every call to a forge, a cluster and Argo CD against the official description of its API, in both directions: the fakes of
# the tests stand behind Prism, which presets.sh installs.
set -eu
cd "$(dirname "$0")/../.."
prism=target/prism
specs=../shared/specs

echo "== calls to servers behind the official descriptions of their APIs"
if [ -f "$prism/.ready" ]; then
    cargo test --locked --lib --test suite --no-run
    # Documented requests of Azure break Azure's own description; GitLab and Bitbucket publish none, and servers of a
    # company have none. Requests that fail are answered by the fakes alone.
    tests/acceptance/forges/prism.py "$prism" "$specs" sh -euc '
        cargo test --locked --lib forge -- --skip azure_specs --skip gitlab --skip bitbucket --skip forges::requests \
            --skip presets_forges
        cargo test --locked --lib argo_cd
        cargo test --locked --test suite pull_requests -- --skip who_asked_is_told
    '
else
    echo "skipped: Prism is not installed in $prism; the calls to servers were not compared with descriptions"
fi

echo "== clients that others wrote against the fakes"
clients=target/clients
[ -f "$clients/.ready" ] || {
    echo "== installing python-gitlab and azure-devops from PyPI, and @gitbeaker/rest from npm, into $clients"
    python3 -m venv "$clients"
    "$clients/bin/pip" install --quiet python-gitlab==8.6.0 azure-devops==7.1.0b4
    npm install --prefix "$clients/node" --no-audit --no-fund --silent "@gitbeaker/rest@43.8.0"
    touch "$clients/.ready"
}
cargo build --locked -p callboard-testing --example serve
"$clients/bin/python" tests/acceptance/forges/clients.py target/debug/examples/serve target/debug/callboard
# A module finds its packages from where it lies.
cp tests/acceptance/forges/gitbeaker.mjs "$clients/node"
node "$clients/node/gitbeaker.mjs" target/debug/examples/serve

echo "== Backstage's own actions that publish repositories, against the fakes"
publishers=target/publishers
[ -f "$publishers/.ready" ] || {
    echo "== installing Backstage's publish modules from npm into $publishers"
    modules=@backstage/plugin-scaffolder-backend-module
    npm install --prefix "$publishers" --no-audit --no-fund --silent --ignore-scripts "$modules-github@0.10.4" \
        "$modules-gitlab@0.12.0" "$modules-azure@0.2.26" "$modules-gitea@0.2.25" "$modules-bitbucket-cloud@0.3.10" \
        "$modules-bitbucket-server@0.2.26"
    touch "$publishers/.ready"
}
cp tests/acceptance/forges/publish.mjs "$publishers"
python3 tests/acceptance/forges/publishers.py target/debug/examples/serve target/debug/callboard "$publishers"
