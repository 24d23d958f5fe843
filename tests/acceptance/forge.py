"""Serves the comments of pull request 1 of `company/portal` to `gh`, which uses this server as its HTTP proxy.

Usage: forge.py FILE. Prints its port, then keeps the comments in FILE as JSON after each change.
"""

import json
import re
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

FILE = Path(sys.argv[1])
PAGE = 2  # comments a page, so that whoever reads only the first page fails
COMMENTS = "/repos/company/portal/issues/1/comments"
ONE = re.compile(r"/repos/company/portal/issues/comments/(\d+)")


class Forge(BaseHTTPRequestHandler):
    def do_GET(self):
        address = urlsplit(self.path)
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
