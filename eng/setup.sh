#!/usr/bin/env bash
# Installs what this machine lacks to build, test and demonstrate MetalSharp. Does nothing, quickly, where nothing is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v dotnet >/dev/null || ! dotnet --list-sdks | grep -q '^10\.'; then
    echo "setup: the .NET 10 SDK is missing; Debian does not package it: see https://learn.microsoft.com/dotnet/core/install/linux-debian" >&2
    exit 1
fi

# command (or file) and the Debian package that has it
missing=()
while read -r tool package; do
    command -v "$tool" >/dev/null || PATH=$PATH:/usr/sbin:/sbin command -v "$tool" >/dev/null || missing+=("$package")
done <<'TOOLS'
ip iproute2
nft nftables
unshare util-linux
nsenter util-linux
setpriv util-linux
mount mount
curl curl
ping iputils-ping
arping iputils-arping
tcpdump tcpdump
tshark tshark
kubectl kubernetes-client
TOOLS

if ((${#missing[@]} > 0)); then
    echo "setup: installing ${missing[*]}" >&2
    install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}")
    update=(apt-get update -qq)
    if ((EUID == 0)); then
        "${update[@]}" >/dev/null && "${install[@]}" >/dev/null
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        sudo "${update[@]}" >/dev/null && sudo "${install[@]}" >/dev/null
    else
        echo "setup: not root: please run: apt-get install ${missing[*]}" >&2
        exit 1
    fi
fi

stamp=artifacts/.restored
if [[ ! -f $stamp ]] || [[ -n $(find . -path ./artifacts -prune -o \( -name '*.csproj' -o -name 'Directory.*.props' -o -name global.json \) -newer "$stamp" -print -quit) ]]; then
    dotnet restore MetalSharp.sln --verbosity quiet
    mkdir -p artifacts
    touch "$stamp"
fi
