#!/usr/bin/env python3
"""Compares our actions that publish repositories with Backstage's own: publishers.py SERVE CALLBOARD MODULES.

Each of Backstage's publish actions makes repositories on a fake forge, and must be content with it. The program makes the same
with the same inputs on another one. What both ask the forge to change is compared: methods, paths and bodies. What a side sends
to one resource in several requests is taken together, because the program marks a repository while it makes it. MODULES is a
folder in which npm has installed Backstage's modules, with publish.mjs beside them.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.parse

from program import Fake, our_calls

MODULES = pathlib.Path(sys.argv[3])

GITHUB = [
    {"repoUrl": "HOST?owner=acme&repo=cart", "defaultBranch": "main"},
    {
        "repoUrl": "HOST?owner=acme&repo=cart", "defaultBranch": "main", "description": "The cart", "repoVisibility": "internal",
        "homepage": "https://cart.example", "access": "acme/platform", "topics": ["Shop", "cart"], "subscribe": True,
        "deleteBranchOnMerge": True, "allowMergeCommit": False, "allowSquashMerge": True, "allowRebaseMerge": False,
        "allowAutoMerge": True, "allowUpdateBranch": True, "squashMergeCommitTitle": "PR_TITLE",
        "squashMergeCommitMessage": "PR_BODY", "hasProjects": False, "hasWiki": False, "hasIssues": True,
        "collaborators": [{"access": "push", "user": "user:default/ann"}, {"access": "triage", "user": "bob"},
                          {"access": "pull", "team": "acme/readers"}, {"access": "maintain", "team": "group:default/writers"}],
        "repoVariables": {"REGION": "eu"}, "secrets": {"NPM_TOKEN": "n"}, "customProperties": {"tier": "1"},
        "oidcCustomization": {"useDefault": False, "includeClaimKeys": ["repo"]}, "protectEnforceAdmins": False,
        "requireCodeOwnerReviews": True, "dismissStaleReviews": True, "requiredStatusCheckContexts": ["test"],
        "requireBranchesToBeUpToDate": False, "requiredConversationResolution": True, "requireLastPushApproval": True,
        "requiredApprovingReviewCount": 2, "requiredLinearHistory": True, "requiredCommitSigning": True,
        "restrictions": {"users": ["ann"], "teams": ["writers"]},
        "bypassPullRequestAllowances": {"users": ["ann"], "teams": [], "apps": []},
    },
    {"repoUrl": "HOST?owner=callboard-bot&repo=cart", "defaultBranch": "main", "description": "The cart", "access": "ann",
     "repoVisibility": "public", "protectDefaultBranch": False},
]

GITLAB = [
    {"repoUrl": "HOST?owner=acme&repo=cart", "defaultBranch": "main"},
    {
        "repoUrl": "HOST?owner=acme&repo=cart", "defaultBranch": "main", "repoVisibility": "internal", "topics": ["shop"],
        "settings": {"name": "The Cart", "description": "The cart", "merge_method": "ff", "squash_option": "always",
                     "auto_devops_enabled": False, "ci_config_path": "ci.yml", "visibility": "public",
                     "only_allow_merge_if_pipeline_succeeds": True, "allow_merge_on_skipped_pipeline": True,
                     "only_allow_merge_if_all_discussions_are_resolved": True},
        "branches": [{"name": "release/1", "create": True, "protect": True, "ref": "main"}],
        "projectVariables": [{"key": "REGION", "value": "eu", "protected": True, "description": "Where"},
                             {"key": "PASSWORD", "value": "secret-1", "masked": True, "masked_and_hidden": True}],
        "setUserAsOwner": True, "ownerUsername": "chloe",
    },
    {"repoUrl": "HOST?owner=callboard-bot&repo=cart", "defaultBranch": "main", "settings": {"path": "cart"}},
]

GITEA = [
    {"repoUrl": "HOST?owner=acme&repo=cart", "defaultBranch": "main", "description": "The cart", "repoVisibility": "public"},
]

AZURE = [{"repoUrl": "HOST?organization=acme&project=shop&repo=cart", "defaultBranch": "main"}]

BITBUCKET_CLOUD = [
    {"repoUrl": "HOST?workspace=acme&project=SHOP&repo=cart", "defaultBranch": "main", "description": "The cart"},
    {"repoUrl": "HOST?workspace=acme&project=SHOP&repo=cart", "defaultBranch": "main", "description": "The cart",
     "repoVisibility": "public"},
]

BITBUCKET_SERVER = [
    {"repoUrl": "HOST?project=SHOP&repo=cart", "defaultBranch": "main", "description": "The cart"},
    {"repoUrl": "HOST?project=SHOP&repo=cart", "defaultBranch": "main", "description": "The cart", "repoVisibility": "public"},
]

FORGES = {
    "github": ("publish:github", GITHUB), "gitlab": ("publish:gitlab", GITLAB), "gitea": ("publish:gitea", GITEA),
    "azure-devops": ("publish:azure", AZURE), "bitbucket-cloud": ("publish:bitbucketCloud", BITBUCKET_CLOUD),
    "bitbucket-server": ("publish:bitbucketServer", BITBUCKET_SERVER),
}

REPOSITORY = "the repository"

# The creation and the settings of a repository, one resource; `NAME` is its name.
REPOSITORIES = {
    "github": r"POST /(orgs/[^/]*|user)/repos|PATCH /repos/[^/]*/[^/]*",
    "gitlab": r"POST /projects|PUT /projects/PROJECT",
    "gitea": r"POST /(orgs/[^/]*|user)/repos|PATCH /repos/[^/]*/[^/]*",
    "azure-devops": r"POST .*/_apis/git/repositories|PATCH .*/_apis/git/repositories/[^/]*",
    "bitbucket-cloud": r"(POST|PUT) /repositories/[^/]*/[^/]*",
    "bitbucket-server": r"POST /projects/[^/]*/repos|PUT /projects/[^/]*/repos/[^/]*",
}

MADE_FROM = "Made from the template t (Callboard request r)"

# Fields that one side leaves out, with the values that they then have by the documentation of the forge. A description that
# nobody wrote says where the repository comes from.
DEFAULTS = {
    ("github", REPOSITORY, "allow_auto_merge"): [False],
    ("github", REPOSITORY, "allow_merge_commit"): [True],
    ("github", REPOSITORY, "allow_rebase_merge"): [True],
    ("github", REPOSITORY, "allow_squash_merge"): [True],
    ("github", REPOSITORY, "allow_update_branch"): [False],
    ("github", REPOSITORY, "delete_branch_on_merge"): [False],
    ("github", REPOSITORY, "squash_merge_commit_message"): ["COMMIT_MESSAGES"],
    ("github", REPOSITORY, "squash_merge_commit_title"): ["COMMIT_OR_PR_TITLE"],
    ("github", REPOSITORY, "description"): [MADE_FROM],
    ("github", "PUT /repos/acme/cart/subscription", "ignored"): [False],
    ("gitlab", REPOSITORY, "description"): [MADE_FROM],
    ("gitlab", "POST /projects/PROJECT/variables", "variable_type"): ["env_var"],
    ("gitlab", "POST /projects/PROJECT/variables", "environment_scope"): ["*"],
    ("gitlab", "POST /projects/PROJECT/variables", "protected"): [False],
    ("gitlab", "POST /projects/PROJECT/variables", "masked"): [False],
    ("gitlab", "POST /projects/PROJECT/variables", "masked_and_hidden"): [False],
    ("gitlab", "POST /projects/PROJECT/variables", "raw"): [False],
    ("bitbucket-server", REPOSITORY, "scmId"): ["git"],
}

# Other differences: our value, theirs, and why.
REASONS = {
    ("github", REPOSITORY, "private"): (
        True, False, "the visibility `internal` decides; a server that does not know it makes a private repository of ours"),
    ("gitea", REPOSITORY, "default_branch"): (
        "main", None, "theirs has the default branch of the server, whichever branch was pushed"),
    ("azure-devops", REPOSITORY, "defaultBranch"): (
        "refs/heads/main", None, "theirs has the default branch of the organisation, whichever branch was pushed"),
}


def published(forge, case, folder, certificate):
    """What Backstage's action asks a forge to change. `folder` becomes the files that it publishes."""
    with Fake(forge) as fake:
        folder.mkdir()
        (folder / "README.md").write_text("# Cart\n")
        run = subprocess.run(["node", MODULES / "publish.mjs", forge, fake.url, json.dumps(case), folder], text=True,
                             env={**os.environ, "NODE_EXTRA_CA_CERTS": str(certificate[0]),
                                  "CERTIFICATE": str(certificate[0]), "KEY": str(certificate[1])},
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if run.returncode:
            sys.exit(f"{forge}: Backstage's action is not content with the fake:\n{run.stderr[-3000:]}")
        outputs = json.loads(run.stdout.splitlines()[-1])
        assert re.fullmatch("[0-9a-f]{40}", outputs["commitHash"]), outputs
        return fake.calls()


def resources(forge, calls):
    """What was asked of each resource, all requests to it together."""
    found = {}
    for call in calls:
        assert call["status"] < 300, call
        path = urllib.parse.unquote(re.sub(r"^/(api(/v\d+)?|2\.0)(?=/)", "", call["path"]))
        # The same project by its id and by its path.
        if forge == "gitlab":
            path = re.sub(r"^/projects/(\d+|(acme|callboard-bot)/cart)(?=/|$)", "/projects/PROJECT", path)
        # GitLab takes fields in the query, too.
        body = {**(call["body"] or {}), **(call["query"] if forge == "gitlab" else {})}
        if "encrypted_value" in body:
            body["encrypted_value"] = "sealed"
        name = f"{call['method']} {path}"
        if re.fullmatch(REPOSITORIES[forge], name):
            found.setdefault(REPOSITORY, {"request": name}).update(body)
            continue
        # Things of which there are many.
        name += "".join(f" {body[key]}" for key in ("key", "name", "user_id") if call["method"] == "POST" and key in body)
        assert name not in found, name
        found[name] = body
    return found


def differences(ours, theirs):
    """Each difference: resource, field, our value, their value; `None` for a whole resource or what is left out."""
    for resource in sorted({*ours, *theirs}):
        if resource not in ours or resource not in theirs:
            yield resource, None, ours.get(resource), theirs.get(resource)
            continue
        one, other = ours[resource], theirs[resource]
        for field in sorted({*one, *other}):
            if one.get(field) != other.get(field):
                yield resource, field, one.get(field), other.get(field)


def main(scratch):
    certificate = scratch / "cert.pem", scratch / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost,DNS:bitbucket.org,DNS:api.bitbucket.org",
                    "-addext", "basicConstraints=critical,CA:FALSE", "-out", certificate[0], "-keyout", certificate[1]],
                   check=True, stderr=subprocess.DEVNULL)
    used, wrong = set(), []
    for forge, (action, cases) in FORGES.items():
        for number, case in enumerate(cases):
            files = scratch / f"{forge}-{number}"
            theirs = resources(forge, published(forge, case, files, certificate))
            # Our templates name secrets of the settings; other values would stand in plans.
            own = {**case, "secrets": {name: f"${{{{ secrets.{name} }}}}" for name in case["secrets"]}} if "secrets" in case else case
            step = f"    - {{id: publish, action: '{action}', input: {json.dumps(own)}}}"
            ours = resources(forge, our_calls(forge, step, certificate))
            for resource, field, our, their in differences(ours, theirs):
                key = (forge, " ".join(resource.split(" ")[:2]), field)
                default = DEFAULTS.get(key, [])
                if (our, their) == REASONS.get(key, ())[:2] or our is None and their in default or their is None and our in default:
                    used.add(key)
                else:
                    wrong.append(f"{forge} {number}: {resource}: {field}: ours {json.dumps(our)}, theirs {json.dumps(their)}")
            print(f"{forge}: {len(ours)} resources are made as by Backstage's own action")
    unused = [f"the list of differences has {key}, which there is not" for key in sorted({*DEFAULTS, *REASONS} - used, key=str)]
    if wrong or unused:
        sys.exit("\n".join(wrong + unused))


with tempfile.TemporaryDirectory() as directory:
    main(pathlib.Path(directory))
