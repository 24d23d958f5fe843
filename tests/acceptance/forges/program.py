"""Applies steps with the program on a fake forge, and says what it asked the forge to change.

The first two arguments of a program that uses this are SERVE, the example of the package `callboard-testing`, and CALLBOARD.
"""
import json
import os
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading

SERVE, CALLBOARD = map(os.path.abspath, sys.argv[1:3])
CLEAN = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}


class Fake:
    """A fake forge in a process of its own."""

    def __init__(self, kind):
        self.process = subprocess.Popen([SERVE, kind], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()

    def calls(self):
        """What it was asked to change since the last call."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())["calls"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


class Proxy:
    """A proxy through which any host is a fake forge, with a certificate: for hosts whose addresses no settings say."""

    def __init__(self, fake, certificate, key):
        self.fake = ("127.0.0.1", int(fake.url.rsplit(":", 1)[1]))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.accept, daemon=True).start()
        self.environment = {"HTTPS_PROXY": f"http://127.0.0.1:{self.listener.getsockname()[1]}", "SSL_CERT_FILE": str(certificate)}

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        asked = b""
        while not asked.endswith(b"\r\n\r\n"):
            asked += client.recv(1)
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        inside = self.context.wrap_socket(client, server_side=True)
        server = socket.create_connection(self.fake)
        threading.Thread(target=self.copy, args=(server, inside), daemon=True).start()
        self.copy(inside, server)

    @staticmethod
    def copy(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def our_calls(kind, steps, certificate=None):
    """What the program asks a forge to change when it applies steps; then the forge is gone. Bitbucket Cloud has its own host, for
    which `certificate` has a certificate and its key."""
    with Fake(kind) as fake, tempfile.TemporaryDirectory() as directory:
        portal = pathlib.Path(directory)
        host, web = fake.url.removeprefix("http://"), fake.url
        settings = f"forges:\n  {host}: {{type: {kind}, url: {web}, api: {web}/api}}\n"
        environment = {}
        if kind == "bitbucket-cloud":
            host, web, settings = "bitbucket.org", "https://bitbucket.org", ""
            environment = Proxy(fake, *certificate).environment
        (portal / "scaffolds/templates/t/skeleton").mkdir(parents=True)
        (portal / "scaffolds/requests").mkdir()
        (portal / "callboard.yaml").write_text(
            f"title: T\nauthor: {{name: C, email: c@x.example}}\n{settings}credentials:\n  {web}: {{token: FORGE_TOKEN}}\n"
            "scaffold: {secrets: {NPM_TOKEN: {variable: NPM_TOKEN, templates: [t]}}}\n")
        (portal / "scaffolds/templates/t/template.yaml").write_text(
            "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {name: t}\nspec:\n  type: service\n  steps:\n"
            "    - action: fetch:template\n      input: {url: ./skeleton}\n" + steps.strip("\n").replace("HOST", host))
        (portal / "catalog-data/manual").mkdir(parents=True)
        (portal / "catalog-data/manual/ann.yaml").write_text(
            "apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: ann}\nspec: {memberOf: []}\n")
        (portal / "scaffolds/templates/t/skeleton/README.md").write_text("# Cart\n")
        (portal / "scaffolds/requests/r.yaml").write_text("template: t\nrequester: user:default/ann\nparameters: {}\n")
        subprocess.run(["git", "init", "-q", "-b", "main"], cwd=portal, check=True, env=CLEAN)
        ran = subprocess.run([CALLBOARD, "scaffold", "apply", "scaffolds/requests/r.yaml"], cwd=portal, text=True,
                             env={**CLEAN, **environment, "FORGE_TOKEN": "token", "NPM_TOKEN": "n"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if ran.returncode:
            sys.exit(f"{kind}: the apply failed:\n{ran.stdout}")
        return fake.calls()
