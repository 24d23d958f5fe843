#!/bin/sh
# The templates of this repository make what builds: a rendered website is installed, tested and built with npm, by the
# version of Node.js that it asks for.
set -eu
cd "$(dirname "$0")/../.."
root=$PWD
callboard=${CALLBOARD_BIN:-$root/target/debug/callboard}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

echo "== the test cases of the templates"
"$callboard" scaffold test

for case in minimal documented; do
    echo "== a rendered website: $case"
    site=$scratch/$case
    "$callboard" scaffold render node-website \
        --values "scaffolds/templates/node-website/tests/$case/values.yaml" --out "$site"
    # The package `node` has the program itself; what the machine has may be too old.
    version=$(sed -n 's/.*"node": ">=\([0-9]*\)".*/\1/p' "$site/package.json")
    npm install --silent --no-audit --no-fund --prefix "$scratch/node-$version" "node@$version"
    (
        cd "$site"
        PATH=$scratch/node-$version/node_modules/.bin:$PATH
        [ "$(node --version | cut -d. -f1)" = "v$version" ]
        npm install --silent --no-audit --no-fund
        npm test
        npm run build
        [ -s dist/index.html ]
    )
done
