"""What a deployed model answers beside what onnxruntime makes of the same pixels.

    eval "$(target/release/darkroom env)"
    compare_onnxruntime.py --endpoint NAME

Finds the model by SageMaker's API, downloads it, and shows both twenty pictures of the model's own size, as PNG: noise,
gradients, plain ones. Each probability has to be the same within 1e-4; the exit status is 1 where one is not.
"""

import argparse
import io
import json
import sys
import tarfile

import boto3
import numpy
import onnxruntime
from PIL import Image

APART_MAX = 1e-4


def pictures(width, height):
    chance = numpy.random.default_rng(1)
    for number in range(20):
        plain = chance.integers(0, 256, 3)
        slope = numpy.linspace(0, number / 20, width)[None, :, None]
        noise = chance.normal(0, 8 * (number % 5), (height, width, 3))
        yield (plain * (1 - slope) + 255 * slope + noise).clip(0, 255).astype(numpy.uint8)


def network(endpoint):
    """Of the endpoint's only variant."""
    sagemaker = boto3.client("sagemaker")
    config = sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"]
    variant = sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"][0]
    model = sagemaker.describe_model(ModelName=variant["ModelName"])
    bucket, key = model["PrimaryContainer"]["ModelDataUrl"].removeprefix("s3://").split("/", 1)
    archive = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        file = next(one for one in files if one.name.removeprefix("./") == "model.onnx")
        return onnxruntime.InferenceSession(files.extractfile(file).read(), providers=["CPUExecutionProvider"])


def expected(session, pixels):
    about = session.get_modelmeta().custom_metadata_map
    mean, std = (numpy.array(json.loads(about[name]), numpy.float32) for name in ("mean", "std"))
    levels = (pixels.astype(numpy.float32) / 255 - mean) / std
    answer = session.run(None, {"image": levels.transpose(2, 0, 1)[None]})[0][0]
    return dict(zip(json.loads(about["classes"]), answer))


def answered(endpoint, pixels):
    png = io.BytesIO()
    Image.fromarray(pixels).save(png, "PNG")
    runtime = boto3.client("sagemaker-runtime")
    answer = runtime.invoke_endpoint(EndpointName=endpoint, ContentType="image/png", Body=png.getvalue())
    return json.loads(answer["Body"].read())["probabilities"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--endpoint", required=True)
    endpoint = parser.parse_args().endpoint
    session = network(endpoint)
    about = session.get_modelmeta().custom_metadata_map
    apart, seen = 0.0, set()
    for pixels in pictures(int(about["input_width"]), int(about["input_height"])):
        right, told = expected(session, pixels), answered(endpoint, pixels)
        if right.keys() != told.keys():
            sys.exit(f"fault: it names {sorted(told)}, the model has {sorted(right)}.")
        apart = max(apart, *(abs(right[name] - told[name]) for name in right))
        seen.add(max(told, key=told.get))
    print(f"20 pictures, {len(seen)} classes: at most {apart:.2e} apart")
    sys.exit(0 if apart <= APART_MAX else 1)


if __name__ == "__main__":
    main()
