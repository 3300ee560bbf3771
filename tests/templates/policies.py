"""Asks an IAM simulator what every role of the templates may and may not.

    policies.py        exits with 1 and names each question that is answered otherwise

Policies come from the templates, resolved for prod. questions.json says what each role may and may not; what keeps
customers apart is asked of each service, each prefix of a customer's bucket, and one's own, another's and no tag.
"""

import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import sources
from template import ACCOUNT, REGION, Resolver, all_templates, known_values

HERE = Path(__file__).resolve().parent
# Who opens customers' buckets, each through the one role; and who never does.
SERVICES = ["delivery", "api", "announce", "sweep", "consumer", "reconcile", "repair", "requested"]
OTHERS = ["erase", "topics", "sagemaker", "replicator"]
WORDS = {"DISTRIBUTION": f"arn:aws:cloudfront::{ACCOUNT}:distribution/E1",
         "ENDPOINT": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/pets",
         "CLUSTER": f"arn:aws:kafka:{REGION}:{ACCOUNT}:cluster/darkroom-prod/abcd-1",
         "TOPIC": f"arn:aws:kafka:{REGION}:{ACCOUNT}:topic/darkroom-prod/abcd-1"}
# Roles whose policies are AWS's own, or that nobody but API Gateway assumes.
ASKED_ELSEWHERE = {"customer", "customer.Role", "api.Logger"}


def roles(templates, values):
    """Name to (identity policies, trust policy). A role without a name of its own is TEMPLATE.RESOURCE."""
    found = {}
    for stack, template in templates.items():
        resolve = Resolver(template, values)
        for name, resource in template["Resources"].items():
            properties = resource.get("Properties", {})
            if resource["Type"] == "AWS::IAM::Role":
                named = resolve(properties.get("RoleName", f"darkroom-prod-{stack}.{name}-{REGION}"))
                named = named.removeprefix("darkroom-prod-").removesuffix(f"-{REGION}")
                policies = [resolve(policy["PolicyDocument"]) for policy in properties.get("Policies", [])]
                found[named] = (policies, resolve(properties["AssumeRolePolicyDocument"]))
            elif resource["Type"] == "AWS::IAM::ManagedPolicy":
                found[f"{stack}.{name}"] = ([resolve(properties["PolicyDocument"])], None)
    return found


def question(role, policies, action, resource, context=None, account=ACCOUNT, **more):
    context = {"aws:PrincipalArn": role, "aws:ResourceAccount": account} | (context or {})
    request = {"principal": role, "action": action, "contextVariables": context,
               "resource": {"resource": resource, "accountId": account}}
    return {"request": request, "identityPolicies": [{"name": str(n), "policy": policy} for n, policy in enumerate(policies)], **more}


def arn(name):
    return f"arn:aws:iam::{ACCOUNT}:role/darkroom-prod-{name}-{REGION}"


def from_table(found, prefix):
    table = json.loads((HERE / "questions.json").read_text())
    for who in found.keys() - table.keys() - ASKED_ELSEWHERE:
        yield f"{who}: questions.json asks nothing of it", None, True
    for who, asked in table.items():
        if who not in found:
            yield f"{who}: there is no such role", None, True
            continue
        for expected, lines in ((True, asked["may"]), (False, asked["not"])):
            for action, resource, *context in lines:
                resource = resource.replace(":::P-", f":::{prefix}-")
                for word, meaning in WORDS.items():
                    resource = resource.replace(word, meaning) if resource.split("/")[0] == word else resource
                via = {"kms:ViaService": f"s3.{REGION}.amazonaws.com"} if action.startswith("kms:") else {}
                yield f"{who} {action} {resource}", question(arn(who), found[who][0], action, resource, dict(*context) | via), expected


def of_services(found, prefix):
    """By itself no service touches a customer's bucket; each may become the customer's session, tagged and in no other way."""
    customer = arn("customer")
    for who in [*SERVICES, *OTHERS]:
        for bucket in ("customer-acme", "customer-beta"):
            for key in sources.customer_prefixes():
                for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"):
                    name = f"arn:aws:s3:::{prefix}-{bucket}/{key}x"
                    yield f"{who} by itself {action} {name}", question(arn(who), found[who][0], action, name), False
        for what, context, tagged in [
            ("with the tag", {"aws:RequestTag/customer": "acme", "aws:TagKeys": ["customer"]}, True),
            ("without a tag", {}, False),
            ("with an empty tag", {"aws:RequestTag/customer": "", "aws:TagKeys": ["customer"]}, False),
            ("with a second tag", {"aws:RequestTag/customer": "acme", "aws:TagKeys": ["customer", "stage"]}, False),
        ]:
            asked = question(arn(who), found[who][0], "sts:AssumeRole", customer, context, resourcePolicy=found["customer"][1])
            yield f"{who} becomes a customer {what}", asked, tagged and who in SERVICES
    stranger = [{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]}]
    tag = {"aws:RequestTag/customer": "acme", "aws:TagKeys": ["customer"]}
    asked = question(arn("stranger"), stranger, "sts:AssumeRole", customer, tag, resourcePolicy=found["customer"][1])
    yield "another role of the account becomes a customer", asked, False


def of_prefixes(found, prefix):
    """Each role × each prefix of the service's and the feed's bucket: g(et), p(ut), d(elete), and nothing else."""
    for who, may in json.loads((HERE / "prefixes.json").read_text()).items():
        for unknown in may.keys() - set(sources.feed_prefixes()):
            yield f"prefixes.json: {who} {unknown}, which nothing is written under", None, True
        for key in sources.feed_prefixes():
            bucket = "service" if key in ("customers/", "endpoints/") else "feed"
            # Below datasets/ a dataset's own name comes first, and the API writes below its requests/.
            name = f"arn:aws:s3:::{prefix}-{bucket}/{key}some/thing/else"
            for letter, action in (("g", "s3:GetObject"), ("p", "s3:PutObject"), ("d", "s3:DeleteObject")):
                yield f"{who} {action} {name}", question(arn(who), found[who][0], action, name), letter in may.get(key, "")


def of_sessions(found, prefix):
    """A customer's session: one's own bucket under our prefixes, whatever a mistake of ours asks for."""
    policies, customer = found["customer"][0], arn("customer")
    tags = {"own": {"aws:PrincipalTag/customer": "acme"}, "other": {"aws:PrincipalTag/customer": "beta"},
            "longer": {"aws:PrincipalTag/customer": "acme2"}, "star": {"aws:PrincipalTag/customer": "*"},
            "empty": {"aws:PrincipalTag/customer": ""}, "missing": {}}
    bucket = f"{prefix}-customer-acme"
    session = sources.session_policy(bucket)
    for tag, context in tags.items():
        for key in sources.customer_prefixes():
            for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"):
                name = f"arn:aws:s3:::{bucket}/{key}x"
                yield (f"session tagged {tag} {action} {name}",
                       question(customer, policies, action, name, context, sessionPolicy=session), tag == "own")
        for listed, fits in (("records/", True), (None, True), ("private/", False)):
            prefixed = context | ({"s3:prefix": listed} if listed else {})
            yield (f"session tagged {tag} lists {listed}",
                   question(customer, policies, "s3:ListBucket", f"arn:aws:s3:::{bucket}", prefixed, sessionPolicy=session), tag == "own" and fits)
    own = tags["own"]
    for name in (f"{bucket}/private/x", f"{prefix}-customer-beta/records/x", f"{prefix}-feed/segments/x", f"{prefix}-service/customers/acme.json"):
        for action in ("s3:GetObject", "s3:PutObject"):
            for policy in (session, sources.session_policy(name.split("/")[0])):
                asked = question(customer, policies, action, f"arn:aws:s3:::{name}", own, sessionPolicy=policy)
                yield f"session tagged own {action} {name}", asked, False
    for action in ("s3:DeleteObjectVersion", "s3:GetObjectVersion", "s3:PutObjectAcl"):
        asked = question(customer, policies, action, f"arn:aws:s3:::{bucket}/records/x", own)
        yield f"session tagged own {action}", asked, False
    asked = question(customer, policies, "s3:GetObject", f"arn:aws:s3:::{bucket}/records/x", own, account="999988887777",
                     resourcePolicy={"Version": "2012-10-17", "Statement": [
                         {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{bucket}/*"}]})
    yield "session tagged own reads a bucket of that name in a stranger's account", asked, False


def of_own_buckets(found):
    """customer.yaml: the bucket, its source prefix to read, and only with the external id."""
    policies, trust = found["customer.Role"]
    role, bucket = "arn:aws:iam::444455556666:role/of-gamma", "arn:aws:s3:::gamma-photos"
    session = sources.session_policy("gamma-photos", ["photos/"])
    for action, name, expected in [
        *((action, f"{bucket}/{key}x", True) for key in sources.customer_prefixes() for action in ("s3:GetObject", "s3:PutObject")),
        ("s3:GetObject", f"{bucket}/photos/1.jpg", True), ("s3:PutObject", f"{bucket}/photos/1.jpg", False),
        ("s3:DeleteObject", f"{bucket}/photos/1.jpg", False), ("s3:GetObject", f"{bucket}/private/1.jpg", False),
        ("s3:GetObject", "arn:aws:s3:::gamma-photos-2/records/x", False),
    ]:
        asked = question(role, policies, action, name, account="444455556666", sessionPolicy=session)
        yield f"customer.yaml {action} {name}", asked, expected
    key = known_values()["KmsKeyArn"]
    keys = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"}, "Action": "kms:*", "Resource": "*"}]}
    for what, more, expected in (("", {}, True), (" in a session", {"sessionPolicy": session}, True)):
        asked = question(role, policies, "kms:Decrypt", key, account="444455556666", resourcePolicy=keys, **more)
        yield f"customer.yaml kms:Decrypt{what}", asked, expected
    known = {"sts:ExternalId": "x" * 32, "aws:RequestTag/customer": "gamma", "aws:TagKeys": ["customer"]}
    for what, context, expected in [("with the external id", known, True),
                                    ("with another external id", known | {"sts:ExternalId": "y" * 32}, False),
                                    ("without one", {key: value for key, value in known.items() if key != "sts:ExternalId"}, False),
                                    ("as another customer", known | {"aws:RequestTag/customer": "acme"}, False)]:
        asked = question(arn("api"), found["api"][0], "sts:AssumeRole", role, context, account="444455556666", resourcePolicy=trust)
        yield f"api becomes gamma's own role {what}", asked, expected


def questions(templates=None):
    values = known_values()
    found = roles(templates or all_templates(), values)
    prefix = values["BucketPrefix"]
    return [*from_table(found, prefix), *of_services(found, prefix), *of_prefixes(found, prefix), *of_sessions(found, prefix), *of_own_buckets(found)]


def wrong(templates=None, answered=()):
    """What is answered otherwise, and how many were asked. What is among the `answered` is not asked again."""
    asked = [each for each in questions(templates) if each not in answered]
    text = json.dumps([each for _, each, _ in asked if each])
    done = subprocess.run(["node", str(HERE / "ask_policies.mjs")], input=text, capture_output=True, text=True, check=True)
    answers = iter(json.loads(done.stdout))
    found = []
    for name, each, expected in asked:
        answer = next(answers) if each else "nothing to ask"
        if answer != ("Allowed" if expected else answer) or (not expected and answer == "Allowed") or answer.startswith("error"):
            found.append(f"{name}: {answer}, expected to be {'allowed' if expected else 'denied'}")
    return found, Counter(expected for _, _, expected in asked)


def main():
    began = time.monotonic()
    found, count = wrong()
    for line in found:
        print(line)
    print(f"{count[True]} that may and {count[False]} that may not, {time.monotonic() - began:.1f} s")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
