#!/usr/bin/env bash
# Fetches the public JSON-Schema-Test-Suite once, into the cache folder and outside the repository, and prints where.
#
# The suite's npm package is an empty shell, but the source distribution of the Python package `jsonschema` carries the
# suite whole. `npm test` runs this; where it cannot be had the conformance tests are skipped and say so (in CI they fail).
set -euo pipefail
version=4.26.0
sha256=0c26707e2efad8aa1bfc5b7ce170f3fccc2e4918ff85989ba9ffa9facb2be326
folder="${XDG_CACHE_HOME:-$HOME/.cache}/tailor/json-schema-test-suite/$version"

if [ ! -d "$folder/tests" ]; then
  work="$(mktemp -d)"
  trap 'rm -rf "$work"' EXIT
  python3 -m pip download --quiet --no-deps --no-binary :all: --dest "$work" "jsonschema==$version"
  archive="$work/jsonschema-$version.tar.gz"
  echo "$sha256  $archive" | sha256sum --check --quiet
  tar --extract --gzip --file "$archive" --directory "$work" "jsonschema-$version/json"
  mkdir -p "$(dirname "$folder")"
  # Two runs at once both end with a whole suite: the second one's folder goes nowhere.
  mv --no-target-directory "$work/jsonschema-$version/json" "$folder" 2>/dev/null || [ -d "$folder/tests" ]
fi
echo "$folder"
