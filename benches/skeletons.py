#!/usr/bin/env python3
"""How fast a skeleton of 1,000 files is rendered, beside cookiecutter and copier.

The three render the same files with the same values, in turn, and must write the same bytes. A time is that of the
whole command: start of the program, reading, rendering and writing. At least 20 times as fast as either is what
Callboard is made for.

Needs Python with `venv`; cookiecutter and copier come from PyPI, of the versions in `requirements.txt`. CALLBOARD names
a program that is already built.
"""

import filecmp
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
REQUIREMENTS = pathlib.Path(__file__).with_name("requirements.txt")
VENV = ROOT / "target" / "bench-venv"
FILES = 1000
ROUNDS = 5
VALUES = {"name": "parcel-tracking", "owner": "delivery", "port": "8080", "database": "yes"}


def text(number, value, begin, end):
    """One file of 2 to 3 kB: an expression in every other line, a condition, and a loop."""
    lines = []
    for line in range(20):
        lines.append(f"line {line} of file {number} is text as it stands in a skeleton, without an expression")
        lines.append(f"  service: {value('name')} # of {value('owner')}, listens on {value('port')}")
    lines.append(begin(f"if {value.path('database')} == 'yes'") + f"  url: jdbc:{value('name')}" + end("endif"))
    lines.append(begin("for i in [1, 2, 3]") + f"  replica-{{I}}: {value('name')};" + end("endfor"))
    return "\n".join(lines) + "\n"


class Value:
    """Writes the expression for a value as one of the programs reads it."""

    def __init__(self, prefix, opening):
        self.prefix, self.opening = prefix, opening

    def path(self, name):
        return f"{self.prefix}{name}"

    def __call__(self, name):
        return f"{self.opening} {self.path(name)} }}}}"


def skeleton(folder, value, suffix=""):
    """Writes the files below a folder, 20 in each directory."""
    block = lambda statement: f"{{% {statement} %}}"
    for number in range(FILES):
        directory = folder / f"part-{number // 20}"
        directory.mkdir(parents=True, exist_ok=True)
        content = text(number, value, block, block).replace("{I}", f"{value.opening} i }}}}")
        (directory / f"file-{number}.yaml{suffix}").write_text(content)


def callboard(scratch):
    portal = scratch / "portal"
    template = portal / "scaffolds/templates/bench"
    skeleton(template / "skeleton", Value("values.", "${{"))
    (portal / "callboard.yaml").write_text("title: Bench\n")
    properties = "".join(f"        {name}: {{type: string}}\n" for name in VALUES)
    values = ", ".join(f"{name}: '${{{{ parameters.{name} }}}}'" for name in VALUES)
    (template / "template.yaml").write_text(
        "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {name: bench}\n"
        f"spec:\n  type: service\n  parameters:\n    - properties:\n{properties}"
        f"  steps:\n    - action: fetch:template\n      input: {{url: ./skeleton, values: {{{values}}}}}\n"
    )
    chosen = scratch / "values.yaml"
    chosen.write_text("".join(f"{name}: '{value}'\n" for name, value in VALUES.items()))
    program = os.environ.get("CALLBOARD")
    if not program:
        subprocess.run(["cargo", "build", "--release", "--locked", "--quiet"], cwd=ROOT, check=True)
        program = ROOT / "target/release/callboard"
    return lambda out: [program, "--portal", portal, "scaffold", "render", "bench", "--values", chosen, "--out", out]


def cookiecutter(scratch):
    template = scratch / "cookiecutter"
    skeleton(template / "{{cookiecutter.folder}}", Value("cookiecutter.", "{{"))
    entries = ", ".join(f'"{name}": "{value}"' for name, value in {"folder": "made", **VALUES}.items())
    (template / "cookiecutter.json").write_text("{" + entries + "}")
    return lambda out: [VENV / "bin/cookiecutter", "--no-input", "--output-dir", out, template]


def copier(scratch):
    template = scratch / "copier"
    skeleton(template, Value("", "{{"), ".jinja")
    (template / "copier.yml").write_text("".join(f"{name}: {{type: str, default: '{value}'}}\n" for name, value in VALUES.items()))
    return lambda out: [VENV / "bin/copier", "copy", "--quiet", "--defaults", template, out]


def install():
    if not (VENV / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        subprocess.run([VENV / "bin/pip", "install", "--quiet", "--requirement", REQUIREMENTS], check=True)
        (VENV / "ready").touch()


def seconds(command, out):
    shutil.rmtree(out, ignore_errors=True)
    start = time.monotonic()
    subprocess.run(command(out), check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - start


def same_files(one, other):
    """Whether both folders have the files of the skeleton with the same bytes."""
    names = [f"part-{number // 20}/file-{number}.yaml" for number in range(FILES)]
    return filecmp.cmpfiles(one, other, names, shallow=False)[0] == names


def main():
    install()
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        # The folder in which each program writes the files.
        programs = {
            "callboard": (callboard(scratch), "callboard"),
            "cookiecutter": (cookiecutter(scratch), "cookiecutter/made"),
            "copier": (copier(scratch), "copier"),
        }
        out = scratch / "out"
        times = {name: [] for name in programs}
        for _ in range(ROUNDS):
            for name, (command, _) in programs.items():
                times[name].append(seconds(command, out / name))
        ours = out / programs["callboard"][1]
        for name, (_, made) in programs.items():
            if not same_files(ours, out / made):
                sys.exit(f"{name} wrote other files than callboard")
        best = {name: min(values) for name, values in times.items()}
        print(f"{FILES} files, best of {ROUNDS} runs in turn, the whole command")
        for name, value in best.items():
            print(f"  {name:14} {value:7.3f} s   {value / best['callboard']:6.1f} times callboard's time")
        if min(best["cookiecutter"], best["copier"]) < 20 * best["callboard"]:
            sys.exit("callboard is less than 20 times as fast as one of them")


if __name__ == "__main__":
    main()
