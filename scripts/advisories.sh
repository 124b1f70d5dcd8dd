#!/usr/bin/env bash
# Known vulnerabilities of the dependencies: of crates by RustSec's database, of npm packages by what their registry
# says. Exits with 3, and says why, where one of the two could not be asked: nothing is known then, good or bad.
#
# RustSec's database is fetched from GitHub, or taken from CONFAB_ADVISORY_DB, a clone of
# https://github.com/rustsec/advisory-db, for machines that reach no network.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

url=https://github.com/rustsec/advisory-db
found=0
unasked=0

not_scanned() {
  printf 'not scanned: %s\n' "$1"
  unasked=1
}

crates() {
  local source=${CONFAB_ADVISORY_DB:+file://$(realpath "$CONFAB_ADVISORY_DB")}
  # Git itself fetches (`git-fetch-with-cli`), so that it can be told where from.
  export GIT_TERMINAL_PROMPT=0 GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="url.${source:-$url}.insteadOf" GIT_CONFIG_VALUE_0=$url
  if ! timeout 30 git ls-remote "$url" HEAD >/dev/null 2>&1; then
    not_scanned "crates: no advisory database. Set CONFAB_ADVISORY_DB to a clone of $url"
    return
  fi
  scripts/deny.sh advisories || found=1
}

packages() {
  local report
  report=$(timeout 60 npm audit --prefix frontend --json 2>/dev/null)
  # A report has a version; anything else is why there is none.
  case $report in
    *'"auditReportVersion"'*) ;;
    *)
      not_scanned 'npm packages: their registry gives no advisories'
      return
      ;;
  esac
  npm audit --prefix frontend --audit-level=moderate || found=1
}

crates
packages
if [ "$found" -ne 0 ]; then exit 1; fi
if [ "$unasked" -ne 0 ]; then exit 3; fi
