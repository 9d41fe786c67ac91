#!/usr/bin/env bash
# Runs examples/digits as a user does, on generated images: each digit is a bar of its own place.
# Usage: digits_test.sh DIGITS CASE
set -u
digits=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2

fail() { printf '%s\n' "$*"; exit 1; }

# images SEED COUNT: digit d has a bright row d below 8, two bright columns for 8 and 9, and noise.
images() {
  awk -v seed="$1" -v count="$2" 'BEGIN {
    srand(seed)
    for (i = 0; i < count; ++i) {
      d = i % 10
      for (y = 0; y < 8; ++y) for (x = 0; x < 8; ++x) {
        on = d < 8 ? y == d : (x == (d - 8) * 4 + 1 || x == (d - 8) * 4 + 2)
        printf "%d,", on ? 12 + int(rand() * 5) : int(rand() * 4)
      }
      print d
    }
  }'
}
images 1 400 > train.csv
images 2 100 > test.csv
small=(--train train.csv --width 4 --batch 32 --picture matrix.svg)

# refused PATTERN ARGUMENTS...: exit code 1 and a sentence on stderr that matches.
refused() {
  local pattern=$1
  shift
  "$digits" "$@" > out 2> err
  local code=$?
  [ $code = 1 ] || fail "exit code $code instead of 1: $* ($(cat err))"
  grep -qE "^digits: .*$pattern" err || fail "no /$pattern/ in: $(cat err)"
}

case $2 in
learns)
  "$digits" "${small[@]}" --test test.csv --epochs 8 > log 2>&1 || fail "$(tail -5 log)"
  accuracy=$(sed -n 's/^test: \([0-9]*\).*/\1/p' log)
  [ "${accuracy:-0}" -ge 90 ] || fail "the accuracy is low: $(tail -15 log)"
  [ "$(grep -c '^  [0-9] ' log)" = 10 ] || fail "no accuracy by class: $(cat log)"
  grep -q '</svg>' matrix.svg || fail "no picture"
  ;;
resume)
  "$digits" "${small[@]}" --epochs 4 > whole 2>&1 || fail "$(cat whole)"
  # Stopped after an epoch: the last line that says how it went is the same afterwards.
  timeout -s KILL 60 "$digits" "${small[@]}" --epochs 4 --workers 2 --checkpoint c > first 2>&1 &
  child=$!
  until [ -f c ] || ! kill -0 $child 2> kill; do sleep 0.05; done
  kill -9 $child 2> kill
  wait $child 2> kill
  "$digits" "${small[@]}" --epochs 4 --checkpoint c --resume > rest 2>&1 || fail "$(cat rest)"
  [ "$(grep '^epoch  4' whole)" = "$(grep -h '^epoch  4' first rest | tail -1)" ] ||
    fail "resumed otherwise: $(cat whole rest)"
  ;;
bad_input)
  refused '--train is required' --test test.csv
  refused 'cannot read absent: No such file' --train absent
  refused '--width: Value' "${small[@]}" --width 0
  refused '--resume requires --checkpoint' "${small[@]}" --resume
  sed '7s/,[0-9]*$/,x/' train.csv > wrong.csv
  refused 'wrong.csv:7: column 65: "x" is no number' "${small[@]}" --train wrong.csv
  cut -d, -f1-64 train.csv > narrow.csv
  refused 'narrow.csv has 64 columns' "${small[@]}" --train narrow.csv
  sed '3s/,[0-9]*$/,11/' train.csv > digit.csv
  refused 'row 3 has the digit 11' "${small[@]}" --train digit.csv
  head -20 train.csv > few.csv
  refused 'few.csv has 20 images' "${small[@]}" --train few.csv
  ;;
*)
  fail "no such case: $2"
  ;;
esac
