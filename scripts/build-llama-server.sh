#!/usr/bin/env bash
# Builds llama-server of the very llama.cpp version that node-llama-cpp carries, from the source bundle inside that
# package: the peer of `npm run bench -- engine` and of the provider contract suite. Takes some 20 minutes on two cores;
# done once per version, outside the repository. Prints the binary's path on standard output, all else on standard error.
set -euo pipefail
cd "$(dirname "$0")/.."
package=node_modules/node-llama-cpp/llama
version=$(sed -n 's/.*"tag": *"\([^"]*\)".*/\1/p' "$package/llama.cpp.info.json")
home=${TAILOR_LLAMA_SERVER_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/tailor/llama-server}/$version
binary=$home/build/bin/llama-server
if [ ! -x "$binary" ]; then
  command -v cmake >/dev/null || { echo "build-llama-server: needs cmake and a C++ compiler" >&2; exit 1; }
  mkdir -p "$home"
  [ -d "$home/source" ] || git clone --quiet "$package/gitRelease.bundle" "$home/source" >&2
  cmake -S "$home/source" -B "$home/build" -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF \
    -DLLAMA_CURL=OFF -DLLAMA_OPENSSL=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF >&2
  cmake --build "$home/build" --parallel "$(nproc)" --target llama-server >&2
fi
echo "$binary"
