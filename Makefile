# MetalSharp: `make demo` shows what it does, `make test` proves it. `make` alone lists every target.
SHELL := bash
CONFIGURATION ?= Release
SOURCES := $(shell find src -name '*.cs' -o -name '*.csproj' -o -name '*.txt') Directory.Build.props Directory.Packages.props
.DEFAULT_GOAL := help
.PHONY: help setup build unit test demo lab bench lint clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what is missing (Debian packages, NuGet packages)
	@eng/setup.sh

build: setup bin/.built ## Build bin/metalsharp and bin/metalsharp-lab

bin/.built: $(SOURCES)
	@eng/build.sh $(CONFIGURATION)
	@touch $@

unit: setup ## Run the unit tests
	@eng/test.sh $(CONFIGURATION) tests/MetalSharp.Tests

test: build ## Run all tests: unit tests, then the lab with real peers
	@eng/test.sh $(CONFIGURATION) tests/MetalSharp.Tests tests/MetalSharp.Interop.Tests

demo: build ## See a Service get its address and survive a dead node, in the lab
	@bin/metalsharp-lab run demo

lab: build ## Start a cluster in network namespaces and open a shell in it
	@eng/lab.sh

bench: build ## Print the figures: allocator, ARP, scale, memory
	@eng/bench.sh $(CONFIGURATION)

lint: setup ## Check the formatting of code and scripts
	@dotnet format MetalSharp.sln --no-restore --verify-no-changes --severity warn
	@for script in eng/*.sh .ci/run; do bash -n "$$script"; done

clean: ## Remove everything that was built
	@rm -rf artifacts bin BenchmarkDotNet.Artifacts
