#!/usr/bin/env python3
"""Serves the answers of presets/<name>/fake.json: fake.py NAME PORT [ADDRESS-OF-LINKS].

The same files are served by the unit tests (src/snapshot/tests/fake.rs). A request that no answer
fits is a 500 that says so: a wrong parameter never looks like an empty list.
"""
import http.server
import json
import pathlib
import sys
import urllib.parse

name, port = sys.argv[1], int(sys.argv[2])
base = sys.argv[3] if len(sys.argv) > 3 else f"http://127.0.0.1:{port}"
# Prism parses every content type `…+json` as JSON, also that of a file's raw text.
PRISM_TYPES = {"application/vnd.github.raw+json; charset=utf-8": "text/plain; charset=utf-8"}
folder = pathlib.Path(__file__).parent / "presets" / name
fake = json.loads((folder / "fake.json").read_text())
like = json.loads((folder / fake["like"]).read_text()) if "like" in fake else {}


def body(answer):
    if "file" in answer:
        return (folder / answer["file"]).read_bytes()
    value = answer.get("json")
    if "list" in answer:
        pad = answer.get("pad", {"to": 0, "with": {}})
        items = answer["list"] + [pad["with"]] * (pad["to"] - len(answer["list"]))
        value = [{**like, **item} for item in items]
    return json.dumps(value).encode()


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, method):
        path, _, query = self.path.partition("?")
        query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        for answer in fake["answers"]:
            if answer.get(method) != path or answer.get("query", {}) != query:
                continue
            accept = self.headers.get("accept")
            if method == "get" and any(self.headers.get(k) != v for k, v in fake["require"].items()):
                return self.send(401, "application/json", b'{"message": "Requires authentication"}')
            if "accept" in answer and answer["accept"] != accept:
                return self.send(500, "text/plain", f"asked for {accept}".encode())
            headers = {k: v.replace("{base}", base) for k, v in answer.get("headers", {}).items()}
            kind = answer.get("type", "application/json; charset=utf-8")
            kind = PRISM_TYPES.get(kind, kind)
            return self.send(answer.get("status", 200), kind, body(answer), headers)
        self.send(500, "text/plain", f"no answer fits {method} {self.path}".encode())

    def send(self, status, kind, data, headers={}):
        self.send_response(status)
        for key, value in {"Content-Type": kind, "Content-Length": str(len(data)), **headers}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        self.answer("get")

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.answer("post")


http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
