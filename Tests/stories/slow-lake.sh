#!/usr/bin/env bash
# A lake that takes 100 ms for each object: pages and bodies are read many at a time, so an epoch takes little longer. And the
# manifest and the card of a stream say what is in it.
# limit: 600
. "$(dirname "$0")/lib.sh"

"$(command -v clang || command -v cc)" -shared -fPIC -o "$ROAD/slow-open.so" "$story_root/Tests/stories/slow-open.c"
make_officers
draft_charter --demo
sign_charter
start_servers
enrol_employee
# One page, of one body, for each of sixty days.
python3 - >"$ROAD/recording.jsonl" <<'PY'
import json, time
today = int(time.time()) // 86400
for day in range(today - 61, today - 1):
    for i, key in enumerate("words"):
        print(json.dumps({"t": day * 86_400_000 + 36_000_000 + 90 * i, "kind": "keys", "app": "editor", "type": "press",
                          "key": key, "source": "device"}))
PY
employee import "$ROAD/recording.jsonl" --format jsonl >/dev/null
unlock_employee
publish_purpose completion keys editor
consent completion --kinds keys --apps editor
[ "$(employee sync --json | json pages)" = 60 ] || fail "sixty days make other than sixty pages"
make_job
granted=$(grant completion --kinds keys --apps editor --days "$(date -u -d '61 days ago' +%F)..$(date -u +%F)" --pages 1000)

# timed COMMAND… : milliseconds
timed() {
    local began
    began=$(date +%s%N)
    expect 0 "$@"
    echo $((($(date +%s%N) - began) / 1000000))
}
expect 0 open_samples
fast=$(timed open_samples)
[ "$(wc -l <"$ROAD/out")" = 60 ] || fail "sixty pages give $(wc -l <"$ROAD/out") samples"
slowed() { LD_PRELOAD=$ROAD/slow-open.so open_samples; }
slow=$(timed slowed)
[ "$(wc -l <"$ROAD/out")" = 60 ] || fail "the slow lake gives $(wc -l <"$ROAD/out") samples"
# One after the other, 120 pages and bodies alone take 12 seconds more.
[ $((slow - fast)) -lt 9000 ] || fail "a slow lake takes $slow ms, a fast one $fast ms"

# --- manifest and card ----------------------------------------------------------------------------------------------
expect 0 job open --grant "$granted" --manifest "$ROAD/manifest" --card "$ROAD/card.md"
[ "$(stat -c %a "$ROAD/manifest")" = 600 ] || fail "others may read the manifest"
python3 - "$ROAD/out" "$ROAD/manifest" <<'PY'
import hashlib, json, sys, tarfile
stream, kept = (open(path, "rb").read() for path in sys.argv[1:])
with tarfile.open(sys.argv[1]) as tar:
    names = tar.getnames()
    inside = tar.extractfile("__manifest__").read()
manifest = json.loads(inside)
days = [day for person in manifest["subjects"] for day in person["days"]]
written = manifest["written"]
assert names[-1] == "__manifest__" and inside == kept
assert hashlib.sha256(stream[:written["bytes"]]).hexdigest() == written["sha256"]
assert len(days) == 60 and sum(day["samples"] for day in days) == len(names) - 1 == 60
assert len(manifest["subjects"][0]["closed"]) >= 8 and len(manifest["subjects"][0]["open"]) == 1
assert not manifest["leftOut"]
PY
grep -qF "| people | fewer than 5 |" "$ROAD/card.md" || fail "the card tells of one person: $(cat "$ROAD/card.md")"
grep -qF "sha256:$(sha256sum "$ROAD/manifest" | cut -d ' ' -f 1)" "$ROAD/card.md" || fail "the card has another manifest"

# What a page lacks is said. A stream that fails keeps no manifest.
expect 0 employee erase --since "$(date -u -d '10 days ago' +%F)T00:00:00Z" --until "$(date -u -d '10 days ago' +%F)T23:59:59Z"
expect 0 employee sync
brokers_follow
expect 0 job open --grant "$granted" --format jsonl --manifest "$ROAD/manifest"
[ "$(json leftOut.0.rule <"$ROAD/manifest")" = page.erased ] || fail "the erased page is not named: $(cat "$ROAD/manifest")"
expect 0 employee revoke completion
brokers_follow
expect 77 job open --grant "$granted" --format jsonl --manifest "$ROAD/none"
[ ! -e "$ROAD/none" ] || fail "a stream that failed has a manifest"

pass "a slow lake: 60 pages in $slow ms instead of $fast ms; the manifest names all of them, and the one that was erased"
