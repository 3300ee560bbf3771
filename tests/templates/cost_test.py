"""infra/cost.py against sums done by hand, and docs/cost.md against infra/cost.py.

cost_test.py
"""

import re
import sys
import unittest

from template import INFRA, ROOT

sys.path.insert(0, str(INFRA))

import cost  # noqa: E402

NOTHING = cost.Load(
    requests=0, gb_delivered=0, hit_share=1, render_ms=0, uploads=0, api_requests=0, originals_gb=0, users=0
)


def of(stage="prod", load=NOTHING, **values):
    return cost.cost(load, cost.parameters(stage) | values)


class Sums(unittest.TestCase):
    def test_a_million_transforms_cost_what_the_research_reckoned(self):
        # 1,769 MiB, 150 ms on Arm: 3.66 dollars with its million requests.
        load = cost.Load(**{**vars(NOTHING), "requests": 1e6, "hit_share": 0, "render_ms": 150})
        self.assertAlmostEqual(of(load=load, DeliveryMemoryMib="1769")["Lambda"], 3.66, delta=0.01)

    def test_kafka_costs_most_of_what_lies_idle(self):
        parts = of(KafkaKind="serverless")
        self.assertAlmostEqual(parts["Kafka"], 547.50 + 24 * 0.0015 * 730, places=2)
        self.assertGreater(parts["Kafka"], sum(parts.values()) / 2)
        self.assertAlmostEqual(
            of(KafkaKind="provisioned", KafkaInstanceType="kafka.t3.small", KafkaStorageGib="0")["Kafka"],
            99.86,
            places=2,
        )

    def test_what_is_free_is_free(self):
        load = cost.Load(**{**vars(NOTHING), "gb_delivered": 1000, "requests": 1e7, "hit_share": 1})
        more = cost.Load(**{**vars(load), "gb_delivered": 2000})
        self.assertAlmostEqual(of(load=more)["CloudFront"] - of(load=load)["CloudFront"], 85.0, places=2)

    def test_storing_renditions_is_what_s3_costs_at_first(self):
        load = cost.Load(**{**vars(NOTHING), "requests": 2e6, "hit_share": 0})
        # A million of them written, two million looked for three times, 135 GB for three months.
        self.assertAlmostEqual(of(load=load)["S3"], 5.00 + 2.40 + 135 * 0.023, places=2)

    def test_ten_pollers_are_one_unit(self):
        self.assertEqual([round(of(PollersMin=str(n))["Pollers"]) for n in (1, 10, 11)], [135, 135, 270])

    def test_an_unknown_machine_is_refused(self):
        with self.assertRaises(ValueError):
            of(KafkaKind="provisioned", KafkaInstanceType="kafka.m9x.large")


class Document(unittest.TestCase):
    def test_tables_are_what_the_program_prints(self):
        text = (ROOT / "docs/cost.md").read_text()
        commands = re.findall(r"^python3 infra/cost\.py (\w+)(.*)\n```\n\n(\|[^`]*?)\n\n", text, re.MULTILINE)
        self.assertEqual(len(commands), 2)
        for stage, words, shown in commands:
            given = {name.replace("-", "_"): float(value) for name, value in re.findall(r"--([a-z-]+) (\S+)", words)}
            self.assertEqual(shown, cost.table(cost.cost(cost.Load(**given), cost.parameters(stage))))
        self.assertIn(f"of {cost.PRICES['date']}", text)


if __name__ == "__main__":
    unittest.main(verbosity=0)
