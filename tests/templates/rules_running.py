"""Rules on what runs: functions, queues, event sources, lifecycles, alarms. Each yields a sentence for each breach."""

import json
import re

from template import ROOT, Resolver, known_values, of_type, parameters

# S3's order: an object only ever moves down.
CLASSES = ["STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"]
# Where current objects may expire: nothing refers to them for good. Logs, releases and results have buckets of their own.
EXPIRING = {"renditions/", "incoming/", "quarantine/", "uploads/", "probe/", "releases/", "athena/"}
HOLD_LOGS = {"LogBucket", "Logs"}
GATEWAY_SECONDS = 29


def lifecycles_go_down(templates):
    for stack, template in templates.items():
        for name, resource in of_type(template, "AWS::S3::Bucket").items():
            for rule in resource["Properties"].get("LifecycleConfiguration", {}).get("Rules", []):
                where, steps = f"{stack}.{name} rule {rule['Id']}", rule.get("Transitions", [])
                days = [step["TransitionInDays"] for step in steps]
                order = [CLASSES.index(step["StorageClass"]) for step in steps]
                if days != sorted(set(days)) or order != sorted(set(order)):
                    yield f"{where}: classes are out of order"
                if any(step["StorageClass"] == "STANDARD_IA" and step["TransitionInDays"] < 30 for step in steps):
                    yield f"{where}: STANDARD_IA takes nothing younger than 30 days"
                end = rule.get("ExpirationInDays")
                if end and isinstance(end, int) and days and end <= days[-1]:
                    yield f"{where}: expires before it has moved"
                if end and rule.get("Prefix") not in EXPIRING and name not in HOLD_LOGS:
                    yield f"{where}: expires what is to stay"


def functions(templates):
    for stack, template in templates.items():
        for name, resource in of_type(template, "AWS::Lambda::Function").items():
            yield stack, template, name, resource["Properties"]


def functions_are_ours(templates):
    for stack, template, name, properties in functions(templates):
        where = f"{stack}.{name}"
        if properties["Runtime"] != "provided.al2023" or properties["Architectures"] != ["arm64"]:
            yield f"{where}: is not what `make lambda` builds"
        logs = [group["Properties"] for group in of_type(template, "AWS::Logs::LogGroup").values()]
        expected = properties["FunctionName"]["Fn::Sub"]
        if not any(group["LogGroupName"].get("Fn::Sub") == f"/aws/lambda/{expected}" for group in logs):
            yield f"{where}: has no log group"
        if properties.get("TracingConfig", {}).get("Mode") != "Active":
            yield f"{where}: is not traced"
        version = template["Resources"].get(f"{name}Version", {}).get("Properties", {})
        if version.get("Description") != {"Ref": "Release"}:
            yield f"{where}: a release makes no version of it"
        alias = template["Resources"].get(f"{name}Live", {})
        if alias.get("Properties", {}).get("FunctionVersion") != {"Fn::GetAtt": [f"{name}Version", "Version"]}:
            yield f"{where}: its alias is not at its version"
        # The sweep runs every five minutes, one at a time, and has nobody to shift.
        group = (
            alias.get("UpdatePolicy", {})
            .get("CodeDeployLambdaAliasUpdate", {})
            .get("DeploymentGroupName", {})
            .get("Ref")
        )
        if name != "Sweep":
            release = template["Resources"].get(group, {}).get("Properties", {})
            if not release.get("AlarmConfiguration", {}).get("Enabled") or not release.get(
                "AutoRollbackConfiguration", {}
            ).get("Enabled"):
                yield f"{where}: a release of it is not rolled back on alarm"
            elif "DEPLOYMENT_STOP_ON_ALARM" not in release["AutoRollbackConfiguration"]["Events"]:
                yield f"{where}: a release of it goes on in spite of an alarm"


def answers_come_in_time(templates):
    for name in ("Delivery", "Api"):
        seconds = templates["functions"]["Resources"][name]["Properties"]["Timeout"]
        if seconds > GATEWAY_SECONDS:
            yield f"functions.{name}: may work for {seconds} s when API Gateway has answered after {GATEWAY_SECONDS}"
    for name, method in of_type(templates["api"], "AWS::ApiGateway::Method").items():
        if method["Properties"]["Integration"].get("TimeoutInMillis", 0) > GATEWAY_SECONDS * 1000:
            yield f"api.{name}: waits longer than API Gateway does"


def log_groups_end_and_are_encrypted(templates):
    for stack, template in templates.items():
        for name, group in of_type(template, "AWS::Logs::LogGroup").items():
            if not {"RetentionInDays", "KmsKeyId"} <= group["Properties"].keys():
                yield f"{stack}.{name}: is kept for ever, or not encrypted"


def queues_give_up_somewhere(templates):
    resources = templates["events"]["Resources"]
    longest = templates["workers"]["Resources"]["Announce"]["Properties"]["Timeout"]
    for name, queue in of_type(templates["events"], "AWS::SQS::Queue").items():
        properties = queue["Properties"]
        if not properties.get("SqsManagedSseEnabled") and "KmsMasterKeyId" not in properties:
            yield f"events.{name}: is not encrypted"
        if name.endswith("DeadLetters"):
            continue
        target = properties.get("RedrivePolicy", {}).get("deadLetterTargetArn", {}).get("Fn::GetAtt", [None])[0]
        if target not in resources:
            yield f"events.{name}: tries for ever"
        if properties.get("VisibilityTimeout", 30) < 6 * longest:
            yield f"events.{name}: hands a message out again while it is being handled"
    for name, rule in of_type(templates["events"], "AWS::Events::Rule").items():
        if any("DeadLetterConfig" not in target for target in rule["Properties"]["Targets"]):
            yield f"events.{name}: loses what it cannot deliver"


def event_sources_fail_in_parts(templates):
    for stack, template in templates.items():
        for name, source in of_type(template, "AWS::Lambda::EventSourceMapping").items():
            where, properties = f"{stack}.{name}", source["Properties"]
            if properties.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
                yield f"{where}: one failure fails its whole batch"
            if not str(properties["FunctionName"].get("Ref", "")).endswith("Live"):
                yield f"{where}: goes past the alias"
            if "Topics" in properties:
                yield from of_kafka(where, properties)


def of_kafka(where, properties):
    if properties.get("BatchSize") != 100:
        yield f"{where}: batches are not of 100"
    if properties.get("BatchSize", 100) > 10 and properties.get("MaximumBatchingWindowInSeconds", 0) < 1:
        yield f"{where}: more than 10 records want a window of a second or more"
    if properties.get("StartingPosition") != "TRIM_HORIZON":
        yield f"{where}: begins after what is there"
    if "ProvisionedPollerConfig" not in properties:
        yield f"{where}: without provisioned pollers a batch is tried for ever"
    else:
        pollers = properties["ProvisionedPollerConfig"]
        least, most = pollers["MinimumPollers"], pollers["MaximumPollers"]
        if isinstance(least, int) and isinstance(most, int) and least > most:
            yield f"{where}: more pollers at least than at most"
    if not {"MaximumRetryAttempts", "MaximumRecordAgeInSeconds", "BisectBatchOnFunctionError"} <= properties.keys():
        yield f"{where}: does not say when a batch is given up"
    if "Destination" not in properties.get("DestinationConfig", {}).get("OnFailure", {}):
        yield f"{where}: what is given up is told to nobody"
    group = properties.get("AmazonManagedKafkaEventSourceConfig", {}).get("ConsumerGroupId")
    if not group:
        yield f"{where}: has a consumer group of a new name each time it is made"


def stages_are_within_bounds(templates):
    for stage in ("dev", "staging", "prod"):
        values = parameters(stage)
        if int(values["PollersMin"]) > int(values["PollersMax"]):
            yield f"{stage}.json: PollersMin is more than PollersMax"
        if "*" in values["PageOrigins"]:
            yield f"{stage}.json: any origin may call the API"
        if not values["PageOrigins"].startswith("https://"):
            yield f"{stage}.json: PageOrigins are https://HOST"


def invokers_use_aliases(templates):
    for stack, template in templates.items():
        for name, rule in of_type(template, "AWS::Events::Rule").items():
            for target in rule["Properties"]["Targets"]:
                function = target["Arn"].get("Fn::GetAtt", [""])[0]
                if template["Resources"].get(function, {}).get("Type") == "AWS::Lambda::Function":
                    yield f"{stack}.{name}: goes past the alias"


def headings():
    path = ROOT / "docs/runbooks.md"
    return set(re.findall(r"^## ([a-z-]+)$", path.read_text(), re.MULTILINE)) if path.exists() else set()


def alarms_have_runbooks(templates):
    linked, known = set(), headings()
    for stack, template in templates.items():
        for kind in ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"):
            for name, alarm in of_type(template, kind).items():
                where, properties = f"{stack}.{name}", alarm["Properties"]
                anchor = re.search(r"docs/runbooks\.md#([a-z-]+)$", properties.get("AlarmDescription", ""))
                if not anchor or anchor[1] not in known:
                    yield f"{where}: says no section of docs/runbooks.md that is there"
                else:
                    linked.add(anchor[1])
                if not properties.get("AlarmActions"):
                    yield f"{where}: wakes nobody"
                if kind == "AWS::CloudWatch::Alarm" and "TreatMissingData" not in properties:
                    yield f"{where}: does not say what silence means"
        for name, rule in of_type(template, "AWS::Events::Rule").items():
            linked |= set(re.findall(r"docs/runbooks\.md#([a-z-]+)", rule["Properties"].get("Description", "")))
    for heading in known - linked - {"who-does-what"}:
        yield f"docs/runbooks.md: no alarm leads to {heading}"


def alarms_reach_somebody(templates):
    for stack, template in templates.items():
        for name, topic in of_type(template, "AWS::SNS::Topic").items():
            key = topic["Properties"].get("KmsMasterKeyId")
            if key is None or "alias/aws/sns" in str(key):
                yield f"{stack}.{name}: is not encrypted, or by a key that CloudWatch cannot use"
            if not topic["Properties"].get("Subscription"):
                yield f"{stack}.{name}: nobody listens"


def dashboards_parse(templates):
    for stack, template in templates.items():
        names = {
            properties["FunctionName"]["Fn::Sub"].replace("${Stage}", "prod")
            for _, _, _, properties in functions(templates)
        }
        for name, dashboard in of_type(template, "AWS::CloudWatch::Dashboard").items():
            try:
                body = json.loads(Resolver(template, known_values())(dashboard["Properties"]["DashboardBody"]))
            except json.JSONDecodeError as error:
                yield f"{stack}.{name}: is no JSON: {error}"
                continue
            shown = re.findall(r'"FunctionName", "([^"]+)"', json.dumps(body))
            yield from (f"{stack}.{name}: there is no function {function}" for function in set(shown) - names)


RULES = [
    lifecycles_go_down,
    functions_are_ours,
    answers_come_in_time,
    log_groups_end_and_are_encrypted,
    queues_give_up_somewhere,
    event_sources_fail_in_parts,
    stages_are_within_bounds,
    invokers_use_aliases,
    alarms_have_runbooks,
    alarms_reach_somebody,
    dashboards_parse,
]
