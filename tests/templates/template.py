"""Reads CloudFormation templates, with the short forms of functions as the long ones, and puts values in their place."""

import json
import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
INFRA = ROOT / "infra"
ACCOUNT, REGION = "111122223333", "eu-central-1"
PSEUDO = {"AWS::AccountId": ACCOUNT, "AWS::Region": REGION, "AWS::Partition": "aws", "AWS::StackName": "stack"}


class Loader(yaml.SafeLoader):
    """YAML with CloudFormation's tags."""


def _function(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


Loader.add_multi_constructor("!", _function)


def load(text):
    return yaml.load(text, Loader)


def all_templates():
    """By name: every template of infra/."""
    return {path.stem: load(path.read_text()) for path in sorted(INFRA.glob("*.yaml"))}


def stacks():
    return json.loads((INFRA / "stacks.json").read_text())


def parameters(stage):
    return json.loads((INFRA / f"parameters/{stage}.json").read_text())


def of_type(template, kind):
    return {name: resource for name, resource in template["Resources"].items() if resource["Type"] == kind}


def walk(value, path=()):
    """Every value within, with the way to it."""
    yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from walk(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from walk(inner, (*path, index))


def at(value, path):
    for step in path:
        value = value[step]
    return value


class Resolver:
    """Puts values in the place of references: pseudo parameters, `values`, and ARNs and names that tell what they are."""

    def __init__(self, template, values):
        self.template, self.values = template, PSEUDO | values

    def __call__(self, value):
        if isinstance(value, list):
            found = [self(inner) for inner in value]
            return [inner for inner in found if inner is not None]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            handler = getattr(self, "_" + name.replace("::", "_").lower(), None)
            if handler:
                return handler(argument)
        found = {key: self(inner) for key, inner in value.items()}
        return {key: inner for key, inner in found.items() if inner is not None}

    def _ref(self, name):
        if name == "AWS::NoValue":
            return None
        if name in self.values:
            return self.values[name]
        if name.endswith("RoleArn"):
            return f"arn:aws:iam::{ACCOUNT}:role/{name}"
        return f"arn:aws:generated:{REGION}:{ACCOUNT}:{name}" if name in self.template["Resources"] else f"<{name}>"

    def _fn_getatt(self, argument):
        name, attribute = argument
        return self.values.get(f"{name}.{attribute}", self.own(name, attribute))

    def own(self, name, attribute):
        """The ARN that a resource of the template will have, where it has a name."""
        resource = self.template["Resources"].get(name, {})
        properties = resource.get("Properties", {})
        named = {
            "AWS::IAM::Role": ("RoleName", "arn:aws:iam::{a}:role/{n}"),
            "AWS::S3::Bucket": ("BucketName", "arn:aws:s3:::{n}"),
            "AWS::SQS::Queue": ("QueueName", "arn:aws:sqs:{r}:{a}:{n}"),
            "AWS::Logs::LogGroup": ("LogGroupName", "arn:aws:logs:{r}:{a}:log-group:{n}:*"),
        }
        if attribute == "Arn" and resource.get("Type") in named:
            field, form = named[resource["Type"]]
            if field in properties:
                return form.format(a=ACCOUNT, r=REGION, n=self(properties[field]))
            # CloudFormation makes a name up.
            return form.format(a=ACCOUNT, r=REGION, n=f"generated-{name}")
        return f"arn:aws:generated:{REGION}:{ACCOUNT}:{name}"

    def _fn_sub(self, argument):
        text, extra = (argument, {}) if isinstance(argument, str) else argument

        def fill(match):
            name = match[1]
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            if name in extra:
                return str(self(extra[name]))
            return str(self._fn_getatt(name.split(".", 1)) if "." in name else self._ref(name))

        return re.sub(r"\$\{([^}]+)\}", fill, text)

    def _fn_join(self, argument):
        separator, parts = argument[0], self(argument[1])
        return separator.join(parts if isinstance(parts, list) else [parts])

    def _fn_split(self, argument):
        return self(argument[1]).split(argument[0])

    def _fn_select(self, argument):
        parts = self(argument[1])
        return parts[int(argument[0])] if isinstance(parts, list) else f"<{parts}[{argument[0]}]>"

    def _fn_if(self, argument):
        return self(argument[1] if self.condition(argument[0]) else argument[2])

    def condition(self, name):
        return self._test(self.template["Conditions"][name])

    def _test(self, value):
        ((name, argument),) = value.items()
        if name == "Fn::Equals":
            return str(self(argument[0])) == str(self(argument[1]))
        if name == "Fn::Not":
            return not self._test(argument[0])
        if name == "Fn::And":
            return all(self._test(inner) for inner in argument)
        if name == "Condition":
            return self.condition(argument)
        raise ValueError(name)


def known_values(stage="prod"):
    """What parameters are when the policies are asked: those of a stage, and names that tell what they are."""
    values = parameters(stage)
    prefix = values["BucketPrefix"]
    return values | {
        "ServiceBucket": f"{prefix}-service",
        "FeedBucket": f"{prefix}-feed",
        "LogBucket": f"{prefix}-logs",
        "QueryBucket": f"{prefix}-athena",
        "ResultsBucket": f"{prefix}-athena",
        "ResultsPrefix": "athena/",
        "KmsKeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234",
        "FeedKmsKeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234",
        "ClusterArn": f"arn:aws:kafka:{REGION}:{ACCOUNT}:cluster/darkroom-{stage}/abcd-1",
        "DistributionArn": f"arn:aws:cloudfront::{ACCOUNT}:distribution/E1",
        "CustomerRoleArn": f"arn:aws:iam::{ACCOUNT}:role/darkroom-{stage}-customer-{REGION}",
        "CustomersOwnRoleArns": ["arn:aws:iam::444455556666:role/of-gamma"],
        "ReplicaKmsKeyArn": "arn:aws:kms:eu-west-1:1:key/2",
        # Of customer.yaml, launched by a customer.
        "BucketName": "gamma-photos",
        "SourcePrefix": "photos/",
        "ExternalId": "x" * 32,
        "CustomerName": "gamma",
        "DarkroomRoleArns": [f"arn:aws:iam::{ACCOUNT}:role/darkroom-{stage}-api-{REGION}"],
        "EventBusArn": f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/darkroom-{stage}",
        "WorkGroup": "darkroom",
        "WorkGroupName": "darkroom",
        "DatabaseName": "darkroom",
        "Database": "darkroom",
    }
