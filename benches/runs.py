#!/usr/bin/env python3
"""Measures plans and applies of requests, and portals with many runs.

Prints for each measurement what was found and what it must not exceed, and fails when one does: the plan of ten requests of
one pull request, what an apply adds to each step beside the time of the forge, the search for merged requests among RUNS
finished ones (10,000), and the build of their pages. CALLBOARD names a program that is already built; the forge is a fake of
the tests, on this machine.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
RUNS = int(os.environ.get("RUNS", "10000"))
CALLBOARD = os.environ.get("CALLBOARD") or str(ROOT / "target/release/callboard")
if "CALLBOARD" not in os.environ:
    subprocess.run(["cargo", "build", "--release", "--locked"], cwd=ROOT, check=True)
subprocess.run(["cargo", "build", "--quiet", "--locked", "-p", "callboard-testing", "--example", "serve"], cwd=ROOT, check=True)
SERVE = ROOT / "target/debug/examples/serve"
CLEAN = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
failed = False


def report(what, seconds, limit, megabytes=None, most=None):
    global failed
    bad = seconds > limit or (most is not None and megabytes > most)
    failed = failed or bad
    memory = "" if most is None else f", {megabytes:.0f} MB of {most}"
    print(f"{'TOO MUCH' if bad else 'ok':>8}  {what}: {seconds * 1000:.0f} ms of {limit * 1000:.0f}{memory}")


def run(arguments, portal, **environment):
    """Seconds, megabytes and output of a run of the program."""
    start = time.monotonic()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen([CALLBOARD, *arguments], cwd=portal, stdout=out, stderr=subprocess.STDOUT,
                                   env={**CLEAN, **environment})
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - start
        out.seek(0)
        text = out.read().decode()
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{arguments} failed:\n{text}")
    return seconds, usage.ru_maxrss / 1024, text


def git(portal, *arguments, text=None):
    who = ["-c", "user.name=Bench", "-c", "user.email=bench@example.com"]
    done = subprocess.run(["git", *who, *arguments], cwd=portal, check=True, env=CLEAN, input=text, stdout=subprocess.PIPE)
    return done.stdout.decode().strip()


def write(portal, files):
    for name, text in files.items():
        (portal / name).parent.mkdir(parents=True, exist_ok=True)
        (portal / name).write_text(text)


def new_portal(scratch, name, template, settings="title: Bench\nauthor: {name: B, email: b@x.example}\n"):
    portal = scratch / name
    write(portal, {
        "callboard.yaml": settings, ".gitignore": ".callboard/\nsite/\nevent.json\n",
        "scaffolds/templates/t/template.yaml": template, "scaffolds/templates/t/skeleton/README.md": "# ${{ values.name }}\n",
        "catalog-data/manual/org.yaml": "apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: ann}\nspec: {memberOf: []}\n",
    })
    git(portal, "init", "-q", "-b", "main")
    git(portal, "add", "-A")
    git(portal, "commit", "-qm", "base")
    return portal


def template(steps):
    return ("apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {name: t}\nspec:\n  type: service\n"
            "  parameters:\n    - properties: {name: {type: string}}\n  steps:\n"
            "    - id: files\n      action: fetch:template\n      input: {url: ./skeleton, values: {name: '${{ parameters.name }}'}}\n"
            + steps)


def request(name):
    return f"template: t\nrequester: user:default/ann\nparameters: {{name: {name}}}\n"


def ten_requests(scratch):
    steps = "    - action: publish:github\n      input: {repoUrl: 'github.com?owner=acme&repo=${{ parameters.name }}'}\n"
    portal = new_portal(scratch, "ten", template(steps))
    base = git(portal, "rev-parse", "HEAD")
    git(portal, "switch", "-qc", "requests")
    write(portal, {f"scaffolds/requests/r-{i}.yaml": request(f"thing-{i}") for i in range(10)})
    git(portal, "add", "-A")
    git(portal, "commit", "-qm", "requests")
    head = git(portal, "rev-parse", "HEAD")
    # Of a fork, so that nothing is asked of the forge.
    event = {"pull_request": {"number": 1, "base": {"ref": "main", "sha": base},
                              "head": {"sha": head, "repo": {"full_name": "somebody/portal"}}}}
    write(portal, {"event.json": json.dumps(event)})
    seconds, _, text = run(["scaffold", "plan", "--pr"], portal, GITHUB_ACTIONS="true", GITHUB_REPOSITORY="acme/portal",
                           GITHUB_EVENT_PATH=str(portal / "event.json"), GITHUB_SERVER_URL="https://github.com",
                           GITHUB_API_URL="https://api.github.com")
    assert text.count("### Plan of") == 10, text
    report("the plan of ten requests of one pull request", seconds, 2)


def one_apply(scratch):
    steps = 20
    things = scratch / "things.json"
    things.write_text(json.dumps({"/repos/acme/portal": {"repository": "acme/portal.git"}}))
    serve = subprocess.Popen([SERVE, "github", things], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        url = serve.stdout.readline().strip()
        host = url.removeprefix("http://")
        settings = (f"title: Bench\nauthor: {{name: B, email: b@x.example}}\nforges:\n  {host}: {{type: github, url: {url}, "
                    f"api: {url}/api}}\ncredentials:\n  {url}: {{token: FORGE_TOKEN}}\n")
        publish = "".join(f"    - action: publish:github\n      input: {{repoUrl: '{host}?owner=acme&repo=r{i}', "
                          "protectDefaultBranch: false}\n" for i in range(steps))
        portal = new_portal(scratch, "one", template(publish), settings)
        write(portal, {"scaffolds/requests/r.yaml": request("x")})
        git(portal, "add", "-A")
        git(portal, "commit", "-qm", "a request")
        git(portal, "remote", "add", "origin", f"{url}/acme/portal.git")
        _, _, _ = run(["scaffold", "plan", "scaffolds/requests/r.yaml"], portal)
        planning, _, _ = run(["scaffold", "plan", "scaffolds/requests/r.yaml"], portal)
        seconds, _, _ = run(["scaffold", "apply", "scaffolds/requests/r.yaml"], portal, FORGE_TOKEN="token")
        serve.stdin.write("\n")
        serve.stdin.flush()
        busy = json.loads(serve.stdout.readline())["seconds"]
    finally:
        serve.stdin.close()
        serve.wait()
    print(f"          an apply of {steps} repositories: {seconds:.2f} s, of which the forge {busy:.2f} s, the plan {planning:.2f} s")
    report("what an apply adds to a step", (seconds - busy) / (steps + 1), 0.1)


def many_runs(scratch):
    portal = new_portal(scratch, "many", template("    - {id: log, action: 'debug:log', input: {message: hello}}\n"))
    write(portal, {"scaffolds/requests/run-0.yaml": request("x")})
    run(["scaffold", "apply", "scaffolds/requests/run-0.yaml"], portal)
    record = git(portal, "show", "callboard-runs:runs/run-0.yaml") + "\n"
    lines = ["commit refs/heads/callboard-runs", "committer B <b@x.example> 1767225600 +0000", "data 4", "many"]
    for i in range(RUNS):
        text = record.replace("run-0", f"run-{i}")
        lines += [f"M 100644 inline runs/run-{i}.yaml", f"data {len(text.encode())}", text]
    git(portal, "branch", "-D", "callboard-runs")
    git(portal, "fast-import", "--quiet", text="\n".join(lines).encode())
    write(portal, {f"scaffolds/requests/run-{i}.yaml": request("x") for i in range(RUNS)})
    write(portal, {"scaffolds/requests/waiting.yaml": request("x")})
    git(portal, "add", "-A")
    git(portal, "commit", "-qm", "requests")
    seconds, megabytes, text = run(["scaffold", "apply", "--merged", "--list"], portal)
    assert json.loads(text) == {"include": [{"requests": "scaffolds/requests/waiting.yaml"}]}, text
    report(f"finding work among {RUNS} finished runs", seconds, 1, megabytes, 200)
    seconds, megabytes, _ = run(["build"], portal)
    pages = sum(1 for _ in (portal / "site/runs").glob("*.html"))
    assert pages >= RUNS, f"{pages} pages"
    report(f"the site with the pages of {RUNS} runs", seconds, 60, megabytes, 1000)


with tempfile.TemporaryDirectory() as directory:
    for measure in (ten_requests, one_apply, many_runs):
        measure(pathlib.Path(directory))
sys.exit(failed)
