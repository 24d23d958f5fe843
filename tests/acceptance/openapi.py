#!/usr/bin/env python3
"""Cuts a vendor's OpenAPI description down to what a preset calls: openapi.py NAME IN OUT.

Cutting keeps the proxy's start short. What a description leaves out, or says of another version, is
added here, each with its reason.
"""
import json
import pathlib
import re
import sys

name, source, target = sys.argv[1:]
whole = json.load(open(source))

PATHS = {
    "github": ["/orgs/{org}/repos", "/repos/{owner}/{repo}/contents/{path}"],
    "gitea": ["/orgs/{org}/repos", "/repos/{owner}/{repo}/raw/{filepath}"],
    "keycloak": ["/{realm}/groups", "/{realm}/groups/{id}/members", "/{realm}/users"],
}


def references(value, found):
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "$ref" and isinstance(inner, str):
                found.add(inner)
            else:
                references(inner, found)
    elif isinstance(value, list):
        for inner in value:
            references(inner, found)


def place(document, reference):
    for part in reference.removeprefix("#/").split("/"):
        document = document.setdefault(part.replace("~1", "/").replace("~0", "~"), {})
    return document


def needed(paths):
    found, todo = set(), set()
    references(paths, todo)
    while todo:
        reference = todo.pop()
        found.add(reference)
        inner = set()
        references(place(whole, reference), inner)
        todo |= inner - found
    return found


paths = {path: {"get": whole["paths"][path]["get"],
                "parameters": whole["paths"][path].get("parameters", [])} for path in PATHS[name]}
made = {"openapi": whole["openapi"], "info": whole["info"], "paths": paths}

if name == "github":
    # The media types are GitHub's own: JSON under its name, and the file as it is.
    listed = paths["/orgs/{org}/repos"]["get"]["responses"]["200"]["content"]
    listed["application/vnd.github+json"] = listed["application/json"]
    # (Prism would parse what is called `…raw+json`, so the fake calls it text.)
    text = {"text/plain": {"schema": {"type": "string"}}}
    paths["/repos/{owner}/{repo}/contents/{path}"]["get"]["responses"]["200"]["content"] = text
if name == "gitea":
    raw = paths["/repos/{owner}/{repo}/raw/{filepath}"]["get"]["responses"]
    raw["200"]["content"] = {"text/plain": {"schema": {"type": "string"}}}
    made["paths"] = {f"/api/v1{path}": item for path, item in paths.items()}
if name == "keycloak":
    # The description is of a server where all this is below /admin/realms.
    made["paths"] = {f"/admin/realms{path}": item for path, item in paths.items()}
    made["paths"]["/realms/{realm}/protocol/openid-connect/token"] = {"post": {
        "parameters": [{"name": "realm", "in": "path", "required": True, "schema": {"type": "string"}}],
        "requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": {
            "type": "object", "required": ["grant_type"],
            "properties": {"grant_type": {"enum": ["client_credentials"]}}}}}},
        "responses": {"200": {"description": "token", "content": {"application/json": {"schema": {
            "type": "object", "required": ["access_token", "expires_in", "token_type"]}}}}}}}

for reference in needed(made["paths"]):
    *parents, last = reference.removeprefix("#/").split("/")
    parent = place(made, "#/" + "/".join(parents))
    parent[last.replace("~1", "/").replace("~0", "~")] = place(whole, reference)
json.dump(made, open(target, "w"))

# Prism lets parameters pass that a description does not know; these must all be known, or be newer.
NEWER = {"keycloak": {"populateHierarchy", "enabled"}}
fake = json.loads((pathlib.Path(__file__).parent / "presets" / name / "fake.json").read_text())
for answer in fake["answers"]:
    for path, item in made["paths"].items():
        if "get" in answer and re.fullmatch(re.sub("{[^}]*}", "[^/]*", path), answer["get"]):
            listed = [place(whole, p["$ref"]) if "$ref" in p else p
                      for p in item["get"].get("parameters", [])]
            known = {p["name"]: p for p in listed if p["in"] == "query"}
            for key, value in answer.get("query", {}).items():
                if key in NEWER.get(name, ()):
                    continue
                allowed = known[key]["schema"].get("enum", [value]) if key in known else []
                if value not in allowed:
                    sys.exit(f"{name}: {path} has no parameter `{key}={value}`")
