#!/usr/bin/env python3
"""Runs the CI definitions that `callboard init` makes: pipelines.py SERVE CALLBOARD, in an environment with gitlab-emulator.

On a fake GitLab and on a fake Azure DevOps, a portal has the definitions of its forge. A branch with a request becomes a merge
request, which is planned, merged and applied: each job runs in a clone as the CI system makes it, with its variables. GitLab's
jobs run in gitlab-emulator. Nothing emulates Azure Pipelines, so this program does what its agent does with the steps.
"""
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import urllib.error
import urllib.request

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).parent / "forges"))
from program import CALLBOARD, CLEAN, Fake  # noqa: E402

GUIDES = pathlib.Path(__file__).parents[2] / "docs/guides/ci"
GLE = pathlib.Path(sys.executable).with_name("gle")
SHA256 = hashlib.sha256(pathlib.Path(CALLBOARD).read_bytes()).hexdigest()
REQUEST = "scaffolds/requests/cart.yaml"
WRONG = ("1" if SHA256.startswith("0") else "0") + SHA256[1:]


def git(place, *arguments):
    command = ["git", "-c", "user.name=Test", "-c", "user.email=test@example.com", *arguments]
    return subprocess.run(command, cwd=place, check=True, env=CLEAN, text=True, stdout=subprocess.PIPE).stdout.strip()


class Forge:
    """A fake forge and a portal on it, whose repository git reaches at `remote`."""

    def __init__(self, fake, headers, remote):
        self.fake, self.headers, self.remote = fake, headers, remote

    def ask(self, method, path, body=None):
        """Asks the API; returns its answer."""
        request = urllib.request.Request(self.fake.url + path, json.dumps(body).encode() if body else None,
                                         {**self.headers, "Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            sys.exit(f"{method} {path} answered {error.code}: {error.read().decode()}")

    def files(self, remote=None):
        """Commit and files of each branch of a repository, of the portal without an address."""
        with tempfile.TemporaryDirectory() as place:
            git(place, "clone", "-q", "--mirror", remote or self.remote, "all")
            git_all = lambda *arguments: git(pathlib.Path(place, "all"), *arguments).splitlines()
            names = git_all("for-each-ref", "--format=%(refname:short)", "refs/heads")
            return {name: (git_all("rev-parse", name), git_all("ls-tree", "-r", "--name-only", name)) for name in names}


def new_portal(place, forge, settings, step, definitions):
    """Pushes a portal with one template, and a branch `ask` with a request; returns its commit."""
    portal = place / "portal"
    texts = {
        "callboard.yaml": f"title: T\nauthor: {{name: C, email: c@x.example}}\n{settings}",
        ".gitignore": "/.callboard\n",
        "catalog-data/manual/ann.yaml":
            "apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: ann}\nspec: {memberOf: []}\n",
        "scaffolds/templates/t/template.yaml":
            "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {name: t}\nspec:\n  type: service\n  steps:\n"
            f"    - {{action: 'fetch:template', input: {{url: ./skeleton}}}}\n    - {step}\n"
            "    - action: catalog:register\n      input: {repoContentsUrl: '${{ steps.publish.output.repoContentsUrl }}', "
            "catalogInfoPath: /catalog-info.yaml}\n",
        "scaffolds/templates/t/skeleton/catalog-info.yaml":
            "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: cart}\n"
            "spec: {type: service, lifecycle: production, owner: user:default/ann}\n",
        **{str(file.relative_to(definitions)): file.read_text() for file in definitions.rglob("*") if file.is_file()},
    }
    commits = [(texts, "A portal", "main"),
               ({REQUEST: "template: t\nrequester: user:default/ann\nparameters: {}\n"}, "Ask for cart", "ask")]
    portal.mkdir()
    git(portal, "init", "-q", "-b", "main")
    for files, message, branch in commits:
        for name, text in files.items():
            (portal / name).parent.mkdir(parents=True, exist_ok=True)
            (portal / name).write_text(text)
        git(portal, "add", "--all")
        git(portal, "commit", "-q", "-m", message)
        git(portal, "push", "-q", forge.remote, f"HEAD:refs/heads/{branch}")
    return git(portal, "rev-parse", "HEAD")


def clone(place, remote, commit, *more):
    """A clone with all branches of a remote, and more references, in which a commit is checked out without a branch."""
    place.mkdir()
    git(place, "init", "-q")
    git(place, "remote", "add", "origin", remote)
    git(place, "fetch", "-q", "origin", "+refs/heads/*:refs/remotes/origin/*", *more)
    git(place, "checkout", "-q", "--detach", commit)


def run(command, place, environment):
    """Runs a program; returns its status and what it wrote."""
    ran = subprocess.run(list(map(str, command)), cwd=place, text=True, env={**CLEAN, **environment}, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT)
    return ran.returncode, ran.stdout


def check_way(name, forge, jobs, comments, made):
    """Plans the request, merges it, and applies it twice. `jobs` runs `plan`, `merge` and `apply`, `comments` reads the texts of the
    merge request, and `made` is the address of the repository that the request makes."""
    status, log = jobs["plan"](WRONG)
    assert status != 0 and forge.fake.calls() == [], f"{name}: another program than the one of the hash ran:\n{log}"
    before = forge.files()
    status, log = jobs["plan"](SHA256)
    assert status == 0, f"{name}: the plan failed:\n{log}"
    [plan] = comments()
    assert "cart" in plan and "catalog-info.yaml" in plan, plan
    assert forge.files() == before, f"{name}: the plan changed the repository"
    wanted = ("/notes", "/statuses/", "/threads", "/statuses")
    others = [call for call in forge.fake.calls() if not any(part in call["path"] for part in wanted)]
    assert others == [], f"{name}: the plan changed the forge: {others}"
    print(f"ok: {name}: a merge request gets its plan, and nothing else happens")

    jobs["merge"]()
    forge.fake.calls()
    status, log = jobs["apply"](SHA256)
    assert status == 0, f"{name}: the apply failed:\n{log}"
    assert "catalog-info.yaml" in forge.files(made)["main"][1]
    after = forge.files()
    assert any("cart" in file for file in after["callboard-runs"][1]), after
    assert any(re.search("catalog-data/entities/.*cart", file) for file in after["main"][1]), after
    [text] = comments()
    assert "is applied" in text, text
    print(f"ok: {name}: a merged request becomes a repository, a run and an entity, and its merge request says so")

    forge.fake.calls()
    status, log = jobs["apply"](SHA256)
    assert status == 0, f"{name}: the second apply failed:\n{log}"
    assert forge.files() == after and forge.fake.calls() == [], f"{name}: the second apply changed something:\n{log}"
    print(f"ok: {name}: a second run changes nothing")


def gitlab(place):
    with Fake("gitlab") as fake:
        host = fake.url.removeprefix("http://")
        forge = Forge(fake, {"PRIVATE-TOKEN": "token"}, f"http://gitlab-ci-token:token@{host}/acme/portal.git")
        project = forge.ask("POST", "/api/v4/projects", {"name": "portal", "path": "portal", "namespace_id": 9010})
        settings = (f"forges:\n  {host}: {{type: gitlab, url: {fake.url}}}\n"
                    f"credentials:\n  {fake.url}/acme: {{token: CALLBOARD_APPLY_TOKEN}}\n")
        step = f"{{id: publish, action: 'publish:gitlab', input: {{repoUrl: '{host}?owner=acme&repo=cart'}}}}"
        head = new_portal(place, forge, settings, step, GUIDES / "gitlab")
        at = f"/api/v4/projects/{project['id']}/merge_requests"
        request = forge.ask("POST", at, {"title": "Cart", "source_branch": "ask", "target_branch": "main"})
        fake.calls()
        numbers = iter(range(100))

        def job(name, commit, variables, sha256):
            folder = place / f"{name}-{next(numbers)}"
            clone(folder, forge.remote, commit)
            temporary = folder.with_suffix(".tmp")
            temporary.mkdir()
            all_variables = {
                "CI": "true", "GITLAB_CI": "true", "CI_PROJECT_ID": str(project["id"]), "CI_PROJECT_URL": f"{fake.url}/acme/portal",
                "CI_API_V4_URL": f"{fake.url}/api/v4", "CI_REPOSITORY_URL": forge.remote, "CI_DEFAULT_BRANCH": "main",
                "CI_COMMIT_SHA": commit, "CI_PIPELINE_ID": "1", "CALLBOARD_URL": pathlib.Path(CALLBOARD).as_uri(),
                "CALLBOARD_SHA256": sha256, **variables}
            given = [argument for item in all_variables.items() for argument in ("--var", "=".join(item))]
            # The emulator takes the name of the job for GitLab Pages as one of its own words.
            config = ".gitlab-ci.yml"
            if name == "site":
                definition = (folder / config).read_text().replace("\npages:\n", "\nsite:\n")
                config = "emulated.yml"
                (folder / config).write_text(definition)
            command = [GLE, "--ignore-docker", "--config", config, *given, "--full", name]
            return run(command, folder, {"HOME": str(place), "TMPDIR": str(temporary)}), folder

        def plan(sha256):
            ran, _ = job("plan", head, {
                "CI_PIPELINE_SOURCE": "merge_request_event", "CI_MERGE_REQUEST_IID": str(request["iid"]),
                "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": str(project["id"]), "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
                "CI_MERGE_REQUEST_DIFF_BASE_SHA": forge.files()["main"][0][0], "GITLAB_TOKEN": "token"}, sha256)
            return ran

        def apply(sha256):
            commit = forge.files()["main"][0][0]
            variables = {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main", "CALLBOARD_GIT_TOKEN": "token",
                         "CALLBOARD_APPLY_TOKEN": "token"}
            ran, _ = job("apply", commit, variables, sha256)
            if ran[0]:
                return ran
            ran, folder = job("site", commit, variables, sha256)
            assert (folder / "public/index.html").exists(), f"gitlab: there is no site:\n{ran[1]}"
            return ran

        jobs = {"plan": plan, "apply": apply, "merge": lambda: forge.ask("PUT", f"{at}/{request['iid']}/merge")}
        notes = lambda: [note["body"] for note in forge.ask("GET", f"{at}/{request['iid']}/notes")]
        check_way("gitlab", forge, jobs, notes, f"http://u:token@{host}/acme/cart.git")


class Agent:
    """What an agent of Azure Pipelines does with the steps of a job."""

    def __init__(self, place, remote, commit, variables, secrets):
        self.work, self.temporary, self.remote, self.commit = place / "s", place / "temp", remote, commit
        self.variables, self.secrets = {"Agent.TempDirectory": str(self.temporary), **variables}, secrets
        self.temporary.mkdir(parents=True)
        self.path = os.environ["PATH"]

    def expanded(self, text):
        """A text with the values of `$(…)`; unknown names stay."""
        values = {name.lower(): value for name, value in {**self.variables, **self.secrets}.items()}
        return re.sub(r"\$\(([\w.]+)\)", lambda found: values.get(found[1].lower(), found[0]), text)

    def steps(self, steps):
        """All steps, with those of templates, which are files of the portal."""
        for step in steps:
            if "template" in step:
                yield from self.steps(yaml.safe_load((GUIDES / "azure-devops/ci" / step["template"]).read_text())["steps"])
            else:
                yield step

    def run(self, steps):
        """Runs steps; returns the status of the job and its log."""
        status, log = 0, ""
        for step in self.steps(steps):
            always = step.get("condition") == "not(canceled())"
            assert always or "condition" not in step, step
            if status and not always:
                continue
            result, text = self.step(step)
            status, log = status or result, log + text
        return status, log

    def step(self, step):
        if step.get("checkout") == "self":
            clone(self.work, self.remote, self.commit, "+refs/pull/*/merge:refs/remotes/pull/*/merge")
            # Later steps have no credential of the checkout.
            git(self.work, "remote", "set-url", "origin", re.sub("//[^@/]*@", "//", self.remote))
            return 0, ""
        if "publish" in step:
            path = self.work / self.expanded(step["publish"])
            return (0, "") if path.exists() else (1, f"there is no {path}\n")
        file = self.temporary / "step.sh"
        file.write_text(self.expanded(step.get("bash") or step["script"]))
        environment = {re.sub(r"[. ]", "_", name).upper(): value for name, value in self.variables.items()}
        # Secrets are no variables of the environment, unless the step says so. The shell goes on after a command that fails.
        environment.update({name: self.expanded(value) for name, value in step.get("env", {}).items()})
        command = ["bash", "--noprofile", "--norc", file]
        status, text = run(command, self.work, {**environment, "PATH": self.path, "HOME": str(self.temporary)})
        for folder in re.findall(r"^##vso\[task\.prependpath\](.*)$", text, re.MULTILINE):
            self.path = f"{folder}:{self.path}"
        return status, text


def azure(place):
    with Fake("azure-devops") as fake:
        host = fake.url.removeprefix("http://")
        forge = Forge(fake, {"Authorization": "Basic OnRva2Vu"}, f"http://u:token@{host}/acme/team/_git/portal")
        forge.ask("POST", "/acme/team/_apis/git/repositories?api-version=7.1", {"name": "portal"})
        settings = (f"forges:\n  {host}: {{type: azure-devops, url: {fake.url}}}\n"
                    f"credentials:\n  {fake.url}/acme: {{token: CALLBOARD_APPLY_TOKEN}}\n")
        step = f"{{id: publish, action: 'publish:azure', input: {{repoUrl: '{host}?organization=acme&project=team&repo=cart'}}}}"
        definitions = GUIDES / "azure-devops"
        head = new_portal(place, forge, settings, step, definitions)
        at = "/acme/team/_apis/git/repositories/portal/pullrequests"
        body = {"title": "Cart", "sourceRefName": "refs/heads/ask", "targetRefName": "refs/heads/main"}
        number = forge.ask("POST", f"{at}?api-version=7.1", body)["pullRequestId"]
        fake.calls()
        numbers = iter(range(100))
        plan_definition, apply_definition = (
            yaml.safe_load((definitions / f"ci/{name}.yml").read_text()) for name in ("plan", "apply"))
        for step in [*plan_definition["steps"], *apply_definition["jobs"][0]["strategy"]["runOnce"]["deploy"]["steps"]]:
            assert "checkout" not in step or step["fetchDepth"] == "0", "plan and apply read all branches"

        def job(name, commit, steps, variables, secrets, sha256):
            given = {"TF_BUILD": "True", "System.CollectionUri": f"{fake.url}/acme/", "System.TeamProject": "team",
                     "Build.Repository.Name": "portal", "Build.BuildId": "9", "System.JobName": name,
                     "CALLBOARD_URL": pathlib.Path(CALLBOARD).as_uri(), "CALLBOARD_SHA256": sha256}
            secrets = {"System.AccessToken": "token", **secrets}
            agent = Agent(place / f"{name}-{next(numbers)}", forge.remote, commit, {**given, **variables}, secrets)
            return agent.run(steps)

        def plan(sha256):
            # The commit of the build is the one that a merge would make.
            merged = place / f"merged-{next(numbers)}"
            clone(merged, forge.remote, forge.files()["main"][0][0])
            git(merged, "merge", "-q", "--no-ff", "-m", "Merge pull request", head)
            git(merged, "push", "-q", "origin", f"+HEAD:refs/pull/{number}/merge")
            commit = git(merged, "rev-parse", "HEAD")
            variables = {"System.PullRequest.PullRequestId": str(number), "System.PullRequest.TargetBranch": "refs/heads/main",
                         "System.PullRequest.SourceCommitId": head, "System.PullRequest.IsFork": "False"}
            return job("plan", commit, plan_definition["steps"], variables, {}, sha256)

        def apply(sha256):
            [deployment] = apply_definition["jobs"]
            steps = deployment["strategy"]["runOnce"]["deploy"]["steps"]
            return job("apply", forge.files()["main"][0][0], steps, {}, {"CALLBOARD_APPLY_TOKEN": "token"}, sha256)

        def merge():
            forge.ask("PATCH", f"{at}/{number}?api-version=7.1", {"status": "completed", "lastMergeSourceCommit": {"commitId": head}})

        def threads():
            answer = forge.ask("GET", f"{at}/{number}/threads?api-version=7.1")
            return [comment["content"] for thread in answer["value"] for comment in thread["comments"]]

        jobs = {"plan": plan, "apply": apply, "merge": merge}
        check_way("azure-devops", forge, jobs, threads, f"http://u:token@{host}/acme/team/_git/cart")


COMPONENT = ("apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{name: {name}}}\n"
             "spec: {{type: service, lifecycle: production, owner: {owner}}}\n")


def services(place):
    """The definitions for the repositories of services, with the archive of a release and the folder of a site."""
    portal, service, archive = place / "portal", place / "service", place / "callboard.tar.gz"
    (portal / "catalog-data/manual").mkdir(parents=True)
    (portal / "callboard.yaml").write_text("title: T\n")
    (portal / "catalog-data/manual/ann.yaml").write_text(
        "apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: ann}\nspec: {memberOf: []}\n")
    status, log = run([CALLBOARD, "build", "--out", place / "site"], portal, {})
    assert status == 0, log
    with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
        tar.add(CALLBOARD, "callboard-1.0.0-target/callboard")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    service.mkdir()
    git(service, "init", "-q", "-b", "main")
    numbers = iter(range(100))

    def github(commit, variables):
        agent = Agent(place / f"github-{next(numbers)}", service, commit, {}, {})
        clone(agent.work, service, commit)
        path = agent.temporary / "path"
        path.touch()
        [job] = yaml.safe_load((GUIDES / "github-check.yml").read_text())["jobs"].values()
        for step in (step for step in job["steps"] if "run" in step):
            given = {name: re.sub(r"\$\{\{ vars\.(\w+) \}\}", lambda found: variables[found[1]], value)
                     for name, value in step["env"].items()}
            folders = ":".join([*path.read_text().split(), os.environ["PATH"]])
            status, log = run(["bash", "-e", "-c", step["run"]], agent.work, {
                **given, "RUNNER_TEMP": str(agent.temporary), "GITHUB_PATH": str(path), "PATH": folders})
            if status:
                break
        return status, log

    def gitlab_job(commit, variables):
        folder = place / f"gitlab-{next(numbers)}"
        clone(folder, service, commit)
        # In GitLab each job has a container with a folder /tmp of its own.
        temporary = folder.with_suffix(".tmp")
        temporary.mkdir()
        definition = (GUIDES / "gitlab-check.yml").read_text().replace("/tmp/", f"{temporary}/")
        (folder / "emulated.yml").write_text(definition)
        given = [argument for item in variables.items() for argument in ("--var", "=".join(item))]
        command = [GLE, "--ignore-docker", "--config", "emulated.yml", *given, "--full", "catalog-check"]
        status, log = run(command, folder, {"HOME": str(place), "TMPDIR": str(temporary)})
        report = folder / "gl-code-quality-report.json"
        return status, log + (report.read_text() if report.exists() else "")

    def azure_job(commit, variables):
        agent = Agent(place / f"azure-{next(numbers)}", str(service), commit, variables, {})
        return agent.run(yaml.safe_load((GUIDES / "azure-check.yml").read_text())["steps"])

    for owner in ("user:default/ann", "user:default/anna"):
        (service / "catalog-info.yaml").write_text(COMPONENT.format(name="cart", owner=owner))
        git(service, "add", "--all")
        git(service, "commit", "-q", "-m", f"Owned by {owner}")
    sound, dangling = git(service, "rev-list", "--reverse", "HEAD").splitlines()
    (service / "catalog-info.yaml").write_text(COMPONENT.format(name="a/b", owner="user:default/ann"))
    git(service, "commit", "-q", "-a", "-m", "A name that cannot be")
    wrong = git(service, "rev-parse", "HEAD")
    for name, job, mark in (("github", github, "::warning file=catalog-info.yaml"), ("gitlab", gitlab_job, '"severity"'),
                            ("azure-devops", azure_job, "##vso[task.logissue type=warning")):
        given = {"CALLBOARD_URL": archive.as_uri(), "CALLBOARD_SHA256": digest, "CALLBOARD_PORTAL": str(place / "site")}
        status, log = job(sound, given)
        assert status == 0 and mark not in log, f"{name}: a sound file has problems:\n{log}"
        status, log = job(dangling, given)
        assert status == 0 and mark in log and "did you mean" in log, f"{name}: the owner is not found:\n{log}"
        status, log = job(wrong, given)
        assert status != 0 and "catalog-info.yaml" in log, f"{name}: a wrong name passes:\n{log}"
        status, log = job(sound, {**given, "CALLBOARD_SHA256": "0" * 64})
        assert status != 0 and "FAILED" in log, f"{name}: another archive was used:\n{log}"
        print(f"ok: {name}: a service's file is checked against the catalog of a site")


for way in (services, gitlab, azure):
    with tempfile.TemporaryDirectory() as folder:
        way(pathlib.Path(folder))
