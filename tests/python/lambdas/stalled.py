"""Everything that functions ask stalls: each answers with a designed failure before its deadline, and goes on afterwards."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

from . import kafka
from .announce import failures
from .api import Api
from .aws import expect
from .delivery import picture
from .events import batch, created, message, queue
from .gateway import ask, problem
from .runtime import Failed

TOPIC = "images-stalled"


def raised(function, event):
    """Whether the whole invocation failed."""
    try:
        function.ask(event)
    except Failed as failed:
        return "timed out" not in str(failed)
    return False


def run(aws):
    image = aws.upload(picture(21))
    headers, path = aws.bearer("demo"), f"/demo/{image}?fm=jpg&w="
    delivery, consumer, announce = (aws.function(name) for name in ("delivery", "consumer", "announce"))
    raising, api = aws.function("consumer", REPORT_BATCH_ITEM_FAILURES="false"), Api(aws)
    [found] = kafka.announced(aws.brokers, "images", [(image, 1)])
    events = batch([message(TOPIC, partition, offset, found.headers(), found.value())
                    for partition in (0, 1) for offset in (8, 7)])
    told = queue({"one": created("darkroom-customer-demo", f"outbox/{image}-1")})
    # Each has opened its connections and knows its customers.
    expect(ask(delivery, "GET", f"{path}40", headers).status, 200, "before")
    expect(api.ask("GET", "/v1/images?limit=1").status, 200, "before")
    for function in (consumer, raising):
        expect(function.ask(batch([])), failures(), "before")
    expect(announce.ask(queue({})), failures(), "before")
    asked = {
        "delivery": lambda: ask(delivery, "GET", f"{path}41", headers),
        "api": lambda: api.ask("GET", "/v1/images?limit=1"),
        "announce": lambda: announce.ask(told),
        "consumer": lambda: consumer.ask(events),
        "raising": lambda: raised(raising, events),
    }

    def timed(call):
        began = time.monotonic()
        return call(), time.monotonic() - began

    os.kill(aws.pid, signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(len(asked)) as pool:
            answers = dict(zip(asked, pool.map(timed, asked.values())))
    finally:
        os.kill(aws.pid, signal.SIGCONT)
    seconds = {name: f"{name} {took:.0f} s" for name, (_, took) in answers.items()}
    problem(answers["delivery"][0], 504, "store_timeout")
    problem(answers["api"][0], 503, "store_unavailable")
    expect(answers["announce"][0], failures("one"), "announce")
    again = [{"itemIdentifier": {"partition": f"{TOPIC}-{number}", "offset": 7}} for number in (0, 1)]
    expect(answers["consumer"][0], {"batchItemFailures": again}, "the consumer")
    assert answers["raising"][0], "the consumer that reports nothing has not failed"
    # The same once more.
    expect(ask(delivery, "GET", f"{path}41", headers).status, 200, "afterwards")
    expect(api.ask("GET", "/v1/images?limit=1").status, 200, "afterwards")
    for function in (consumer, raising):
        expect(function.ask(events), failures(), "afterwards")
    print("stalled:", ", ".join(seconds.values()))
