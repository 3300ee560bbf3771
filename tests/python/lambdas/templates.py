"""What the CloudFormation templates give each function: environment, time and memory."""

from pathlib import Path

import yaml

INFRA = Path(__file__).parents[3] / "infra"
STACKS = {"delivery": "functions", "api": "functions", "announce": "workers", "sweep": "workers", "consumer": "workers"}


class Loader(yaml.SafeLoader):
    """Takes what CloudFormation writes with an exclamation mark for a value that the deployment knows."""


Loader.add_multi_constructor("!", lambda loader, name, node: {name: node.value})


def properties(name):
    stack = yaml.load((INFRA / f"{STACKS[name]}.yaml").read_text(), Loader)
    return stack["Resources"][name.capitalize()]["Properties"]


def settings(name, values):
    """Environment, seconds and MiB of a function; `values` has whatever the template leaves to the deployment."""
    function = properties(name)
    variables = function["Environment"]["Variables"]
    environment = {key: values[key] if isinstance(value, dict) else value for key, value in variables.items()}
    memory = function["MemorySize"]
    return environment, function["Timeout"], memory if isinstance(memory, int) else values["DeliveryMemoryMib"]
