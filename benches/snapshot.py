#!/usr/bin/env python3
"""Takes snapshots of a generated inventory: 20,000 records of 4 kB on 40 pages, over HTTP on loopback.

Prints the time of the first snapshot, of one that changes nothing and of one in which a single record
changed, each also counted from the last byte that the API sent; the most memory; and how fast records
are mapped. Each record makes two entities. Budgets: first write 10 s; nothing changed 3 s after the last byte, nothing written; 700 MB;
10,000 records mapped a second.

Usage: benches/snapshot.py [PROGRAM]
"""
import http.server
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

RECORDS, PAGES = 20_000, 40
ROOT = pathlib.Path(__file__).resolve().parent.parent


def record(number):
    """One record of about 4 kB, of which the mapping keeps a fifth."""
    made = {
        "code": f"APP{number:05}",
        "libelle": f"Service {number} de la gamme Été",
        "nomTechnique": f"Service-{number}.Gamme_Été",
        "description": f"  Calcule  ce que la gamme {number} doit\n savoir. " * 3,
        "statut": "EN_PRODUCTION" if number % 7 else "PILOTE",
        "codeEntite": number % 400,
        "depot": {"projet": f"projet-{number % 90}", "nom": f"service-{number}", "privé": True},
        "technologies": [{"code": t, "libelle": t} for t in ("Java", "Spring Boot", "PostgreSQL")],
        "liens": [{"libelle": "Wiki", "url": f"https://wiki.example/{number}"}, {"libelle": "Vide", "url": None}],
        "contrat": "openapi: 3.0.0\ninfo: {title: Service, version: '1'}\npaths: {}\n",
    }
    noise = {f"champInutile{n}": {"valeur": f"{number}-{n}", "unité": None, "historique": [n, n + 1]} for n in range(40)}
    made["gestion"] = noise
    return made


class Api(http.server.BaseHTTPRequestHandler):
    pages = []
    last_byte = 0.0
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        body = self.pages[int(query["page"][0]) - 1]
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        Api.last_byte = time.monotonic()

    def log_message(self, *_):
        pass


def serve(records):
    """Puts the records on pages, and returns the size of one."""
    size = RECORDS // PAGES
    pages = [records[at : at + size] for at in range(0, RECORDS, size)]
    Api.pages = [json.dumps({"total": PAGES, "contenu": page}).encode() for page in pages]
    return sum(map(len, Api.pages)) // RECORDS


def take(program, portal, environment, *more):
    """Takes a snapshot; returns seconds, seconds after the last byte, seconds of CPU, and the report."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    done = subprocess.run(
        [program, "-C", portal, "snapshot", "--json", *more], env=environment, capture_output=True, check=False
    )
    ended = time.monotonic()
    if done.returncode:
        sys.exit(f"the snapshot failed: {done.stderr.decode()}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    report = json.loads(done.stdout)["sources"][0]
    return ended - started, ended - Api.last_byte, after.ru_utime - before.ru_utime, report


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "target/release/callboard")
    if len(sys.argv) < 2:
        subprocess.run(["cargo", "build", "--release", "--locked"], cwd=ROOT, check=True)
    portal = tempfile.mkdtemp()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        sources = pathlib.Path(portal, "catalog-data/sources")
        sources.mkdir(parents=True)
        pathlib.Path(portal, "callboard.yaml").write_text("title: Bench\nsources: [inventory]\n")
        sources.joinpath("inventory.yaml").write_text(
            "kind: http\nurl: ${INVENTORY}/records\n"
            "paging: { type: page, pages: .total }\nitems: .contenu[]\n"
        )
        shutil.copy(ROOT / "benches/snapshot.jq", sources / "inventory.jq")
        subprocess.run(["git", "init", "--quiet", "-b", "main", portal], check=True)
        environment = dict(os.environ, INVENTORY=f"http://127.0.0.1:{server.server_port}")
        records = [record(number) for number in range(RECORDS)]
        size = serve(records)
        print(f"{RECORDS} records of {size} bytes on {PAGES} pages")
        for name in ("first write", "unchanged", "one changed"):
            if name == "one changed":
                records[777]["libelle"] = "Autre nom"
                serve(records)
            seconds, after, _, report = take(program, portal, environment)
            made = report["outcome"]
            changed = {key: len(made[key]) for key in ("added", "changed", "removed")}
            print(f"{name}: {seconds:.1f} s, {after:.1f} s after the last byte; {changed}")
        most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        print(f"most memory: {most / 1024:.0f} MB")
        # What the mapping takes is the difference to one that makes nothing, checks of what it makes
        # included.
        shutil.rmtree(pathlib.Path(portal, "catalog-data/entities"))
        whole = take(program, portal, environment, "--dry-run")[2]
        sources.joinpath("inventory.jq").write_text("empty")
        nothing = take(program, portal, environment, "--dry-run")[2]
        print(f"mapping: {RECORDS / (whole - nothing):.0f} records/s on one core")
    finally:
        shutil.rmtree(portal)


if __name__ == "__main__":
    main()
