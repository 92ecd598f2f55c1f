#!/usr/bin/env bash
# One epoch, many workers: shares that have its secret release the index weeks once; a worker that was killed goes on from its
# checkpoint and asks under the same releases; the secret is gone when the epoch is over.
# limit: 120
# The secret lies in memory, and so does all else.
TMPDIR=/dev/shm
. "$(dirname "$0")/lib.sh"
. "$story_root/tools/lib/two.sh"

two_people
expect 0 job request completion --kinds terminal --apps editor --days "$(day 20)..$(day 0)" --pages 1000 --dry-run --json
[ "$(json knownPages <"$ROAD/out")" = 0 ] || fail "pages are known before a release: $(cat "$ROAD/out")"
weeks=$(json indexIDs <"$ROAD/out")
granted=$(grant completion --kinds terminal --apps editor --days "$(day 20)..$(day 0)" --pages 1000)
open=(job open --grant "$granted" --format jsonl)

# The samples without the release that each of them names.
plain() { sed -E 's/"release":[0-9]+/"release":0/' "$@"; }
expect 0 "${open[@]}"
plain "$ROAD/out" >"$ROAD/whole"

# Two shares: one release of weeks, and one of pages each.
before=$(releases)
for share in 0/2 1/2; do
    [ $share = 0/2 ] || [ "$(stat -c %a "$ROAD/epoch")" = 600 ] || fail "others can read the secret"
    expect 0 "${open[@]}" --shard $share --epoch "$ROAD/epoch"
    plain "$ROAD/out" >>"$ROAD/shares"
done
[ $(($(releases) - before)) = 3 ] || fail "two shares cost $(($(releases) - before)) releases"
diff <(sort "$ROAD/whole") <(sort "$ROAD/shares") >/dev/null || fail "the shares are not the whole"
[ ! -e "$ROAD/epoch" ] || fail "the secret outlived its epoch"

# A worker is killed in the middle, and goes on.
again=("${open[@]}" --epoch "$ROAD/epoch" --checkpoint "$ROAD/checkpoint" --resume --manifest "$ROAD/manifest")
in_between "$ROAD/checkpoint" "${again[@]}"
for i in $(seq 500); do
    kill -CONT "$process"
    sleep 0.01
    kill -STOP "$process" || fail "it ended before it was killed"
    [ "$(wc -l <"$ROAD/checkpoint")" -lt 4 ] || break
done
before=$(releases)
kill -9 "$process"
wait "$stream" || true
mv "$ROAD/stream" "$ROAD/first"
[ -e "$ROAD/epoch" ] || fail "the secret is gone before its epoch was over"
expect 0 "${again[@]}"
[ "$(releases)" = "$before" ] || fail "going on cost $(($(releases) - before)) releases"
python3 - "$ROAD/manifest" "$ROAD/first" "$ROAD/out" >"$ROAD/joined" <<'PY'
import hashlib, json, sys
manifest, first, rest = json.load(open(sys.argv[1])), open(sys.argv[2], "rb").read(), open(sys.argv[3], "rb").read()
part = first[:manifest["before"][0]["bytes"]]
assert part and hashlib.sha256(part).hexdigest() == manifest["before"][0]["sha256"]
assert hashlib.sha256(rest).hexdigest() == manifest["written"]["sha256"]
sys.stdout.buffer.write(part + rest)
PY
plain "$ROAD/joined" | cmp - "$ROAD/whole" || fail "both parts are not the whole"
[ ! -e "$ROAD/epoch" ] && [ ! -e "$ROAD/checkpoint" ] || fail "the epoch is over, and something of it is left"

# A secret lies in memory only, and a checkpoint is of one stream.
expect 78 "${open[@]}" --epoch "$story_root/epoch"
expect_words epoch.disk
expect 64 "${open[@]}" --resume
echo junk >"$ROAD/checkpoint"
expect 64 "${open[@]}" --checkpoint "$ROAD/checkpoint" --resume
expect_silence

# What the next request costs is known from now on, and the outcome names the manifest.
expect 0 job request completion --kinds terminal --apps editor --days "$(day 20)..$(day 0)" --pages 1000 --dry-run --json
[ "$(json knownPages <"$ROAD/out")" = 40 ] && [ "$(json ids <"$ROAD/out")" = $((weeks + 40)) ] || fail "$(cat "$ROAD/out")"
report() { COFFER_HOME=$ROAD/job "$COFFER" audit report -o "$ROAD/report" --force --charter "$ROAD/charter" --json; }
expect 0 report
unclaimed=$(json unclaimed <"$ROAD/out")
[ "$unclaimed" = "$(releases)" ] || fail "$unclaimed releases of $(releases) are in no manifest"
expect 0 job done --grant "$granted" --model "$(printf 'ab%.0s' $(seq 32))" --manifest "$ROAD/manifest" --json
logged=$(json manifest <"$ROAD/out")
python3 - "$ROAD/manifest" "$logged" <<'PY' || fail "the log has another hash"
import hashlib, sys
opening = bytes.fromhex(open(sys.argv[1] + ".opening").read().strip())
manifest = open(sys.argv[1], "rb").read()
assert hashlib.sha256(b"coffer/v1/manifest\0" + opening + manifest).hexdigest() == sys.argv[2]
PY
# An auditor to whom the job shows the manifest finds its model; a manifest or an opening that was changed is in no outcome.
shown() { COFFER_HOME=$ROAD/job "$COFFER" audit manifest "$@" --charter "$ROAD/charter" --json; }
expect 0 shown "$ROAD/manifest"
[ "$(json model <"$ROAD/out")" = "$(printf 'ab%.0s' $(seq 32))" ] || fail "$(cat "$ROAD/out")"
sed 's/"samples":/"samples" :/' "$ROAD/manifest" >"$ROAD/changed"
expect 66 shown "$ROAD/changed" --opening "$ROAD/manifest.opening"
expect_words manifest.unlogged
printf '%064d\n' 0 >"$ROAD/changed.opening" && chmod 600 "$ROAD/changed.opening"
expect 66 shown "$ROAD/manifest" --opening "$ROAD/changed.opening"
expect 64 shown "$ROAD/report"
expect 0 report
[ "$(json unclaimed <"$ROAD/out")" -lt "$unclaimed" ] || fail "the manifest's releases are still in none"
expect 64 job done --grant "$granted" --model "$(printf 'ab%.0s' $(seq 32))" --manifest "$ROAD/report"
pass "resume: two shares cost 3 releases, a killed worker goes on at no cost, both parts are the whole, the manifest is logged"
