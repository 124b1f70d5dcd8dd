#!/usr/bin/env bash
# Reports known vulnerabilities of dependencies: crates by RustSec's database, npm packages by their registry. Exits
# with 3 and the reason if some could not be looked up.
#
# RustSec's database is fetched from GitHub, or read from CONFAB_ADVISORY_DB, a clone of
# https://github.com/rustsec/advisory-db. Without either, the committed snapshot in advisories/ is used: the advisories
# for the crates of Cargo.lock, as of its date.
#
# `scripts/advisories.sh --refresh` updates the snapshot.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

url=https://github.com/rustsec/advisory-db
snapshot=advisories/rustsec
found=0
unscanned=0

not_scanned() {
  printf 'not scanned: %s\n' "$1"
  unscanned=1
}

# Prints the names of all crates in Cargo.lock.
locked() {
  sed -n 's/^name = "\(.*\)"$/\1/p' Cargo.lock | LC_ALL=C sort -u
}

# Redirects Git's fetch of the database (`git-fetch-with-cli`) to another source.
fetched_from() {
  export GIT_TERMINAL_PROMPT=0 GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="url.$1.insteadOf" GIT_CONFIG_VALUE_0=$url
}

can_be_fetched() {
  timeout 30 git ls-remote "$url" HEAD >/dev/null 2>&1
}

# Uses the snapshot, which lacks newer crates.
from_snapshot() {
  local missing
  missing=$(comm -23 <(locked) "$snapshot/crates.txt" | paste -sd ' ')
  [ -z "$missing" ] || not_scanned "crates newer than the snapshot ($missing); run scripts/advisories.sh --refresh"
  # cargo-deny requires a Git repository.
  local clone=target/advisory-snapshot
  rm -rf "$clone"
  mkdir -p "$clone"
  cp -r "$snapshot/crates" "$clone/"
  git -C "$clone" init --quiet --initial-branch=main
  git -C "$clone" add .
  git -C "$clone" -c user.name=snapshot -c user.email=snapshot@localhost commit --quiet --message snapshot
  fetched_from "file://$PWD/$clone"
  printf 'crates: as of %s\n' "$(sed -n 's/^date: //p' "$snapshot/SNAPSHOT")"
}

# Prints the URL of the database.
source_of_crates() {
  if [ -n "${CONFAB_ADVISORY_DB:-}" ]; then printf 'file://%s' "$(realpath "$CONFAB_ADVISORY_DB")"; else printf '%s' "$url"; fi
}

crates() {
  fetched_from "$(source_of_crates)"
  can_be_fetched || from_snapshot
  scripts/deny.sh advisories || found=1
}

packages() {
  local report
  report=$(timeout 60 npm audit --prefix frontend --json 2>/dev/null)
  # A report has a version; any other output is an error.
  case $report in
    *'"auditReportVersion"'*) ;;
    *)
      not_scanned 'npm packages: the registry returned no advisories'
      return
      ;;
  esac
  npm audit --prefix frontend --audit-level=moderate || found=1
}

refresh() {
  local clone=target/advisory-clone crate
  rm -rf "$clone" "$snapshot"
  git clone --quiet --depth 1 "$(source_of_crates)" "$clone" || exit 1
  mkdir -p "$snapshot/crates"
  locked >"$snapshot/crates.txt"
  while read -r crate; do
    if [ -d "$clone/crates/$crate" ]; then cp -r "$clone/crates/$crate" "$snapshot/crates/"; fi
  done <"$snapshot/crates.txt"
  git -C "$clone" log -1 --format='from: %H of '"$url"'%ndate: %cs' >"$snapshot/SNAPSHOT"
}

if [ "${1:-}" = --refresh ]; then
  refresh
  exit
fi
crates
packages
if [ "$found" -ne 0 ]; then exit 1; fi
if [ "$unscanned" -ne 0 ]; then exit 3; fi
