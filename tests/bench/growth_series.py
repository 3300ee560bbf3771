"""What grows: images of one customer, renditions of a few images, customers."""

import itertools
import json
import random

from growth_machine import service
from growth_people import RETENTION, People

SETTINGS_BUCKET = "darkroom-service"
POOL, GROUP = "eu-central-1_Darkroom1", "admin"
# Uploads and announcements that are measured: they are of those that are counted.
MEASURED = 45


class Images(People):
    NAME, FEWEST = "images", 100

    def grow(self, count):
        self.add(self.machine.at_once(self.uploads(max(0, count - MEASURED))))


class Renditions(People):
    NAME, FEWEST = "renditions", 100
    IMAGES = 40

    def grow(self, count):
        self.add(self.machine.at_once(self.uploads(self.IMAGES)))
        self.shown = list(self.images)
        # The others are the cold ones that are measured.
        images = list(itertools.islice(itertools.cycle(self.shown), max(0, count - 2 * self.IMAGES)))
        self.machine.at_once([self.new_rendition(image) for image in images])

    def looked_at(self):
        return self.shown

    def chosen(self, count):
        return list(itertools.islice(itertools.cycle(self.shown), count))


class Customers(People):
    NAME, FEWEST = "customers", 5
    # As many are looked at whatever there are, so that these have as many images.
    LOOKED_AT = 5
    # Added by the verb; the others by what the verb does, which looks at everybody's settings each time.
    BY_VERB = 3

    def __init__(self, machine):
        super().__init__(machine)
        self.some = []

    def customers(self):
        return self.some

    def grow(self, count):
        names = [f"grown-{number:04}" for number in range(count)]
        self.add_customers(*names)
        for name in names:
            self.user(name)
        logins = [self.login(name) for name in names]
        self.keep(logins, self.machine.at_once(logins))
        self.add(self.machine.at_once([self.upload(name) for name in names]))
        self.some = random.sample(names, min(count, self.LOOKED_AT))

    def add_customers(self, first, *others):
        self.machine.verb("customer", "add", first, *RETENTION)
        for name in others[:-self.BY_VERB]:
            self.copy(first, name)
        self.seconds = [self.machine.verb("customer", "add", name, *RETENTION)[0] for name in others[-self.BY_VERB:]]

    def copy(self, model, name):
        """The settings of another customer; the keys, too, which a machine without visitors may have twice."""
        s3, bucket = self.machine.s3, f"darkroom-customer-{name}"
        s3.create_bucket(Bucket=bucket)
        settings = json.load(s3.get_object(Bucket=SETTINGS_BUCKET, Key=f"customers/{model}.json")["Body"])
        body = json.dumps(settings | {"customer": name, "bucket": bucket})
        s3.put_object(Bucket=SETTINGS_BUCKET, Key=f"customers/{name}.json", Body=body)

    def user(self, customer):
        pool, user = self.machine.pool, {"UserPoolId": POOL, "Username": f"{customer}@example.com"}
        attributes = [{"Name": "custom:customer", "Value": customer}]
        pool.admin_create_user(**user, MessageAction="SUPPRESS", UserAttributes=attributes)
        pool.admin_set_user_password(**user, Password=service.PASSWORD, Permanent=True)
        pool.admin_add_user_to_group(**user, GroupName=GROUP)

    def more(self, figures):
        figures.same("customer add, ms", min(self.seconds) * 1e3, 20)
