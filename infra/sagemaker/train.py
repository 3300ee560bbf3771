"""Trains a classifier on a snapshot of a dataset, in SageMaker's script mode or on a laptop.

    SM_CHANNEL_TRAIN=shards/train SM_CHANNEL_VALIDATION=… SM_CHANNEL_TEST=… SM_CHANNEL_SNAPSHOT=snapshots/00000003 \\
        SM_MODEL_DIR=model train.py --seed 1

Channels are folders of WebDataset shards, and one with snapshot.json. What comes out: model.onnx, which says of itself
what it tells apart and what it is to be shown; model.json and README.md, the model's card. The test split is looked at
once, when everything has been chosen.
"""

import argparse
import hashlib
import importlib.util
import json
import os
import sys
from pathlib import Path

import model_card
from channels import SPLITS, Snapshot, Unusable, read
from network import declared, hold_gives, run

FRAMEWORKS = {"scikit-learn": "patches", "pytorch": "convolutional"}
# What each reads of the options that not both do.
USED = {"scikit-learn": ("filters",), "pytorch": ("channels", "epochs")}
# Images that the file is tried on before it is written.
TRIED = 16


def options():
    # Names are not completed: a hyperparameter that is misspelt is refused.
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    for channel in (*SPLITS, "snapshot"):
        where = os.environ.get(f"SM_CHANNEL_{channel.upper()}")
        parser.add_argument(f"--{channel}", default=where, required=where is None and channel in ("train", "snapshot"))
    for folder in ("model-dir", "output-data-dir", "output-dir"):
        where = os.environ.get("SM_" + folder.upper().replace("-", "_"))
        parser.add_argument(f"--{folder}", default=where, type=Path, required=where is None and folder == "model-dir")
    parser.add_argument("--snapshot-number", type=int, help="which snapshot of its dataset it is")
    parser.add_argument("--seed", type=int, default=0, help="of everything that is left to chance")
    parser.add_argument("--edge", type=int, default=64, help="width and height of what the network is shown, in pixels")
    parser.add_argument("--framework", choices=("auto", *FRAMEWORKS), default="auto")
    parser.add_argument("--filters", type=int, default=400, help="patches that are compared with (scikit-learn)")
    parser.add_argument("--turns", type=int, choices=(1, 4), default=1, help="4: what is turned by 90° is the same too")
    parser.add_argument("--channels", type=int, default=32, help="of the first layer (pytorch)")
    parser.add_argument("--epochs", type=int, default=60, help="passes over the images (pytorch)")
    given = parser.parse_args()
    if not 32 <= given.edge <= 512:
        parser.error("--edge is 32 to 512")
    if given.framework == "auto":
        given.framework = "pytorch" if importlib.util.find_spec("torch") else "scikit-learn"
    return given


def train(given):
    snapshot = Snapshot(given.snapshot, given.snapshot_number)
    splits = read({name: getattr(given, name) for name in SPLITS}, snapshot, given.edge)
    trainer = importlib.import_module(FRAMEWORKS[given.framework])
    network, chosen, trained = trainer.train(splits["train"], splits["validation"], snapshot.classes, given)
    tried = splits["train"].pixels[:TRIED]
    hold_gives(network, tried, trained(tried))
    about = {"framework": given.framework, "dataset": snapshot.dataset, "snapshot": snapshot.number,
             "snapshot_id": snapshot.id}
    network = declared(network, given.edge, snapshot.classes, **about)
    answers = {name: run(network, split.pixels) for name, split in splits.items() if len(split)}
    given.model_dir.mkdir(parents=True, exist_ok=True)
    content = network.SerializeToString(deterministic=True)
    (given.model_dir / "model.onnx").write_bytes(content)
    told = {name: answers[name].argmax(axis=1) if name in answers else [] for name in splits}
    tables = {name: model_card.counted(split.numbers, told[name], len(snapshot.classes)) for name, split in splits.items()}
    hyperparameters = {name: getattr(given, name) for name in ("seed", "edge", "turns", *USED[given.framework])} | chosen
    card = model_card.card(snapshot, splits, tables, given, {
        "rendition": {one.key: one.value for one in network.metadata_props}["rendition"], "framework": given.framework,
        "hyperparameters": hyperparameters, "model_sha256": hashlib.sha256(content).hexdigest()})
    (given.model_dir / "model.json").write_text(json.dumps(card, ensure_ascii=False, indent=2), encoding="utf-8")
    (given.model_dir / "README.md").write_text(model_card.readme(card), encoding="utf-8")
    if given.output_data_dir:
        write_answers(given.output_data_dir, splits["test"], answers.get("test", []), snapshot.classes)
    return card


def write_answers(folder, split, answers, classes):
    """A line for each image of the test split."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "test.jsonl", "w", encoding="utf-8") as lines:
        for key, number, answer in zip(split.keys, split.numbers, answers):
            line = {"key": key, "class": classes[number], "predicted": classes[answer.argmax()],
                    "confidence": float(answer.max())}
            lines.write(json.dumps(line, ensure_ascii=False) + "\n")


def main():
    given = options()
    try:
        card = train(given)
    except Unusable as error:
        if given.output_dir and given.output_dir.is_dir():
            (given.output_dir / "failure").write_text(str(error), encoding="utf-8")
        sys.exit(str(error))
    print(f"snapshot {card['snapshot_id']}, {card['framework']}: {card['images']}")
    for split, right in card["accuracy"].items():
        if right is not None:
            print(f"{split}:accuracy={right:.6f}")


if __name__ == "__main__":
    main()
