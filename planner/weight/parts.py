"""Prints how many bytes of code the crates of a WebAssembly file have, and its largest functions, by their names."""

import collections
import re
import sys


def number(data, at):
    """Reads an unsigned LEB128 number: the number and the place behind it."""
    result = shift = 0
    while True:
        byte = data[at]
        at += 1
        result |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return result, at


def crate(name):
    """The crate of a mangled name (v0): the first one in it."""
    found = re.search(r"Cs[0-9A-Za-z]+_(\d+)_?", name)
    return name[found.end() :][: int(found.group(1))] if found else name


def main():
    data = open(sys.argv[1], "rb").read()
    at, imports, sizes, names, sections = 8, 0, [], {}, {}
    while at < len(data):
        kind = data[at]
        length, start = number(data, at + 1)
        end = start + length
        sections[kind] = sections.get(kind, 0) + length
        if kind == 2:
            count, place = number(data, start)
            for _ in range(count):
                for _ in range(2):
                    size, place = number(data, place)
                    place += size
                imports += data[place] == 0
                _, place = number(data, place + 1)
        if kind == 10:
            count, place = number(data, start)
            for _ in range(count):
                size, place = number(data, place)
                sizes.append(size)
                place += size
        if kind == 0:
            size, place = number(data, start)
            if data[place : place + size] == b"name":
                place += size
                while place < end:
                    part = data[place]
                    size, place = number(data, place + 1)
                    if part == 1:
                        count, inner = number(data, place)
                        for _ in range(count):
                            index, inner = number(data, inner)
                            length, inner = number(data, inner)
                            names[index] = data[inner : inner + length].decode()
                            inner += length
                    place += size
        at = end
    by_crate = collections.Counter()
    functions = []
    for index, size in enumerate(sizes):
        name = names.get(imports + index, "?")
        by_crate[crate(name)] += size
        functions.append((size, name))
    print(f"code {sections.get(10, 0)} bytes, data {sections.get(11, 0)} bytes")
    for name, size in by_crate.most_common(40):
        print(f"{size:9} {name}")
    print()
    for size, name in sorted(functions, reverse=True)[:40]:
        print(f"{size:9} {name[:150]}")


main()
