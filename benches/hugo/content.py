#!/usr/bin/env python3
"""Writes a catalog's entities as pages for Hugo: content.py CATALOG CONTENT.

A file has one entity. Its page has the entity, what the file says and the relations in its front matter, and
the description as its text.
"""
import json
import pathlib
import sys

import yaml

# The field of `spec`, the kind that a bare name in it means, and the relation both ways.
FIELDS = [
    ("owner", "group", "ownedBy", "ownerOf"),
    ("system", "system", "partOf", "hasPart"),
    ("domain", "domain", "partOf", "hasPart"),
    ("dependsOn", "component", "dependsOn", "dependencyOf"),
    ("providesApis", "api", "providesApi", "apiProvidedBy"),
    ("consumesApis", "api", "consumesApi", "apiConsumedBy"),
    ("parent", "group", "childOf", "parentOf"),
    ("memberOf", "group", "memberOf", "hasMember"),
]


def page(entity, text):
    spec, metadata, kind = entity["spec"], entity["metadata"], entity["kind"].lower()
    relations = []
    for field, default_kind, outwards, inwards in FIELDS:
        values = spec.get(field) or []
        for value in values if isinstance(values, list) else [values]:
            target_kind, _, name = value.rpartition(":")
            target = f"{target_kind.lower() or default_kind}/{name.rpartition('/')[2]}"
            relations.append({"target": target, "type": outwards, "inverse": inwards})
    shown = spec.get("profile", {}).get("displayName") or metadata.get("title") or metadata["name"]
    front = {
        "title": shown,
        "description": metadata.get("description", ""),
        "tags": metadata.get("tags", []),
        "types": [spec["type"]] if "type" in spec else [],
        "lifecycles": [spec["lifecycle"]] if "lifecycle" in spec else [],
        "params": {
            "key": f"{kind}/{metadata['name']}",
            "entity": entity,
            "yaml": text,
            "relations": relations,
        },
    }
    return json.dumps(front) + "\n\n" + front["description"] + "\n"


catalog, content = map(pathlib.Path, sys.argv[1:])
for file in catalog.rglob("*.yaml"):
    text = file.read_text()
    entity = yaml.load(text, Loader=yaml.CSafeLoader)
    folder = content / entity["kind"].lower()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{entity['metadata']['name']}.md").write_text(page(entity, text))
