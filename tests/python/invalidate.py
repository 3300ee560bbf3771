"""Tells CloudFront what to forget, as an operator's own script would.

    invalidate.py '["DISTRIBUTION", "REFERENCE", ["ITEM", ...]]' ...

Prints a line for each batch: the invalidation's id and status as read back, or `refused` and the code.
"""

import json
import sys

import boto3
from botocore.exceptions import ClientError

cloudfront = boto3.client("cloudfront")
for batch in sys.argv[1:]:
    distribution, reference, items = json.loads(batch)
    paths = {"Quantity": len(items), "Items": items}
    try:
        made = cloudfront.create_invalidation(
            DistributionId=distribution,
            InvalidationBatch={"Paths": paths, "CallerReference": reference},
        )["Invalidation"]
        read = cloudfront.get_invalidation(DistributionId=distribution, Id=made["Id"])["Invalidation"]
    except ClientError as error:
        print("refused", error.response["Error"]["Code"])
    else:
        assert read["InvalidationBatch"]["Paths"] == paths, read
        print(read["Id"], read["Status"])
