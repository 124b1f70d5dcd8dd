#!/usr/bin/env bash
# Builds playground/dist from its lockfile. With --check, fails if the result differs from the committed files.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/toolchain.sh

need_node
npm_ci playground
npm run check --prefix playground
npm run build --prefix playground

if [ "${1:-}" = --check ]; then
  changed=$(git status --porcelain -- playground/dist)
  if [ -n "$changed" ]; then
    printf 'playground/dist is out of date. Run make playground and commit the result:\n%s\n' \
      "$changed" >&2
    exit 1
  fi
fi
