"""Kubernetes manifests against the schemas of Kubernetes, strictly: no unknown field passes.

    python manifests.py VERSION CRD-or-"" < rendered.yaml

A FlinkDeployment is of the Flink operator: its pod templates are checked as pods, and the whole
against the operator's CustomResourceDefinition, if that file is given. Prints one line for each
document; exits with 1 if one is wrong.
"""

import sys
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import yaml


def closed(schema: Any) -> Any:
    """An OpenAPI schema of a definition, as JSON Schema that refuses unknown fields."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: closed(part) for key, part in schema.items()}
    if schema.get("x-kubernetes-int-or-string") is True:
        made = {"anyOf": [{"type": "integer"}, {"type": "string"}]}
    elif (
        "properties" in schema
        and "additionalProperties" not in schema
        and not schema.get("x-kubernetes-preserve-unknown-fields")
    ):
        made["additionalProperties"] = False
    return made


def pod_templates(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """The pods that a FlinkDeployment describes: common, job manager, task manager."""
    places = (spec, spec.get("jobManager", {}), spec.get("taskManager", {}))
    return [place["podTemplate"] for place in places if "podTemplate" in place]


def check_flink(document: dict[str, Any], version: str, crd: str) -> str:
    """Raise for a wrong FlinkDeployment; say what was checked."""
    templates = pod_templates(document["spec"])
    for template in templates:
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pod"}, **template}
        kubernetes_validate.validate(pod, version, strict=True)
    said = f"its {len(templates)} pod templates by kubernetes-validate {version}"
    if not crd:
        return f"{said}; the rest not checked: FLINK_CRD names no definition"
    definition = yaml.safe_load(Path(crd).read_text())
    name = document["apiVersion"].rpartition("/")[2]
    (served,) = (v for v in definition["spec"]["versions"] if v["name"] == name)
    whole = closed(served["schema"]["openAPIV3Schema"])
    whole["properties"] |= {"apiVersion": {}, "kind": {}, "metadata": {}}
    jsonschema.validate(document, whole)
    return f"{said}; the whole by the operator's definition {name}"


def main(version: str, crd: str) -> int:
    """Check the documents on standard input."""
    wrong = 0
    for document in yaml.safe_load_all(sys.stdin):
        name = f"{document['kind']}/{document['metadata']['name']}"
        try:
            if document["kind"] == "FlinkDeployment":
                said = check_flink(document, version, crd)
            else:
                kubernetes_validate.validate(document, version, strict=True)
                said = f"kubernetes-validate {version}, strict"
        except (jsonschema.ValidationError, kubernetes_validate.ValidationError) as error:
            wrong = 1
            said = f"WRONG: {error.message} at {'.'.join(map(str, error.path))}"
        print(f"{name}: {said}")
    return wrong


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
