#!/usr/bin/env bash
# Known vulnerabilities of the dependencies: of crates by RustSec's database, of npm packages by what their registry
# says. Exits with 3, and says why, where something could not be looked up: nothing is known of it then, good or bad.
#
# RustSec's database is fetched from GitHub, or taken from CONFAB_ADVISORY_DB, a clone of
# https://github.com/rustsec/advisory-db. Where neither is there, the committed snapshot in advisories/ is asked: it has
# what was known at its date of the crates that were in Cargo.lock then.
#
# `scripts/advisories.sh --refresh` takes a new snapshot.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

url=https://github.com/rustsec/advisory-db
snapshot=advisories/rustsec
found=0
unasked=0

not_scanned() {
  printf 'not scanned: %s\n' "$1"
  unasked=1
}

# The names of all crates of Cargo.lock.
locked() {
  sed -n 's/^name = "\(.*\)"$/\1/p' Cargo.lock | LC_ALL=C sort -u
}

# Git itself fetches (`git-fetch-with-cli`), so that it can be told where from.
fetched_from() {
  export GIT_TERMINAL_PROMPT=0 GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="url.$1.insteadOf" GIT_CONFIG_VALUE_0=$url
}

can_be_fetched() {
  timeout 30 git ls-remote "$url" HEAD >/dev/null 2>&1
}

# Crates that came after the snapshot are not in it.
from_snapshot() {
  local missing
  missing=$(comm -23 <(locked) "$snapshot/crates.txt" | paste -sd ' ')
  [ -z "$missing" ] || not_scanned "crates that are newer than the snapshot ($missing): scripts/advisories.sh --refresh"
  # cargo-deny takes a repository of Git.
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

# Where the database is.
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
if [ "$unasked" -ne 0 ]; then exit 3; fi
