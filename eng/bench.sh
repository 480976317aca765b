#!/usr/bin/env bash
# Prints the figures that the project promises, each as median and spread and beside its budget or peer. A missed budget is shown and
# makes the exit code 1 at the end, after everything has run. On a busy machine ratios mean more than absolute figures.
set -uo pipefail
cd "$(dirname "$0")/.."
benchmarks=artifacts/bin/MetalSharp.Benchmarks/${1,,}/MetalSharp.Benchmarks.dll
missed=0

section() {
    printf '\n== %s\n' "$1"
    shift
    "$@" || missed=1
}

section "allocations per second, by size of pool and number of Services" dotnet "$benchmarks" allocator
section "reading a configuration of 1 MB" dotnet "$benchmarks" --filter '*ConfigurationBenchmarks*' --job short
section "ARP request to reply, beside the kernel's own ARP" dotnet "$benchmarks" arp
section "1000 Services: time to the last EXTERNAL-IP, writes for each" bin/metalsharp-lab run scale
section "resident memory with 100 Services" bin/metalsharp-lab run memory
section "takeover, seen from a client that asks every 5 ms" bin/metalsharp-lab run failover --runs 10
exit "$missed"
