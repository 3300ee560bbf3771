"""What is said of a model: model.json for programs, README.md in the form of Hugging Face's model cards for people."""

import json
import math

import numpy

SURE = 1.959964  # Of 95 in 100, as deviations of a normal distribution.


def counted(numbers, told, classes):
    """Rows: what images show. Columns: what the model says of them."""
    table = numpy.zeros((classes, classes), int)
    numpy.add.at(table, (numbers, told), 1)
    return table.tolist()


def accuracy(table):
    images = sum(map(sum, table))
    return sum(row[number] for number, row in enumerate(table)) / images if images else None


def interval(share, images):
    """Wilson's interval of 95 % (1927)."""
    middle = share + SURE**2 / (2 * images)
    width = SURE * math.sqrt(share * (1 - share) / images + SURE**2 / (4 * images**2))
    return [max(0.0, (middle - width) / (1 + SURE**2 / images)), min(1.0, (middle + width) / (1 + SURE**2 / images))]


def card(snapshot, splits, tables, given, about):
    """What is known, as JSON."""
    test, images = tables["test"], sum(map(sum, tables["test"]))
    told = [sum(row[number] for row in test) for number in range(len(snapshot.classes))]
    per_class = {
        name: {
            "images": sum(test[number]),
            "recall": test[number][number] / sum(test[number]) if sum(test[number]) else None,
            "precision": test[number][number] / told[number] if told[number] else None,
        }
        for number, name in enumerate(snapshot.classes)
    }
    shares = numpy.bincount(splits["train"].numbers, minlength=len(snapshot.classes))
    right = accuracy(test)
    return {
        "dataset": snapshot.dataset, "snapshot": snapshot.number, "snapshot_id": snapshot.id,
        "classes": snapshot.classes, "input": {"width": given.edge, "height": given.edge}, **about,
        "images": {name: len(split) for name, split in splits.items()}
        | {"unlabelled": sum(split.unlabelled for split in splits.values())},
        "accuracy": {name: accuracy(table) for name, table in tables.items()},
        "accuracy_95": interval(right, images) if images else None,
        # What answering the commonest class of the training images would have got.
        "majority_baseline": sum(test[int(shares.argmax())]) / images if images else None,
        "per_class": per_class, "confusion": test,
    }


def readme(card):
    """The same for people."""
    of_test, images = card["accuracy"]["test"], card["images"]
    results = [{"task": {"type": "image-classification"}, "dataset": {"name": card["snapshot_id"], "type": "darkroom"},
                "metrics": [{"type": "accuracy", "value": of_test}]}]
    front = {"library_name": "onnx", "pipeline_tag": "image-classification", "datasets": [card["dataset"]],
             "metrics": ["accuracy"], "model-index": [{"name": card["dataset"], "results": results}]}
    # JSON is YAML, whatever characters a name has.
    lines = ["---", *(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in front.items()), "---", ""]
    lines += [f"# A classifier of snapshot {card['snapshot_id']}", "",
              f"Trained by {card['framework']} on {images['train']} images, chosen by {images['validation']}, measured once"
              f" on {images['test']} that neither had seen.", ""]
    if of_test is not None:
        low, high = card["accuracy_95"]
        lines += [f"Accuracy on the test split: {of_test:.3f} (95 % interval {low:.3f} to {high:.3f}). Answering the"
                  f" commonest class always would get {card['majority_baseline']:.3f}.", ""]
    lines += ["| class | test images | recall | precision |", "| --- | --- | --- | --- |"]
    lines += [f"| {cell(name)} | {one['images']} | {share(one['recall'])} | {share(one['precision'])} |"
              for name, one in card["per_class"].items()]
    lines += ["", "Rows are what images show, columns what the model says:", "",
              f"| | {' | '.join(map(cell, card['classes']))} |", "| --- |" + " --- |" * len(card["classes"])]
    lines += [f"| {cell(name)} | {' | '.join(map(str, row))} |" for name, row in zip(card["classes"], card["confusion"])]
    lines += ["", "It tells its classes apart and nothing else: of an image that shows none of them it names the likeliest"
              " all the same. It saw the middle of each image, cut to a square of"
              f" {card['input']['width']} pixels. `model.onnx` says in its metadata what it is to be shown.", ""]
    return "\n".join(lines)


def cell(name):
    return name.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")


def share(value):
    return "" if value is None else f"{value:.3f}"
