#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh FOLDER SECONDS [TARGET...]: each *_fuzz of the build folder for that long, two at a time, a line each. Exit
# status 1: something was found. What a run learns stays in FOLDER/corpus; inputs that fail are in FOLDER/found.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

export LSAN_OPTIONS=print_suppressions=0${LSAN_OPTIONS:+:$LSAN_OPTIONS}

# The runner calls itself with one target, so that xargs can run several.
run_one() {
  local build=$1 seconds=$2 name=$3 log=$1/$3_fuzz.log status=0
  mkdir -p "$build/corpus/$name" "$build/found"
  "$build/${name}_fuzz" -max_total_time="$seconds" -timeout=30 -rss_limit_mb=2560 -print_final_stats=1 \
    -artifact_prefix="$build/found/$name-" "$build/corpus/$name" "$here/corpus/$name" >"$log" 2>&1 || status=$?
  local runs new
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  new=$(sed -n 's/^stat::new_units_added: *//p' "$log")
  if [ "$status" = 0 ]; then
    printf 'fuzz %-9s %9s runs, %5s new inputs, nothing found\n' "$name" "$runs" "$new"
  else
    printf 'fuzz %-9s %9s runs, FOUND %s (see %s)\n' "$name" "${runs:-?}" \
      "$(sed -n 's/^artifact_prefix=.*Test unit written to //p' "$log" | tail -1)" "$log"
    return 1
  fi
}

if [ "$1" = one ]; then run_one "$2" "$3" "$4"; exit; fi
build=$1 seconds=$2; shift 2
if [ $# = 0 ]; then
  for folder in "$here"/corpus/*/; do set -- "$@" "$(basename "$folder")"; done
fi
ASAN_OPTIONS=detect_leaks=0 "$build/fuzz_seeds" "$build/corpus"
printf '%s\n' "$@" | xargs -P 2 -I{} "$0" one "$build" "$seconds" {} || exit 1
