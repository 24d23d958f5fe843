#!/usr/bin/env python3
"""Makes the file system of the container image from the archive of a release.

Usage: container_root.py ARCHIVE CERTIFICATES ROOT

ARCHIVE is callboard-VERSION-TARGET.tar.gz of a static program, CERTIFICATES a file of trusted authorities in PEM, and ROOT
the tar file to write. It has /usr/bin/callboard, /etc/ssl/certs/ca-certificates.crt, the licence, and /tmp, where the
program checks repositories out. The same input gives the same bytes.
"""

import io
import pathlib
import sys
import tarfile

CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"
LICENCE = "usr/share/doc/callboard/LICENSE"
PROGRAM = "usr/bin/callboard"
# Folders, parents first, with their modes.
FOLDERS = {
    "etc": 0o755,
    "etc/ssl": 0o755,
    "etc/ssl/certs": 0o755,
    "portal": 0o755,
    "tmp": 0o1777,
    "usr": 0o755,
    "usr/bin": 0o755,
    "usr/share": 0o755,
    "usr/share/doc": 0o755,
    "usr/share/doc/callboard": 0o755,
}


def check_static(program):
    """Ends with an error when the program needs a loader or libraries, which the image does not have."""
    if program[:4] != b"\x7fELF" or program[4] != 2:
        sys.exit("error: the program is no 64-bit ELF file")
    order = "little" if program[5] == 1 else "big"
    number = lambda at, size: int.from_bytes(program[at : at + size], order)
    table, size, count = number(0x20, 8), number(0x36, 2), number(0x38, 2)
    # PT_INTERP is 3: the path of the loader.
    if any(number(table + at * size, 4) == 3 for at in range(count)):
        sys.exit("error: the program is linked dynamically, and the image has no loader")


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    archive, certificates, root = map(pathlib.Path, sys.argv[1:])
    with tarfile.open(archive) as release:
        folder = archive.name.removesuffix(".tar.gz")
        program = release.extractfile(f"{folder}/callboard").read()
        licence = release.extractfile(f"{folder}/LICENSE").read()
    check_static(program)
    trusted = certificates.read_bytes()
    if b"-----BEGIN CERTIFICATE-----" not in trusted:
        sys.exit(f"error: {certificates} has no certificate")
    with tarfile.open(root, "w", format=tarfile.USTAR_FORMAT) as tar:
        for name, mode in FOLDERS.items():
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, mode
            tar.addfile(entry)
        for name, content, mode in [
            (CERTIFICATES, trusted, 0o444),
            (PROGRAM, program, 0o555),
            (LICENCE, licence, 0o444),
        ]:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), mode
            tar.addfile(entry, io.BytesIO(content))


if __name__ == "__main__":
    main()
