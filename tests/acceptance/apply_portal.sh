# A portal whose request makes a repository and an entity, for the checks that stop an apply: sourced by apply_disk.sh and
# apply_crash.sh, which set $scratch.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 SOURCE_DATE_EPOCH=1767225600
request=scaffolds/requests/cart.yaml

fail() {
    echo "failed: $1" >&2
    [ ! -f "$scratch/log" ] || tail -20 "$scratch/log" >&2
    exit 1
}

# new_portal DIRECTORY REPOSITORIES: a request that makes a repository of 64 kB, and an entity of it.
new_portal() {
    mkdir -p "$1/scaffolds/templates/t/skeleton" "$1/scaffolds/requests" "$1/catalog-data/manual"
    printf 'title: T\nauthor: {name: C, email: c@x.example}\nscaffold: {repositories: %s}\n' "$2" > "$1/callboard.yaml"
    printf '/.callboard\n' > "$1/.gitignore"
    printf 'apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: ann}\nspec: {memberOf: []}\n' \
        > "$1/catalog-data/manual/ann.yaml"
    cat > "$1/scaffolds/templates/t/template.yaml" <<'YAML'
apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: {name: t}
spec:
  type: service
  steps:
    - {action: 'fetch:template', input: {url: ./skeleton}}
    - {id: publish, action: 'publish:git', input: {repoUrl: 'host?owner=acme&repo=cart'}}
    - action: catalog:register
      input: {repoContentsUrl: '${{ steps.publish.output.repoContentsUrl }}', catalogInfoPath: /catalog-info.yaml}
YAML
    head -c 48000 /dev/urandom | base64 > "$1/scaffolds/templates/t/skeleton/data"
    printf 'apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: cart}\nspec: {type: service, lifecycle: production, owner: user:default/ann}\n' \
        > "$1/scaffolds/templates/t/skeleton/catalog-info.yaml"
    printf 'template: t\nrequester: user:default/ann\nparameters: {}\n' > "$1/$request"
    git -C "$1" init --quiet --initial-branch main
    git -C "$1" add --all
    git -C "$1" -c user.name=Test -c user.email=test@example.com commit --quiet --message Start
}

apply() { TMPDIR=$1/tmp "$CALLBOARD_BIN" -C "$1/portal" scaffold apply "$request" > "$scratch/log" 2>&1; }

# is_done DIRECTORY WHAT: the repository has one commit, and the portal the one entity, committed.
is_done() {
    [ "$(git -C "$scratch/made/acme/cart.git" rev-list --all --count)" = 1 ] || fail "$2: the repository has other commits"
    [ "$(find "$1/portal/catalog-data/entities" -type f | wc -l)" = 1 ] || fail "$2: the entity is not there"
    [ -z "$(git -C "$1/portal" status --porcelain)" ] || fail "$2: not everything was committed"
    [ "$(git -C "$1/portal" log --format=%s main -- catalog-data/entities | wc -l)" = 1 ] || fail "$2: it was committed twice"
}
