#!/usr/bin/env python3
"""Compares our requests with those of clients that others wrote: clients.py SERVE CALLBOARD.

For GitLab and Azure DevOps, whose fakes are written from documentation: the program makes things on a fake, and a client
makes the same things on another one, each by its own function. The client must be content with the answers, and its
requests must have the same methods, paths and bodies as the program's. It runs in an environment with python-gitlab and
azure-devops; SERVE is the example of the package `callboard-testing`.
"""
import json
import subprocess
import sys
import tempfile
import urllib.parse

from program import CLEAN, Fake, our_calls

GITLAB = """
    - id: group
      action: gitlab:group:ensureExists
      input: {repoUrl: 'HOST?owner=acme', path: [acme, shop]}
    - id: publish
      action: publish:gitlab
      input:
        repoUrl: HOST?owner=acme/shop&repo=cart
        repoVisibility: internal
        topics: [shop]
        settings: {description: The cart, merge_method: ff, visibility: private}
        branches: [{name: release/1, create: true, protect: true}]
        projectVariables: [{key: REGION, value: eu, protected: true}]
        setUserAsOwner: true
        ownerUsername: chloe
    - action: gitlab:projectVariable:create
      input: {repoUrl: 'HOST?owner=acme&repo=cart', projectId: '${{ steps.publish.output.projectId }}', key: GROUP, value: shop, variableType: env_var}
    - action: gitlab:issues:create
      input: {repoUrl: HOST, projectId: '${{ steps.publish.output.projectId }}', title: Go live, description: Now, labels: launch}
    - action: roadiehq:utils:fs:write
      input: {path: docs/guide.md, content: A guide}
    - action: publish:gitlab:merge-request
      input: {repoUrl: 'HOST?owner=acme/shop&repo=cart', title: A guide, description: Read it, sourcePath: ./docs, branchName: guide, labels: [docs]}
    - action: gitlab:pipeline:trigger
      input: {repoUrl: 'HOST?owner=acme/shop&repo=cart', projectId: '${{ steps.publish.output.projectId }}', branch: main, variables: {REGION: eu}, token: x, tokenDescription: x}
"""

AZURE = """
    - id: publish
      action: publish:azure
      input: {repoUrl: 'HOST?organization=acme&project=shop&repo=cart', description: The cart, defaultBranch: main}
    - id: create
      action: azure:pipeline:create
      input: {host: HOST, organization: acme, project: shop, repository: cart, pipelineName: cart CI, pipelineYamlFile: ci.yml}
    - action: azure:pipeline:permit
      input:
        host: HOST
        organization: acme
        project: shop
        pipelineId: ${{ steps.create.output.pipelineId }}
        resourceId: 9fd4a1f0-8c1b-4b6a-9d3e-3a0a1f1f0c11
        resourceType: endpoint
    - action: azure:pipeline:run
      input: {host: HOST, organization: acme, project: shop, pipelineId: '${{ steps.create.output.pipelineId }}', branch: main, templateParameters: {size: 3}}
    - action: azure:pr:create
      input: {server: HOST, organization: acme, project: shop, repoName: cart, sourceBranch: next, title: Next, autoComplete: true, workItemId: 7}
"""


def gitlab_client(url):
    import gitlab
    client = gitlab.Gitlab(url, private_token="token")
    project = lambda path: client.projects.get(urllib.parse.unquote(path), lazy=True)
    merge_requests = lambda path: project(path).mergerequests

    def of(method, path, body):
        """Makes a request of ours by the client's function for it."""
        parts = path.removeprefix("/api/").split("/")
        match method, parts:
            case "POST", ["groups"]:
                return client.groups.create(body)
            case "POST", ["projects"]:
                return client.projects.create(body)
            case "PUT", ["projects", one]:
                return client.projects.update(urllib.parse.unquote(one), body)
            case "POST", ["projects", one, "repository", "branches"]:
                return project(one).branches.create(body)
            case "POST", ["projects", one, "protected_branches"]:
                return project(one).protectedbranches.create(body)
            case "POST", ["projects", one, "variables"]:
                return project(one).variables.create(body)
            case "POST", ["projects", one, "members"]:
                return project(one).members.create(body)
            case "POST", ["projects", one, "issues"]:
                return project(one).issues.create(body)
            case "POST", ["projects", one, "pipeline"]:
                return project(one).pipelines.create(body)
            case "POST", ["projects", one, "merge_requests"]:
                return merge_requests(one).create(body)
            case "PUT", ["projects", one, "merge_requests", number]:
                return merge_requests(one).update(number, body)
        sys.exit(f"the client has no function for {method} {path}")

    def reviews():
        """What the reviews of merge requests are made of."""
        one = client.projects.get("acme/shop/cart")
        merge_request = one.mergerequests.get(1)
        merge_request.notes.create({"body": "a plan"})
        note = merge_request.notes.list(get_all=True)[0]
        note.body = "another plan"
        note.save()
        assert merge_request.notes.list(get_all=True)[0].body == "another plan"
        assert merge_request.approvals.get().approved_by == []
        commit = one.commits.get("1" * 40, lazy=True)
        commit.statuses.create({"state": "success", "name": "callboard/plan", "description": "1 plan"})
        assert client.users.list(username="chloe", get_all=True)[0].username == "chloe"

    return of, reviews


LOCATIONS = {
    "225f7195-f9c7-4d14-ab28-a83f7ff77e1f": "{project}/_apis/git/repositories/{repositoryId}",
    "9946fd70-0d40-406e-b686-b4744cbbcc37": "{project}/_apis/git/repositories/{repositoryId}/pullrequests/{pullRequestId}",
    "b5f6bb4f-8d1e-4d79-8d11-4c9172c99c35": "{project}/_apis/git/repositories/{repositoryId}/pullRequests/{pullRequestId}/statuses/{statusId}",
    "ab6e2e5d-a0b7-4153-b64a-a4efe0d49449": "{project}/_apis/git/repositories/{repositoryId}/pullRequests/{pullRequestId}/threads/{threadId}",
    "965a3ec7-5ed8-455a-bdcb-835a5ea7fe7b": "{project}/_apis/git/repositories/{repositoryId}/pullRequests/{pullRequestId}/threads/{threadId}/comments/{commentId}",
    "4b6702c7-aa35-4b89-9c96-b9abf6d3e540": "{project}/_apis/git/repositories/{repositoryId}/pullRequests/{pullRequestId}/reviewers/{reviewerId}",
    "dbeaf647-6167-421a-bda9-c9327b25e2e6": "{project}/_apis/build/definitions/{definitionId}",
    "7859261e-d2e9-4a68-b820-a5d84cc5bb3d": "{project}/_apis/pipelines/{pipelineId}/runs/{runId}",
    "b5b9a4a4-e6cd-4096-853c-ab7d8b0c4eb2": "{project}/_apis/pipelines/pipelinePermissions/{resourceType}/{resourceId}",
}


def azure_client(url):
    from azure.devops.client import Client
    from azure.devops._models import ApiResourceLocation
    from azure.devops.v7_1.build.build_client import BuildClient
    from azure.devops.v7_1.git.git_client import GitClient
    from azure.devops.v7_1.git.models import GitPullRequestSearchCriteria
    from azure.devops.v7_1.pipeline_permissions.pipeline_permissions_client import PipelinePermissionsClient
    from azure.devops.v7_1.pipelines.pipelines_client import PipelinesClient
    from msrest.authentication import BasicAuthentication
    base = f"{url}/api/acme"
    # A server lists where its resources are; these are those of the documentation.
    Client._locations_cache[Client._normalize_url(base)] = [
        ApiResourceLocation(area="", id=id, max_version=7.1, min_version=1.0, released_version="7.1",
                            resource_name="", resource_version=1, route_template=template)
        for id, template in LOCATIONS.items()]
    credentials = BasicAuthentication("", "token")
    git, build, pipelines, permissions = (
        kind(base, credentials) for kind in (GitClient, BuildClient, PipelinesClient, PipelinePermissionsClient))

    def of(method, path, body):
        path = urllib.parse.unquote(path).removeprefix("/api/acme/shop/_apis/")
        match method, path.split("/"):
            case "POST", ["git", "repositories"]:
                return git.create_repository(body, project="shop")
            case "PATCH", ["git", "repositories", one]:
                return git.update_repository(body, one, project="shop")
            case "POST", ["git", "repositories", one, "pullrequests"]:
                return git.create_pull_request(body, one, project="shop")
            case "PATCH", ["git", "repositories", one, "pullrequests", number]:
                return git.update_pull_request(body, one, int(number), project="shop")
            case "POST", ["build", "definitions"]:
                return build.create_definition(body, "shop")
            case "PATCH", ["pipelines", "pipelinePermissions", kind, id]:
                return permissions.update_pipeline_permisions_for_resource(body, "shop", kind, id)
            case "POST", ["pipelines", number, "runs"]:
                return pipelines.run_pipeline(body, "shop", int(number))
        sys.exit(f"the client has no function for {method} {path}")

    def reviews():
        repository = git.get_repository("cart", project="shop")
        wanted = GitPullRequestSearchCriteria(status="active")
        [pull] = git.get_pull_requests(repository.id, wanted, project="shop")
        number = pull.pull_request_id
        thread = git.create_thread({"comments": [{"content": "a plan", "commentType": "text", "parentCommentId": 0}],
                                    "status": "active"}, repository.id, number, project="shop")
        git.update_comment({"content": "another plan"}, repository.id, number, thread.id, 1, project="shop")
        [thread] = git.get_threads(repository.id, number, project="shop")
        assert thread.comments[0].content == "another plan"
        git.create_pull_request_status({"state": "succeeded", "context": {"genre": "callboard", "name": "plan"}},
                                       repository.id, number, project="shop")
        assert git.get_pull_request_reviewers(repository.id, number, project="shop") == []
        [definition] = build.get_definitions("shop", name="cart CI")
        run = pipelines.get_run("shop", definition.id, 3)
        assert run.state in ("inProgress", "completed"), run.state

    return of, reviews


# What a client's models cannot say, though the API takes it, each with its reason.
UNKNOWN = {
    # The models have what all kinds of processes and triggers share.
    ("POST", "/build/definitions"): {"process", "triggers"},
}


def without(call):
    keys = next((keys for (method, end), keys in UNKNOWN.items()
                 if call["method"] == method and call["path"].endswith(end)), set())
    body = {key: value for key, value in call["body"].items() if key not in keys} if isinstance(call["body"], dict) else call["body"]
    return {**call, "query": None, "path": urllib.parse.unquote(call["path"].replace("/api/v4/", "/api/")), "body": body}


def compare(kind, steps, make):
    ours = our_calls(kind, steps)
    assert len(ours) >= 5, ours
    with Fake(kind) as fake:
        of, reviews = make(fake.url)
        wrong = 0
        for call in ours:
            # Branches are pushed by git, which the client does not do.
            prepare(fake, call)
            try:
                of(call["method"], call["path"], call["body"])
            except Exception as error:
                print(f"{kind}: {call['method']} {call['path']}: the client is not content: {error!r}", file=sys.stderr)
                wrong += 1
            theirs = fake.calls()
            if [without(one) for one in theirs] != [without(call)]:
                print(f"{kind}: ours:   {json.dumps(without(call))}\n{kind}: theirs: {json.dumps([without(one) for one in theirs])}",
                      file=sys.stderr)
                wrong += 1
        reviews()
        if wrong:
            sys.exit(f"{kind}: {wrong} of {len(ours)} requests differ")
        print(f"{kind}: {len(ours)} requests are those of the client")


def prepare(fake, call):
    """Pushes what the program pushes before a call that needs it."""
    if "repository/branches" in call["path"] or call["path"].endswith("/pipeline"):
        with tempfile.TemporaryDirectory() as directory:
            git = ["git", "-c", "user.name=B", "-c", "user.email=b@x.example",
                   "-c", "http.extraHeader=Authorization: Basic dTp0b2tlbg=="]
            for arguments in (["init", "-q", "-b", "main"], ["commit", "-q", "--allow-empty", "-m", "first"],
                              ["push", "-q", "--force", f"{fake.url}/acme/shop/cart.git", "main"]):
                subprocess.run([*git, *arguments], cwd=directory, check=True, env=CLEAN)


compare("gitlab", GITLAB, gitlab_client)
compare("azure-devops", AZURE, azure_client)
