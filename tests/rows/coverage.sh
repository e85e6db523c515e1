#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Row -> test -> result: coverage.sh ROW_TEST ROWS EDITION VERSION. Runs every row test on the kernel VERSION; fails if a
# row of the edition (its digit in rows.txt) has no test or one of its tests does not pass, and names them.
set -eu
row_test=$1 rows=$2 edition=$3 version=$4
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# A test that stands in the list with its whole name is for the editions there, not for those of its row.
filter=$(awk -v edition="$edition" '
    /^#/ { next }
    length($1) == 3 { if (index($2, edition)) due = due "Row." $1 "*:"; next }
    !index($2, edition) { others = others "Row." $1 ":" }
    END { print due "-" others }' "$rows")
"$row_test" --edition="$version" --gtest_filter="$filter" --gtest_brief=1 --gtest_output="xml:$scratch/result.xml" > "$scratch/log" 2>&1 || true
[ -s "$scratch/result.xml" ] || { cat "$scratch/log" >&2; echo "coverage-rows: $row_test gave no result" >&2; exit 1; }
awk -v edition="$edition" '
    FNR == 1 { ++input }
    # The results: one element a test; a failed one has children, so its line does not end the element.
    input == 1 && /<testcase name=/ {
        match($0, /name="[^"]*"/); name = substr($0, RSTART + 6, RLENGTH - 7)
        row = substr(name, 1, 3)
        result = /result="skipped"/ ? "skipped" : /\/>/ ? "ok" : "FAILED"
        tests[row] = tests[row] name "\t" result "\n"
    }
    input == 2 && length($1) == 3 && index($2, edition) {
        ++rows
        if (!($1 in tests)) { missing = missing "  " $0 "\n"; ++lacking; printf "%s  -\n", $1; next }
        count = split(tests[$1], lines, "\n")
        for (i = 1; i < count; ++i) {
            split(lines[i], part, "\t")
            printf "%s  %-76s %s\n", $1, part[1], part[2]
            if (part[2] != "ok") { bad = bad "  " part[1] ": " part[2] "\n"; ++failed }
        }
    }
    END {
        printf "\n%d rows, %d without a test, %d tests that did not pass\n", rows, lacking, failed
        if (lacking) printf "without a test:\n%s", missing
        if (failed) printf "not passed:\n%s", bad
        exit lacking || failed
    }' "$scratch/result.xml" "$rows"
