#!/bin/sh
# Puts the program `callboard` on the path of this CI job: source it where the same shell goes on, or run it as a step of its own.
# The first of these that is there is taken:
#
#   a `callboard` that the machine has
#   CALLBOARD_FILE       path of a file, such as on a share or in this repository; with CALLBOARD_SHA256
#   CALLBOARD_URL        address of a file, such as of a release or a feed; with CALLBOARD_SHA256
#   CALLBOARD_PACKAGE    a requirement of pip with its hash, such as `callboard==1.0.0 --hash=sha256:…`, from the index that pip
#                        of this machine uses
#
# CALLBOARD_SHA256 is what `sha256sum` prints of the file, which is the program, or the `.tar.gz` of a release with the program.
set -eu

directory=${RUNNER_TEMP:-${AGENT_TEMPDIRECTORY:-${TMPDIR:-/tmp}}}/callboard-program

fail() { # message hint
    echo "error: $1" >&2
    echo "hint: $2" >&2
    exit 2
}

# Checks file $1 against CALLBOARD_SHA256, and makes it a program of the job.
use_file() {
    [ -n "${CALLBOARD_SHA256:-}" ] ||
        fail "CALLBOARD_SHA256 is not set" "set it to the first word that \`sha256sum\` prints of the file, or that SHA256SUMS of the release has for it"
    echo "$CALLBOARD_SHA256  $1" | sha256sum --check --status - ||
        fail "the program is not the one of CALLBOARD_SHA256" "somebody replaced the file, or it is another version; set both variables together"
    # A release has an archive, in whose folder the program is.
    if tar -tzf "$1" >/dev/null 2>&1; then
        mv "$1" "$1.tar.gz"
        tar -xzf "$1.tar.gz" -C "$directory" --strip-components=1
    fi
    chmod +x "$1"
}

if command -v callboard >/dev/null 2>&1; then
    :
elif [ -n "${CALLBOARD_FILE:-}" ]; then
    mkdir -p "$directory"
    cp "$CALLBOARD_FILE" "$directory/callboard"
    use_file "$directory/callboard"
elif [ -n "${CALLBOARD_URL:-}" ]; then
    mkdir -p "$directory"
    curl --fail --silent --show-error --location --retry 3 --output "$directory/callboard" "$CALLBOARD_URL"
    use_file "$directory/callboard"
elif [ -n "${CALLBOARD_PACKAGE:-}" ]; then
    mkdir -p "$directory"
    echo "$CALLBOARD_PACKAGE" >"$directory/requirements.txt"
    python3 -m venv "$directory/venv"
    "$directory/venv/bin/pip" install --quiet --no-deps --require-hashes --requirement "$directory/requirements.txt"
    cp "$directory/venv/bin/callboard" "$directory/callboard"
else
    fail "there is no callboard for this job" "set CALLBOARD_URL and CALLBOARD_SHA256 as variables of the CI system; ci/get-callboard.sh lists other ways"
fi

if [ -f "$directory/callboard" ]; then
    PATH=$directory:$PATH
    export PATH
    [ -z "${GITHUB_PATH:-}" ] || echo "$directory" >>"$GITHUB_PATH"
    [ -z "${TF_BUILD:-}" ] || echo "##vso[task.prependpath]$directory"
fi
callboard --version
