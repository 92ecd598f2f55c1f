#!/usr/bin/env bash
# Two AgentNet tasks are imported together, a third one at the same time as the first, and she types in the same app meanwhile.
# A job gets each task with its own instruction, codes and frames, in order, with nothing of the others among them.
. "$(dirname "$0")/lib.sh"

make_officers
draft_charter --demo
sign_charter
start_servers
enrol_employee
day=$(date -u -d '2 days ago' +%F)
began=${day}T09:00:00Z
BEGAN=$(($(date -d "$began" +%s) * 1000)) python3 "$story_root/Tests/stories/two_tasks.py" write "$ROAD"
expect 0 employee import "$ROAD/a.jsonl" "$ROAD/b.jsonl" --format agentnet --app desk --start "$began" --json
python3 - "$ROAD/out" <<'PY' || fail "the second file does not follow the first: $(cat "$ROAD/out")"
import json, sys
a, b = map(json.loads, open(sys.argv[1]))
assert a["recordings"] == b["recordings"] == 1 and a["until"] < b["from"], (a, b)
PY
expect 0 employee import "$ROAD/c.jsonl" --format agentnet --app desk --start "$began"
expect 0 employee import "$ROAD/typed.jsonl" --format jsonl
expect 64 employee import "$ROAD/b.jsonl" --format agentnet --app desk --start "${day}T15:00:00Z"
expect_words "b.jsonl was imported already"

unlock_employee
kinds=keys,pointer,prompt,screen
publish_purpose completion $kinds desk
consent completion --kinds $kinds --apps desk
employee sync >/dev/null
make_job
granted=$(grant completion --kinds $kinds --apps desk --days "$day..$day" --pages 1000)
expect 0 open_samples tar
mv "$ROAD/out" "$ROAD/samples.tar"
expect 0 open_samples agentnet
mv "$ROAD/out" "$ROAD/tasks.tar"
told=$(python3 "$story_root/Tests/stories/two_tasks.py" check "$ROAD" "$ROAD/samples.tar" "$ROAD/tasks.tar" 2>&1) || fail "$told"

pass "two tasks and a third at the same time: $told"
