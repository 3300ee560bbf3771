"""Holds the requests that SageMaker was sent against AWS's own service model.

    check_sagemaker.py FOLDER

FOLDER is `sagemaker` in a data folder: what was made there by the API is kept as it was asked for, with what describes it
added. Of each the members of the request are checked as boto3 would check them before it sends them: names, types,
lengths, patterns.
"""

import json
import re
import sys
from pathlib import Path

import botocore.session
from botocore.validate import ParamValidator

KINDS = {"training-job": "TrainingJob", "model": "Model", "endpoint-config": "EndpointConfig", "endpoint": "Endpoint"}


def patterns(shape, value, path):
    """What ParamValidator leaves out: patterns and the longest lengths."""
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            if name in value:
                yield from patterns(member, value[name], f"{path}.{name}")
    elif shape.type_name in ("list", "map"):
        of = value.items() if shape.type_name == "map" else enumerate(value)
        for name, one in of:
            yield from patterns(shape.value if shape.type_name == "map" else shape.member, one, f"{path}[{name}]")
    elif shape.type_name == "string":
        pattern, longest = shape.metadata.get("pattern"), shape.metadata.get("max")
        if pattern and not re.fullmatch(pattern, value):
            yield f"{path}: {value!r} is not {pattern}"
        if longest and len(value) > longest:
            yield f"{path}: {value!r} has more than {longest} characters"
        if shape.metadata.get("enum") and value not in shape.metadata["enum"]:
            yield f"{path}: {value!r} is none of {shape.metadata['enum']}"


def faults(model, noun, description):
    asked = model.operation_model(f"Create{noun}").input_shape
    told = model.operation_model(f"Describe{noun}").output_shape
    unknown = sorted(description.keys() - asked.members.keys() - told.members.keys())
    yield from (f"{name} is no member of Create{noun} or Describe{noun}" for name in unknown)
    request = {name: value for name, value in description.items() if name in asked.members}
    report = ParamValidator().validate(request, asked)
    if report.has_errors():
        yield report.generate_report()
    yield from patterns(asked, request, f"Create{noun}")


def main():
    model = botocore.session.get_session().get_service_model("sagemaker")
    good = True
    for folder, noun in KINDS.items():
        files = sorted((Path(sys.argv[1]) / folder).glob("*.json"))
        found = [(file, fault) for file in files for fault in faults(model, noun, json.loads(file.read_bytes()))]
        for file, fault in found:
            print(f"fault: {file.name}: {fault}")
        good = good and files and not found
        print(f"{noun}: {len(files)} as AWS's model says")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
