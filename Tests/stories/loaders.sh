#!/usr/bin/env bash
# Samples in the loaders that trainers use: WebDataset, Hugging Face, pandas and pyarrow read every stream with one schema,
# although prompts without a screen come first; each form of image shows the same pixels; a share without samples and a cut
# end show.
# limit: 600
. "$(dirname "$0")/lib.sh"

python=$("$story_root/tools/venv" loaders) || skip "the loaders cannot be installed"
check=$story_root/Tests/stories/loaders/check.py

make_officers
draft_charter --demo
sign_charter
start_servers
enrol_employee
"$python" "$check" record "$ROAD"
employee import "$ROAD/talk.jsonl" --format jsonl >/dev/null
employee import "$ROAD/tasks.jsonl" --format agentnet --app desk --start "$(date -u -d '2 days ago' +%FT12:00:00Z)" >/dev/null
unlock_employee
kinds=keys,pointer,prompt,screen,terminal
publish_purpose completion $kinds desk,editor
consent completion --kinds $kinds --apps desk,editor
employee sync >/dev/null
make_job
granted=$(grant completion --kinds $kinds --apps desk,editor --days "$(date -u -d '2 days ago' +%F)..$(date -u -d '2 days ago' +%F)" --pages 1000)

opened() { # NAME OPTIONS…
    local name=$1
    shift
    expect 0 job open --grant "$granted" "$@"
    mv "$ROAD/out" "$ROAD/$name"
}
opened png.tar
opened webp.tar --images webp
opened jpeg.tar --images jpeg
opened raw.tar --images raw
opened half.tar --images webp --scale 0.5
opened none.tar --images none
opened desk.tar --kinds pointer,keys,screen --apps desk
opened lines.jsonl --format jsonl --manifest-row
opened empty.tar --shard 1/2
opened row.tar --shard 1/2 --manifest-row
expect 77 job open --grant "$granted" --kinds window
expect_words "does not cover the kind window"
expect 64 job open --grant "$granted" --scale 2
expect 64 job open --grant "$granted" --format agentnet --images none
"$python" "$check" read "$ROAD" >"$ROAD/told" || fail "a loader does not read it: $(cat "$ROAD/told")"

pass "loaders: $(cat "$ROAD/told")"
