"""Trains a model on a published snapshot by AWS's own toolkit: infra/sagemaker/train.py as SageMaker runs it.

    eval "$(target/release/darkroom env)"
    train_in_toolkit.py --dataset NAME [--snapshot N] [--accuracy-min 0.7]

What SageMaker lays out in /opt/ml is laid out in a temporary folder. There the toolkit (the `train` beside this Python)
installs the scripts' requirements.txt and starts train.py, which finds channels, hyperparameters and nothing of the
bucket. The exit status is 1 where no model came out, or one that says of itself another snapshot or too little.
"""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

from train_channels import CHANNEL, RESOURCES, SPLITS, Job, run_toolkit

SCRIPTS = Path(__file__).parents[2] / "infra/sagemaker"


class TrainingJob(Job):
    def lay_out(self):
        for name in ("code", "input/config", "input/data/snapshot", "model", "output/data"):
            (self.folder / name).mkdir(parents=True)
        for file in (*SCRIPTS.glob("*.py"), SCRIPTS / "requirements.txt"):
            shutil.copy(file, self.folder / "code")
        (self.folder / "input/data/snapshot/snapshot.json").write_text(json.dumps(self.about))
        channels = [*(split for split in SPLITS if self.about["splits"][split]["images"]), "snapshot"]
        for split in channels[:-1]:
            self.fill(split)
        hyperparameters = {"seed": "1", "snapshot-number": self.name.rsplit("-", 1)[1]}
        configs = {"hyperparameters": hyperparameters, "inputdataconfig": dict.fromkeys(channels, CHANNEL)}
        for name, config in (configs | {"resourceconfig": RESOURCES}).items():
            (self.folder / f"input/config/{name}.json").write_text(json.dumps(config))

    def train(self):
        run_toolkit(self.folder, "train.py", self.name)
        return json.loads((self.folder / "model/model.json").read_bytes())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dataset", required=True, metavar="NAME")
    parser.add_argument("--snapshot", type=int, metavar="N")
    parser.add_argument("--accuracy-min", type=float, default=0.7)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        job = TrainingJob(Path(folder), given.dataset, given.snapshot)
        job.lay_out()
        card = job.train()
        of = f"{card['dataset']}-{card['snapshot']}"
        job.hold(of == job.name, f"it is of {card['snapshot_id']}.")
        job.hold(card["accuracy"]["test"] >= given.accuracy_min, f"its accuracy is {card['accuracy']}.")
        print(f"{card['snapshot_id']}, {card['framework']}: {card['accuracy']}")
        sys.exit(0 if job.good else 1)


if __name__ == "__main__":
    main()
