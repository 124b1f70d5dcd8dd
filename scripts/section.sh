# Sourced. Runs the parts of a long check under a heading each, with its time; goes on after a
# failure, and `finish` tells at the end what failed. A part is a command or a script, never a shell
# function: inside a condition those would run on after an error.
# shellcheck shell=bash
outcome=()
failures=0

# section <title> <command…>
section() {
  local title=$1 began=$SECONDS verdict=ok
  shift
  printf '\n==== %s\n' "$title"
  "$@" || verdict=FAILED
  record "$verdict" $((SECONDS - began)) "$title"
}

# skipped <title> <why>: allowed on a developer's machine, a failure where CI=true.
skipped() {
  printf '\n==== %s\nskipped: %s\n' "$1" "$2"
  if [ "${CI:-}" = true ]; then record FAILED 0 "$1"; else record skipped 0 "$1"; fi
}

# advisory <title> <command…>: as a section; with 3 the command says that it could not look, which is no failure.
advisory() {
  local title=$1 began=$SECONDS
  shift
  printf '\n==== %s\n' "$title"
  local status=0
  "$@" || status=$?
  case $status in
    0) record ok $((SECONDS - began)) "$title" ;;
    3) record UNKNOWN $((SECONDS - began)) "$title: not scanned" ;;
    *) record FAILED $((SECONDS - began)) "$title" ;;
  esac
}

record() {
  [ "$1" = FAILED ] && failures=$((failures + 1))
  outcome+=("$(printf '%-8s %5d s  %s' "$1" "$2" "$3")")
}

finish() {
  printf '\n====\n'
  printf '%s\n' "${outcome[@]}"
  [ "$failures" -eq 0 ]
}
