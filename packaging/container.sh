#!/bin/sh
# Builds the container image of a release for both processors, pushes it, and prints its digest. Needs docker with buildx, and
# a login at the registry.
#
#   container.sh IMAGE VERSION FOLDER    the image, such as ghcr.io/acme/callboard; FOLDER has the archives of the release
set -eu
image=$1
version=$2
folder=$3
certificates=${CERTIFICATES:-/etc/ssl/certs/ca-certificates.crt}
here=$(cd "$(dirname "$0")" && pwd)
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT

cp "$here/Dockerfile" "$context"
for pair in amd64:x86_64 arm64:aarch64; do
    archive=$folder/callboard-$version-${pair#*:}-unknown-linux-musl.tar.gz
    "$here/container_root.py" "$archive" "$certificates" "$context/root-${pair%:*}.tar"
done
# Each image by itself, because building several at once needs a builder that is an image of others.
for processor in amd64 arm64; do
    docker build --quiet --provenance=false --platform "linux/$processor" \
        --label "org.opencontainers.image.version=$version" \
        --label "org.opencontainers.image.licenses=Apache-2.0" \
        --label "org.opencontainers.image.source=${SOURCE:-}" \
        --tag "$image:$version-$processor" "$context" >&2
    docker push --quiet "$image:$version-$processor" >&2
done
docker buildx imagetools create --tag "$image:$version" "$image:$version-amd64" "$image:$version-arm64" >&2
docker buildx imagetools inspect --format '{{.Manifest.Digest}}' "$image:$version"
