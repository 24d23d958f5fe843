#!/bin/sh
# Makes the pipelines of this portal, and the policies of the branch that start two of them for pull requests. Run it once, after the
# first push, by somebody who may edit pipelines and policies: `az login`, or AZURE_DEVOPS_EXT_PAT. What is there already stays.
#
# Needs the Azure CLI with its extension: `az extension add --name azure-devops`.
set -eu

organization=<< azure.organization >>
project=<< azure.project >>
repository=<< azure.repository >>
branch=<< branch >>

at() { az "$@" --organization "$organization" --project "$project" --output tsv; }

# Makes the pipeline $1 of the file ci/$1.yml, unless it is there; prints its id.
pipeline() {
    id=$(at pipelines list --name "callboard $1" --query '[0].id')
    [ -n "$id" ] || id=$(at pipelines create --name "callboard $1" --repository "$repository" --repository-type tfsgit \
        --branch "$branch" --yml-path "ci/$1.yml" --skip-first-run true --query id)
    echo "$id"
}

# Starts pipeline $1 for pull requests that change files below $2, and asks for its success, unless that is so already.
validate() {
    id=$(pipeline "$1")
    there=$(at repos policy list --repository-id "$repository_id" --branch "$branch" \
        --query "[?settings.buildDefinitionId==\`$id\`] | [0].id")
    [ -n "$there" ] || at repos policy build create --repository-id "$repository_id" --branch "$branch" \
        --build-definition-id "$id" --display-name "callboard $1" --path-filter "$2" --blocking true --enabled true \
        --manual-queue-only false --queue-on-source-update-only false --valid-duration 0 --query id >/dev/null
    echo "callboard $1: pipeline $id, started by pull requests"
}

repository_id=$(at repos show --repository "$repository" --query id)
validate check "/*"
validate plan "/scaffolds/requests/*"
for name in site snapshot apply drift; do
    echo "callboard $name: pipeline $(pipeline "$name")"
done

there=$(at repos policy list --repository-id "$repository_id" --branch "$branch" \
    --query "[?type.displayName=='Minimum number of reviewers'] | [0].id")
[ -n "$there" ] || at repos policy approver-count create --repository-id "$repository_id" --branch "$branch" \
    --minimum-approver-count 1 --creator-vote-counts false --allow-downvotes false --reset-on-source-push true \
    --blocking true --enabled true --query id >/dev/null
echo "reviews: one at least, again after each push"
