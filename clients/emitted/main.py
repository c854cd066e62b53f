"""Looks at what `bedlock plan show` writes with other people's schemas of the resources.

The templates and the Terraform code are those of a test, which plans everything that a plan can change. Templates
go to cfn-lint, which has the schemas of the CloudFormation registry. The AWS provider of Terraform cannot be had
here, but its schema can: the bindings of CDK for Terraform are generated from it, argument by argument.
"""

import glob
import json
import os
import pathlib
import re
import subprocess
import sys

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(1, str(here.parent))

import hcl2

from steps import begin, done, same, step

CACHE = pathlib.Path(sys.executable).parent.parent
BINDINGS = CACHE / "provider-aws" / "package"
LINT = CACHE / "bin" / "cfn-lint"
WRITTEN = pathlib.Path.cwd()

# What the provider has since the version of which the bindings are, the last that there are.
# https://registry.terraform.io/providers/hashicorp/aws/latest/docs
NEWER = {
    "aws_bedrockagent_agent.memory_configuration.session_summary_configuration",
    "aws_bedrockagent_data_source.vector_ingestion_configuration.context_enrichment_configuration",
    "aws_bedrockagent_data_source.vector_ingestion_configuration.parsing_configuration.bedrock_foundation_model_configuration.parsing_modality",
    "aws_bedrockagentcore_gateway.policy_engine_configuration",
}


class Binding:
    """The arguments of a resource, as its binding writes them: name to None, or to those of a block."""

    def __init__(self, folder):
        js, ts = (folder / "index.js").read_text(), (folder / "index.d.ts").read_text()
        self.type = re.search(r'tfResourceType = "(\w+)"', js)[1]
        self.required = {}
        for name, body in re.findall(r"export interface (\w+)[^{]*\{(.*?)\n\}", ts, re.S):
            self.required[name[0].lower() + name[1:]] = {p: o != "?" for p, o in re.findall(r"readonly (\w+)(\??):", body)}
        self.writers = dict(re.findall(r"function (\w+)ToTerraform\(struct\) \{(.*?)\n\}", js, re.S))
        config = re.search(r"export interface (\w+Config) extends cdktf.TerraformMetaArguments", ts)[1]
        body = re.search(r"synthesizeAttributes\(\) \{(.*?)\n    \}", js, re.S)[1]
        self.arguments, self.needed = self.read(body, config[0].lower() + config[1:])

    def read(self, body, of):
        arguments, needed = {}, set()
        for name, writer in re.findall(r"^\s+(\w+): (cdktf\.[^\n]*|\w+ToTerraform\([^\n]*)", body, re.M):
            inner = re.search(r"(\w+)ToTerraform[,(]", writer)
            if "listMapper" in writer:
                inner = re.search(r"listMapper\((\w+)ToTerraform", writer)
            arguments[name] = self.read(self.writers[inner[1]], inner[1]) if inner and inner[1] in self.writers else None
            if self.required.get(of, {}).get(re.search(r"(?:struct\.|this\._)(\w+)", writer)[1]):
                needed.add(name)
        return arguments, needed

    def faults(self, block, path, arguments=None, needed=None):
        """What of a block is not in the schema."""
        if arguments is None:
            arguments, needed = self.arguments, self.needed
        out = [f"{path} has no {n}" for n in needed if n not in block]
        for name, value in block.items():
            at = f"{path}.{name}"
            if name not in arguments:
                if at not in NEWER:
                    out.append(f"{at} is not there")
                continue
            values = value if isinstance(value, list) else [value]
            blocks = all(isinstance(v, dict) for v in values)
            if arguments[name] is None or not arguments[name][0]:
                continue
            if not blocks:
                out.append(f"{at} is a block")
                continue
            for v in values:
                out += self.faults(v, at, *arguments[name])
        return out


def plain(v):
    """HCL as the parser has it, without the quotes and marks that it adds."""
    if isinstance(v, dict):
        return {k.strip('"'): plain(x) for k, x in v.items() if not k.startswith("__")}
    if isinstance(v, list):
        return [plain(x) for x in v]
    return v


bindings = {}


def binding(typ):
    if typ not in bindings:
        for folder in (BINDINGS / "lib").iterdir():
            if not folder.name.startswith("data-") and (folder / "index.js").exists() and f'tfResourceType = "{typ}"' in (folder / "index.js").read_text():
                bindings[typ] = Binding(folder)
                break
        else:
            raise AssertionError(f"there is no {typ}")
    return bindings[typ]


def faults(text):
    """What of Terraform code is not in the schema."""
    out = []
    for resource in plain(hcl2.loads(text)).get("resource", []):
        for typ, named in resource.items():
            if typ.startswith("awscc_"):  # of another provider, which is made of CloudFormation's schemas
                continue
            for body in named.values():
                of = binding(typ)
                for meta in ("depends_on", "provider"):
                    body.pop(meta, None)
                for lifecycle in body.pop("lifecycle", []):
                    ignored = {str(a).strip('${}"') for a in lifecycle["ignore_changes"]} - {"tags_all"}
                    out += [f"{typ}: {a} cannot be ignored" for a in ignored - of.arguments.keys()]
                out += of.faults(body, typ)
    return out


version = subprocess.run([LINT, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
begin(f"cfn-lint {version}, " + json.loads((BINDINGS / "package.json").read_text())["cdktf"]["provider"]["version"] + " of the provider aws")
subprocess.run(["go", "test", "-count=1", "-run", "TestEverythingEmitted", "./internal/fix/apply"], cwd=here.parent.parent,
               env={**os.environ, "HOME": os.environ.get("GOHOME", os.environ["HOME"]), "BEDLOCK_EMITTED": str(WRITTEN)}, check=True, stdout=sys.stderr)
templates, code = sorted(glob.glob("*.template.json")), sorted(glob.glob("*.tf"))


def lint(*files):
    out = subprocess.run([LINT, "--region", "eu-west-1", "--format", "parseable", "--template", *files], capture_output=True, text=True)
    return [line.split(":", 5)[-1] for line in out.stdout.splitlines()]


@step("templates of everything that plans change: cfn-lint has nothing to say")
def _():
    assert len(templates) > 40, templates
    same(lint(*templates), [])


@step("a template with a property that is not there: cfn-lint says so")
def _():
    wrong = pathlib.Path("wrong.json")
    wrong.write_text(pathlib.Path("queue.template.json").read_text().replace('"KmsMasterKeyId"', '"KmsMasterKey"'))
    assert "'KmsMasterKey' was unexpected" in "".join(lint(str(wrong))), lint(str(wrong))


@step("Terraform code of everything that plans change: every block and argument is in the provider's schema")
def _():
    assert len(code) > 40, code
    same([fault for file in code for fault in faults(pathlib.Path(file).read_text())], [])


@step("Terraform code with an argument that is not there: the schema says so")
def _():
    text = pathlib.Path("queue.tf").read_text().replace("kms_master_key_id", "kms_master_key")
    same(faults(text), ["aws_sqs_queue.kms_master_key is not there"])


done()
