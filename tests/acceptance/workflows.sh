#!/bin/sh
# Opens a pull request with a request, merges it, and runs the portal's own workflows on both events. The
# forge is a bare repository in $ACCEPTANCE; what the workflows use from elsewhere has stand-ins here.
set -eu
export GIT_CONFIG_GLOBAL="$ACCEPTANCE/gitconfig" GIT_CONFIG_NOSYSTEM=1
printf '[user]\n\tname = Test\n\temail = test@example.com\n[init]\n\tdefaultBranch = main\n' \
    > "$GIT_CONFIG_GLOBAL"

fail() {
    echo "failed: $1" >&2
    exit 1
}

# act JOB EVENT WORKFLOW: runs one job, shows its log when it fails.
run_job() {
    log=$ACCEPTANCE/$1.log
    pinned() { sed -nE "s|.*uses: (actions/$1@[0-9a-f]+).*|\1|p" "$portal/.github/workflows/$2"; }
    "$ACT" "$2" -j "$1" -W ".github/workflows/$3" -C "$portal" -e "$ACCEPTANCE/event.json" \
        -P ubuntu-latest=-self-hosted --action-offline-mode --no-cache-server \
        --env "ACCEPTANCE=$ACCEPTANCE" --env "CALLBOARD_BIN=$CALLBOARD_BIN" \
        --local-repository "$(pinned checkout "$3")=$ROOT/tests/acceptance/actions/checkout" \
        --local-repository "$(pinned upload-artifact scaffold-plan.yml)=$ROOT/tests/acceptance/actions/upload-artifact" \
        > "$log" 2>&1 || {
        cat "$log" >&2
        fail "the job $1 of $3"
    }
}

commits() { git -C "$ACCEPTANCE/origin.git" rev-list --all | sort; }

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
cat > "$ACCEPTANCE/event.json" <<JSON
{"pull_request": {"number": 1,
  "base": {"ref": "main", "sha": "$(git rev-parse main)"},
  "head": {"ref": "ask", "sha": "$(git rev-parse ask)", "repo": {"full_name": "company/portal"}}}}
JSON
before=$(commits)
run_job plan pull_request scaffold-plan.yml
plan=$ACCEPTANCE/artifacts/plan/plan.md
for expected in "$request" catalog-info.yaml Dockerfile; do
    grep -q "$expected" "$plan" || fail "the plan does not name $expected"
done
[ "$(commits)" = "$before" ] || fail "planning changed the repository"
[ ! -e "$ACCEPTANCE/repositories" ] || fail "planning created a repository"
echo "ok: a pull request gets its plan, and nothing else happens"

# The merge.
git switch --quiet main
git merge --quiet ask
git push --quiet origin main
printf '{"ref": "refs/heads/main", "repository": {"full_name": "company/portal", "default_branch": "main"}}' \
    > "$ACCEPTANCE/event.json"
run_job apply push scaffold-apply.yml
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
run_job apply push scaffold-apply.yml
[ "$(commits)" = "$before" ] || fail "the second run changed the portal"
[ "$(git --git-dir="$made" rev-parse HEAD)" = "$head" ] || fail "the second run changed the repository"
echo "ok: a second run changes nothing"
