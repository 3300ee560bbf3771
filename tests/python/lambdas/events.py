"""Events as AWS's guides document them (fixtures/events/lambda), with a test's own values in their places.

Sources: API Gateway's guide, "Input format of a Lambda function for proxy integration"; S3's, "EventBridge event message
structure"; Lambda's, "Using Lambda with Amazon SQS" and "Using Lambda with Amazon MSK".
"""

import base64
import copy
import json
import uuid
from collections import defaultdict
from pathlib import Path
from urllib.parse import parse_qsl, unquote

FOLDER = Path(__file__).parents[3] / "fixtures" / "events" / "lambda"
SAMPLES = {path.stem: json.loads(path.read_text()) for path in FOLDER.glob("*.json")}
SWEEP_DUE, SWEEP_LEFTOVERS = {"sweep": "due"}, {"sweep": "leftovers"}


def sample(name):
    return copy.deepcopy(SAMPLES[name])


def rest(method, target, headers=(), body=None):
    """A request as a REST API with the binary media type */* hands it on: every body is base64."""
    path, _, query = target.partition("?")
    event, many = sample("rest"), defaultdict(list)
    for name, value in parse_qsl(query, keep_blank_values=True):
        many[name].append(value)
    headers = {"Host": "origin.images.example.com", "X-Forwarded-Proto": "https", **dict(headers)}
    event |= {
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in many.items()} or None,
        "multiValueQueryStringParameters": dict(many) or None,
        "pathParameters": {"proxy": unquote(path[1:])},
        "body": base64.b64encode(body).decode() if body is not None else None,
        "isBase64Encoded": body is not None,
    }
    event["requestContext"] |= {"httpMethod": method, "path": path, "requestId": str(uuid.uuid4())}
    return event


def created(bucket, key):
    """EventBridge's word of a new object."""
    event = sample("object_created")
    event["resources"] = [f"arn:aws:s3:::{bucket}"]
    event["detail"]["bucket"]["name"], event["detail"]["object"]["key"] = bucket, key
    return json.dumps(event)


def queue(bodies):
    """A batch of SQS; the message ids are the keys of `bodies`."""
    return {"Records": [sample("sqs") | {"messageId": name, "body": body} for name, body in bodies.items()]}


def message(topic, partition, offset, headers, value, key=b"key"):
    """A record of the MSK event source. Java's bytes have a sign."""
    record = sample("msk")["records"]["mytopic-0"][0]
    signed = [{name: [byte - 256 * (byte > 127) for byte in text]} for name, text in headers]
    encoded = None if value is None else base64.b64encode(value).decode()
    return record | {
        "topic": topic, "partition": partition, "offset": offset, "headers": signed,
        "key": base64.b64encode(key).decode(), "value": encoded,
    }


def batch(messages):
    """Records, each under its topic and partition."""
    records = defaultdict(list)
    for one in messages:
        records[f"{one['topic']}-{one['partition']}"].append(one)
    return sample("msk") | {"records": dict(records)}
