"""Serves the part of GitHub's API that knows pull request 1 of `company/portal`: its comments, statuses and approvals.

Usage: forge.py FILE. Prints its port, then keeps the comments in FILE as JSON after each change. The folder of FILE has the
commit that merged the pull request in `merge`, the last commit of the pull request in `head`, and gets the statuses in
`statuses`.
"""

import json
import re
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

FILE = Path(sys.argv[1])
PAGE = 2  # comments a page, so that whoever reads only the first page fails
BASE = "/repos/company/portal"
COMMENTS = f"{BASE}/issues/1/comments"
ONE = re.compile(rf"{BASE}/issues/comments/(\d+)")
PULLS = re.compile(rf"{BASE}/commits/([0-9a-f]{{40}})/pulls")
STATUSES = re.compile(rf"{BASE}/statuses/([0-9a-f]{{40}})")


def commit(name):
    """A commit that a file names; none when there is no such file."""
    file = FILE.parent / name
    return file.read_text().strip() if file.exists() else None


def pull():
    """The pull request."""
    merge = commit("merge")
    return {
        "number": 1, "user": {"login": "someone"}, "head": {"sha": commit("head")},
        "html_url": "https://github.localhost/company/portal/pull/1",
        "merged": bool(merge), "merged_at": "2026-01-01T00:00:00Z" if merge else None, "merge_commit_sha": merge,
    }


class Forge(BaseHTTPRequestHandler):
    def do_GET(self):
        address = urlsplit(self.path)
        if address.path == "/user":
            return self.answer(403, {"message": "Resource not accessible by integration"})
        if address.path == f"{BASE}/pulls/1":
            return self.answer(200, pull())
        if address.path == f"{BASE}/pulls/1/reviews":
            return self.answer(200, [])
        if found := PULLS.fullmatch(address.path):
            return self.answer(200, [pull()] if found[1] == commit("merge") else [])
        if address.path != COMMENTS:
            return self.answer(404, {"message": "Not Found"})
        page = int(parse_qs(address.query).get("page", ["1"])[0])
        comments = json.loads(FILE.read_text())
        host = self.headers["Host"]
        more = [("Link", f'<http://{host}{COMMENTS}?page={page + 1}>; rel="next"')]
        self.answer(200, comments[(page - 1) * PAGE : page * PAGE], more if len(comments) > page * PAGE else [])

    def do_POST(self):
        path = urlsplit(self.path).path
        if found := STATUSES.fullmatch(path):
            status = self.body()
            with open(FILE.parent / "statuses", "a") as file:
                file.write(f"{found[1]} {status['context']} {status['state']}\n")
            return self.answer(201, status)
        if path != COMMENTS:
            return self.answer(404, {"message": "Not Found"})
        comments = json.loads(FILE.read_text())
        user = {"login": "github-actions[bot]", "type": "Bot"}
        comments.append({"id": len(comments) + 1, "user": user, "body": self.text()})
        FILE.write_text(json.dumps(comments))
        self.answer(201, comments[-1])

    def do_PATCH(self):
        comments = json.loads(FILE.read_text())
        one = ONE.fullmatch(urlsplit(self.path).path)
        found = [comment for comment in comments if one and comment["id"] == int(one[1])]
        if not found:
            return self.answer(404, {"message": "Not Found"})
        found[0]["body"] = self.text()
        FILE.write_text(json.dumps(comments))
        self.answer(200, found[0])

    def body(self):
        assert self.headers["Authorization"] == "Bearer token", "without the job's token"
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def text(self):
        text = self.body()["body"]
        assert len(text) <= 65536, "too long for GitHub"
        return text

    def answer(self, status, body, headers=()):
        self.send_response(status)
        for name, value in [("Content-Type", "application/json"), *headers]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Forge)
print(server.server_port, flush=True)
server.serve_forever()
