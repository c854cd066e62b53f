#!/usr/bin/env python3
"""Write the API tables of internal/model from the models inside the botocore wheel.

The wheel and its sha256 are pinned in requirements.txt. The script reads the
wheel as a zip archive, never imports or installs it, and keeps only what a
program needs: names, bindings, types and constraints. Documentation text is
dropped. The same wheel gives the same tables, byte for byte.

Every key of the source that is neither kept nor listed as dropped stops the
run: a new trait is a decision, not something to lose silently.
"""

import argparse
import gzip
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
OUT = ROOT / "internal" / "model"

# FORMAT is raised when a table of an older format can no longer be decoded.
FORMAT = 1

# SERVICES are botocore's folder names, which are also the names in package
# model. The newest API version of each is taken.
SERVICES = """
account agent-registry agent-registry-control bedrock bedrock-agent
bedrock-agent-runtime bedrock-agentcore bedrock-agentcore-control
bedrock-data-automation bedrock-data-automation-runtime bedrock-runtime
cloudtrail cloudwatch config dynamodb es firehose iam kendra kms lambda logs
neptune neptune-graph opensearch opensearchserverless organizations rds
resourcegroupstaggingapi s3 s3control s3vectors secretsmanager sns sqs ssm
stepfunctions sts
""".split()

# Keys dropped on purpose: prose, and traits of client-side endpoint rules,
# which no reader of the tables evaluates.
DROP = {
    "service": {"version", "documentation", "clientContextParams"},
    "metadata": {"uid", "serviceAbbreviation", "protocolSettings", "checksumFormat"},
    "operation": {
        "name", "documentation", "deprecatedMessage", "deprecatedSince",
        "staticContextParams", "operationContextParams", "endpointdiscovery",
        "endpointoperation", "requestcompression",
        # The pre-2024 spelling of "auth"; both occur together.
        "authtype",
    },
    "shape": {
        "documentation", "deprecatedMessage", "deprecatedSince", "synthetic",
        # Element order of the query protocol; members are already in order.
        "xmlOrder",
    },
    "ref": {"documentation", "deprecatedMessage", "deprecatedSince", "contextParam"},
}


class Reader:
    """Takes keys out of one source object and refuses what is left over."""

    def __init__(self, kind, where, source):
        self.kind, self.where, self.left = kind, where, dict(source)

    def take(self, key, default=None):
        return self.left.pop(key, default)

    def flags(self, out, names):
        """Copies booleans that are true; false is the absence of the key."""
        for name in names:
            if self.left.pop(name, False):
                out[name] = True

    def close(self):
        rest = set(self.left) - DROP[self.kind]
        if rest:
            sys.exit(f"modelgen {self.where}: unknown {self.kind} keys {sorted(rest)}")


def put(out, key, value):
    """Sets key unless value says nothing (None, empty text, list or map)."""
    if value is not None and value != "" and value != [] and value != {}:
        out[key] = value


def as_list(value):
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def namespace(value):
    """Turns {"uri":…, "prefix":…} or a bare URI into one form."""
    if value is None:
        return None
    if isinstance(value, str):
        return {"uri": value}
    return {k: value[k] for k in sorted(value)}


def metadata(where, source):
    r = Reader("metadata", where, source)
    out = {}
    put(out, "apiVersion", r.take("apiVersion"))
    put(out, "auth", r.take("auth"))
    put(out, "endpointPrefix", r.take("endpointPrefix"))
    put(out, "fullName", r.take("serviceFullName"))
    put(out, "globalEndpoint", r.take("globalEndpoint"))
    put(out, "jsonVersion", r.take("jsonVersion"))
    put(out, "protocol", r.take("protocol"))
    put(out, "protocols", r.take("protocols"))
    put(out, "id", r.take("serviceId"))
    put(out, "signatureVersion", r.take("signatureVersion"))
    # Absent means: the endpoint prefix signs. Resolved here so that no reader
    # has to know.
    put(out, "signingName", r.take("signingName") or out["endpointPrefix"])
    put(out, "targetPrefix", r.take("targetPrefix"))
    put(out, "xmlNamespace", r.take("xmlNamespace"))
    if r.take("awsQueryCompatible") is not None:
        out["queryCompatible"] = True
    r.close()
    return out


def ref(where, source):
    """Reduces a reference to a shape: a member, a list element, a map side."""
    r = Reader("ref", where, source)
    out = {"shape": r.take("shape")}
    put(out, "location", r.take("location"))
    put(out, "locationName", r.take("locationName"))
    put(out, "xmlNamespace", namespace(r.take("xmlNamespace")))
    r.flags(out, [
        "box", "deprecated", "eventpayload", "flattened", "hostLabel",
        "idempotencyToken", "jsonvalue", "streaming", "xmlAttribute",
    ])
    r.close()
    return out


def shape(where, source):
    r = Reader("shape", where, source)
    out = {"type": r.take("type")}
    required = r.take("required", [])
    members = r.take("members")
    if members is not None:
        unknown = set(required) - set(members)
        if unknown:
            sys.exit(f"modelgen {where}: required members do not exist: {sorted(unknown)}")
        rows = []
        for name, member in members.items():
            row = ref(f"{where}.{name}", member)
            row["name"] = name
            if name in required:
                row["required"] = True
            rows.append(row)
        put(out, "members", rows)
    for side, name in (("member", "element"), ("key", "key"), ("value", "value")):
        target = r.take(side)
        if target is not None:
            out[name] = ref(f"{where}.{side}", target)
    for bound in ("min", "max"):
        value = r.take(bound)
        # A whole number is written without a fraction: lengths are integers.
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        put(out, bound, value)
    put(out, "pattern", r.take("pattern"))
    put(out, "enum", r.take("enum"))
    put(out, "payload", r.take("payload"))
    put(out, "locationName", r.take("locationName"))
    put(out, "timestampFormat", r.take("timestampFormat"))
    put(out, "xmlNamespace", namespace(r.take("xmlNamespace")))
    error = r.take("error")
    if error is not None:
        unknown = set(error) - {"code", "httpStatusCode", "senderFault"}
        if unknown:
            sys.exit(f"modelgen {where}: unknown error keys {sorted(unknown)}")
        put(out, "errorCode", error.get("code"))
        put(out, "httpStatus", error.get("httpStatusCode"))
        if error.get("senderFault"):
            out["senderFault"] = True
    retryable = r.take("retryable")
    if retryable is not None:
        out["retryable"] = True
        if retryable.get("throttling"):
            out["throttling"] = True
    r.flags(out, [
        "box", "deprecated", "document", "event", "eventstream", "exception",
        "fault", "flattened", "sensitive", "streaming", "union", "wrapper",
    ])
    r.close()
    return out


def page(source):
    """Reduces one paginator. Tokens are lists: S3 has operations with two."""
    out = {}
    put(out, "input", as_list(source.get("input_token")))
    put(out, "output", as_list(source.get("output_token")))
    put(out, "limit", source.get("limit_key"))
    put(out, "more", source.get("more_results"))
    put(out, "result", as_list(source.get("result_key")))
    unknown = set(source) - {
        "input_token", "output_token", "limit_key", "more_results", "result_key",
        "non_aggregate_keys",
    }
    if unknown:
        sys.exit(f"modelgen: unknown paginator keys {sorted(unknown)}")
    return out


def operation(where, source, paginator):
    r = Reader("operation", where, source)
    out = {}
    http = dict(r.take("http"))
    out["method"] = http.pop("method")
    out["uri"] = http.pop("requestUri")
    # Absent means 200, in the query and JSON protocols always.
    out["code"] = http.pop("responseCode", 200)
    if http:
        sys.exit(f"modelgen {where}: unknown http keys {sorted(http)}")
    for side in ("input", "output"):
        target = dict(r.take(side, {}))
        put(out, side, target.pop("shape", None))
        if side == "input":
            # rest-xml: the root element of the request body.
            put(out, "inputElement", target.pop("locationName", None))
            put(out, "inputNamespace", namespace(target.pop("xmlNamespace", None)))
        put(out, "resultWrapper", target.pop("resultWrapper", None))
        if target:
            sys.exit(f"modelgen {where}: unknown {side} keys {sorted(target)}")
    put(out, "errors", sorted({e["shape"] for e in r.take("errors", [])}))
    put(out, "auth", r.take("auth"))
    endpoint = r.take("endpoint", {})
    put(out, "hostPrefix", endpoint.get("hostPrefix"))
    checksum = r.take("httpChecksum", {})
    put(out, "checksumMember", checksum.get("requestAlgorithmMember"))
    put(out, "checksumModeMember", checksum.get("requestValidationModeMember"))
    if checksum.get("requestChecksumRequired") or r.take("httpChecksumRequired"):
        out["checksumRequired"] = True
    r.left.pop("httpChecksumRequired", None)
    r.flags(out, ["deprecated", "idempotent", "readonly", "unsignedPayload"])
    if paginator is not None:
        put(out, "page", page(paginator))
    r.close()
    return out


def merge(base, extra):
    """Applies botocore's "sdk-extras" overlay, which is a recursive merge."""
    for key, value in extra.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            merge(base[key], value)
        else:
            base[key] = value


class Wheel:
    """The models inside a botocore wheel."""

    def __init__(self, path):
        self.zip = zipfile.ZipFile(path)
        self.names = set(self.zip.namelist())

    def api_version(self, service):
        found = {
            m.group(1) for n in self.names
            if (m := re.fullmatch(rf"botocore/data/{re.escape(service)}/([\d-]+)/service-2\.json\.gz", n))
        }
        if not found:
            sys.exit(f"modelgen {service}: not in the wheel")
        return max(found)

    def load(self, folder, stem):
        """Reads one JSON file, plain or gzipped, with its overlay applied."""
        out = None
        for name, opener in ((f"{stem}.json.gz", gzip.decompress), (f"{stem}.json", bytes)):
            if f"{folder}/{name}" in self.names:
                out = json.loads(opener(self.zip.read(f"{folder}/{name}")))
        extras = f"{folder}/{stem}.sdk-extras.json"
        if out is not None and extras in self.names:
            merge(out, json.loads(self.zip.read(extras))["merge"])
        return out


def table(wheel, service):
    """Builds the table of one service."""
    folder = f"botocore/data/{service}/{wheel.api_version(service)}"
    source = Reader("service", service, wheel.load(folder, "service-2"))
    paginators = (wheel.load(folder, "paginators-1") or {"pagination": {}})["pagination"]
    meta = metadata(service, source.take("metadata"))
    operations = source.take("operations")
    shapes = source.take("shapes")
    source.close()
    return {
        "format": FORMAT,
        "name": service,
        "metadata": meta,
        "operations": {
            n: operation(f"{service}.{n}", o, paginators.get(n)) for n, o in operations.items()
        },
        "shapes": {n: shape(f"{service}.{n}", s) for n, s in shapes.items()},
    }


def encode(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def pinned(requirements):
    """Returns botocore's pinned version and the sha256 of its wheel."""
    m = re.search(r"(?m)^botocore==(\S+) \\\n\s+--hash=sha256:([0-9a-f]{64})$", requirements)
    if not m:
        sys.exit("modelgen: requirements.txt does not pin botocore with one hash")
    return m.group(1), m.group(2)


def fetch(folder):
    """Downloads the pinned wheel. pip verifies the hash; so does main."""
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:",
         "--require-hashes", "--dest", folder, "-r", str(HERE / "requirements.txt")],
        check=True)
    return next(pathlib.Path(folder).glob("botocore-*.whl"))


def write(wheel_path, out):
    """Writes tables and manifest below out; returns the manifest."""
    version, want = pinned((HERE / "requirements.txt").read_text())
    got = sha256(wheel_path.read_bytes())
    if got != want:
        sys.exit(f"modelgen {wheel_path.name}: sha256 is {got}, pinned is {want}")
    wheel = Wheel(wheel_path)
    data = out / "data"
    data.mkdir(parents=True, exist_ok=True)
    manifest = {
        "format": FORMAT,
        "generator": {"file": "tools/modelgen/modelgen.py",
                      "sha256": sha256(pathlib.Path(__file__).read_bytes())},
        "source": {"license": "Apache-2.0", "package": "botocore", "sha256": want,
                   "version": version},
        "tables": {},
    }
    for service in SERVICES:
        built = table(wheel, service)
        plain = encode(built)
        (data / f"{service}.json").write_bytes(plain)
        manifest["tables"][service] = {
            "apiVersion": built["metadata"]["apiVersion"], "bytes": len(plain),
            "operations": len(built["operations"]), "sha256": sha256(plain),
            "shapes": len(built["shapes"]),
        }
    (data / "MANIFEST.json").write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    return manifest


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--wheel", type=pathlib.Path, help="use this wheel instead of downloading it")
    parser.add_argument("--out", type=pathlib.Path, default=OUT, help="folder to write data/ in")
    parser.add_argument("--no-pack", action="store_true", help="leave the tables uncompressed")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as tmp:
        manifest = write(args.wheel or fetch(tmp), args.out)
    if not args.no_pack:
        subprocess.run(["go", "run", "./tools/modelgen/pack", str((args.out / "data").resolve())],
                       check=True, cwd=ROOT)
    total = sum(t["bytes"] for t in manifest["tables"].values())
    print(f"{len(manifest['tables'])} tables, {total} bytes uncompressed, botocore {manifest['source']['version']}")


if __name__ == "__main__":
    main()
