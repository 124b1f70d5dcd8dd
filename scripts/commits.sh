#!/usr/bin/env bash
# Checks the subjects of recent commits against CONTRIBUTING.md: up to 72 characters, no semicolon, no trailing period.
#   scripts/commits.sh [COUNT]   the number of commits, 50 by default
set -euo pipefail
cd "$(dirname "$0")/.."

# A source archive has no history.
git rev-parse --git-dir >/dev/null 2>&1 || exit 0
wrong=$(git log -n "${1:-50}" --no-merges --format='%h %s' | awk '
  { subject = substr($0, index($0, " ") + 1) }
  length(subject) > 72 || subject ~ /;/ || subject ~ /\.$/ { print }')
if [ -n "$wrong" ]; then
  printf 'Commit subjects with more than 72 characters, a semicolon or a trailing period:\n%s\n' "$wrong" >&2
  exit 1
fi
