#!/usr/bin/env python3
"""Runs a command while the fakes of the tests stand behind the official descriptions of APIs: prism.py PRISM SPECS COMMAND…

Each request to a fake goes through Prism, which compares it and its answer with the description: fake → this → Prism → this
→ fake. The fake sends a request here (`CALLBOARD_PRISM`) with its own address in a header, and fails its test when the
answer is a violation. PRISM is a folder in which npm has installed Prism and descriptions.
"""
import collections
import http.client
import http.server
import itertools
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

prism, specs, command = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
HERE = pathlib.Path(__file__).parent
FAKE = "x-callboard-fake"
CHECKED = "x-callboard-checked"
VIOLATION = "x-callboard-violation"
# Prism reads JSON only.
JSON_TYPES = {"application/apply-patch+yaml", "application/json-patch+json"}
ports, documents, calls, violations = {}, {}, collections.Counter(), collections.Counter()
# The numbers of requests, their paths as the client wrote them, and the fakes' own answers to them.
numbers, paths, answers = itertools.count(1), {}, {}


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def api_of(path, headers):
    """The API of which a request is; none for one that has no description."""
    if "x-github-api-version" in headers:
        return "github"
    if "/_apis/" in path:
        return "azure"
    if re.match("/api/v1/(applications|projects|session)", path):
        return "argo-cd"
    if re.match("/(api|apis)/", path):
        return "kubernetes"
    if "private-token" in headers or "job-token" in headers or re.match("/(projects|namespaces|groups|users)(/|$)", path):
        return None
    return "gitea" if "authorization" in headers else None


def as_described(api, path):
    """The path with its literal parts as the description writes them: Azure's servers take them in any case."""
    for template in documents[api]["paths"]:
        if re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", template), path, re.IGNORECASE if api == "azure" else 0):
            parts = zip(template.split("/"), path.split("/"))
            return "/".join(own if described.startswith("{") else described for described, own in parts)
    return path


def unknown_parameters(api, method, path, query):
    """Names in the query that no operation of the path has; Prism lets them pass."""
    names = set(urllib.parse.parse_qs(query, keep_blank_values=True))
    for template, item in documents[api]["paths"].items():
        if method in item and re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", template), path):
            calls[f"{api}: {method.upper()} {template}"] += 1
            names -= {parameter["name"] for parameter in item[method]["parameters"]}
    return names - ({"api-version"} if api == "azure" else set())


Answer = collections.namedtuple("Answer", "status kind link body")


def ask(host, method, path, body, headers):
    connection = http.client.HTTPConnection(host, timeout=60)
    connection.request(method, path, body or None, headers)
    answer = connection.getresponse()
    kind, link = answer.getheader("content-type") or "", answer.getheader("link")
    return Answer(answer.status, kind, link, answer.read())


def violation_of(body):
    """What Prism has against a request or its answer, one per line."""
    problem = json.loads(body)
    found = problem.get("validation") or [{"message": problem.get("detail") or problem.get("title", "")}]
    return [" ".join([".".join(map(str, one.get("location", []))), one["message"]]) for one in found]


class Front(http.server.BaseHTTPRequestHandler):
    def do(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        path, _, query = self.path.partition("?")
        headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection", "content-length")}
        lower = {name.lower() for name in headers}
        if CHECKED in lower:
            # Prism asks for the answer, at the path as the description writes it. The fake gets the one of the client.
            number = self.headers[CHECKED]
            answer = answers[number] = ask(self.headers[FAKE], self.command, f"/api{paths.pop(number)}", body, headers)
            return self.answer(answer)
        number = headers[CHECKED] = str(next(numbers))
        paths[number] = self.path
        api = api_of(path, lower)
        if api not in ports:
            return self.answer(ask(headers[FAKE], self.command, f"/api{self.path}", body, headers))
        if self.headers.get("content-type") in JSON_TYPES:
            headers["content-type"] = "application/json"
        path = as_described(api, path)
        unknown = unknown_parameters(api, self.command.lower(), path, query)
        answer = ask(f"127.0.0.1:{ports[api]}", self.command, f"{path}?{query}".rstrip("?"), body, headers)
        found = [f"there is no parameter `{name}`" for name in sorted(unknown)]
        own = answers.pop(number, answer)
        # GitLab has this path, too, and calls the name otherwise.
        is_gitlab = path == "/user" and b"username" in own.body
        if answer.kind.startswith("application/problem+json") and not is_gitlab:
            found += violation_of(answer.body)
        for text in found:
            violations[f"{api}: {self.command} {path}: {own.status}: {text}"] += 1
        self.answer(own, "; ".join(found))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do

    def answer(self, answer, violation=""):
        self.send_response(answer.status)
        headers = {"Content-Type": answer.kind, "Link": answer.link, "Content-Length": str(len(answer.body)),
                   VIOLATION: violation.replace("\n", " ")}
        for name, value in headers.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_):
        pass


with tempfile.TemporaryDirectory() as scratch:
    made = subprocess.run([sys.executable, HERE / "descriptions.py", prism / "node_modules", specs, scratch],
                          check=True, stdout=subprocess.PIPE, text=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Front)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    front = f"127.0.0.1:{server.server_port}"
    proxies = []
    try:
        starting = {}
        for api in made.stdout.split():
            file = pathlib.Path(scratch) / f"{api}.json"
            documents[api] = json.loads(file.read_text())
            starting[api] = free_port()
            arguments = ["node", prism / "node_modules/.bin/prism", "proxy", "--errors", "--port", str(starting[api]),
                         file, f"http://{front}"]
            log = open(pathlib.Path(scratch) / f"{api}.log", "w")
            proxies.append(subprocess.Popen(arguments, stdout=log, stderr=log))
        for api, port in starting.items():
            for _ in range(120):
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except OSError:
                    time.sleep(0.5)
            else:
                sys.exit(f"Prism does not start for {api}:\n" + (pathlib.Path(scratch) / f"{api}.log").read_text()[-2000:])
        ports.update(starting)
        status = subprocess.run(command, env={**os.environ, "CALLBOARD_PRISM": front}).returncode
    finally:
        for proxy in proxies:
            proxy.terminate()
    for call, count in sorted(calls.items()):
        print(f"{count:6} {call}")
    for violation, count in sorted(violations.items()):
        print(f"{count:6} violations: {violation}")
    apis = {call.split(":")[0] for call in calls}
    if status == 0 and (silent := set(ports) - apis):
        sys.exit(f"no call was compared with the descriptions of {sorted(silent)}")
    sys.exit(status)
