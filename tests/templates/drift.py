"""Holds templates and deploying against the code: whatever both say, they say alike.

    drift.py        exits with 1 and names every difference
"""

import json
import re
import subprocess
import sys
import time
from fnmatch import fnmatchcase

import sources
from rules_edge import gateway_routes
from template import INFRA, ROOT, all_templates, of_type, parameters, stacks, walk

# Read by libraries, not by our code.
OF_LIBRARIES = {"RUST_LOG", "AWS_REGION", "AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH"}
BY_IAM = {"KAFKA_BROKERS", "KAFKA_SECURITY_PROTOCOL", "KAFKA_SASL_MECHANISM"}
LINES_MAX = 500
LAMBDA_BYTES_MAX = 6_291_456


def variables_are_those_that_programs_read(templates):
    given = {}
    for stack in ("functions", "workers"):
        for resource in of_type(templates[stack], "AWS::Lambda::Function").values():
            properties = resource["Properties"]
            given[properties["FunctionName"]["Fn::Sub"].split("-")[-1]] = set(properties["Environment"]["Variables"])
    for resource in of_type(templates["tasks"], "AWS::ECS::TaskDefinition").values():
        (container,) = resource["Properties"]["ContainerDefinitions"]
        given[container["Name"]] = {each["Name"] for each in container["Environment"]}
    for program in sources.PROGRAMS.keys() ^ given.keys():
        yield f"{program}: not in the templates, or not in tests/templates/sources.py"
    for program, names in given.items():
        known, required = sources.variables(program)
        for name in names - known - OF_LIBRARIES:
            yield f"{program}: reads no {name}"
        for name in required - names:
            yield f"{program}: does not start without {name}"
        if "KAFKA_SASL_MECHANISM" in known and not BY_IAM <= names:
            yield f"{program}: does not reach Kafka by IAM"


def settings_fit_their_event_source(templates):
    workers = templates["workers"]["Resources"]
    told = workers["Consumer"]["Properties"]["Environment"]["Variables"].get("REPORT_BATCH_ITEM_FAILURES")
    reported = workers["ConsumerSource"]["Properties"].get("FunctionResponseTypes") == ["ReportBatchItemFailures"]
    if (told == "true") != reported:
        yield "workers: REPORT_BATCH_ITEM_FAILURES says otherwise than the event source"
    default = int(re.search(r"Self \{ records_max: (\d+)", sources.read("consumer/src/batch.rs"))[1])
    if workers["ConsumerSource"]["Properties"]["BatchSize"] != default:
        yield "workers: batches have another size than BATCH_RECORDS_MAX by default"
    texts = (path.read_text() for path in (ROOT / "ingest/customer/src").glob("*.rs"))
    topic = re.search(r'TOPIC: &str = "(\w+)"', "".join(texts))[1]
    if workers["ConsumerSource"]["Properties"]["Topics"] != [topic]:
        yield f"workers: the event source does not read {topic}"
    invocation = sources.read("ingest/src/invocation.rs")
    kinds = set(re.findall(r'\{"sweep":"(\w+)"\}', invocation.split("#[cfg(test)]")[0]))
    asked = {json.loads(target["Input"])["sweep"] for rule in of_type(templates["workers"], "AWS::Events::Rule").values()
             for target in rule["Properties"]["Targets"]}
    if kinds != asked:
        yield f"workers: schedules ask for {sorted(asked)}, announce knows {sorted(kinds)}"


def prefixes_are_those_of_the_code(templates):
    own, feed = sources.customer_prefixes(), sources.feed_prefixes()
    for stack, role in (("roles", "CustomerRole"), ("customer", "Role")):
        text = json.dumps(templates[stack]["Resources"][role])
        for prefix in own:
            if f"/{prefix}*" not in text or f'"{prefix}*"' not in text:
                yield f"{stack}.{role}: {prefix} cannot be read and listed"
        named = set(re.findall(r'[}"/]([a-z]+/)\*"', text)) - set(own)
        for prefix in named:
            yield f"{stack}.{role}: opens {prefix}, which is no prefix of Darkroom's"
    # What a session asks for, its role has to allow, or the session's right is nothing.
    asked = {action for statement in sources.session_policy("b", ["s/"])["Statement"] for action in statement["Action"]}
    asked = {action for action in asked if action.startswith("s3:")}
    for stack, role in (("roles", "CustomerRole"), ("customer", "Role")):
        document = templates[stack]["Resources"][role]["Properties"]["Policies"][0]["PolicyDocument"]
        actions = {value for _, value in walk(document) if isinstance(value, str) and value.startswith("s3:")}
        unasked = sorted(action for action in actions if not any(fnmatchcase(action, one) for one in asked))
        unmet = sorted(one for one in asked if not any(fnmatchcase(action, one) for action in actions))
        if unasked or unmet:
            yield f"{stack}.{role}: allows {unasked} that no session asks for, or not {unmet}"
    # Every prefix of the other buckets that a policy names is one that the code writes.
    for stack in ("roles", "task_roles", "models"):
        for _, value in walk(templates[stack]["Resources"]):
            found = re.search(r"\$\{BucketPrefix\}-(?:feed|service)/([a-z]+/)", value) if isinstance(value, str) else None
            if found and found[1] not in feed:
                yield f"{stack}: names {found[1]}, which nothing is written under"
    for name, known in (("customer_bucket", own), ("storage", [*feed, "releases/", "athena/"])):
        for bucket in of_type(templates[name], "AWS::S3::Bucket").values():
            for rule in bucket["Properties"]["LifecycleConfiguration"]["Rules"]:
                if rule.get("Prefix", known[0]) not in known:
                    yield f"{name}: lifecycle of {rule['Prefix']}, which nothing is written under"


def rules_tell_what_announce_does(templates):
    """notify.rs acts on three prefixes, on records/ later."""
    source = sources.read("ingest/src/notify.rs")
    told = {f"{prefix}/" for prefix in re.findall(r"^//! \| `(\w+)/` \|", source, re.MULTILINE)}
    elsewhere = ("NewObjectsElsewhere", "NewRecordsElsewhere")
    for stack, names in (("events", ("NewObjects", "NewRecords")), ("events", elsewhere), ("customer", ("NewObjects",))):
        patterns = (templates[stack]["Resources"][name]["Properties"]["EventPattern"] for name in names)
        found = {each["prefix"] for pattern in patterns for each in pattern["detail"]["object"]["key"]}
        if found != told:
            yield f"{stack}: {' and '.join(names)} tell of {sorted(found)}, announce acts on {sorted(told)}"
    delay = int(re.search(r"`records/` \| after (\d+) s", source)[1])
    if templates["events"]["Resources"]["CloseQueue"]["Properties"].get("DelaySeconds") != delay:
        yield f"events.CloseQueue: tells at another time than {delay} s later"
    waiting = templates["functions"]["Resources"]["Delivery"]["Properties"]["Environment"]["Variables"]["REQUEST_TIMEOUT_MS"]
    if int(waiting) >= delay * 1000:
        yield "functions.Delivery: a render may outlast the second purge"


def routes_are_those_of_the_code(templates):
    access = sources.access()
    if {path for _, path, _ in access} != sources.routed():
        yield "access.rs and routes.rs have different routes"
    methods = {(verb, path): properties for verb, path, properties in gateway_routes(templates["api"])}
    exact = {path for _, path in methods}
    for method, path, token in access:
        parts = path.split("/")
        catch = path if path in exact else f"/{parts[1]}/{{proxy+}}"
        found = methods.get((method, catch))
        if found is None:
            yield f"api: {method} {path} leads nowhere"
        elif "ApiAliasArn" not in str(found["Integration"]["Uri"]):
            yield f"api: {method} {path} does not lead to the API"
        elif token != (found["AuthorizationType"] == "COGNITO_USER_POOLS"):
            yield f"api: {method} {path} asks for a token, and access.rs does not, or the other way round"
    for response in of_type(templates["api"], "AWS::ApiGateway::GatewayResponse").values():
        body = json.loads(response["Properties"]["ResponseTemplates"]["application/json"])
        if body["code"] not in sources.problem_codes():
            yield f"api: answers with code {body['code']}, which no service has"


def limits_fit(templates):
    functions = templates["functions"]["Resources"]
    body = sources.number("ingest/src/images.rs", "BODY_BYTES_MAX")
    if body * 4 / 3 > LAMBDA_BYTES_MAX:
        yield "an upload's body does not fit into Lambda's payload in Base64"
    variables = functions["Delivery"]["Properties"]["Environment"]["Variables"]
    if int(variables["REQUEST_TIMEOUT_MS"]) >= functions["Delivery"]["Properties"]["Timeout"] * 1000:
        yield "functions.Delivery: is ended before its own limit is reached"
    if int(variables["FETCH_TIMEOUT_MS"]) >= int(variables["REQUEST_TIMEOUT_MS"]):
        yield "functions.Delivery: one read may take the whole request's time"
    hours = sources.number("ingest/customer/src/buckets.rs", "SESSION_LENGTH")
    if templates["roles"]["Resources"]["CustomerRole"]["Properties"]["MaxSessionDuration"] != hours * 3600:
        yield "roles.CustomerRole: sessions are asked for that are longer than it allows"
    days = {rule["Id"]: rule.get("ExpirationInDays") for rule in
            templates["customer_bucket"]["Resources"]["Bucket"]["Properties"]["LifecycleConfiguration"]["Rules"]}
    if days["incoming"] * 24 <= sources.number("ingest/src/uploads.rs", "TICKET_HOURS"):
        yield "customer_bucket: what is incoming expires before its ticket"
    for rule in ("tickets", "quarantine"):
        if days[rule] <= sources.number("ingest/src/sweep/leftovers.rs", "TICKETS_KEPT"):
            yield f"customer_bucket: {rule} expire before the sweep removes them"


def names_are_alike(templates):
    names = sources.read("infra/local/src/names.rs")
    if 'format!("darkroom-customer-{tag}")' not in names or "${BucketPrefix}-${BucketKind}-${CustomerName}" not in str(templates["customer_bucket"]):
        yield "a customer's bucket has another name on one machine than on AWS"
    longest = max(len(parameters(stage)["BucketPrefix"]) for stage in ("dev", "staging", "prod"))
    if longest > 14 or 14 + len("-customer-") + 39 > 63:
        yield "BucketPrefix leaves no room for the longest customer's name"
    for stack in ("customer", "customer_bucket"):
        if templates[stack]["Parameters"]["CustomerName"]["AllowedPattern"] not in sources.read("infra/deploy.py"):
            yield f"{stack}: a customer's name has another form than in deploy.py"
    made = {group["Properties"]["GroupName"] for group in of_type(templates["identity"], "AWS::Cognito::UserPoolGroup").values()}
    if made != sources.groups():
        yield f"identity: has the groups {sorted(made)}, role.rs {sorted(sources.groups())}"


def everything_is_wired(templates):
    """Each parameter has a source for each stage, each value of a stage's file a use, each template a place."""
    used, outputs = set(), set()
    launched = {stack["name"] for stack in stacks()} | {"customer", "customer_bucket"}
    for name in templates.keys() ^ launched:
        yield f"{name}: not in infra/stacks.json, or no template"
    for name in launched & templates.keys():
        used |= set(templates[name].get("Parameters", {}))
        outputs |= set(templates[name].get("Outputs", {}))
        if len((INFRA / f"{name}.yaml").read_text().splitlines()) > LINES_MAX:
            yield f"{name}.yaml has more than {LINES_MAX} lines"
    keys = [set(parameters(stage)) for stage in ("dev", "staging", "prod")]
    if keys[0] != keys[1] or keys[1] != keys[2]:
        yield f"the stages' files differ in {sorted((keys[0] | keys[1] | keys[2]) - (keys[0] & keys[1] & keys[2]))}"
    for name in keys[0] - used - {"HomeRegion"}:
        yield f"no template has the parameter {name}"
    for stage in ("dev", "staging", "prod"):
        for words in (["r1"], ["--customer", "acme"]):
            run = subprocess.run([sys.executable, INFRA / "deploy.py", stage, *words, "--dry-run"], capture_output=True, text=True, check=False)
            if run.returncode:
                yield f"deploy.py {stage} {' '.join(words)}: {run.stderr.strip()}"
            elif "CHOOSE" in run.stdout:
                yield f"deploy.py {stage}: a value is to be chosen yet"


def console_has_the_same_headers(templates):
    """Of infra/console/headers.json, but for S3, which is another host on AWS alone."""
    config = templates["console"]["Resources"]["Headers"]["Properties"]["ResponseHeadersPolicyConfig"]
    known = config["SecurityHeadersConfig"]
    policy = known["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Sub"]
    there = {each["Header"]: each["Value"] for each in config["CustomHeadersConfig"]["Items"]} | {
        "content-security-policy": policy.replace(" https://*.s3.${HomeRegion}.amazonaws.com", ""),
        "referrer-policy": known["ReferrerPolicy"]["ReferrerPolicy"],
        "x-content-type-options": "nosniff" if "ContentTypeOptions" in known else "",
    }
    here = json.loads((INFRA / "console/headers.json").read_text())
    for name in sorted(there.keys() | here.keys()):
        if there.get(name) != here.get(name):
            yield f"console.yaml: {name} is {there.get(name)!r}, headers.json says {here.get(name)!r}"


def model_may_do_what_it_asks_for(templates):
    """Operations of SageMaker's in the sources of `model`, against the policy of who runs it."""
    policy = templates["models"]["Resources"]["Trainer"]["Properties"]["PolicyDocument"]
    allowed = {value.removeprefix("sagemaker:") for _, value in walk(policy) if isinstance(value, str) and value.startswith("sagemaker:")}
    asked = sources.sagemaker_operations()
    if allowed != asked:
        yield f"models.Trainer: allows {sorted(allowed - asked)} that nothing asks for, or not {sorted(asked - allowed)}"


def values_are_allowed(templates):
    """Each stage's values, by what the templates say of their parameters."""
    for stage in ("dev", "staging", "prod"):
        values = parameters(stage)
        for stack, template in templates.items():
            for name, parameter in template.get("Parameters", {}).items():
                if name in values and not allowed(parameter, values[name]):
                    yield f"{stage}.json: {name} cannot be '{values[name]}' in {stack}.yaml"


def allowed(parameter, value):
    if "AllowedValues" in parameter and value not in map(str, parameter["AllowedValues"]):
        return False
    if "AllowedPattern" in parameter and not re.fullmatch(parameter["AllowedPattern"], value):
        return False
    if parameter["Type"] == "Number":
        return re.fullmatch(r"\d+", value) and parameter.get("MinValue", 0) <= int(value) <= parameter.get("MaxValue", int(value))
    return not parameter["Type"].startswith("AWS::") or value != ""


def functions_text_is_what_was_tested(_):
    sys.path.insert(0, str(INFRA))
    import deploy
    script = "import { deployed, readText } from './infra/edge/runtime.mjs'; process.stdout.write(deployed(readText('viewer_request.js')));"
    tested = subprocess.run(["node", "--input-type=module", "-e", script], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    if deploy.deployed_function() != tested:
        yield "deploy.py deploys another function than infra/edge/run_cases.mjs runs"
    if json.dumps(tested) not in deploy.rendered("edge"):
        yield "edge.yaml: the function is not in its place"


CHECKS = [variables_are_those_that_programs_read, settings_fit_their_event_source, prefixes_are_those_of_the_code,
          rules_tell_what_announce_does, routes_are_those_of_the_code, limits_fit, names_are_alike, console_has_the_same_headers,
          model_may_do_what_it_asks_for, values_are_allowed]
# These look at files and not at what they are given.
OF_FILES = [everything_is_wired, functions_text_is_what_was_tested]


def differences(templates, checks=tuple(CHECKS)):
    return [line for check in checks for line in check(templates)]


def main():
    began = time.monotonic()
    found = differences(all_templates(), [*CHECKS, *OF_FILES])
    for line in found:
        print(line)
    print(f"{len(CHECKS) + len(OF_FILES)} comparisons with the code, {time.monotonic() - began:.1f} s")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
