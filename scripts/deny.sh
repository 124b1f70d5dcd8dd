#!/usr/bin/env bash
# Checks licenses, bans and sources of dependencies (deny.toml), or the given checks, with cargo-deny. Installs it into
# target/tools if missing, which takes about two minutes.
set -euo pipefail
cd "$(dirname "$0")/.."

version=0.20.2
PATH="$PWD/target/tools/bin:$PATH"
command -v cargo-deny >/dev/null 2>&1 ||
  cargo install cargo-deny --version "$version" --locked --debug --quiet --root target/tools
[ $# -gt 0 ] || set -- bans licenses sources
exec cargo deny --all-features check "$@"
