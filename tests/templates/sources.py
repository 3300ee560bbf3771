"""What the Rust sources say that templates have to say too: prefixes, session policy, routes, variables, limits."""

import re

from template import ROOT


def read(path):
    return (ROOT / path).read_text()


def customer_prefixes():
    """CUSTOMER_PREFIXES of object_key.rs."""
    block = re.search(r"CUSTOMER_PREFIXES[^=]*= &\[(.*?)\];", read("ingest/customer/src/object_key.rs"), re.DOTALL)[1]
    return re.findall(r'"([a-z]+/)"', block)


def feed_prefixes():
    """First segments of every name in the service's and the feed's bucket."""
    source = read("ingest/customer/src/object_key.rs")
    names = re.findall(r'write!\(\s*f, "([a-z]+)/', source)
    return sorted({f"{name}/" for name in names} - set(customer_prefixes()))


def session_policy(bucket, sources=()):
    """What policy.rs makes, put together anew from its actions."""
    actions = [
        re.findall(r'"([^"]+)"', each)
        for each in re.findall(r'"Action": \[(.*?)\]', read("ingest/customer/src/policy.rs"))
    ]
    own, listing, keys, reading = actions[:4]
    arn, prefixes = f"arn:aws:s3:::{bucket}", customer_prefixes()
    listed = {"StringLikeIfExists": {"s3:prefix": [f"{prefix}*" for prefix in [*prefixes, *sources]]}}
    statements = [
        {"Effect": "Allow", "Action": own, "Resource": [f"{arn}/{prefix}*" for prefix in prefixes]},
        {"Effect": "Allow", "Action": listing, "Resource": [arn], "Condition": listed},
        {"Effect": "Allow", "Action": keys, "Resource": ["*"]},
    ]
    if sources:
        statements.append(
            {"Effect": "Allow", "Action": reading, "Resource": [f"{arn}/{prefix}*" for prefix in sources]}
        )
    return {"Version": "2012-10-17", "Statement": statements}


def access():
    """Method, path and whether it needs a token: the table of access.rs."""
    rows = re.findall(r'\(Method::([A-Z]+), "([^"]+)", Needs::(\w+)', read("ingest/src/access.rs"))
    return [(method, path, needs != "Nothing") for method, path, needs in rows]


def routed():
    """Paths of routes.rs."""
    return set(re.findall(r'\.route\(\s*"([^"]+)"', read("ingest/src/routes.rs")))


def sagemaker_operations():
    """What the program `model` asks SageMaker for."""
    texts = [path.read_text() for path in sorted((ROOT / "infra/sagemaker/src").glob("*.rs"))]
    verb = r'"((?:Create|Describe|Update|Delete)[A-Z][A-Za-z]+)"'
    return {operation for text in texts for operation in re.findall(verb, text)}


def problem_codes():
    """Every code that a service answers with."""
    texts = [
        path.read_text() for folder in ("ingest/src", "resizer/lambda/src") for path in (ROOT / folder).rglob("*.rs")
    ]
    return {code for text in texts for code in re.findall(r'StatusCode::[A-Z_]+, "([a-z_]+)"', text)}


def groups():
    """Groups of the user pool: role.rs."""
    block = re.search(r"fn group\(self\).*?\n    }", read("ingest/customer/src/role.rs"), re.DOTALL)[0]
    return set(re.findall(r'=> "([a-z-]+)"', block))


# Each program, and the functions of config.rs that it calls; `?` before one that it asks only on a condition.
_BUCKETS = ("ingest/customer/src/config.rs", r"impl BucketsConfig")
_KAFKA = ("ingest/kafka/src/config.rs", r"impl (?:KafkaConfig|Security|Tls|Sasl)|const PROTOCOL|const MECHANISM")
_EDGE = ("ingest/src/config.rs", r"impl EdgeConfig")
_API = ("ingest/src/config.rs", r"impl Config")
_RUNTIME = ("ingest/src/config.rs", r"pub fn sagemaker_runtime")
_DELIVERY = ("resizer/lambda/src/config.rs", r"impl (?:Config|Budget) ")
_CONSUMER = ("consumer/src/config.rs", r"impl Config|fn batch_from_env|fn staging_from_env")
_FUNCTION = ("consumer/src/config.rs", r"impl FunctionConfig|fn staging_from_env")
PROGRAMS = {
    "delivery": [_DELIVERY],
    "api": [_BUCKETS, _EDGE, _API],
    "announce": [_BUCKETS, _EDGE, _KAFKA, _RUNTIME],
    "sweep": [_BUCKETS, _EDGE, _KAFKA, _RUNTIME],
    "consumer": [_BUCKETS, _KAFKA, _FUNCTION],
    "reconcile": [_BUCKETS],
    "repair": [_BUCKETS, _KAFKA, _CONSUMER],
    "requested": [_BUCKETS],
    "erase": [_BUCKETS],
    "topics": [_KAFKA],
}


def variables(program):
    """Names that a program reads, and those without which it does not start."""
    known, required = set(), set()
    for path, opening in PROGRAMS[program]:
        source = read(path).split("#[cfg(test)]")[0]
        for block in re.split(r"\n(?=\S)", source):
            if re.match(rf"(?:{opening})", block.strip()):
                known |= set(re.findall(r'"([A-Z][A-Z0-9_]{2,})"', block))
                required |= set(re.findall(r'required\("([A-Z0-9_]+)"\)', block))
    return {name for name in known if not name.startswith("AWS_")} - {"AWS_MSK_IAM", "PLAINTEXT", "SASL_SSL"}, required


def number(path, name):
    """A constant's value in a source file."""
    text = re.search(rf"const {name}: [^=]+ = ([^;]+);", read(path))[1]
    found = re.findall(r"\d[\d_]*", text)
    value = 1
    for each in found:
        value *= int(each.replace("_", ""))
    return value
