"""Customers with their users, images and renditions on one machine, and what they ask for."""

import io
import itertools
import json
import random
import time
from collections import Counter

from growth_machine import Visitor, service
from PIL import Image

DEMO = "demo"
FEED_BUCKET = "darkroom-feed"
PAGE = 50
POLLED_EVERY_S = 0.002
# The sweep erases at once what is deleted.
RETENTION = ("--retention-days", "0")


def photographs():
    """Without end, each other bytes: small JPEGs, each with a comment of its own behind its beginning."""
    file = io.BytesIO()
    Image.radial_gradient("L").resize((160, 120)).convert("RGB").save(file, "JPEG", quality=85)
    for number in itertools.count():
        comment = b"%032d" % number
        yield file.getvalue()[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + file.getvalue()[2:]


class People:
    """Of one machine. An image is named by its customer and its id, a rendition by its path and its image."""

    def __init__(self, machine):
        self.machine, self.photographs = machine, photographs()
        self.images, self.renditions, self.tokens, self.asked = [], [], {}, Counter()
        machine.verb("customer", "set", DEMO, *RETENTION)
        # What was known of the customer before is forgotten with the process.
        machine.kill()
        machine.start()

    def customers(self):
        """Those who are looked at."""
        return [DEMO]

    # Signing in

    def login(self, customer):
        return "POST", "/v1/session", None, {"username": f"{customer}@example.com", "password": service.PASSWORD}

    def logins(self, count):
        return [self.login(customer) for customer in self.in_turn(count)]

    def in_turn(self, count):
        return list(itertools.islice(itertools.cycle(self.customers()), count))

    def keep(self, logins, answers):
        names = [login[-1]["username"].split("@")[0] for login in logins]
        self.tokens |= {name: json.loads(answer)["id_token"] for name, answer in zip(names, answers)}

    def token(self, customer):
        if customer not in self.tokens:
            login = self.login(customer)
            self.keep([login], [Visitor(self.machine.url).ask(*login)[1]])
        return self.tokens[customer]

    # Uploading

    def upload(self, customer):
        query = f"label=class-{random.randrange(10)}&visibility=public&consent=training"
        return "POST", f"/v1/images?{query}", self.token(customer), next(self.photographs)

    def uploads(self, count):
        return [self.upload(customer) for customer in self.in_turn(count)]

    def add(self, answers):
        records = map(json.loads, answers)
        self.images += [(record["customer"], record["id"]) for record in records]

    def announced_ms(self):
        """From the answer to an upload until Kafka has heard of it."""
        visitor = Visitor(self.machine.url)
        _, answer = visitor.ask(*self.upload(random.choice(self.customers())))
        began = time.perf_counter()
        self.add([answer])
        while json.loads(visitor.ask(*self.record(self.images[-1]))[1])["feed"] == "pending":
            time.sleep(POLLED_EVERY_S)
        return (time.perf_counter() - began) * 1e3

    # Looking

    def looked_at(self):
        customers = set(self.customers())
        return [image for image in self.images if image[0] in customers]

    def chosen(self, count):
        return random.choices(self.looked_at(), k=count)

    def record(self, image):
        return "GET", f"/v1/images/{image[1]}", self.token(image[0])

    def page(self, cursor=""):
        path = f"/v1/images?limit={PAGE}" + (f"&cursor={cursor}" if cursor else "")
        return "GET", path, self.token(self.customers()[0])

    def walk(self):
        """How many images are in a whole list. Keeps where its last whole page begins."""
        visitor, cursors, seen = Visitor(self.machine.url), [""], 0
        while cursors[-1] is not None:
            page = json.loads(visitor.ask(*self.page(cursors[-1]))[1])
            cursors.append(page["next_cursor"])
            seen += len(page["images"])
        self.last_page = cursors[max(1, seen // PAGE) - 1]
        return seen

    def new_rendition(self, image):
        """One that nobody has asked for before."""
        number = self.asked[image]
        self.asked[image] += 1
        path = f"/{image[0]}/{image[1]}?w={8 + number % 56}&q={40 + number // 56}&fm=jpg"
        self.renditions.append((path, image))
        return "GET", path

    def renditions_past_edge(self, count):
        """With a token they are handed through. The same one twice would be answered from memory."""
        asked = random.sample(self.renditions, count)
        return [("GET", path, self.token(customer)) for path, (customer, _) in asked]

    def renditions_at_edge(self, count):
        return [("GET", path) for path, _ in random.sample(self.renditions, count)]

    # Deleting

    def doom(self, count):
        """Chooses what is to be deleted."""
        self.doomed = random.sample(self.looked_at(), count)

    def deletions(self):
        return [("DELETE", f"/v1/images/{image}", self.token(customer)) for customer, image in self.doomed]

    def is_erased(self):
        """Whether no tombstone is left: these go last."""
        return not any(self.listed(f"darkroom-customer-{customer}", "tombstones/") for customer, _ in self.doomed)

    def erased_from(self):
        """When the sweep came to the last of them: it leaves an order for the feed before it erases anything."""
        orders = [self.listed(FEED_BUCKET, f"erasure/orders/{customer}/{image}") for customer, image in self.doomed]
        return max(order["LastModified"].timestamp() for [order] in orders)

    def forget(self):
        """Does not look again at what is deleted."""
        self.images = [image for image in self.images if image not in self.doomed]
        self.renditions = [rendition for rendition in self.renditions if rendition[1] not in self.doomed]

    def listed(self, bucket, prefix):
        return self.machine.s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])

    def more(self, figures):
        """What only this series has."""
