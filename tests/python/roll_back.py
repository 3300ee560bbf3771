"""Updates an endpoint to what cannot be served, and holds that SageMaker's stand-in does as SageMaker does.

    roll_back.py ENDPOINT

The endpoint stays in service as it was and says why; one that is made of the same never comes into service, and can only
be deleted.
"""

import os
import sys
import time

import boto3
from botocore.exceptions import ClientError

NAME = "broken"
ENDED = ("InService", "Failed")
SECONDS_MAX = 60


def broken_config(sagemaker):
    """A configuration whose model has no artifact."""
    artifact = f"s3://{os.environ['FEED_BUCKET']}/models/nobody/output/model.tar.gz"
    role = "arn:aws:iam::000000000000:role/darkroom"
    sagemaker.create_model(ModelName=NAME, PrimaryContainer={"Image": "model", "ModelDataUrl": artifact},
                           ExecutionRoleArn=role)
    variant = {"VariantName": NAME, "ModelName": NAME, "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    sagemaker.create_endpoint_config(EndpointConfigName=NAME, ProductionVariants=[variant])


def settled(sagemaker, endpoint):
    until = time.monotonic() + SECONDS_MAX
    while (told := sagemaker.describe_endpoint(EndpointName=endpoint))["EndpointStatus"] not in ENDED:
        assert time.monotonic() < until, told
        time.sleep(0.1)
    return told


def main():
    endpoint, sagemaker = sys.argv[1], boto3.client("sagemaker")
    before = settled(sagemaker, endpoint)
    broken_config(sagemaker)
    sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=NAME)
    after = settled(sagemaker, endpoint)
    assert after["EndpointStatus"] == "InService", after
    assert after["EndpointConfigName"] == before["EndpointConfigName"], (before, after)
    assert "models/nobody/output/model.tar.gz" in after["FailureReason"], after
    assert "PendingDeploymentSummary" not in after, after

    sagemaker.create_endpoint(EndpointName=NAME, EndpointConfigName=NAME)
    assert settled(sagemaker, NAME)["EndpointStatus"] == "Failed"
    try:
        sagemaker.update_endpoint(EndpointName=NAME, EndpointConfigName=before["EndpointConfigName"])
        raise AssertionError("what has failed was updated")
    except ClientError as refused:
        assert refused.response["Error"]["Code"] == "ValidationException", refused
    print(f"{endpoint} goes on as {after['EndpointConfigName']}")


if __name__ == "__main__":
    main()
