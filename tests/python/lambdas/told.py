"""What a function tells of itself: a line of its log for each answer, and its metrics in CloudWatch's embedded format."""

import json
from pathlib import Path

from .aws import expect
from .events import rest

METRIC = "darkroom_http_seconds"


def lines(function, event):
    """What an invocation wrote; each line is JSON, or CloudWatch would not find what is in it."""
    log = Path(function.log.name)
    before = log.stat().st_size
    function.invoke(event)
    written = log.read_bytes()[before:].decode()
    return [json.loads(line) for line in written.splitlines()]


def told(function, route, target, headers, customer):
    """One answer: who it was for, which request of the gateway it was, how long it took."""
    event = rest("GET", target, headers)
    request = event["requestContext"]["requestId"]
    written = lines(function, event)
    [answered] = [line for line in written if line.get("message") == "answered"]
    expect((answered["method"], answered["path"], answered["status"]), ("GET", target.split("?")[0], 200), "the log")
    [span] = [span for span in answered["spans"] if span["name"] == "request"]
    expect((span["request_id"], span["customer"]), (request, customer), "the request's span")
    [metrics] = [line for line in written if "_aws" in line]
    [declared] = metrics["_aws"]["CloudWatchMetrics"]
    expect(declared["Namespace"], "Darkroom", "the metrics' namespace")
    # A customer is no dimension: each would be a metric of its own, and cost as one.
    expect(declared["Dimensions"], [["function", "route"]], "the metrics' dimensions")
    expect(declared["Metrics"], [{"Name": METRIC, "Unit": "Seconds"}], "the metrics")
    expect((metrics["function"], metrics["route"]), (function.variables["AWS_LAMBDA_FUNCTION_NAME"], route), "which")
    expect(metrics["customer"], customer, "the metrics' customer")
    [seconds] = metrics[METRIC]
    assert 0 < seconds < function.timeout_s, seconds
