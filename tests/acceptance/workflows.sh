#!/bin/sh
# Opens a pull request with a request, merges it, and runs the portal's own workflows on both events. The
# forge is a bare repository in $ACCEPTANCE and a server for comments; actions of others are replaced by those in
# `actions/`.
set -eu
export GIT_CONFIG_GLOBAL="$ACCEPTANCE/gitconfig" GIT_CONFIG_NOSYSTEM=1
printf '[user]\n\tname = Test\n\temail = test@example.com\n[init]\n\tdefaultBranch = main\n' \
    > "$GIT_CONFIG_GLOBAL"

fail() {
    echo "failed: $1" >&2
    exit 1
}

# act JOB EVENT WORKFLOW: runs one job and those it needs; $ACCEPTANCE/JOB.log is its log.
run_job() {
    stand_ins=""
    for pinned in $(sed -nE "s|.*uses: (actions/checkout@[0-9a-f]+).*|\1|p" ".github/workflows/$3" | sort -u); do
        stand_ins="$stand_ins --local-repository $pinned=$ROOT/tests/acceptance/actions/checkout"
    done
    # shellcheck disable=SC2086 # one word for each argument
    PATH="$(dirname "$CALLBOARD_BIN"):$PATH" "$ACT" "$2" -j "$1" -W ".github/workflows/$3" \
        -C "$portal" -e "$ACCEPTANCE/event.json" -P ubuntu-latest=-self-hosted --action-offline-mode --no-cache-server $stand_ins \
        --env "ACCEPTANCE=$ACCEPTANCE" \
        --env GITHUB_REPOSITORY=company/portal --secret GITHUB_TOKEN=token \
        --env "GITHUB_API_URL=http://127.0.0.1:$port" --env "GITHUB_SERVER_URL=http://127.0.0.1:$port" \
        > "$ACCEPTANCE/$1.log" 2>&1
}

must_run() {
    run_job "$@" || {
        cat "$ACCEPTANCE/$1.log" >&2
        fail "the job $1 of $3"
    }
}

commits() { git -C "$ACCEPTANCE/origin.git" rev-list --all | sort; }

# comment FILTER: what jq says of the comments.
comment() { jq -r "$1" "$ACCEPTANCE/comments.json"; }

# pull_request: the event of a pull request of what is checked out.
pull_request() {
    git rev-parse HEAD > "$ACCEPTANCE/head"
    cat > "$ACCEPTANCE/event.json" <<JSON
{"repository": {"full_name": "company/portal", "default_branch": "main"},
 "pull_request": {"number": 1,
  "base": {"ref": "main", "sha": "$(git rev-parse main)"},
  "head": {"ref": "ask", "sha": "$(git rev-parse HEAD)", "repo": {"full_name": "company/portal"}}}}
JSON
}

# The forge, where others have commented already: a person with the same marker, and another workflow.
cat > "$ACCEPTANCE/comments.json" <<'JSON'
[{"id": 1, "user": {"login": "someone"}, "body": "<!-- callboard plan -->\nnot the plan"},
 {"id": 2, "user": {"login": "github-actions[bot]", "type": "Bot"}, "body": "something else"}]
JSON
others=$(comment '.[:2]')
python3 "$ROOT/tests/acceptance/forge.py" "$ACCEPTANCE/comments.json" > "$ACCEPTANCE/port" &
forge=$!
trap 'kill $forge' EXIT
for _ in 1 2 3 4 5 6 7 8 9 10; do [ -s "$ACCEPTANCE/port" ] || sleep 0.2; done
port=$(cat "$ACCEPTANCE/port")

# A portal like the demo's, before its request was made.
portal=$ACCEPTANCE/portal
"$CALLBOARD_BIN" demo --no-serve --dir "$ACCEPTANCE/demo" > "$ACCEPTANCE/demo.log" 2>&1
git clone --quiet "$ACCEPTANCE/demo" "$portal"
cd "$portal"
git reset --quiet --hard ':/^snapshot'
request=$(basename "$(ls scaffolds/requests/*.yaml)" .yaml)
mv "scaffolds/requests/$request.yaml" "$ACCEPTANCE"
sed -i "s|repositories: .*|repositories: $ACCEPTANCE/repositories|" callboard.yaml
cp -R "$ROOT/.github" "$ROOT/action.yml" .
mkdir packaging
cp "$ROOT/packaging/install.sh" packaging
git add --all
git commit --quiet --message "The portal before the request"
git init --quiet --bare "$ACCEPTANCE/origin.git"
git remote set-url origin "$ACCEPTANCE/origin.git"
git push --quiet origin main

# The pull request.
git switch --quiet --create ask
mkdir -p scaffolds/requests
cp "$ACCEPTANCE/$request.yaml" scaffolds/requests/
git add --all
git commit --quiet --message "Ask for $request"
pull_request
before=$(commits)
must_run plan pull_request scaffold-plan.yml
for expected in "$request" catalog-info.yaml Dockerfile; do
    comment '.[2].body' | grep -q "$expected" || fail "the comment does not name $expected"
done
grep -q "$(git rev-parse HEAD) callboard/plan success" "$ACCEPTANCE/statuses" || fail "there is no status"
[ "$(commits)" = "$before" ] || fail "planning changed the repository"
[ ! -e "$ACCEPTANCE/repositories" ] || fail "planning created a repository"
echo "ok: a pull request gets its plan in a comment, and nothing else happens"

# A pull request that changes more than its request is refused, and its comment no longer shows a plan.
sed -i 's|publish:git|debug:log|' scaffolds/templates/*/template.yaml
git commit --quiet --all --message "And change the template, unseen"
pull_request
if run_job plan pull_request scaffold-plan.yml; then fail "a changed template was planned"; fi
grep -q "changes more than requests" "$ACCEPTANCE/plan.log" || fail "the refusal does not say why"
comment '.[2].body' | grep -q "The pull request is refused" || fail "the comment still shows the old plan"
grep -q "$(git rev-parse HEAD) callboard/plan failure" "$ACCEPTANCE/statuses" || fail "the status says nothing"
[ "$(comment length)" = 3 ] || fail "there is more than one comment"
[ "$(comment '.[:2]')" = "$others" ] || fail "another's comment was changed"
git reset --quiet --hard HEAD^
echo "ok: a pull request that changes a template is refused, and the comment says so"

# The merge.
git switch --quiet main
git merge --quiet --no-ff --message "Merge pull request 1" ask
git push --quiet origin main
git rev-parse main > "$ACCEPTANCE/merge"
git rev-parse ask > "$ACCEPTANCE/head"
printf '{"ref": "refs/heads/main", "repository": {"full_name": "company/portal", "default_branch": "main"}}' \
    > "$ACCEPTANCE/event.json"
# Somebody changes the plan that the comment shows for the commit that was merged.
cp "$ACCEPTANCE/comments.json" "$ACCEPTANCE/comments.right"
zeros=0000000000000000000000000000000000000000000000000000000000000000
sed "s/\(Commit \`$(cat "$ACCEPTANCE/head")\`: \`\)[0-9a-f]*/\1$zeros/" "$ACCEPTANCE/comments.right" > "$ACCEPTANCE/comments.json"
if run_job apply push scaffold-apply.yml; then fail "a plan that nobody saw was applied"; fi
grep -q "showed another plan" "$ACCEPTANCE/apply.log" || fail "the refusal does not say that another plan was shown"
[ ! -e "$ACCEPTANCE/repositories" ] || fail "a plan that nobody saw created a repository"
cp "$ACCEPTANCE/comments.right" "$ACCEPTANCE/comments.json"
echo "ok: a plan that nobody saw is not applied"

must_run apply push scaffold-apply.yml
made=$(find "$ACCEPTANCE/repositories" -type d -name "$request*" | head -1)
[ -n "$made" ] || fail "no repository was created"
git --git-dir="$made" cat-file -e HEAD:catalog-info.yaml || fail "the repository is empty"
git -C "$ACCEPTANCE/origin.git" ls-tree -r --name-only main catalog-data | grep -q "$request" \
    || fail "the new component is not in the catalog"
git -C "$ACCEPTANCE/origin.git" ls-tree -r --name-only callboard-runs | grep -q "$request" \
    || fail "there is no run on callboard-runs"
comment '.[2].body' | grep -q "is applied" || fail "the comment does not say how the run ended"
echo "ok: a merged request becomes a repository, a run and an entity, and its pull request says so"

# The same event again.
before=$(commits)
head=$(git --git-dir="$made" rev-parse HEAD)
git pull --quiet
must_run apply push scaffold-apply.yml
[ "$(commits)" = "$before" ] || fail "the second run changed the portal"
[ "$(git --git-dir="$made" rev-parse HEAD)" = "$head" ] || fail "the second run changed the repository"
echo "ok: a second run changes nothing"
