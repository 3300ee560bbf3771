"""Uploads a photograph in all eight EXIF orientations and holds what is delivered against Pillow.

    compare_delivery.py URL CUSTOMER ID_TOKEN

The same comparison as compare_pillow.py, asked of a running darkroom.
"""

import json
import sys
import urllib.request

from compare_pillow import compare


def main(url, customer, token):
    def ask(path, body=None):
        request = urllib.request.Request(url + path, data=body, headers={"authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request) as answer:
            return answer.read()

    def fetch(path, transform):
        image = json.loads(ask("/v1/images", path.read_bytes()))["id"]
        return ask(f"/{customer}/{image}?{transform.replace(',', '&')}")

    lines = list(compare(fetch))
    for line, good in lines:
        print("ok  " if good else "FAIL", line)
    return 0 if len(lines) == 16 and all(good for _, good in lines) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
