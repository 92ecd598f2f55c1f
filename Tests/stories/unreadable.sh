#!/usr/bin/env bash
# Objects of one of two people are damaged or gone. A stream ends with the object's name, or goes on without the person and says
# by which rule; nothing of this person is in it.
# limit: 120
. "$(dirname "$0")/lib.sh"
. "$story_root/tools/lib/two.sh"

two_people
granted=$(grant completion --kinds terminal --apps editor --days "$(day 20)..$(day 0)" --pages 1000)
open=(job open --grant "$granted" --format jsonl)
expect 0 "${open[@]}"
whole=$(wc -l <"$ROAD/out")
cp -a "$ROAD/lake" "$ROAD/lake.whole"
mend() { rm -rf "$ROAD/lake" && cp -a "$ROAD/lake.whole" "$ROAD/lake"; }

# without CODE RULE : the stream ends with this code, and goes on without one person, of whom nothing must go or is left
without() {
    local code=$1 rule=$2
    expect "$code" "${open[@]}" --on-ended drop
    expect_words "$rule" pseudonym subject object
    expect 3 "${open[@]}" --on-unreadable drop --manifest "$ROAD/manifest"
    expect_words "left out: g" "rule $rule"
    expect 0 "${open[@]}" --on-unreadable drop -o "$ROAD/samples" --allow-disk --manifest "$ROAD/manifest"
    [ $((2 * $(wc -l <"$ROAD/samples"))) = "$whole" ] || fail "$(wc -l <"$ROAD/samples") samples of $whole are left"
    [ "$(subjects "$ROAD/samples")" = 1 ] || fail "both people are in the file"
    python3 - "$ROAD/manifest" "$rule" "$(head -n 1 "$ROAD/samples" | json subject)" <<'PY'
import json, sys
manifest = json.load(open(sys.argv[1]))
left = manifest["leftOut"]
assert [one["rule"] for one in left] == [sys.argv[2]] and left[0]["subject"] != sys.argv[3] and not manifest["mustGo"]
PY
}

# The bodies are the larger objects. The samples name a page, by its last day.
for how in damaged gone; do
    body=$(python3 - "$ROAD/out" "$ROAD/lake" <<'PY'
import hashlib, json, os, sys
last = {}
for line in open(sys.argv[1]):
    sample = json.loads(line)
    last[sample["subject"]] = sample["coffer"]["segment"]
wanted = last[sorted(last)[0]]
for name in os.listdir(sys.argv[2]):
    with open(os.path.join(sys.argv[2], name), "rb") as file:
        if hashlib.sha256(file.read()).hexdigest() == wanted: print(name)
PY
)
    [ -n "$body" ] || fail "the lake has no such body"
    if [ $how = gone ]; then rm "$ROAD/lake/$body"; else printf x | dd of="$ROAD/lake/$body" bs=1 seek=300 conv=notrunc status=none; fi
    cp "$ROAD/out" "$ROAD/whole"
    if [ $how = gone ]; then without 75 body.missing; else without 65 body.hash; fi
    cp "$ROAD/whole" "$ROAD/out"
    mend
done

# Without the whole lake there is no epoch.
mkdir "$ROAD/empty"
mv "$ROAD/lake" "$ROAD/lake.away"
mv "$ROAD/empty" "$ROAD/lake"
expect 75 "${open[@]}" --on-ended drop --on-unreadable drop
expect_silence
expect_words index.missing
pass "unreadable: a body that is damaged or gone ends a stream of $whole samples by name, or leaves one of two people out"
