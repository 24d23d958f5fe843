#!/bin/sh
# Builds the site of the documentation into folder $1 with the program $2: a portal of the files in this folder and in docs/.
set -eu
out=$1
callboard=$2
docs=$(cd "$(dirname "$0")/.." && pwd)
portal=$(mktemp -d)
trap 'rm -rf "$portal"' EXIT
cp -R "$docs/portal/callboard.yaml" "$docs/portal/catalog-data" "$docs/portal/site-templates" "$portal"
set_folder=$portal/catalog-data/manual/callboard
mkdir -p "$set_folder/docs"
cp "$docs/portal/mkdocs.yml" "$set_folder"
# pages FROM TO: copies Markdown. Links to files that are no pages become their texts.
pages() {
    mkdir -p "$2"
    for page in "$1"/*.md; do
        sed -E 's#\[([^]]+)\]\(((guides/)?ci/|(\.\./)+(packaging|\.github))[^)]*\)#\1#g' "$page" > "$2/$(basename "$page")"
    done
}

pages "$docs" "$set_folder/docs"
pages "$docs/guides" "$set_folder/docs/guides"
pages "$docs/reference" "$set_folder/docs/reference"
cp -R "$docs/images" "$set_folder/docs"
# Pages of the repository lose `docs/` in their links; the README is the first page.
for page in README ARCHITECTURE CHANGELOG; do
    sed -E 's#\]\(docs/#](#g; s#\[([^]]+)\]\((src|core|planner)/[^)]*\)#\1#g' "$docs/../$page.md" > "$set_folder/docs/$page.md"
done
mv "$set_folder/docs/README.md" "$set_folder/docs/index.md"
"$callboard" -C "$portal" check --strict
"$callboard" -C "$portal" build --strict --out "$out"
