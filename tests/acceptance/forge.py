"""Serves the comments of pull request 1 of `company/portal` to `gh`, which uses this server as its HTTP proxy.

Usage: forge.py FILE. Prints its port, then keeps the comments in FILE as JSON after each change. The folder of FILE
has what else is served: the last commit of the pull request, once it is merged, in `merged-head`, and the artifact of
its plan job in `artifacts/plan/`.
"""

import io
import json
import re
import sys
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

FILE = Path(sys.argv[1])
PAGE = 2  # comments a page, so that whoever reads only the first page fails
COMMENTS = "/repos/company/portal/issues/1/comments"
ONE = re.compile(r"/repos/company/portal/issues/comments/(\d+)")
PULLS = re.compile(r"/repos/company/portal/commits/[0-9a-f]{40}/pulls")
PLAN_RUNS = "/repos/company/portal/actions/workflows/scaffold-plan.yml/runs"
ARTIFACTS = "/repos/company/portal/actions/runs/7/artifacts"
ARCHIVE = "/repos/company/portal/actions/artifacts/8/zip"


def merged_head():
    """The last commit of the pull request; nothing before it is merged."""
    file = FILE.parent / "merged-head"
    return file.read_text().strip() if file.exists() else None


def archive():
    """The artifact of the plan job as a zip file."""
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as files:
        for file in sorted((FILE.parent / "artifacts" / "plan").iterdir()):
            files.write(file, file.name)
    return zipped.getvalue()


class Forge(BaseHTTPRequestHandler):
    def do_GET(self):
        address = urlsplit(self.path)
        head = merged_head()
        if PULLS.fullmatch(address.path):
            pull = {"number": 1, "merged_at": "2026-01-01T00:00:00Z", "head": {"sha": head}}
            return self.answer(200, [pull] if head else [])
        if address.path == PLAN_RUNS:
            asked = parse_qs(address.query).get("head_sha")
            return self.answer(200, {"workflow_runs": [{"id": 7}] if head and asked == [head] else []})
        if address.path == ARTIFACTS:
            url = f"http://{address.netloc}{ARCHIVE}"
            artifact = {"id": 8, "name": "plan", "archive_download_url": url, "size_in_bytes": 1, "expired": False}
            return self.answer(200, {"total_count": 1, "artifacts": [artifact]})
        if address.path == ARCHIVE:
            return self.send(200, "application/zip", archive())
        if address.path != COMMENTS:
            return self.answer(404, {"message": "Not Found"})
        page = int(parse_qs(address.query).get("page", ["1"])[0])
        comments = json.loads(FILE.read_text())
        more = [("Link", f'<http://{address.netloc}{COMMENTS}?page={page + 1}>; rel="next"')]
        self.answer(200, comments[(page - 1) * PAGE : page * PAGE], more if len(comments) > page * PAGE else [])

    def do_POST(self):
        if urlsplit(self.path).path != COMMENTS:
            return self.answer(404, {"message": "Not Found"})
        comments = json.loads(FILE.read_text())
        comments.append({"id": len(comments) + 1, "user": {"login": "github-actions[bot]"}, "body": self.text()})
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

    def text(self):
        text = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["body"]
        assert len(text) <= 65536, "too long for GitHub"
        return text

    def answer(self, status, body, headers=()):
        self.send(status, "application/json", json.dumps(body).encode(), headers)

    def send(self, status, media, body, headers=()):
        self.send_response(status)
        for name, value in [("Content-Type", media), *headers]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Forge)
print(server.server_port, flush=True)
server.serve_forever()
