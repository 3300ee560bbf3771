"""Rules on who may reach what: policies, buckets, keys, users. Each yields a sentence for each place that breaks it."""

import re

from template import of_type, walk

# Actions that know no resources, or not yet the one they make.
WITHOUT_RESOURCE = {
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "ecr:GetAuthorizationToken",
    "kafka:GetBootstrapBrokers",
    "cloudwatch:PutMetricData",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeVpcs",
    "athena:ListDataCatalogs",
    "athena:ListWorkGroups",
    "athena:ListEngineVersions",
    "athena:GetDataCatalog",
}
# Services of which no documentation says that they tell for whom they assume a role; nobody can hand them one of another
# account's (iam:PassRole).
WITHOUT_SOURCE = {"lambda.amazonaws.com", "s3.amazonaws.com", "cloudtrail.amazonaws.com", "apigateway.amazonaws.com"}
SOURCE = re.compile("aws:Source(Account|Arn)")
KEPT = [
    "AWS::S3::Bucket",
    "AWS::KMS::Key",
    "AWS::Cognito::UserPool",
    "AWS::SecretsManager::Secret",
    "AWS::ECR::Repository",
    "AWS::Lambda::Version",
]


def listed(value):
    return value if isinstance(value, list) else [value]


def statements(template):
    """Every statement of every policy: resource, its type, the statement, whether it is a trust policy."""
    for name, resource in template["Resources"].items():
        for path, value in walk(resource.get("Properties", {})):
            if isinstance(value, dict) and value.get("Effect") in ("Allow", "Deny"):
                yield name, resource["Type"], value, "AssumeRolePolicyDocument" in path


def no_wide_policies(templates):
    for stack, template in templates.items():
        for name, kind, statement, _ in statements(template):
            if statement["Effect"] == "Deny":
                continue
            where = f"{stack}.{name}"
            if {"NotAction", "NotResource", "NotPrincipal"} & statement.keys():
                yield f"{where}: allows all but what it names"
            # In a key's policy `*` is the key, and the account's own policies decide.
            if kind == "AWS::KMS::Key":
                if "Service" in statement["Principal"] and "Condition" not in statement:
                    yield f"{where}: lets a service use the key for any account"
                continue
            for action in listed(statement.get("Action", [])):
                if "*" in action:
                    yield f"{where}: allows {action}"
                if "*" in listed(statement.get("Resource", [])) and action not in WITHOUT_RESOURCE:
                    yield f"{where}: allows {action} on everything"


def no_public_principal(templates):
    for stack, template in templates.items():
        for name, kind, statement, trust in statements(template):
            principal = statement.get("Principal")
            everybody = principal == "*" or isinstance(principal, dict) and "*" in listed(principal.get("AWS", []))
            if (
                statement["Effect"] == "Allow"
                and everybody
                and (kind != "AWS::EC2::VPCEndpoint" or "Condition" not in statement)
            ):
                yield f"{stack}.{name}: lets everybody in"
            if trust and isinstance(principal, dict) and "Service" in principal:
                if principal["Service"] not in WITHOUT_SOURCE and not SOURCE.search(str(statement.get("Condition"))):
                    yield f"{stack}.{name}: trusts {principal['Service']} whoever asks it (aws:SourceAccount)"
            if trust and isinstance(principal, dict) and "AWS" in principal and "Condition" not in statement:
                yield f"{stack}.{name}: trusts an account without a condition"


def resource_policies_name_their_source(templates):
    for stack, template in templates.items():
        for name, kind, statement, _ in statements(template):
            if (
                kind in ("AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy")
                and statement["Effect"] == "Allow"
            ):
                if not SOURCE.search(str(statement.get("Condition"))):
                    yield f"{stack}.{name}: lets a service in for any account"
        for name, resource in of_type(template, "AWS::Lambda::Permission").items():
            if "SourceArn" not in resource["Properties"]:
                yield f"{stack}.{name}: lets a service invoke for any account"


def buckets_are_closed(templates):
    for stack, template in templates.items():
        policies = of_type(template, "AWS::S3::BucketPolicy").values()
        for name, resource in of_type(template, "AWS::S3::Bucket").items():
            properties = resource["Properties"]
            closed = properties.get("PublicAccessBlockConfiguration", {})
            if [
                closed.get(key)
                for key in ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
            ] != [True] * 4:
                yield f"{stack}.{name}: may be made public"
            if "BucketOwnerEnforced" not in str(properties.get("OwnershipControls")):
                yield f"{stack}.{name}: has ACLs"
            if "BucketEncryption" not in properties:
                yield f"{stack}.{name}: says nothing of encryption"
            denied = any(
                policy["Properties"]["Bucket"] == {"Ref": name} and "aws:SecureTransport" in str(policy)
                for policy in policies
            )
            if not denied:
                yield f"{stack}.{name}: answers without TLS"


def what_is_kept_stays(templates):
    for stack, template in templates.items():
        for name, resource in template["Resources"].items():
            if (
                resource["Type"] in KEPT
                and not resource.get("DeletionPolicy") == resource.get("UpdateReplacePolicy") == "Retain"
            ):
                yield f"{stack}.{name}: goes with its stack"


def keys_rotate(templates):
    for stack, template in templates.items():
        for name, resource in of_type(template, "AWS::KMS::Key").items():
            if resource["Properties"].get("EnableKeyRotation") is not True:
                yield f"{stack}.{name}: does not rotate"


def users_are_invited(templates):
    template = templates["identity"]
    (pool,) = of_type(template, "AWS::Cognito::UserPool").values()
    (client,) = of_type(template, "AWS::Cognito::UserPoolClient").values()
    if pool["Properties"]["AdminCreateUserConfig"].get("AllowAdminCreateUserOnly") is not True:
        yield "identity: anybody may sign up"
    customer = [each for each in pool["Properties"]["Schema"] if each["Name"] == "customer"]
    if not customer or customer[0].get("Mutable") is not False:
        yield "identity: a user's customer can be changed"
    writable = client["Properties"].get("WriteAttributes")
    if writable is None or "custom:customer" in writable:
        yield "identity: users may write custom:customer"
    if "custom:customer" not in client["Properties"].get("ReadAttributes", []):
        yield "identity: the ID token does not say whose user it is"


def networks_are_closed(templates):
    for stack, template in templates.items():
        for name, resource in template["Resources"].items():
            for path, value in walk(resource.get("Properties", {})):
                inward = "SecurityGroupIngress" in path or resource["Type"] == "AWS::EC2::SecurityGroupIngress"
                if inward and isinstance(value, dict) and value.get("CidrIp") == "0.0.0.0/0":
                    yield f"{stack}.{name}: lets the internet in"
            if resource["Type"] == "AWS::MSK::Cluster" and resource["Properties"].get("ClientAuthentication", {}).get(
                "Unauthenticated", {}
            ).get("Enabled"):
                yield f"{stack}.{name}: asks nobody who they are"


def secrets_are_no_parameters(templates):
    for stack, template in templates.items():
        for name, parameter in template.get("Parameters", {}).items():
            secret = parameter["Type"] == "String" and any(
                word in name.lower() for word in ("secret", "password", "externalid")
            )
            if secret and not parameter.get("NoEcho") and not name.endswith("Arn"):
                yield f"{stack}: parameter {name} is shown to whoever looks"


RULES = [
    no_wide_policies,
    no_public_principal,
    resource_policies_name_their_source,
    buckets_are_closed,
    what_is_kept_stays,
    keys_rotate,
    users_are_invited,
    networks_are_closed,
    secrets_are_no_parameters,
]
