#!/bin/sh
# The hook for pre-commit, tried as pre-commit tries hooks of a repository, and the hook that a service writes for a wheel.
# CALLBOARD_BIN is the program; CALLBOARD_WHEEL is a wheel of it, without which the second hook is not tried.
set -eu
cd "$(dirname "$0")/../.."
root=$PWD
echo "== the hook for pre-commit"
target/venv/bin/python3 -c "import pre_commit" 2>/dev/null || {
    echo "== installing pre-commit from PyPI into target/venv"
    [ -x target/venv/bin/python3 ] || python3 -m venv target/venv
    target/venv/bin/python3 -m pip install --quiet pre-commit==4.7.0
}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export PRE_COMMIT_HOME="$scratch/cache" HOME="$scratch" GIT_CONFIG_NOSYSTEM=1
PATH="$(dirname "$CALLBOARD_BIN"):$PATH"
pre_commit="$root/target/venv/bin/python3 -m pre_commit"
git config --global user.name Test
git config --global user.email test@example.com
# pre-commit reads hooks from a commit of a clean repository.
mkdir "$scratch/hooks"
cp .pre-commit-hooks.yaml "$scratch/hooks/"
git -C "$scratch/hooks" init --quiet
git -C "$scratch/hooks" add .
git -C "$scratch/hooks" commit --quiet --message hooks

mkdir "$scratch/portal" "$scratch/service"
printf 'title: Acme\n' > "$scratch/portal/callboard.yaml"
mkdir -p "$scratch/portal/catalog-data/manual"
printf 'apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: team-a}\nspec: {type: team, children: []}\n' \
    > "$scratch/portal/catalog-data/manual/team.yaml"
cd "$scratch/service"
git init --quiet
entity() {
    printf 'apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: cart}\nspec: {type: service, lifecycle: production, owner: %s}\n' \
        "$1" > catalog-info.yaml
    printf 'not: an entity\n' > other.yaml
    git add .
}
# hook OWNER EXPECTED COMMAND...: runs the hook on an entity of this owner.
hook() {
    entity "$1"
    expected=$2
    shift 2
    code=0
    "$@" > "$scratch/log" 2>&1 || code=$?
    if [ "$code" != "$expected" ]; then
        cat "$scratch/log" >&2
        echo "failed: the hook ended with $code instead of $expected" >&2
        exit 1
    fi
}
# says TEXT: what the hook printed.
says() {
    grep -qF "$1" "$scratch/log" || {
        cat "$scratch/log" >&2
        echo "failed: the hook does not say: $1" >&2
        exit 1
    }
}
try() { hook "$1" "$2" $pre_commit try-repo "$scratch/hooks" callboard-check --verbose --files catalog-info.yaml other.yaml; }
try team-b 0
says 'references are not looked up'
try '[]' 1
says 'catalog-info.yaml:4:53: expected a text, found a list'

# config REPO KEYS: the file of a service, with the portal as the catalog.
config() {
    {
        printf 'repos:\n  - repo: %s\n' "$1"
        cat
        printf '        args: [--strict, --catalog, %s]\n' "$scratch/portal"
    } > .pre-commit-config.yaml
    git add .pre-commit-config.yaml
}
config "$scratch/hooks" <<YAML
    rev: $(git -C "$scratch/hooks" rev-parse HEAD)
    hooks:
      - id: callboard-check
YAML
hook team-a 0 $pre_commit run
hook team-b 1 $pre_commit run
says 'did you mean `team-a`'

if [ -n "${CALLBOARD_WHEEL:-}" ]; then
    config local <<YAML
    hooks:
      - id: callboard-check
        name: check catalog-info.yaml
        language: python
        additional_dependencies: ["$CALLBOARD_WHEEL"]
        entry: callboard check
        files: (^|/)catalog-info\.ya?ml$
YAML
    hook team-b 1 env PATH=/usr/bin:/bin $pre_commit run
    says 'did you mean `team-a`'
    hook team-a 0 env PATH=/usr/bin:/bin $pre_commit run
else
    echo "skipped: CALLBOARD_WHEEL names no wheel, so that the hook with language python is not tried"
fi
echo "== the hook works"
