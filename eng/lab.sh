#!/usr/bin/env bash
# Starts the lab and opens a shell in it; the lab ends with the shell.
set -euo pipefail
cd "$(dirname "$0")/.."
exec bin/metalsharp-lab shell
