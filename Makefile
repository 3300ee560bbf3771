# Darkroom's tasks. `make` alone lists them; `make run` and `make test` install what they miss and say so.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

CARGO := cargo --locked
PYTHON := .venv/bin/python
# With examples among the targets cargo resolves features as for tests; without, `run`, `lint` and `test` would each
# compile the AWS crates anew.
BUILD := $(CARGO) build --release --workspace --bin darkroom --bin consumer --bin model --example render
# Lambda's functions: `make run` does without.
FUNCTIONS := --bin consumer-lambda --bin resizer-lambda --bin api --bin announce
DOC := $(CARGO) doc --release --workspace --no-deps --lib --examples
say = @echo "darkroom: $(1)"

# Debian packages, and what wants each. They suffice on a minimal Debian 12; `make` itself has to be there.
#   ca-certificates   cargo and pip, to reach their registries
#   cmake nasm        libjpeg-turbo and libaom, and the SIMD of both and of dav1d
#   meson             dav1d
#   g++               Rust's linker, the C codecs, librdkafka
#   curl              the lines that `make run` prints
#   libssl-dev pkg-config  librdkafka, for TLS and SCRAM
#   nodejs            the console; npm comes where neither is there (infra/setup/npm.sh)
RUN_PACKAGES := ca-certificates cmake curl g++ libssl-dev meson nasm nodejs pkg-config
#   chromium          what shows a photograph's tiles
#   njs               the edge as CloudFront runs it
#   python3-venv      Pillow, webdataset and moto, which tests compare with; what training scripts import
#   python3-dev       SageMaker's toolkit for training, which has a part in C
#   jq                lines of the docs
#   libmagic1         IIIF's validator, to look at what it is sent
#   maven openjdk-17-jre-headless  Apache Kafka
#   openssl           certificates for it
#   qemu-user         another processor, to see that it makes the same datasets
TEST_PACKAGES := $(RUN_PACKAGES) chromium jq libmagic1 maven njs openjdk-17-jre-headless openssl python3-dev python3-venv qemu-user
#   python3-venv      Pillow, which says how good either's are
#   python3           tests/bench/edge.py, which measures the edge
#   valgrind          counts the instructions of a rendition
#   varnish           the cache that it is measured beside
#   wrk               asks both
#   maven openjdk-17-jre-headless  Apache Kafka, out of which the feed is measured
BENCH_PACKAGES := $(RUN_PACKAGES) maven openjdk-17-jre-headless python3 python3-venv valgrind varnish wrk
#   python3-venv      schemathesis, which asks
#   python3           tests/contract/run.py, which starts both
CONTRACT_PACKAGES := $(RUN_PACKAGES) python3 python3-venv
#   faketime          a clock that steps while `darkroom` runs
CHAOS_PACKAGES := $(BENCH_PACKAGES) faketime
#   clang             C codecs whose branches count and whose mistakes show
#   libclang-rt-14-dev  what that links; the version is Debian 12's
FUZZ_PACKAGES := $(RUN_PACKAGES) clang libclang-rt-14-dev
#   nodejs            the simulator of IAM
#   python3-venv      AWS's linter, our own rules
TEMPLATE_PACKAGES := ca-certificates nodejs python3 python3-venv
#   g++-aarch64-linux-gnu libc6-dev-arm64-cross  the functions' processor
#   perl              OpenSSL's build; librdkafka's TLS, which no library on Lambda has
#   python3           infra/lambda/pack.py
LAMBDA_PACKAGES := ca-certificates cmake g++ g++-aarch64-linux-gnu libc6-dev-arm64-cross meson nasm perl python3
#   libavif-bin       avifenc, which makes the AVIF files
#   libimage-exiftool-perl  what cameras and editors write into pictures
#   nodejs            Sharp
#   python3-venv      Pillow; scikit-image, which brings photographs
FIXTURE_PACKAGES := ca-certificates libavif-bin libimage-exiftool-perl nodejs python3-venv
# Of each fuzz target.
MINUTES := 60

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

.PHONY: run
run: setup-run console ## Build Darkroom and start it; options of `darkroom up` go into ARGS="--port 9000"
	$(call say,building (about 15 minutes on 2 cores the first time))
	@$(BUILD)
	@exec target/release/darkroom up $(ARGS)

.PHONY: test
test: setup-test console lint ## Everything that CI checks: lint, build, Rust and Python tests
	$(call say,the edge as a CloudFront Function)
	@node infra/edge/run_cases.mjs
	@node infra/edge/run_in_njs.mjs
	$(call say,building programs and tests)
	@$(BUILD) $(FUNCTIONS)
	@$(CARGO) test --release --workspace --no-run
	$(call say,running the tests; the first time they fetch Apache Kafka with Maven)
	@APACHE_KAFKA=required $(CARGO) test --release --workspace
	@$(PYTHON) tests/python/compare_pillow.py --render target/release/examples/render
	@$(PYTHON) tests/python/read_copyright.py --render target/release/examples/render
	$(call say,boto3 at presigned URLs)
	@$(PYTHON) tests/python/put_presigned.py --darkroom target/release/darkroom
	$(call say,the verifier of the feed and what it has to see)
	@$(PYTHON) tests/python/tamper_feed.py --darkroom target/release/darkroom
	$(call say,the functions as Lambda runs them)
	@$(PYTHON) tests/python/lambdas.py --darkroom target/release/darkroom
	$(call say,IIIF's validator)
	@$(PYTHON) tests/python/iiif.py --darkroom target/release/darkroom
	$(call say,OpenSeadragon and Mirador in Chromium; the screenshots are in target/browser)
	@node tests/browser/viewers.mjs target/release/darkroom fixtures/images/seeding-2mb.jpg target/browser
	$(call say,Uppy in Chromium)
	@node tests/browser/uppy.mjs target/release/darkroom fixtures/images/seeding-2mb.jpg
	$(call say,the console in Chromium; the screenshots are in target/browser)
	@node tests/browser/console.mjs target/release/darkroom target/browser
	@$(MAKE) --no-print-directory check-templates

.PHONY: templates
templates: setup-templates check-templates ## The CloudFormation templates: AWS's linter, our rules, the code, who may what, seeded faults (1 minute)

.PHONY: check-templates
check-templates:
	$(call say,checking the CloudFormation templates)
	@.venv/bin/cfn-lint infra/*.yaml
	@$(PYTHON) tests/templates/rules.py
	@$(PYTHON) tests/templates/drift.py
	@$(PYTHON) tests/templates/policies.py
	@$(PYTHON) tests/templates/deploy_test.py
	@$(PYTHON) tests/templates/cost_test.py
	$(call say,seeding faults into the templates)
	@mkdir -p target
	@$(PYTHON) tests/templates/mutate.py > target/seeded-faults.txt
	@tail -1 target/seeded-faults.txt

.PHONY: lambda
lambda: setup-lambda ## The zips of the Lambda functions for arm64 and x86-64, in target/lambda
	$(call say,building the functions for arm64)
	@infra/lambda/build.sh arm64
	$(call say,building the functions for x86-64)
	@infra/lambda/build.sh x86-64

.PHONY: console
console: target/console/index.html ## The page in the browser, as static files in target/console

# Only where something of it has changed: what is packed into the program is compiled again after it.
target/console/index.html: $(shell find infra/console -name node_modules -prune -o -type f -print) | setup-run
	@infra/setup/npm.sh infra/console
	$(call say,building the console)
	@npm --prefix infra/console run --silent build -- --logLevel warn

.PHONY: lint
lint: setup-run console ## Formatting, clippy and rustdoc, warnings as errors
	$(call say,checking formatting)
	@cargo fmt --all --check
	$(call say,clippy)
	@$(CARGO) clippy --release --workspace --all-targets -- --deny warnings
	$(call say,rustdoc)
	@RUSTDOCFLAGS="--deny warnings" $(DOC)

.PHONY: bench
bench: bench-render bench-tiles bench-http bench-uploads bench-overload bench-edge bench-feed bench-snapshots bench-growth bench-cold ## Beside the rivals, as ratios: renditions (Sharp), hits of the edge (Varnish), the feed (img2dataset); overload; uploads; snapshots; growth; cold starts; 67 minutes

.PHONY: bench-inputs
bench-inputs: setup-bench
	$(call say,building)
	@$(BUILD) --example likeness
	@fixtures/fetch_large.sh > /dev/null
	@$(PYTHON) tests/bench/render/inputs.py target/bench

.PHONY: bench-render
bench-render: bench-inputs ## Renditions beside Sharp's (8 minutes)
	$(call say,rendering with both in turn)
	@$(PYTHON) tests/bench/render/bench.py
	$(call say,counting instructions)
	@$(PYTHON) tests/bench/render/instructions.py

.PHONY: bench-tiles
bench-tiles: bench-inputs ## The tiles of a 16 megapixel photograph beside decoding all of it for each, and Sharp (6 minutes)
	$(call say,rendering each tile with both)
	@$(PYTHON) tests/bench/render/tiles.py

.PHONY: bench-http
bench-http: bench-inputs ## Renditions a second over HTTP beside Sharp behind Node, and imgproxy (6 minutes)
	@infra/setup/imgproxy.sh
	$(call say,asking all in turn)
	@python3 tests/bench/throughput.py target/release/darkroom $(addprefix --imgproxy ,$(wildcard target/tools/bin/imgproxy))

.PHONY: bench-uploads
bench-uploads: bench-inputs ## Uploads a second beside a plain PUT to the same S3 server, and memory over 10,000 of them (6 minutes)
	$(call say,uploading)
	@$(PYTHON) tests/bench/uploads.py target/release/darkroom

.PHONY: bench-overload
bench-overload: setup-bench ## Four times as many requests as can be rendered (1 minute)
	$(call say,building)
	@$(BUILD)
	$(call say,asking for more than can be rendered)
	@python3 tests/bench/overload.py target/release/darkroom

.PHONY: bench-edge
bench-edge: setup-bench ## Hits of the edge beside Varnish's (7 minutes)
	$(call say,building)
	@$(BUILD)
	$(call say,asking the edge and Varnish in turn)
	@python3 tests/bench/edge.py target/release/darkroom

.PHONY: bench-cold
bench-cold: setup-bench ## Cold starts of the Lambda functions beside Sharp in Node (3 minutes)
	@infra/setup/npm.sh infra/console
	$(call say,building)
	@$(BUILD) $(FUNCTIONS)
	$(call say,starting each function again and again)
	@$(PYTHON) tests/bench/cold_start.py target/release/darkroom --bundler infra/console/node_modules/.bin/esbuild

.PHONY: bench-snapshots
bench-snapshots: setup-bench ## Memory and processor time of building a snapshot, by how many images it has (5 minutes)
	$(call say,building)
	@$(BUILD)
	$(call say,uploading pictures and building snapshots of them)
	@$(PYTHON) tests/bench/snapshots.py target/release/darkroom target/release/consumer

.PHONY: bench-growth
bench-growth: setup-bench ## Latencies, listings, snapshots, restarts and memory with ten and a hundred times as much (8 minutes)
	$(call say,building)
	@$(BUILD)
	$(call say,asking machines of three sizes in turn)
	@$(PYTHON) tests/bench/growth.py target/release/darkroom target/release/consumer

.PHONY: bench-feed
bench-feed: setup-bench ## The feed beside img2dataset: processor time and memory from photographs to shards (17 minutes)
	$(call say,building)
	@$(BUILD)
	@fixtures/fetch_large.sh > /dev/null
	@infra/setup/python.sh tests/bench/feed target/bench/img2dataset
	$(call say,making photographs and feeding them to both in turn)
	@target/bench/img2dataset/bin/python tests/bench/feed.py target/release/darkroom target/release/consumer

.PHONY: audit
audit: setup-run ## Licences, advisories, banned and unknown packages (builds cargo-deny the first time)
	@infra/setup/cargo-deny.sh
	$(call say,cargo deny)
	@target/tools/bin/cargo-deny --locked check

.PHONY: fuzz
fuzz: setup-fuzz ## Fuzz each target for an hour, or less or some: MINUTES=5 TARGET="jpeg png"
	@tests/fuzz/run.sh $$(( $(MINUTES) * 60 )) $(TARGET)

.PHONY: miri
miri: setup-miri ## Miri on the unsafe code of our own that calls nothing in C: the allocator that tests count with
	$(call say,building the resizer for Miri)
	@cargo +nightly --locked miri test --quiet --target-dir target/miri --package resizer --test counted

.PHONY: contract
contract: setup-contract ## Ask every operation of /openapi.json for what is right and what is wrong (2 minutes)
	$(call say,building)
	@$(BUILD)
	$(call say,asking what the document says)
	@python3 tests/contract/run.py target/release/darkroom target/contract/bin/schemathesis

.PHONY: fixtures
fixtures: setup-fixtures ## Make anew every fixture that a script makes; fails where one is not the same bytes as git has (1 minute)
	$(call say,making the fixtures anew)
	@fixtures/make_all.sh target/fixtures-python/bin/python

.PHONY: test-all
test-all: test audit contract fixtures ## `test`, `audit`, `contract`, `fixtures`, and what takes minutes: ten million requests at both edges, checkov and cfn-guard on the templates, 20,000 images that wait on Kafka, ten minutes of consumers that are killed, faults between Lambda and its functions, the functions' zips, lies that `soak` and `chaos` have to see, 10,000 schedules of the feed, AWS's toolkit training a model, each guard of it taken away, Miri, a minute of each fuzz target
	@infra/setup/python.sh tests/templates/linters target/linters
	@target/linters/bin/python tests/templates/linters/lint.py
	@$(CARGO) test --release --workspace --lib -- --ignored --nocapture ten_million
	@$(CARGO) test --release --workspace --test kafka -- --ignored --test-threads 1
	@$(PYTHON) tests/python/tamper_lambdas.py --darkroom target/release/darkroom
	@$(MAKE) lambda
	@$(PYTHON) tests/python/lambdas.py --darkroom target/release/darkroom --functions target/lambda/x86-64
	@$(PYTHON) tests/soak/tamper.py --darkroom target/release/darkroom
	@$(CARGO) test --release --workspace --test feed -- --ignored
	@$(CARGO) test --release --workspace --test acceptance -- --ignored toolkit
	@$(MAKE) mutations
	@$(MAKE) miri
	@$(MAKE) fuzz MINUTES=1

.PHONY: soak
soak: setup-bench ## Half an hour of everything at once, and then whether anything was lost, grew or was not as it should be
	$(call say,building)
	@$(BUILD)
	$(call say,half an hour of everything at once)
	@$(PYTHON) tests/soak/soak.py --darkroom target/release/darkroom

.PHONY: chaos
chaos: setup-chaos ## Kills, pauses, bad networks and disks, a clock that steps; after each, whether all is there that was acknowledged (18 minutes); one: FAULT="kill cut"
	$(call say,building)
	@$(BUILD)
	$(call say,doing to it what can happen to a machine)
	@$(PYTHON) tests/soak/chaos.py --darkroom target/release/darkroom $(addprefix --fault ,$(FAULT))

.PHONY: mutations
mutations: setup-test ## Take one guard after another out of the code, and see a test fail for each
	@tests/mutations/run.sh

.PHONY: clean
clean: ## Remove what was built or installed here (not ./data, not Debian packages)
	rm -rf target .venv

.PHONY: setup-run setup-test setup-lambda setup-templates setup-bench setup-chaos setup-contract setup-fuzz setup-miri setup-fixtures
setup-run:
	@infra/setup/debian.sh $(RUN_PACKAGES)
	@infra/setup/rust.sh
	@infra/setup/libaom.sh

setup-test:
	@infra/setup/debian.sh $(TEST_PACKAGES)
	@infra/setup/rust.sh
	@infra/setup/libaom.sh
	@infra/setup/suites.sh
	@infra/setup/python.sh tests/python .venv
	@infra/setup/python.sh tests/python/sagemaker target/sagemaker
	@infra/setup/python.sh infra/sagemaker target/training
	@infra/setup/npm.sh tests/delivery/frontends
	@infra/setup/npm.sh tests/browser
	@infra/setup/npm.sh tests/templates
	@infra/setup/mirador.sh

setup-lambda:
	@infra/setup/debian.sh $(LAMBDA_PACKAGES)
	@infra/setup/rust.sh
	@infra/setup/rust_std.sh aarch64-unknown-linux-gnu
	@infra/setup/libaom.sh

setup-templates:
	@infra/setup/debian.sh $(TEMPLATE_PACKAGES)
	@infra/setup/python.sh tests/python .venv
	@infra/setup/npm.sh tests/templates

setup-bench:
	@infra/setup/debian.sh $(BENCH_PACKAGES)
	@infra/setup/rust.sh
	@infra/setup/libaom.sh
	@infra/setup/python.sh tests/python .venv
	@infra/setup/npm.sh tests/bench/render

setup-chaos:
	@infra/setup/debian.sh $(CHAOS_PACKAGES)
	@infra/setup/rust.sh
	@infra/setup/libaom.sh
	@infra/setup/python.sh tests/python .venv

setup-contract:
	@infra/setup/debian.sh $(CONTRACT_PACKAGES)
	@infra/setup/rust.sh
	@infra/setup/libaom.sh
	@infra/setup/python.sh tests/contract target/contract

setup-fuzz:
	@infra/setup/debian.sh $(FUZZ_PACKAGES)
	@infra/setup/rust.sh
	@infra/setup/libaom.sh
	@infra/setup/cargo-fuzz.sh

setup-miri:
	@infra/setup/debian.sh $(RUN_PACKAGES)
	@infra/setup/rust.sh
	@infra/setup/libaom.sh
	@infra/setup/miri.sh

setup-fixtures:
	@infra/setup/debian.sh $(FIXTURE_PACKAGES)
	@infra/setup/suites.sh
	@infra/setup/python.sh fixtures target/fixtures-python
	@infra/setup/npm.sh tests/bench/render
