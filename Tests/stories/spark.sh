#!/usr/bin/env bash
# Spark's format coffer: the driver asks first, each task opens its share under the same releases; nothing secret is in the
# plan, the configuration or the event log; a refusal comes out with its rule and entry and is not tried again.
# limit: 600
# The secret of an epoch lies in memory, and so does all else.
TMPDIR=/dev/shm
. "$(dirname "$0")/lib.sh"
. "$story_root/tools/lib/packages.sh"
. "$story_root/tools/lib/two.sh"

# shellcheck disable=SC2086
command -v java >/dev/null || (need_packages $spark_packages) || skip "Java is not here"
python=$("$story_root/tools/venv" spark) || skip "PySpark cannot be installed"
export PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=ignore

# The package is typed, and makes a wheel.
cp -r "$story_root/tools/python" "$ROAD/package"
(cd "$ROAD/package" && "$python" -m mypy --config-file pyproject.toml >"$ROAD/mypy") || fail "$(cat "$ROAD/mypy")"
"$python" -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation -w "$ROAD/wheel" "$ROAD/package"
mkdir "$ROAD/site"
"$python" -m zipfile -e "$ROAD"/wheel/coffer_reader-*.whl "$ROAD/site"
[ -e "$ROAD/site/coffer_reader/py.typed" ] || fail "the wheel has no types"
export PYTHONPATH=$ROAD/site

(cd "$story_root/tools/python/tests" && "$python" -m unittest test_spark >"$ROAD/unit" 2>&1) || fail "$(tail -n 30 "$ROAD/unit")"
ran=$(sed -n 's/^Ran \([0-9]*\) tests.*/\1/p' "$ROAD/unit")

two_people
granted=$(grant completion --kinds terminal --apps editor --days "$(day 20)..$(day 0)" --pages 1000)
expect 0 job open --grant "$granted" --format jsonl
samples=$(wc -l <"$ROAD/out")

# Each start of the program is noted. Streams of shares wait until they may go on.
touch "$ROAD/go-on"
cat >"$ROAD/noting" <<SH
#!/bin/sh
echo "\$*" >>"$ROAD/starts"
case "\$*" in *--shard=65535/*) ;; *) while [ ! -e "$ROAD/go-on" ]; do sleep 0.05; done ;; esac
exec "$COFFER" "\$@"
SH
chmod +x "$ROAD/noting"
READER=$(python3 - "$granted" "$ROAD" <<'PY'
import json, sys
grant, road = sys.argv[1:]
print(json.dumps({"grant": grant, "home": f"{road}/job", "key": f"{road}/job/key", "coffer": f"{road}/noting",
                  "epoch": f"{road}/epoch", "images": "none", "shares": "3"}))
PY
)
export READER
spark() { # NAME FRAMES : what Spark makes of it
    mkdir -p "$ROAD/$1"
    "$python" "$story_root/Tests/stories/spark/check.py" "$ROAD/$1" "$2" >"$ROAD/$1/out" 2>"$ROAD/$1/err" ||
        fail "Spark: $(tail -n 5 "$ROAD/$1/err")"
}
starts() { grep -c -- "--shard=$1" "$ROAD/starts" || true; }

# While the first task waits, the epoch's file is there: its secret is looked for afterwards, wherever Spark wrote.
rm "$ROAD/go-on"
spark whole 1 &
running=$!
wait_for 100 grep -qs -- --shard=0/3 "$ROAD/starts" || fail "no task began: $(tail -n 3 "$ROAD/whole/err")"
cp "$ROAD/epoch" "$ROAD/secret"
before=$(releases)
touch "$ROAD/go-on"
wait "$running" || fail "the job failed"
[ "$(json rows <"$ROAD/whole/out")" = "$samples" ] && [ "$(json people <"$ROAD/whole/out")" = 2 ] ||
    fail "Spark has other rows: $(tail -n 1 "$ROAD/whole/out"), not $samples"
# Two queries of one frame: three shares each; the second is another epoch, with its index weeks.
[ $(($(releases) - before)) -le 8 ] || fail "two queries cost $(($(releases) - before)) releases"
[ "$(starts 65535)" = 1 ] && [ "$(starts 0/3)" = 2 ] || fail "the program was started otherwise: $(cat "$ROAD/starts")"
python3 - "$ROAD" <<'PY' || fail "Spark's files hold a secret"
import base64, pathlib, sys
road = pathlib.Path(sys.argv[1])
epoch = (road / "secret").read_bytes()
key = (road / "job/key").read_bytes()
secrets = [epoch[-32:]] + [line for line in key.split() if len(line) > 30]
forms = [f for s in secrets for f in (s, s.hex().encode(), base64.b64encode(s)[:40])] + [b"text text text"]
read = 0
for path in (road / "whole").rglob("*"):
    if path.is_file():
        data, read = path.read_bytes(), read + 1
        found = [form for form in forms if form in data]
        assert not found, (path, found)
assert read >= 3 and any(b"SparkListenerSQLExecutionStart" in p.read_bytes() for p in (road / "whole").rglob("*") if p.is_file())
PY

# A revocation between the plan and the tasks: they read what the plan does not name.
rm "$ROAD/go-on" "$ROAD/starts"
spark revoked 1 &
running=$!
wait_for 100 grep -qs -- --shard=0/3 "$ROAD/starts" || fail "no task began: $(tail -n 3 "$ROAD/revoked/err")"
EMPLOYEE=second expect 0 employee revoke completion
touch "$ROAD/go-on"
wait "$running" || fail "the job failed otherwise"
[ "$(json rule <"$ROAD/revoked/out")" = plan.differs ] || fail "a revocation between the shares: $(tail -n 1 "$ROAD/revoked/out")"

# A halt between the plan and the tasks: each is refused once. After it the driver is refused, before any task.
rm "$ROAD/go-on" "$ROAD/starts"
spark halted 2 &
running=$!
wait_for 100 grep -qs -- --shard=0/3 "$ROAD/starts" || fail "no task began: $(tail -n 3 "$ROAD/halted/err")"
expect 0 "$COFFER" org halt --charter "$ROAD/charter" --key "$ROAD/org/emergency"
touch "$ROAD/go-on"
wait "$running" || fail "the job failed otherwise"
for share in 0/3 1/3 2/3; do [ "$(starts $share)" -le 1 ] || fail "a refusal was tried again: $(cat "$ROAD/starts")"; done
halt=$(COFFER_HOME=$ROAD/job "$COFFER" audit entries --type halt --charter "$ROAD/charter" --json | json index)
wanted='{"error": "Refused", "code": 77, "rule": "halted", "entry": '$halt'}'
[ "$(grep -cxF "$wanted" "$ROAD/halted/out")" = 2 ] && [ "$(starts 65535)" = 2 ] ||
    fail "halted: $(grep error "$ROAD/halted/out"), not $wanted"
pass "spark: $ran tests; $samples samples in 3 partitions, no secret in Spark's files; refusals of task and driver, tried once"
