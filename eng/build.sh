#!/usr/bin/env bash
# Builds everything and leaves the two programs in bin/.
set -euo pipefail
cd "$(dirname "$0")/.."
configuration=$1

dotnet build MetalSharp.sln --no-restore -c "$configuration" --verbosity quiet -nologo
for project in MetalSharp MetalSharp.Lab; do
    dotnet publish "src/$project" --no-build -c "$configuration" -o bin --verbosity quiet -nologo
done
