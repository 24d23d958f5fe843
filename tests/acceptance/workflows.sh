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
    for action in checkout upload-artifact download-artifact; do
        for pinned in $(sed -nE "s|.*uses: (actions/$action@[0-9a-f]+).*|\1|p" ".github/workflows/$3" .github/workflows/comment.yml | sort -u); do
            stand_ins="$stand_ins --local-repository $pinned=$ROOT/tests/acceptance/actions/$action"
        done
    done
    # shellcheck disable=SC2086 # one word for each argument
    PATH="$(dirname "$CALLBOARD_BIN"):$PATH" "$ACT" "$2" -j "$1" -W ".github/workflows/$3" \
        -C "$portal" -e "$ACCEPTANCE/event.json" -P ubuntu-latest=-self-hosted --action-offline-mode --no-cache-server $stand_ins \
        --env "ACCEPTANCE=$ACCEPTANCE" \
        --env GITHUB_REPOSITORY=company/portal --env GH_HOST=github.localhost --secret GITHUB_TOKEN=token \
        --env "HTTP_PROXY=http://127.0.0.1:$port" --env "http_proxy=http://127.0.0.1:$port" \
        --env NO_PROXY= --env no_proxy= \
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
    cat > "$ACCEPTANCE/event.json" <<JSON
{"repository": {"full_name": "company/portal", "default_branch": "main"},
 "pull_request": {"number": 1,
  "base": {"ref": "main", "sha": "$(git rev-parse main)"},
  "head": {"ref": "ask", "sha": "$(git rev-parse HEAD)", "repo": {"full_name": "company/portal"}}}}
JSON
}

# The forge, where others have commented already: a person with the same mark, and another workflow.
cat > "$ACCEPTANCE/comments.json" <<'JSON'
[{"id": 1, "user": {"login": "someone"}, "body": "<!-- callboard: plan -->\nnot the plan"},
 {"id": 2, "user": {"login": "github-actions[bot]"}, "body": "something else"}]
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
cp -R "$ROOT/.github" .
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
must_run comment pull_request scaffold-plan.yml
plan=$ACCEPTANCE/artifacts/plan/plan.md
for expected in "$request" catalog-info.yaml Dockerfile; do
    grep -q "$expected" "$plan" || fail "the plan does not name $expected"
    comment '.[2].body' | grep -q "$expected" || fail "the comment does not name $expected"
done
[ "$(commits)" = "$before" ] || fail "planning changed the repository"
[ ! -e "$ACCEPTANCE/repositories" ] || fail "planning created a repository"
echo "ok: a pull request gets its plan in a comment, and nothing else happens"

# A pull request that changes more than its request is refused, and its comment no longer shows a plan.
sed -i 's|publish:git|debug:log|' scaffolds/templates/*/template.yaml
git commit --quiet --all --message "And change the template, unseen"
pull_request
if run_job comment pull_request scaffold-plan.yml; then fail "a changed template was planned"; fi
grep -q "changes more than requests" "$ACCEPTANCE/comment.log" || fail "the refusal does not say why"
comment '.[2].body' | grep -q "There is no plan" || fail "the comment still shows the old plan"
[ "$(comment length)" = 3 ] || fail "there is more than one comment"
[ "$(comment '.[:2]')" = "$others" ] || fail "another's comment was changed"
git reset --quiet --hard HEAD^
echo "ok: a pull request that changes a template is refused, and the comment says so"

# The merge.
git switch --quiet main
git rev-parse ask > "$ACCEPTANCE/merged-head"
git merge --quiet ask
git push --quiet origin main
printf '{"ref": "refs/heads/main", "repository": {"full_name": "company/portal", "default_branch": "main"}}' \
    > "$ACCEPTANCE/event.json"
# Approved was another plan.
cp "$ACCEPTANCE/artifacts/plan/plan.hashes" "$ACCEPTANCE/plan.hashes"
sed 's|=.*|=0000000000000000000000000000000000000000000000000000000000000000|' "$ACCEPTANCE/plan.hashes" \
    > "$ACCEPTANCE/artifacts/plan/plan.hashes"
if run_job apply push scaffold-apply.yml; then fail "a plan that nobody approved was applied"; fi
grep -q "approved" "$ACCEPTANCE/apply.log" || fail "the refusal does not say that another plan was approved"
[ ! -e "$ACCEPTANCE/repositories" ] || fail "a plan that nobody approved created a repository"
cp "$ACCEPTANCE/plan.hashes" "$ACCEPTANCE/artifacts/plan/"
echo "ok: a plan that nobody approved is not applied"

must_run apply push scaffold-apply.yml
made=$(find "$ACCEPTANCE/repositories" -type d -name "$request*" | head -1)
[ -n "$made" ] || fail "no repository was created"
git --git-dir="$made" cat-file -e HEAD:catalog-info.yaml || fail "the repository is empty"
git -C "$ACCEPTANCE/origin.git" ls-tree -r --name-only main catalog-data | grep -q "$request" \
    || fail "the new component is not in the catalog"
git -C "$ACCEPTANCE/origin.git" ls-tree -r --name-only callboard-runs | grep -q "$request" \
    || fail "there is no run on callboard-runs"
echo "ok: a merged request becomes a repository, a run and an entity"

# The same event again.
before=$(commits)
head=$(git --git-dir="$made" rev-parse HEAD)
git pull --quiet
must_run apply push scaffold-apply.yml
[ "$(commits)" = "$before" ] || fail "the second run changed the portal"
[ "$(git --git-dir="$made" rev-parse HEAD)" = "$head" ] || fail "the second run changed the repository"
echo "ok: a second run changes nothing"
