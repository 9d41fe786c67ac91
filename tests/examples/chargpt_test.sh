#!/usr/bin/env bash
# Runs examples/chargpt as a user does, with a model so small that a run takes seconds.
# Usage: chargpt_test.sh CHARGPT CASE
set -u
chargpt=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
small=(--text text --context 16 --batch 4 --dim 16 --heads 2 --layers 1 --eval-every 5
       --generate 20 --threads 1)
for i in $(seq 60); do printf 'line %d of a text that is long enough, %d.\n' "$i" $((i * i)); done > text

fail() { printf '%s\n' "$*"; exit 1; }

# refused PATTERN ARGUMENTS...: exit code 1, one sentence on stderr that matches, files as before.
refused() {
  local pattern=$1 before after
  shift
  before=$(sha256sum ./* 2>/dev/null)
  "$chargpt" "$@" > out 2> err
  local code=$?
  rm -f out
  [ $code = 1 ] || fail "exit code $code instead of 1: $* ($(cat err))"
  [ "$(wc -l < err)" -le 4 ] || fail "more than a sentence: $(cat err)"
  grep -qE "^chargpt: .*$pattern" err || fail "no /$pattern/ in: $(cat err)"
  rm -f err
  after=$(sha256sum ./* 2>/dev/null)
  [ "$before" = "$after" ] || fail "files changed: $*"
}

train() { "$chargpt" "${small[@]}" "$@" > log 2>&1 || fail "chargpt $* failed: $(tail -5 log)"; }

case $2 in
bad_text)
  refused 'cannot read the text absent: No such file' --text absent
  refused 'the text \. is a folder' --text .
  : > empty
  refused 'the text empty is empty' --text empty
  printf 'short' > short
  refused 'the text short is too short: it has 5 characters' --text short
  refused 'too short' --text text --context 4000
  ;;
bad_flags)
  refused 'lists all flags' --no-such-flag
  refused 'batch' --batch 0
  refused '\-\-heads 3 does not divide --dim 16' --dim 16 --heads 3
  refused 'there is no folder' "${small[@]}" --checkpoint nowhere/c
  refused 'there is no checkpoint chargpt.safetensors to resume' "${small[@]}" --resume
  ;;
bad_checkpoint)
  train --steps 5
  size=$(stat -c %s chargpt.safetensors)
  for keep in 0 5 1000 $((size / 2)) $((size - 1)); do
    head -c "$keep" chargpt.safetensors > cut
    refused 'cut' "${small[@]}" --checkpoint cut --resume
    # Nor is it overwritten by a new run.
    refused 'cut exists and is no whole checkpoint' "${small[@]}" --checkpoint cut
  done
  rm cut
  refused 'was trained with --context 16, not 8' "${small[@]}" --context 8 --resume
  sed 's/long/lone/' text > other
  refused 'was trained on another text' "${small[@]}" --text other --resume
  # What a killed write leaves is a file beside; the checkpoint is the last whole one.
  head -c 100 chargpt.safetensors > chargpt.safetensors.tmp-1-0
  train --steps 6 --resume
  grep -q 'Going on after step 5' log || fail "did not resume: $(cat log)"
  ;;
resume)
  train --steps 20 --checkpoint whole
  train --steps 10 --checkpoint parts
  train --steps 20 --checkpoint parts --resume
  cmp whole parts || fail "the resumed run differs from the uninterrupted one"
  train --steps 20 --checkpoint parts --resume
  grep -q '20 steps are done' log || fail "did not notice that nothing is left: $(cat log)"
  ;;
interrupt)
  "$chargpt" "${small[@]}" --steps 100000 --eval-every 100000 > log 2>&1 &
  pid=$!
  for _ in $(seq 600); do grep -q 'train_step' log && break; sleep 0.1; done
  sleep 0.5
  kill -INT $pid
  wait $pid
  code=$?
  [ $code = 130 ] || fail "exit code $code instead of 130: $(cat log)"
  steps=$(sed -n 's/^Saved after step \([0-9]*\) in .*/\1/p' log)
  [ -n "$steps" ] || fail "does not say what was saved: $(tail -3 log)"
  tail -1 log | grep -q -- '--resume' || fail "does not say how to go on: $(tail -1 log)"
  train --steps $((steps + 3)) --eval-every 100000 --resume
  train --steps $((steps + 3)) --eval-every 100000 --checkpoint whole
  cmp whole chargpt.safetensors || fail "the interrupted run differs from the uninterrupted one"
  ;;
output)
  train --steps 20 --dropout 0.1
  grep -q '(wte): Embedding(' log || fail "no module tree: $(cat log)"
  grep -q 'kernel' log || fail "does not say what was compiled: $(cat log)"
  grep -qE '^step +20  train [0-9.]+  held-out [0-9.]+  [0-9,]+ tokens/s' log || fail "no losses"
  grep -q '<polyline' chargpt.svg || fail "no curve"
  [ "$(tail -c 21 log | wc -m)" -ge 20 ] || fail "no text"
  ;;
*) fail "no case $2" ;;
esac
