#!/usr/bin/env bash
# Redacted: a secret is typed into a terminal and redacted while the agent goes on, and the terminal still shows it. In what
# a job opens no pixel and no key of it is left, and all that was typed before and after is there, with titles and images.
. "$(dirname "$0")/lib.sh"

make_officers
draft_charter --demo
sign_charter
start_servers
enrol_employee
employee capture on --apps mine --kinds screen,keys,window >/dev/null
open_screen
start_agent --demo-clock -2d

# What is typed shows in green, and the second line, the secret, in magenta.
harmless='#00ff00' secret='#ff00ff'
cat >"$ROAD/terminal.sh" <<'EOF'
printf '\033[38;5;46mwelcome\n'
read -r line
printf '\033[38;5;201m'
read -r secret
printf '\033[38;5;46m'
exec cat
EOF
xterm -class Mine -title Mine -geometry "60x24+20+20" -e bash "$ROAD/terminal.sh" >"$ROAD/log/xterm" 2>&1 &
started+=($!)
wait_for 10 sh -c "xdotool search --class '^Mine\$' | grep -q ." || fail "no window"
window=$(xdotool search --class '^Mine$' | tail -n 1)
focus "$window"
records_now
moment() { date -u -d "${1:-now} 2 days ago" +%FT%TZ; }

type_line "words before it"
sleep 1.5
since=$(moment)
sleep 1
type_line "zq7xw9kv"
sleep 1
until=$(moment)
sleep 2.5
type_line "words after it"
sleep 1
unlock_employee
expect 0 employee redact --since "$since" --until "$until" --json
[ "$(json records <"$ROAD/out")" -ge 16 ] || fail "too few records went: $(cat "$ROAD/out")"
[ "$(json frames <"$ROAD/out")" -ge 1 ] || fail "no frame became black: $(cat "$ROAD/out")"
# The terminal still shows it, and the agent goes on; then it scrolls; then it is gone.
type_line "words while it is still there"
sleep 1
for _ in 1 2 3; do type_line "x"; sleep 0.6; done
type_line "words where it has scrolled"
sleep 1
for _ in $(seq 12); do xdotool key Return; sleep 0.1; done
sleep 1
type_line "words without it"
sleep 1.2
stop_agent

open_mine screen,keys,window

told=$(python3 "$story_root/Tests/stories/pixels.py" "$harmless" "$secret" "$ROAD"/opened/*.png) || fail "$told"
read -r -d '' check <<'PY' || true
import glob, json, os, re, sys
samples = [(path, json.load(open(path))) for path in glob.glob(sys.argv[1] + "/*.json")]
samples = sorted((s for s in samples if s[1].get("schema") == "coffer.sample.v1"), key=lambda s: s[1]["t"])
typed = "|".join(s["action"]["code"] for _, s in samples)
for words in ("words before it", "words after it", "words while it is still there", "words where it has scrolled",
              "words without it"):
    if f"'{words}'" not in typed:
        sys.exit(f"'{words}' is not in {typed}")
events = [e for _, s in samples for e in s["events"]]
if any(e["key"] in ("7", "9", "z", "q", "v") for e in events):
    sys.exit("a press or a release of the secret is left")
for path, sample in samples:
    if sample.get("window") != "Mine" or not os.path.exists(path[:-5] + ".png"):
        sys.exit(f"{sample['action']} has no title or no image")
print(f"{len(samples)} samples keep their words, titles and images")
PY
kept=$(python3 -c "$check" "$ROAD/opened") || fail "$kept"
pass "redacted: $kept; no image shows the secret"
