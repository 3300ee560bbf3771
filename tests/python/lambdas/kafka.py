"""The topic, as a consumer outside of Darkroom sees it."""

import json
import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

WAITED_S = 20


def held(brokers, topic):
    """First offset and end of each partition."""
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "looks"})
    try:
        partitions = consumer.list_topics(topic, WAITED_S).topics[topic].partitions
        return {number: consumer.get_watermark_offsets(TopicPartition(topic, number), WAITED_S) for number in partitions}
    finally:
        consumer.close()


def read(brokers, topic):
    """All messages that are there now."""
    ends = {number: end for number, (first, end) in held(brokers, topic).items() if end > first}
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "reads", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in ends])
    messages = []
    try:
        while ends:
            message = consumer.poll(WAITED_S)
            assert message is not None and message.error() is None, f"{topic} has no more at {ends}"
            messages.append(message)
            if message.offset() + 1 >= ends.get(message.partition(), 0):
                ends.pop(message.partition(), None)
        return messages
    finally:
        consumer.close()


def announced(brokers, topic, wanted):
    """The messages of these images and versions, as soon as all of them are there."""
    until = time.monotonic() + WAITED_S
    while True:
        found = {(one.key().decode(), json.loads(one.value())["version"]): one for one in read(brokers, topic)}
        if found.keys() >= set(wanted):
            return [found[name] for name in wanted]
        assert time.monotonic() < until, f"{set(wanted) - found.keys()} did not come to {topic}"
        time.sleep(0.1)
