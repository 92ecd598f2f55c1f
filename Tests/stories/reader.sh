#!/usr/bin/env bash
# coffer-reader: the same samples in WebDataset, PyTorch, Hugging Face, pandas and Arrow, and in each of them the same refusal;
# a revocation in the middle comes out of a DataLoader's worker with its rule and entry, and a killed program raises.
# limit: 600
# The secret of an epoch lies in memory, and so does all else.
TMPDIR=/dev/shm
. "$(dirname "$0")/lib.sh"
. "$story_root/tools/lib/two.sh"

loaders=$("$story_root/tools/venv" loaders) || skip "the loaders cannot be installed"
torch=$(PIP_RETRIES=1 "$story_root/tools/venv" torch) || skip "PyTorch for processors cannot be installed"
export PYTHONPATH=$story_root/tools/python/src PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=ignore
export TORCHINDUCTOR_CACHE_DIR=$ROAD/inductor

# With a program that stands for coffer and goes wrong in every way.
tests() { # PYTHON MODULE…
    (cd "$story_root/tools/python/tests" && "$1" -m unittest "${@:2}" 2>"$ROAD/unit") || fail "$(tail -n 30 "$ROAD/unit")"
    ran=$((${ran:-0} + $(sed -n 's/^Ran \([0-9]*\) tests.*/\1/p' "$ROAD/unit")))
}
tests "$loaders" test_stream test_loaders
tests "$torch" test_pytorch

two_people
granted=$(grant completion --kinds terminal --apps editor --days "$(day 20)..$(day 0)" --pages 1000)
READER=$(python3 - "$granted" "$ROAD" "$COFFER" <<'PY'
import json, sys
grant, road, coffer = sys.argv[1:]
print(json.dumps({"grant": grant, "home": f"{road}/job", "key": f"{road}/job/key", "coffer": coffer,
                  "epoch": f"{road}/epoch", "images": "none"}))
PY
)
export READER
all="samples webdataset huggingface arrow pandas"
check() { "$1" "$story_root/Tests/stories/reader/check.py" "${@:2}"; } # PYTHON WHAT…
# with NAME VALUE COMMAND… : with one other option
with() {
    READER=$(python3 -c 'import json, sys; print(json.dumps({**json.loads(sys.argv[1]), sys.argv[2]: sys.argv[3]}))' \
        "$READER" "$1" "$2") "${@:3}"
}
# refused CODE JOB OPTIONS… : what the command refuses, each loader refuses by the same code and rule
refused() {
    local code=$1 rule
    shift
    JOB=$1 expect "$code" job open --grant "$granted" --format jsonl --json "${@:2}"
    rule=$(grep coffer.error.v1 "$ROAD/err" | python3 -c 'import json, sys; print(json.load(sys.stdin).get("rule", "-"))')
    # shellcheck disable=SC2086
    check "$loaders" raises "$code" "$rule" $all && check "$torch" raises "$code" "$rule" pytorch ||
        fail "a loader does not give $code $rule"
}

expect 0 job open --grant "$granted" --format jsonl
samples=$(wc -l <"$ROAD/out")
# shellcheck disable=SC2086
check "$loaders" whole "$samples" $all || fail "a loader gives other samples"
before=$(releases)
check "$torch" whole "$samples" pytorch || fail "a loader gives other samples in workers"
[ $(($(releases) - before)) -le 3 ] || fail "two workers cost $(($(releases) - before)) releases"

check "$loaders" ended samples || fail "a killed program does not raise"
check "$torch" ended pytorch || fail "a killed program does not raise in a worker"

# Out of scope; another job's key; pages that are damaged; a lake that is empty.
with kinds keys refused 77 job --kinds keys
JOB=other make_job
with home "$ROAD/other" with key "$ROAD/other/key" refused 77 other
cp -a "$ROAD/lake" "$ROAD/kept"
find "$ROAD/lake" -type f -size +8k -exec sh -c 'printf damage | dd of="$1" bs=1 seek=5000 conv=notrunc status=none' sh {} \;
few="$(day 20)..$(day 17)"
with days "$few" refused 65 job --days "$few"
rm -r "$ROAD/lake"
mkdir "$ROAD/lake"
with days "$few" refused 75 job --days "$few"
rm -r "$ROAD/lake"
mv "$ROAD/kept" "$ROAD/lake"

# A revocation between two shares, and in the middle of streams.
paused() { check "${@:2}" >"$ROAD/said-$1" 2>"$ROAD/cry-$1" & } # NAME PYTHON WHAT…
READERS=()
with epoch "$ROAD/epoch-plans" paused plans "$torch" plans "$ROAD"
READERS+=($!)
wait_for 60 test -e "$ROAD/began-plans" || fail "the first share did not end: $(cat "$ROAD"/cry-*)"
for pair in "$loaders samples" "$loaders webdataset" "$torch pytorch"; do
    with epoch "$ROAD/epoch-${pair#* }" paused "${pair#* }" "${pair% *}" paused "$ROAD" "${pair#* }"
    READERS+=($!)
    wait_for 60 test -e "$ROAD/began-${pair#* }" || fail "the stream did not begin: $(cat "$ROAD"/cry-*)"
done
EMPLOYEE=second expect 0 employee revoke completion
touch "$ROAD/go-on"
for reader in "${READERS[@]}"; do wait "$reader" || fail "a reader: $(tail -n 3 "$ROAD"/cry-*)"; done
entry=$(COFFER_HOME=$ROAD/job "$COFFER" audit entries --type revoke --charter "$ROAD/charter" --json | json index)
for mode in samples webdataset pytorch; do
    [ "$(cat "$ROAD/said-$mode")" = "Refused 77 revoked $entry" ] || fail "$mode: $(cat "$ROAD/said-$mode" "$ROAD/cry-$mode")"
done
[ "$(cat "$ROAD/said-plans")" = "PlansDiffer 75 plan.differs None" ] ||
    fail "shares do not fit together: $(cat "$ROAD"/said-*)"
check "$loaders" whole $((samples / 2)) samples pandas || fail "a loader gives other samples than the first person's"

expect 0 "$COFFER" org halt --charter "$ROAD/charter" --key "$ROAD/org/emergency"
refused 77 job
if pgrep -P $$ -f 'job open' >/dev/null; then fail "a program is left"; fi
pass "reader: $ran tests; $samples samples in six loaders; 77, 65, 75, a killed program and a revocation raise in each"
