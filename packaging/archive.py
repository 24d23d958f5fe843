#!/usr/bin/env python3
"""Makes the archive of a release from a built program: the program, its manual pages, completions, README and LICENSE.

Usage: archive.py [--release TAG] PROGRAM FOLDER

The name of the archive is what the program says of itself: callboard-VERSION-TARGET.tar.gz, or .zip for Windows. With
--release the program must be of the version that TAG names, compiled for release, from a commit without changes. The
same program gives the same bytes: all entries have the time SOURCE_DATE_EPOCH, 0 without it, and belong to nobody.
Prints the path of the archive.
"""

import argparse
import gzip
import io
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENTS = ["CHANGELOG.md", "LICENSE", "README.md"]
# The file of each shell's completion, as the shell looks for it.
COMPLETIONS = {
    "bash": "callboard.bash",
    "elvish": "callboard.elv",
    "fish": "callboard.fish",
    "powershell": "_callboard.ps1",
    "zsh": "_callboard",
}


def answer(program, *arguments):
    """The standard output of the program, as bytes."""
    return subprocess.run([program, *arguments], check=True, stdout=subprocess.PIPE).stdout


def check(build, tag):
    """Ends with an error when this is not the build that is to be released as `tag`."""
    wrong = []
    if tag != f"v{build['version']}":
        wrong.append(f"the tag is {tag}, and the program says version {build['version']}")
    if build["profile"] != "release":
        wrong.append(f"the program is a {build['profile']} build")
    if build["commit"] is None:
        wrong.append("the program does not know its commit")
    if build["dirty"]:
        wrong.append("the files were different from the commit")
    if wrong:
        sys.exit("".join(f"error: {text}\n" for text in wrong).rstrip())


def files(program):
    """The files of the archive: path, bytes and whether it can be run, sorted by path."""
    yield program.name, program.read_bytes(), True
    for name in DOCUMENTS:
        yield name, (ROOT / name).read_bytes(), False
    for shell, name in COMPLETIONS.items():
        yield f"completions/{name}", answer(program, "completions", shell), False
    with tempfile.TemporaryDirectory() as pages:
        answer(program, "man", pages)
        for page in sorted(pathlib.Path(pages).iterdir()):
            yield f"man/man1/{page.name}", page.read_bytes(), False


def write_tar(path, folder, entries, seconds):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content, is_program in entries:
            entry = tarfile.TarInfo(f"{folder}/{name}")
            entry.size, entry.mtime, entry.mode = len(content), seconds, 0o755 if is_program else 0o644
            archive.addfile(entry, io.BytesIO(content))
    with open(path, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(buffer.getvalue())


def write_zip(path, folder, entries, seconds):
    # A zip file has no time before 1980.
    when = time.gmtime(max(seconds, 315532800))[:6]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content, is_program in entries:
            entry = zipfile.ZipInfo(f"{folder}/{name}", when)
            entry.create_system = 3
            entry.external_attr = (0o100755 if is_program else 0o100644) << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=pathlib.Path, metavar="PROGRAM")
    parser.add_argument("folder", type=pathlib.Path, metavar="FOLDER")
    parser.add_argument("--release", metavar="TAG")
    arguments = parser.parse_args()
    program = arguments.program.resolve()
    build = json.loads(answer(program, "--version", "--json"))
    if arguments.release is not None:
        check(build, arguments.release)
    name = f"callboard-{build['version']}-{build['target']}"
    entries = sorted(files(program))
    seconds = int(os.environ.get("SOURCE_DATE_EPOCH") or 0)
    is_windows = "windows" in build["target"]
    path = arguments.folder / f"{name}.{'zip' if is_windows else 'tar.gz'}"
    arguments.folder.mkdir(parents=True, exist_ok=True)
    (write_zip if is_windows else write_tar)(path, name, entries, seconds)
    print(path)


if __name__ == "__main__":
    main()
