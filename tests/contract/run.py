"""What /openapi.json says against what a running machine does.

    run.py DARKROOM SCHEMATHESIS [option of `schemathesis run`…]

Starts `darkroom up` on a data folder of its own with a model to ask, signs the demo user in, uploads a few images and
lets schemathesis ask every operation of the document for what is right and for what is wrong, in the way that
schemathesis.toml says. Ends with the status that schemathesis ends with.
"""

import contextlib
import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import urllib.request

HERE = pathlib.Path(__file__).parent
IMAGES = HERE.parents[1] / "fixtures" / "images"
PRESET, QUERY = "card", "w=40&h=30&fit=crop"
# What is provoked here is expected; failures of Darkroom's own are worth a line.
QUIET = os.environ | {"RUST_LOG": "error,librdkafka=off,rdkafka=off"}
USER, PASSWORD = "demo@example.com", "Contract-password-1"
# Small ones, so that much can be asked in little time. The first of each is the document's example.
KEPT = ("small-8.jpg", "gray-alpha.png", "animated.gif")
CHANGED = ("small-1.jpg", "small-2.png", "small-3.jpg", "small-4.png")


class Model(http.server.BaseHTTPRequestHandler):
    """SageMaker's container contract, and always the same prediction."""

    def do_GET(self):
        self.answer({})

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.answer({"label": "flower", "score": 0.5})

    def answer(self, document):
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def model():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Model) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextlib.contextmanager
def darkroom(binary, folder, model):
    command = [binary, "up", "--port", "0", "--data", folder, "--demo-password", PASSWORD, "--model", f"label={model}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=QUIET)
    try:
        ready = next((line for line in process.stdout if line.startswith("Darkroom is ready at ")), None)
        if ready is None:
            raise SystemExit("darkroom ended before it was ready")
        yield f"http://127.0.0.1:{ready.strip().rsplit(':', 1)[1]}"
    finally:
        process.terminate()
        process.wait()


def post(url, body, headers):
    with urllib.request.urlopen(urllib.request.Request(url, data=body, headers=headers)) as answer:
        return json.load(answer)


def prepare(url):
    """Signs in and uploads; returns what schemathesis.toml and hooks.py name."""
    login = json.dumps({"username": USER, "password": PASSWORD}).encode()
    token = post(f"{url}/v1/session", login, {"content-type": "application/json"})["id_token"]

    def upload(name):
        body, bearer = (IMAGES / name).read_bytes(), {"authorization": f"Bearer {token}"}
        return post(f"{url}/v1/images?visibility=public&consent=training&label={name}", body, bearer)["id"]

    kept, changed = (",".join(map(upload, names)) for names in (KEPT, CHANGED))
    return {"DARKROOM_TOKEN": token, "DARKROOM_USER": USER, "DARKROOM_PASSWORD": PASSWORD,
            "DARKROOM_PRESET": PRESET, "DARKROOM_KEPT": kept, "DARKROOM_CHANGED": changed}


def main():
    (binary, schemathesis), options = map(os.path.abspath, sys.argv[1:3]), sys.argv[3:]
    with tempfile.TemporaryDirectory() as folder, model() as asked, darkroom(binary, f"{folder}/data", asked) as url:
        preset = ["customer", "set", "demo", "--data", f"{folder}/data", "--preset", f"{PRESET}={QUERY}"]
        subprocess.run([binary, *preset], check=True, stdout=subprocess.DEVNULL, env=QUIET)
        environment = os.environ | prepare(url) | {"SCHEMATHESIS_HOOKS": str(HERE / "hooks.py")}
        command = [schemathesis, "--config-file", HERE / "schemathesis.toml", "run", f"{url}/openapi.json", *options]
        raise SystemExit(subprocess.run(command, env=environment, cwd=folder).returncode)


if __name__ == "__main__":
    main()
