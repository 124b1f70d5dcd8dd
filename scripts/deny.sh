#!/usr/bin/env bash
# Licences, banned crates and sources of the dependencies (deny.toml), or what is asked for, by cargo-deny, which is
# installed into target/tools if it is not there: about two minutes, once.
set -euo pipefail
cd "$(dirname "$0")/.."

version=0.20.2
PATH="$PWD/target/tools/bin:$PATH"
command -v cargo-deny >/dev/null 2>&1 ||
  cargo install cargo-deny --version "$version" --locked --debug --quiet --root target/tools
[ $# -gt 0 ] || set -- bans licenses sources
exec cargo deny --all-features check "$@"
