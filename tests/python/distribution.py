"""A CloudFront distribution of the service at AWS_ENDPOINT_URL.

    distribution.py make              prints the id of a new one
    distribution.py items ID          prints what all its invalidations name, a line for each
"""

import sys

import boto3

cloudfront = boto3.client("cloudfront")


def make():
    config = {
        "CallerReference": "one",
        "Comment": "for a test",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [{"Id": "api", "DomainName": "api.example"}]},
        "DefaultCacheBehavior": {"TargetOriginId": "api", "ViewerProtocolPolicy": "redirect-to-https"},
    }
    print(cloudfront.create_distribution(DistributionConfig=config)["Distribution"]["Id"])


def items(distribution):
    for summary in cloudfront.list_invalidations(DistributionId=distribution)["InvalidationList"]["Items"]:
        read = cloudfront.get_invalidation(DistributionId=distribution, Id=summary["Id"])["Invalidation"]
        print("\n".join(read["InvalidationBatch"]["Paths"]["Items"]))


{"make": make, "items": items}[sys.argv[1]](*sys.argv[2:])
