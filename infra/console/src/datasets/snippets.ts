// Code that opens a snapshot, to be copied. tests/browser/console/ takes each out of the page and runs it.
//
// Every piece stands alone, in an environment that has AWS's credentials and region; on one machine
// `eval "$(darkroom env --role data-scientist)"` makes one.

export interface Place {
  dataset: string;
  number: number;
  bucket: string;
}

export interface Snippet {
  id: string;
  title: string;
  about: string;
  language: 'python' | 'sh';
  code: string;
}

const home = ({ dataset, number }: Place) => `datasets/${dataset}/snapshots/${String(number).padStart(8, '0')}`;

export function snippets(place: Place): Snippet[] {
  return [webdataset(place), datasets(place), duckdb(place), sagemaker(place)];
}

function webdataset(place: Place): Snippet {
  const code = `import json

import boto3
import webdataset

s3 = boto3.client("s3")
bucket, home = "${place.bucket}", "${home(place)}"


def open_in_s3(url, mode, bufsize):
    bucket, key = url.removeprefix("s3://").split("/", 1)
    return s3.get_object(Bucket=bucket, Key=key)["Body"]


webdataset.gopen_schemes["s3"] = open_in_s3
snapshot = json.load(s3.get_object(Bucket=bucket, Key=f"{home}/snapshot.json")["Body"])
shards = [f"s3://{bucket}/{shard['key']}" for shard in snapshot["splits"]["train"]["shards"]]
for sample in webdataset.WebDataset(shards, shardshuffle=False).decode("pil"):
    print(sample["__key__"], sample["jpg"].size, sample["json"]["labels"])
`;
  const about = 'Streams the training split straight out of the bucket, image by image.';
  return { id: 'webdataset', title: 'webdataset', about, language: 'python', code };
}

function datasets(place: Place): Snippet {
  const code = `import pathlib

import boto3
import datasets

s3 = boto3.client("s3")
bucket, root, home = "${place.bucket}", "datasets/${place.dataset}/", "${home(place)}"

pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=root)
for key in (found["Key"] for page in pages for found in page.get("Contents", [])):
    if key.startswith((f"{home}/", f"{root}shards/")):
        pathlib.Path(key).parent.mkdir(parents=True, exist_ok=True)
        s3.download_file(bucket, key, key)

dataset = datasets.load_dataset(home)
print(dataset)
print(dataset["train"][0])
`;
  const about = 'Copies the snapshot into this folder as it lies in the bucket; its card tells of splits and classes.';
  return { id: 'datasets', title: 'datasets', about, language: 'python', code };
}

function duckdb(place: Place): Snippet {
  const code = `import boto3
import duckdb
import pyarrow.dataset

s3 = boto3.client("s3")
bucket = "${place.bucket}"

index = pyarrow.dataset.dataset(f"s3://{bucket}/${home(place)}/index/")
print(duckdb.sql("SELECT split, class, count(*) AS images FROM index GROUP BY ALL ORDER BY ALL"))

rows = duckdb.sql('SELECT shard, "offset", size FROM index WHERE class = 0 LIMIT 5').fetchall()
for shard, offset, size in rows:
    image = s3.get_object(Bucket=bucket, Key=shard, Range=f"bytes={offset}-{offset + size - 1}")["Body"].read()
    print(shard, len(image))
`;
  const about = 'Asks the index in SQL, then reads single images out of their shards.';
  return { id: 'duckdb', title: 'DuckDB', about, language: 'python', code };
}

function sagemaker(place: Place): Snippet {
  const code = `import os
import subprocess
import time

import boto3

sagemaker = boto3.client("sagemaker")
model = f"${place.dataset.slice(0, 36)}-${place.number}-{time.strftime('%Y%m%d-%H%M%S')}"

# Notes what the model is trained on, puts the scripts beside it and starts a training job on the manifests.
darkroom = os.environ.get("DARKROOM", "darkroom")
subprocess.run([darkroom, "train", "${place.dataset}/${place.number}", "--name", model, "--no-wait"], check=True)

job = sagemaker.describe_training_job(TrainingJobName=model)
print(job["TrainingJobName"], job["TrainingJobStatus"])
for channel in job["InputDataConfig"]:
    source = channel["DataSource"]["S3DataSource"]
    print(channel["ChannelName"], source["S3DataType"], source["S3Uri"])
`;
  const about = 'Trains on it by a training job whose channels are the snapshot’s manifests. It needs an operator’s rights: eval "$(darkroom env)".';
  return { id: 'sagemaker', title: 'SageMaker', about, language: 'python', code };
}
