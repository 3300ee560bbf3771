"""Customers' records against a feed: the one check that starts at what customers want and not at what the feed says.

A feed whose chains are all in order can still lack an image, or have one that nobody agreed to. It has to have come to
rest, because a record is there before its event is taken in.
"""

from botocore.exceptions import ClientError, ParamValidationError

from .formats import CUSTOMER, CUSTOMER_KEY, RECORD, RECORD_KEY, understood


class Customers:
    """The customers' records, held against a feed that was verified."""

    def __init__(self, feed, service):
        self.feed, self.service = feed, service

    def check(self):
        keys = list(self.service.objects("customers/"))
        if not keys:
            self.feed.fault(f"{self.service.name}/customers", "there is no customer")
        for key, body in self.service.get_all(keys):
            name = CUSTOMER_KEY.fullmatch(key)
            try:
                customer = understood(body, CUSTOMER | {"customer": (name["customer"] if name else None,)})
                self.check_customer(customer["customer"], self.service.beside(customer["bucket"]))
            except (ClientError, ParamValidationError, ValueError) as error:
                self.feed.fault(key, str(error))

    def check_customer(self, customer, bucket):
        self.feed.totals["customers"] += 1
        keys = [key for key in bucket.objects("records/") if RECORD_KEY.fullmatch(key)]
        for key, body in bucket.get_all(keys):
            image = RECORD_KEY.fullmatch(key)["image"]
            self.feed.totals["customers_records"] += 1
            try:
                record = understood(body, RECORD | {"customer": (customer,), "image": (image,)})
            except ValueError as error:
                self.feed.fault(f"{bucket.name}/{key}", str(error))
                continue
            for what in self.faults_of(record, self.feed.outcomes.versions.get((customer, image), [])):
                self.feed.fault(f"{bucket.name}/{key}", what)

    def faults_of(self, record, taken):
        version = record["version"]
        outcomes = {one.outcome for one in taken if one.version == version}
        may_be_trained_on = (record["state"], record["consent"]) == ("live", "training")
        self.feed.totals["may_be_trained_on"] += may_be_trained_on
        if not outcomes:
            yield f"the feed has never seen version {version}"
        elif may_be_trained_on and "staged" not in outcomes:
            yield f"may be trained on, and version {version} is not staged but {', '.join(sorted(outcomes))}"
        elif may_be_trained_on and (record["customer"], record["image"], version) in self.feed.amendments.erased:
            yield f"may be trained on, and version {version} is erased"
        elif not may_be_trained_on and "staged" in outcomes:
            yield f"must not be trained on, and version {version} is staged"
        beyond = max((one.version for one in taken), default=0)
        if beyond > version:
            yield f"has version {version}, and the feed has taken in version {beyond}"
