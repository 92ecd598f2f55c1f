#!/usr/bin/env bash
# The page Training: each of its snippets runs on desktop steps of AgentNet, a tiny model is trained on them, from the grant
# to `job done`, and a revocation afterwards is found by the manifests.
# limit: 600
# The secret of an epoch lies in memory, and so does all else.
TMPDIR=/dev/shm
. "$(dirname "$0")/lib.sh"
. "$story_root/tools/lib/packages.sh"

steps=$(dirname "$story_root")/shared/data/opencua-raw-recording/agentnet_example.jsonl
[ -e "$steps" ] || skip "the recorded steps of AgentNet are not here: $steps"
# shellcheck disable=SC2086
command -v java >/dev/null || (need_packages $spark_packages) || skip "Java is not here"
loaders=$("$story_root/tools/venv" loaders) || skip "the loaders cannot be installed"
torch=$(PIP_RETRIES=1 "$story_root/tools/venv" torch) || skip "PyTorch for processors cannot be installed"
spark=$("$story_root/tools/venv" spark) || skip "PySpark cannot be installed"

make_officers
draft_charter --demo
sign_charter
start_servers
for person in employee second; do EMPLOYEE=$person enrol_employee; done
day=$(date -u -d '2 days ago' +%F)
employee import "$steps" --format agentnet --app desk --start "${day}T09:00:00Z" >/dev/null
printf '{"t":%s000,"app":"desk","kind":"prompt","role":"user","text":"hello"}\n' "$(date -u -d "$day 10:00" +%s)" \
    >"$ROAD/prompt.jsonl"
EMPLOYEE=second employee import "$ROAD/prompt.jsonl" --format jsonl >/dev/null
kinds=keys,pointer,prompt,screen
publish_purpose completion $kinds desk
for person in employee second; do
    EMPLOYEE=$person unlock_employee
    EMPLOYEE=$person consent completion --kinds $kinds --apps desk
    EMPLOYEE=$person employee sync >/dev/null
done
make_job
granted=$(grant completion --kinds $kinds --apps desk --days "$day..$day" --pages 1000)

mkdir "$ROAD/bin" "$ROAD/page" "$ROAD/work" "$ROAD/work/manifests"
ln -s "$COFFER" "$ROAD/bin/coffer"
# As a trainer's shell has it.
trainer() { # SECONDS COMMAND…
    (cd "$ROAD/work" && PATH=$ROAD/bin:$PATH COFFER_HOME=$ROAD/job COFFER_JOB_KEY=$ROAD/job/key \
        PYTHONPATH=$story_root/tools/python/src PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=ignore HF_HUB_OFFLINE=1 \
        HF_HOME=$ROAD/hf TORCHINDUCTOR_CACHE_DIR=$ROAD/inductor HF_DATASETS_DISABLE_PROGRESS_BARS=1 timeout "$@")
}
run() { # FILE
    case $1 in
        *.shell) trainer 60 bash -eu "$ROAD/page/$1" ;;
        *spark*) PYSPARK_PYTHON=$spark trainer 120 "$spark" "$ROAD/page/$1" ;;
        *pytorch*) trainer 60 "$torch" "$ROAD/page/$1" ;;
        *) trainer 60 "$loaders" "$ROAD/page/$1" ;;
    esac
}
python3 "$story_root/Tests/stories/training/snippets.py" "$story_root/Sources/coffer/Coffer.docc/Training.md" "$ROAD/page" \
    "$granted" >"$ROAD/snippets" || fail "the page's snippets cannot be read"
count=0
while read -r name; do
    run "$name" >"$ROAD/page/$name.out" 2>"$ROAD/page/$name.err" </dev/null ||
        fail "the snippet $name: $(tail -n 5 "$ROAD/page/$name.err")"
    [ -s "$ROAD/page/$name.out" ] || fail "the snippet $name prints nothing"
    count=$((count + 1))
done <"$ROAD/snippets"
for name in webdataset hugging-face; do
    grep -qF "pyautogui.rightClick(x=0.9553, y=0.5117)" "$ROAD"/page/*-$name.python.out || fail "$name prints other steps"
done
[ "$(cat "$ROAD"/page/*-when-someone-revokes-afterwards.python.out)" = "[]" ] || fail "someone is gone before the training"

trainer 120 "$torch" "$story_root/tools/python/examples/next_action.py" "$granted" >"$ROAD/trained" 2>"$ROAD/err" ||
    fail "the example: $(tail -n 5 "$ROAD/err")"
tail -n 1 "$ROAD/trained" >"$ROAD/said"
python3 - "$ROAD/said" <<'PY' || fail "the model has learnt nothing: $(cat "$ROAD/said")"
import json, sys
said = json.load(open(sys.argv[1]))
assert said["steps"] == 15 and said["last"] < said["first"] / 4 and said["right"] > 0.8, said
PY
# One of the plain shell, and one for each share that the example read.
[ "$(COFFER_HOME=$ROAD/job "$COFFER" audit entries --type outcome --charter "$ROAD/charter" --json | wc -l)" = 3 ] ||
    fail "the models' outcomes are not in the log"
ls "$ROAD"/work/manifests/*.opening >/dev/null || fail "the manifest's hash was not logged"

# One of two people of the manifests is gone.
expect 0 employee revoke completion
name=$(grep afterwards "$ROAD/snippets")
run "$name" >"$ROAD/out" 2>"$ROAD/err" || fail "the snippet $name: $(tail -n 3 "$ROAD/err")"
python3 - "$ROAD" <<'PY' || fail "the manifests do not say who is gone: $(cat "$ROAD/out")"
import ast, glob, json, sys
manifests = [json.load(open(path)) for path in glob.glob(sys.argv[1] + "/work/manifests/*.json")]
people = {person["subject"]: person["days"] for manifest in manifests for person in manifest["subjects"] if person["days"]}
gone = ast.literal_eval(open(sys.argv[1] + "/out").read())
assert len(people) == 2 and len(gone) == 1 and sum(day["samples"] for day in people[gone[0]]) >= 15
PY
pass "training: $count snippets of the page run; a model learns 15 steps of a desktop, and is logged; a revocation is found"
