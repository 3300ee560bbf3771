"""What Darkroom costs in a month on AWS, by infra/prices.json, as the templates make it.

    cost.py STAGE [--requests N] [--gb-delivered N] [--hit-share X] …    a line for each part, and the sum

Left out: training and endpoints of models, copies in a second region, what CloudTrail and GuardDuty charge by the event,
tasks, logs, transfer between zones, taxes, discounts.
"""

import argparse
import json
from dataclasses import dataclass, fields
from pathlib import Path

INFRA = Path(__file__).resolve().parent
PRICES = json.loads((INFRA / "prices.json").read_text())
HOURS = 730
# AWS's own figure for its image solution, and an event of docs/kafka.md.
RENDITION_GB = 45e3 / 1e9
EVENT_GB = 1e3 / 1e9


@dataclass
class Load:
    """A month."""

    requests: float = 10_000_000
    gb_delivered: float = 1_000
    hit_share: float = 0.9
    render_ms: float = 150
    uploads: float = 100_000
    api_requests: float = 1_000_000
    originals_gb: float = 500
    users: float = 100


def cost(load, values):
    """Dollars by part, for the parameters of a stage."""
    price, memory = PRICES, int(values["DeliveryMemoryMib"]) / 1024
    misses = load.requests * (1 - load.hit_share)
    invocations = misses + load.api_requests + 2 * load.uploads
    seconds = misses * load.render_ms / 1e3 * memory + (load.api_requests * 0.05 + load.uploads * 0.3) * 1.75
    over = max(0, load.gb_delivered - price["cloudfront_free_gb"])
    requests_over = max(0, (load.requests + load.api_requests) / 1e6 - price["cloudfront_free_million_requests"])
    units = -(-int(values["PollersMin"]) // 10)
    gateways = int(values["NatGateways"])
    return {
        "Lambda": seconds * price["lambda_gb_second"] + invocations / 1e6 * price["lambda_million_requests"],
        "API Gateway": (misses + load.api_requests) / 1e6 * price["rest_api_million_requests"],
        "CloudFront": over * price["cloudfront_gb"]
        + requests_over * price["cloudfront_million_https_requests"]
        + load.requests / 1e6 * (price["cloudfront_function_million"] + 2 * price["cloudfront_store_million_reads"]),
        # Four rules at the edge, one before the API.
        "WAF": 2 * price["waf_acl_month"]
        + 5 * price["waf_rule_month"]
        + (load.requests + 2 * load.api_requests + misses) / 1e6 * price["waf_million_requests"],
        "S3": (load.originals_gb + misses * 0.5 * RENDITION_GB * 3) * price["s3_gb_month"]
        # A rendition of every second miss is new; an upload writes original, record, newest, outbox and ticket.
        + (misses * 0.5 + load.uploads * 6) / 1e3 * price["s3_thousand_puts"]
        + (misses * 3) / 1e3 * price["s3_thousand_gets"],
        "Kafka": kafka(load, values),
        "Pollers": units * price["poller_unit_hour"] * HOURS,
        # STS and SageMaker, in three zones.
        "Network": gateways * price["nat_hour"] * HOURS + 2 * 3 * price["endpoint_hour"] * HOURS,
        "Users": max(0, load.users - price["cognito_free_users"]) * price["cognito_user_month"],
        # At home, at the edge, and of the copies.
        "Keys and secrets": (2 + bool(values["ReplicaRegion"])) * price["kms_key_month"] + 2 * price["secret_month"],
        "Shield Advanced": price["shield_advanced_month"] if values["ShieldAdvanced"] == "true" else 0.0,
    }


def kafka(load, values):
    price, gb = PRICES, load.uploads * 1.5 * EVENT_GB
    if values["KafkaKind"] == "serverless":
        # 12 partitions of images and of what was rejected.
        hourly = price["msk_serverless_hour"] + 24 * price["msk_serverless_partition_hour"]
        return hourly * HOURS + gb * (price["msk_serverless_gb_in"] + price["msk_serverless_gb_out"])
    machine = {"kafka.t3.small": "msk_t3_small_hour", "kafka.m7g.large": "msk_m7g_large_hour"}
    if values["KafkaInstanceType"] not in machine:
        raise ValueError(f"no price of {values['KafkaInstanceType']} is known")
    hourly = price[machine[values["KafkaInstanceType"]]]
    return 3 * (hourly * HOURS + int(values["KafkaStorageGib"]) * price["msk_storage_gb_month"])


def table(parts):
    lines = [f"| {name} | {dollars:,.2f} |" for name, dollars in parts.items()]
    return "\n".join(["| part | USD a month |", "| --- | ---: |", *lines, f"| together | {sum(parts.values()):,.2f} |"])


def parameters(stage):
    return json.loads((INFRA / f"parameters/{stage}.json").read_text())


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("stage", choices=["dev", "staging", "prod"])
    for field in fields(Load):
        arguments.add_argument(f"--{field.name.replace('_', '-')}", type=float, default=field.default)
    options = vars(arguments.parse_args())
    stage = options.pop("stage")
    print(f"prices of {PRICES['date']}, {PRICES['region']}")
    print(table(cost(Load(**options), parameters(stage))))


if __name__ == "__main__":
    main()
