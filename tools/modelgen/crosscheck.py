#!/usr/bin/env python3
"""Compare the tables of modelgen.py with the pinned clients of the JavaScript SDK.

The clients are generated from the same service teams' models by another tool
chain at another time, so a difference is either a newer release on one side or
a mistake in ours. Compared are operation names, HTTP bindings, status codes of
errors, and member names and required members of structures with the same name.
Nothing is written; differences are printed and the exit code is always 0,
because two releases hardly ever agree in everything.

The clients are downloaded with npm and read as text, never run.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile

# The import below would leave a cache folder beside the sources.
sys.dont_write_bytecode = True

import modelgen

# CLIENTS are services of modelgen.SERVICES and the npm versions to compare.
CLIENTS = {
    "bedrock": "3.1162.0",
    "bedrock-agent": "3.1138.0",
    "bedrock-agentcore-control": "3.1142.0",
    "bedrock-data-automation": "3.1107.0",
    "kms": "3.1162.0",
}

OPERATION = re.compile(r"(?m)^var \w+\$ = \[9, n0, (\w+),\s*(?:0|\{(.*?)\}), \(\) =>", re.S)
STRUCTURE = re.compile(
    r"(?m)^var \w+\$ = \[(-?)[34], n0, (\w+),\s*(?:\d+|\{(.*?)\}),\s*\[(.*?)\],\s*\[(.*)\](?:, (\d+))?\s*\];")
# Keys of traits are constants that the bundler names anew in every client.
HTTP = re.compile(r"\[(_\w+)\]: \[\"(\w+)\", \"([^\"]*)\", (\d+)\]")
STATUS = re.compile(r"\[(_\w+)\]: (\d+)")


def client(source):
    """Reads operations, error statuses and structures out of a bundle."""
    words = dict(re.findall(r'(?m)^const (_\w+) = "([^"]*)";', source))
    operations, errors, structures = {}, {}, {}
    for name, traits in OPERATION.findall(source):
        operations[words[name]] = ("POST", "/", 200)
        for key, method, uri, code in HTTP.findall(traits):
            if words[key] == "http":
                operations[words[name]] = (method, uri, int(code))
    for minus, name, traits, members, _, required in STRUCTURE.findall(source):
        rows = [words[m.strip()] for m in members.split(",") if m.strip()]
        # Required members come first; only their number is written.
        structures[words[name]] = (set(rows), set(rows[:int(required or 0)]))
        for key, status in STATUS.findall(traits) if minus else ():
            if words[key] == "httpError":
                errors[words[name]] = int(status)
    return operations, errors, structures


def ours(table):
    """Brings a table into the form of client."""
    rest = table["metadata"]["protocol"].startswith("rest-")
    operations = {
        n: (o["method"], o["uri"], o["code"]) if rest else ("POST", "/", 200)
        for n, o in table["operations"].items()
    }
    errors = {n: s["httpStatus"] for n, s in table["shapes"].items() if "httpStatus" in s}
    structures = {
        n: ({m["name"] for m in s.get("members", [])},
            {m["name"] for m in s.get("members", []) if m.get("required")})
        for n, s in table["shapes"].items() if s["type"] == "structure"
    }
    return operations, errors, structures


def names(label, items):
    if items:
        print(f"  {label}: {len(items)}: {', '.join(sorted(items))}")


def compare(service, mine, theirs):
    print(f"{service} {CLIENTS[service]}: {len(mine[0])} operations here, {len(theirs[0])} there, "
          f"{len(mine[2].keys() & theirs[2].keys())} structures compared")
    names("operations only here", mine[0].keys() - theirs[0].keys())
    names("operations only there", theirs[0].keys() - mine[0].keys())
    for label, a, b in (("binding", mine[0], theirs[0]), ("status", mine[1], theirs[1])):
        for name in sorted(a.keys() & b.keys()):
            if a[name] != b[name]:
                print(f"  {label} of {name}: {a[name]} here, {b[name]} there")
    for name in sorted(mine[2].keys() & theirs[2].keys()):
        (m_all, m_required), (t_all, t_required) = mine[2][name], theirs[2][name]
        names(f"members of {name} only here", m_all - t_all)
        names(f"members of {name} only there", t_all - m_all)
        if m_required != t_required:
            print(f"  required of {name}: {sorted(m_required)} here, {sorted(t_required)} there")


def bundle(service, folder):
    """Downloads a client and returns its bundle as text."""
    got = subprocess.run(
        ["npm", "pack", "--silent", "--ignore-scripts", f"@aws-sdk/client-{service}@{CLIENTS[service]}"],
        cwd=folder, check=True, capture_output=True, text=True)
    with tarfile.open(pathlib.Path(folder) / got.stdout.split()[-1]) as tar:
        return tar.extractfile("package/dist-cjs/index.js").read().decode()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--wheel", type=pathlib.Path, help="use this wheel instead of downloading it")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as tmp:
        wheel = modelgen.Wheel(args.wheel or modelgen.fetch(tmp))
        for service in sorted(CLIENTS):
            table = json.loads(modelgen.encode(modelgen.table(wheel, service)))
            theirs = client(bundle(service, tmp))
            if not theirs[0] or not theirs[2]:
                sys.exit(f"crosscheck {service}: nothing found in the client; its form has changed")
            compare(service, ours(table), theirs)


if __name__ == "__main__":
    main()
