#!/bin/sh
# The first hour of a portal, with nothing but the program: `init`, `snapshot`, `build`, `check`, then the workflows that `init` made,
# run under act: a pull request with a request is planned, and after its merge it is applied and the site is built. Prints the times.
# The forge is a bare repository in $ACCEPTANCE and a server for comments; actions of others are replaced by those in `actions/`.
set -eu
export GIT_CONFIG_GLOBAL="$ACCEPTANCE/gitconfig" GIT_CONFIG_NOSYSTEM=1
printf '[user]\n\tname = Test\n\temail = test@example.com\n' > "$GIT_CONFIG_GLOBAL"
PATH=$(dirname "$CALLBOARD_BIN"):$PATH
portal=$ACCEPTANCE/portal
began=$(date +%s%N)

fail() {
    echo "failed: $1" >&2
    exit 1
}

# timed NAME COMMAND...: runs a command, and says how long it took.
timed() {
    name=$1
    shift
    start=$(date +%s%N)
    "$@" > "$ACCEPTANCE/$name.log" 2>&1 || {
        cat "$ACCEPTANCE/$name.log" >&2
        fail "$name"
    }
    echo "  $name: $((($(date +%s%N) - start) / 1000000)) ms"
}

# run_job JOB EVENT WORKFLOW: one job of a workflow.
run_job() {
    stand_ins=""
    for pinned in $(sed -nE "s|.*uses: (actions/[a-z-]+@[0-9a-f]+).*|\1|p" ".github/workflows/$3" | sort -u); do
        action=${pinned#actions/}
        stand_ins="$stand_ins --local-repository $pinned=$ROOT/tests/acceptance/actions/${action%@*}"
    done
    # shellcheck disable=SC2086 # one word for each argument
    "$ACT" "$2" -j "$1" -W ".github/workflows/$3" -C "$portal" -e "$ACCEPTANCE/event.json" -P ubuntu-latest=-self-hosted \
        --action-offline-mode --no-cache-server $stand_ins --env "ACCEPTANCE=$ACCEPTANCE" \
        --env GITHUB_REPOSITORY=company/portal --secret GITHUB_TOKEN=token \
        --env "GITHUB_API_URL=http://127.0.0.1:$port" --env "GITHUB_SERVER_URL=http://127.0.0.1:$port"
}

echo '[]' > "$ACCEPTANCE/comments.json"
python3 "$ROOT/tests/acceptance/forge.py" "$ACCEPTANCE/comments.json" > "$ACCEPTANCE/port" &
forge=$!
trap 'kill $forge' EXIT
for _ in 1 2 3 4 5 6 7 8 9 10; do [ -s "$ACCEPTANCE/port" ] || sleep 0.2; done
port=$(cat "$ACCEPTANCE/port")

timed init callboard init "$portal" --yes --sample --repository https://github.com/company/portal
cd "$portal"
timed snapshot callboard snapshot
timed build callboard build
timed check callboard check
[ -f site/catalog/default/component/panier-api.html ] || fail "the site lacks a component of the sample"

# The forge takes the portal. The request of the sample is not asked for yet.
git init --quiet --bare "$ACCEPTANCE/origin.git"
git remote set-url origin "$ACCEPTANCE/origin.git"
sed -i "s|repositories: .*|repositories: $ACCEPTANCE/repositories|" callboard.yaml
request=$(basename "$(ls scaffolds/requests/*.yaml)" .yaml)
mv "scaffolds/requests/$request.yaml" "$ACCEPTANCE"
git commit --quiet --all --message "The portal before the request"
git push --quiet origin main

git switch --quiet --create ask
mkdir -p scaffolds/requests
cp "$ACCEPTANCE/$request.yaml" scaffolds/requests/
git add --all
git commit --quiet --message "Ask for $request"
git rev-parse HEAD > "$ACCEPTANCE/head"
cat > "$ACCEPTANCE/event.json" <<JSON
{"repository": {"full_name": "company/portal", "default_branch": "main"},
 "pull_request": {"number": 1,
  "base": {"ref": "main", "sha": "$(git rev-parse main)"},
  "head": {"ref": "ask", "sha": "$(git rev-parse HEAD)", "repo": {"full_name": "company/portal"}}}}
JSON
timed check-of-the-pull-request run_job check pull_request check.yml
timed plan run_job plan pull_request plan.yml
jq -r '.[0].body' "$ACCEPTANCE/comments.json" | grep -q "$request" || fail "the comment does not show the plan"
grep -q "$(git rev-parse HEAD) callboard/plan success" "$ACCEPTANCE/statuses" || fail "there is no status"

git switch --quiet main
git merge --quiet --no-ff --message "Merge pull request 1" ask
git push --quiet origin main
git rev-parse main > "$ACCEPTANCE/merge"
printf '{"ref": "refs/heads/main", "repository": {"full_name": "company/portal", "default_branch": "main"}}' \
    > "$ACCEPTANCE/event.json"
timed apply run_job apply push apply.yml
git -C "$ACCEPTANCE/origin.git" ls-tree -r --name-only main catalog-data | grep -q "$request" \
    || fail "the new component is not in the catalog"
jq -r '.[0].body' "$ACCEPTANCE/comments.json" | grep -q "is applied" || fail "the comment does not say how the run ended"
timed site run_job build push site.yml
[ -f "$ACCEPTANCE/published/catalog/default/component/$request.html" ] || fail "the site lacks the new component"
[ -f "$ACCEPTANCE/published/runs/$request.html" ] || fail "the site lacks the run"

all=$((($(date +%s%N) - began) / 1000000))
[ "$all" -lt 60000 ] || fail "it took $all ms, and one minute is the limit"
echo "ok: from an empty folder to a site with what a merged request made, in $all ms"
