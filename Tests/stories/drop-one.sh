#!/usr/bin/env bash
# Two people, and one of them revokes while a stream is under way. It ends, or goes on without her and names what must go; a
# file is written again without her. Nothing of it costs an id more.
# limit: 120
. "$(dirname "$0")/lib.sh"
. "$story_root/tools/lib/two.sh"

two_people

granted=$(grant completion --kinds terminal --apps editor --days "$(day 20)..$(day 0)" --pages 1000)
open=(job open --grant "$granted" --format jsonl)
expect 0 "${open[@]}"
whole=$(wc -l <"$ROAD/out")
[ "$(subjects "$ROAD/out")" = 2 ] || fail "the stream has $(subjects "$ROAD/out") people"

# A broker that hangs holds up nobody: without it a stream takes a second or two more, not a minute.
kill -STOP "${server[acme-1]}"
began=$SECONDS
expect 0 "${open[@]}"
[ "$(wc -l <"$ROAD/out")" = "$whole" ] && [ $((SECONDS - began)) -lt 25 ] || fail "one broker hangs: $((SECONDS - began)) s"
expect_words "acme-1 answers late"
kill -CONT "${server[acme-1]}"
brokers_follow

# By default it ends.
in_between "$ROAD/stream" "${open[@]}" --manifest "$ROAD/manifest"
EMPLOYEE=second expect 0 employee revoke completion
finished 77
expect_words revoked
[ ! -e "$ROAD/manifest" ] || fail "a stream that failed keeps a manifest"
[ "$(tail -c 1 "$ROAD/out" | wc -l)" = 0 ] || fail "the stream has its end"
expect 0 "${open[@]}"
rest=$(wc -l <"$ROAD/out")
[ "$(subjects "$ROAD/out")" = 1 ] && [ $((2 * rest)) = "$whole" ] || fail "$rest samples are left of $whole"

# With drop it goes on. Who has her samples takes them out.
EMPLOYEE=second offer_all
PEOPLE=2 in_between "$ROAD/stream" "${open[@]}" --on-ended drop --manifest "$ROAD/manifest"
EMPLOYEE=second expect 0 employee revoke completion
finished 3
expect_words "must go" revoked
[ "$(tail -c 1 "$ROAD/out" | wc -l)" = 1 ] || fail "the stream has no end"
python3 - "$ROAD/out" "$ROAD/manifest" "$rest" <<'PY'
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
manifest, rest = json.load(open(sys.argv[2])), int(sys.argv[3])
gone, left = manifest["mustGo"], manifest["leftOut"]
assert len(gone) == len(left) == 1 and gone[0]["rule"] == left[0]["rule"] == "revoked" and gone[0]["entry"] > 0
kept = [line for line in lines if line["subject"] != gone[0]["subject"]]
assert len(kept) == rest and len(lines) - rest == gone[0]["samples"] > 0
assert [person["subject"] for person in manifest["subjects"]] == [kept[0]["subject"]]
PY

# A file is written again, by the same releases.
EMPLOYEE=second offer_all
before=$(releases)
in_between "$ROAD/samples.part" "${open[@]}" --on-ended drop -o "$ROAD/samples" --allow-disk --manifest "$ROAD/manifest"
EMPLOYEE=second expect 0 employee revoke completion
finished 0
[ "$(wc -l <"$ROAD/samples")" = "$rest" ] && [ "$(subjects "$ROAD/samples")" = 1 ] || fail "the file has someone who revoked"
[ ! -e "$ROAD/samples.part" ] || fail "a part of the file is left"
[ $(($(releases) - before)) -le 2 ] || fail "$(($(releases) - before)) releases were logged for one file"
grep -qF '"mustGo":[]' "$ROAD/manifest" || fail "something of the file must go: $(cat "$ROAD/manifest")"

# A halt ends it in any case.
in_between "$ROAD/stream" "${open[@]}" --on-ended drop --on-unreadable drop
expect 0 "$COFFER" org halt --charter "$ROAD/charter" --key "$ROAD/org/emergency"
finished 77
expect_words halted
pass "one of two revokes: a stream of $whole samples ends, goes on and names what must go, or is written again with $rest"
