#!/usr/bin/env bash
# Static checks: formatting, lints, documentation, licenses, and that generated files match their sources.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/toolchain.sh
. scripts/section.sh

need_rust
need_node

if ensure shellcheck shellcheck; then
  section 'scripts: shellcheck' shellcheck -x .ci/run scripts/*.sh
else
  skipped 'scripts: shellcheck' 'shellcheck is missing and could not be installed'
fi
section 'commits: subjects' scripts/commits.sh
section 'server: formatting' cargo fmt --all --check
section 'playground: build matches the committed files' scripts/playground.sh --check
# First, because the server embeds the client.
section 'client: build' scripts/client.sh
section 'server: clippy' cargo clippy --locked --workspace --all-targets -- -D warnings
section 'server: documentation' cargo doc --locked --workspace --no-deps --document-private-items
section 'server: licenses and bans' scripts/deny.sh
advisory 'dependencies: known vulnerabilities' scripts/advisories.sh
section 'schema: matches the code' scripts/schema.sh --check
finish
