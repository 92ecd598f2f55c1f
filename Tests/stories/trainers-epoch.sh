#!/usr/bin/env bash
# The trainer's epoch: a revocation in mid-stream never looks like a short epoch. Exit ≠ 0, no trailer, WebDataset raises.
. "$(dirname "$0")/lib.sh"

python=$("$story_root/tools/venv" webdataset) || skip "WebDataset cannot be installed"
train=$story_root/Tests/stories/webdataset/train.py

# More samples than the pipes between job and trainer can hold.
small_road "$(seq -s ' ' 1001 1900)"

expect 0 job run --grant "$granted" -- "$python" "$train"
whole=$(cat "$ROAD/out")
[ "$whole" -ge 10 ] || fail "an epoch of $whole samples only"
expect 0 job open --grant "$granted" --format tar
tail -c 1024 "$ROAD/out" | cmp -s - <(head -c 1024 /dev/zero) || fail "a whole stream has no trailer"
shards=0
for i in 0 1 2; do
    expect 0 job open --grant "$granted" --format jsonl --shard "$i/3"
    shards=$((shards + $(wc -l <"$ROAD/out")))
done
[ "$shards" = "$whole" ] || fail "three shards have $shards samples, the whole $whole"

# If the program fails, the job fails.
expect 1 job run --grant "$granted" -- false
expect 1 job run --grant "$granted" -- head -c 100

stream() {
    set +e
    job open --grant "$granted" --format tar 2>"$ROAD/err-open" | tee "$ROAD/epoch.tar" |
        "$python" "$train" "$ROAD/began" "$ROAD/go-on" >"$ROAD/out" 2>"$ROAD/err-train"
    echo "${PIPESTATUS[*]}" >"$ROAD/statuses"
}
stream &
wait_for 30 test -e "$ROAD/began" || fail "the epoch did not begin: $(cat "$ROAD/err-open" "$ROAD/err-train")"
employee revoke completion >/dev/null
touch "$ROAD/go-on"
wait $!
read -r opened _ trained <"$ROAD/statuses"
[ "$opened" = 77 ] || fail "revoked in mid-stream, the job exits $opened: $(cat "$ROAD/err-open")"
grep -q revoked "$ROAD/err-open" || fail "the job does not say why: $(cat "$ROAD/err-open")"
if tail -c 1024 "$ROAD/epoch.tar" | cmp -s - <(head -c 1024 /dev/zero); then fail "the stream has a trailer"; fi
[ "$trained" != 0 ] || fail "WebDataset took the stream for an epoch of $(cat "$ROAD/out")"
grep -q ReadError "$ROAD/err-train" || fail "WebDataset failed for another reason: $(tail -n 2 "$ROAD/err-train")"

pass "the trainer's epoch: $whole samples whole and in shards; revoked in mid-stream: exit 77, no trailer, WebDataset raises"
