# The road, as functions: officers, servers, an employee, a job. Sourced by quickstart and by the stories.
#
# Needs COFFER (the binary) and ROAD (an empty folder of this run). At exit it ends every process that it started, by id.
# Each machine of the real world is a folder: org/ (the officers' keys), servers/NAME, storage/ (the brokers' other
# medium), employee/ (COFFER_HOME), job/, lake/.

origin=${origin:-coffer.example/demo}
brokers=${brokers:-"acme-1 acme-2 acme-3 council-1"}
witnesses=${witnesses:-"north south east west up"}
started=()
# What officers follow stays in this run: they have no COFFER_HOME.
export XDG_STATE_HOME=$ROAD/officer

say() { printf '%s\n' "$*" >&2; }
fail() { say "FAIL: $*"; exit 1; }

# Ends all that this run started, the newest first.
end_all() {
    local i
    for ((i = ${#started[@]} - 1; i >= 0; i--)); do end_process "${started[$i]}"; done
    started=()
}

end_process() { # PID
    kill "$1" 2>/dev/null || return 0
    local i
    for i in $(seq 50); do
        kill -0 "$1" 2>/dev/null || break
        sleep 0.1
    done
    kill -9 "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}

# free_ports COUNT : that many ports for this run only. A process keeps them bound until the run has ended, so that no
# other run gets one. It does not listen, so a server that reuses addresses can bind them too.
free_ports() {
    python3 - "$1" $$ <<'PY'
import os, socket, sys, time
count, run = map(int, sys.argv[1:])
sockets = [socket.socket() for _ in range(count)]
for s in sockets: s.bind(("127.0.0.1", 0))
for s in sockets: s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
print(*(s.getsockname()[1] for s in sockets), flush=True)
if os.fork(): os._exit(0)
nothing = os.open(os.devnull, os.O_RDWR)
for stream in range(3): os.dup2(nothing, stream)
while os.path.exists(f"/proc/{run}"): time.sleep(0.5)
PY
}

wait_for() { # SECONDS COMMAND…
    local until=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $until ] || return 1
        sleep 0.05
    done
}

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# --- officers -------------------------------------------------------------------------------------------------------

declare -A port

make_officers() {
    local name operator side ports
    mkdir -p "$ROAD/org" "$ROAD/servers" "$ROAD/storage" "$ROAD/lake" "$ROAD/log"
    chmod 700 "$ROAD/org" "$ROAD/storage"
    # shellcheck disable=SC2086
    set -- ledger desk $brokers $witnesses
    ports=$(free_ports $#)
    for name in "$@"; do
        port[$name]=${ports%% *}
        ports=${ports#* }
    done
    key ledger ledger --url "$(url ledger)"
    key desk desk --side employees --url "$(url desk)"
    for name in $brokers; do
        case $name in council*) side=employees ;; *) side=company ;; esac
        operator="Operator of $name"
        key broker "$name" --operator "$operator" --side $side --url "$(url "$name")"
    done
    for name in $witnesses; do key witness "$name" --url "$(url "$name")"; done
    key reviewer privacy --side company
    key reviewer works-council --side employees
    key halter emergency --side employees
}

url() { echo "http://127.0.0.1:${port[$1]}"; }

key() { # ROLE NAME FLAGS…
    local role=$1 name=$2
    shift 2
    "$COFFER" org key new "$role" --name "$name" "$@" -o "$ROAD/org/$name" >/dev/null
}

draft_charter() { # FLAGS…
    local name flags=()
    local company=() council=()
    for name in $brokers; do
        case $name in council*) council+=("$ROAD/org/$name.pub") ;; *) company+=("$ROAD/org/$name.pub") ;; esac
    done
    for name in $witnesses; do flags+=(--witness "$ROAD/org/$name.pub"); done
    "$COFFER" org charter draft --origin "$origin" --ledger "$ROAD/org/ledger.pub" \
        --group "company=${company_threshold:-2}:$(IFS=,; echo "${company[*]}")" \
        --group "council=1:$(IFS=,; echo "${council[*]}")" \
        "${flags[@]}" --reviewer "$ROAD/org/privacy.pub" --reviewer "$ROAD/org/works-council.pub" \
        --halter "$ROAD/org/emergency.pub" --desk "$ROAD/org/desk.pub" --review-quorum 2 --resume-quorum 2 \
        --minimum-window 0s --minimum-notice 0s --lake "$ROAD/lake" "$@" -o "$ROAD/charter" >/dev/null
}

sign_charter() {
    local name
    for name in ledger desk $brokers privacy works-council emergency; do
        "$COFFER" org charter sign "$ROAD/charter" --key "$ROAD/org/$name" >/dev/null
    done
}

# --- servers --------------------------------------------------------------------------------------------------------

declare -A server

serve() { # ROLE NAME FLAGS…
    local role=$1 name=$2
    shift 2
    mkdir -p "$ROAD/servers/$name"
    "$COFFER" serve "$role" --dir "$ROAD/servers/$name" --key "$ROAD/org/$name" --charter "$ROAD/charter" \
        --listen "127.0.0.1:${port[$name]}" "$@" >>"$ROAD/log/$name" 2>&1 &
    server[$name]=$!
    started+=($!)
}

serve_broker() { serve broker "$1" --storage-key "$ROAD/storage/$1"; }

start_servers() {
    local name
    for name in $witnesses; do serve witness "$name"; done
    for name in $brokers; do serve_broker "$name"; done
    serve desk desk
    serve ledger ledger
    for name in $witnesses $brokers desk ledger; do
        wait_for 20 answers "${port[$name]}" || fail "$name does not answer: $(tail -n 2 "$ROAD/log/$name")"
    done
    wait_for 20 curl_checkpoint || fail "no checkpoint is published: $(tail -n 2 "$ROAD/log/ledger")"
}

fetch() { python3 -c 'import sys, urllib.request as u; sys.stdout.buffer.write(u.urlopen(sys.argv[1], timeout=5).read())' "$1"; }
curl_checkpoint() { fetch "$(url ledger)/checkpoint"; }

stop_server() { # NAME
    end_process "${server[$1]}"
}

# A broker's own figures, one JSON object
broker_status() { fetch "$(url "$1")/status"; }

json() { # FIELD : reads one JSON object or the last line of NDJSON on stdin, prints the field
    python3 -c '
import json, sys
value = json.loads(sys.stdin.read().strip().splitlines()[-1])
for name in sys.argv[1].split("."): value = value[int(name)] if isinstance(value, list) else value[name]
print(json.dumps(value) if isinstance(value, (dict, list, bool)) else value)' "$1"
}

# --- the employee ---------------------------------------------------------------------------------------------------

# EMPLOYEE names the folder that stands for the employee's machine.
employee() { COFFER_HOME=$ROAD/${EMPLOYEE:-employee} "$COFFER" "$@"; }

init_employee() { # FLAGS… : a vault; no server need run
    local home=$ROAD/${EMPLOYEE:-employee}
    mkdir -p "$home"
    chmod 700 "$home"
    (umask 077 && head -c 18 /dev/urandom | base64 >"$home/passphrase")
    employee init "$ROAD/charter" --passphrase-file "$home/passphrase" --sheet "$home/recovery-sheet" "$@" >/dev/null
}

enrol_employee() {
    local token=$ROAD/${EMPLOYEE:-employee}.token
    "$COFFER" org enrol token --dir "$ROAD/servers/desk" -o "$token" >/dev/null
    init_employee --token-file "$token"
    "$COFFER" org enrol publish --dir "$ROAD/servers/desk" --key "$ROAD/org/desk" --charter "$ROAD/charter" >/dev/null
}

unlock_employee() {
    employee unlock --for 1h --passphrase-file "$ROAD/${EMPLOYEE:-employee}/passphrase" >/dev/null
    # It answers once it has read what each new segment is: that takes a while after a large import.
    wait_for 300 keyholder_answers || fail "the keyholder does not answer"
    started+=("$(<"$ROAD/keyholder.pid")")
}
keyholder_answers() { employee status --json | json keyholder.pid >"$ROAD/keyholder.pid" 2>/dev/null; }

# --- a purpose, a consent, a grant ----------------------------------------------------------------------------------

publish_purpose() { # NAME KINDS APPS FLAGS…
    local name=$1 kinds=$2 apps=$3
    shift 3
    "$COFFER" org purpose draft --charter "$ROAD/charter" --name "$name" --text "Train a model that completes $name." \
        --basis "consent" --owner "research" --kinds "$kinds" --apps "$apps" --outputs "model weights" --pages 1000 \
        --notice 0s --ends 30d "$@" -o "$ROAD/purpose-$name" >/dev/null
    for reviewer in privacy works-council; do
        "$COFFER" org purpose sign "$ROAD/purpose-$name" --key "$ROAD/org/$reviewer" >/dev/null
    done
    "$COFFER" org purpose publish "$ROAD/purpose-$name" --charter "$ROAD/charter" >/dev/null
}

consent() { # NAME FLAGS…
    local name=$1
    shift
    employee consent "$name" --window 0s --passphrase-file "$ROAD/${EMPLOYEE:-employee}/passphrase" \
        --card "$ROAD/${EMPLOYEE:-employee}/card-$name" "$@" >/dev/null
}

# JOB names the folder that stands for the job's machine.
job() { COFFER_HOME=$ROAD/${JOB:-job} COFFER_JOB_KEY=$ROAD/${JOB:-job}/key "$COFFER" job "$@"; }

make_job() {
    mkdir -p "$ROAD/${JOB:-job}"
    job init "$ROAD/charter" >/dev/null
}

grant() { # NAME FLAGS… : prints the grant's hash
    local name=$1 file=$ROAD/${JOB:-job}/grant
    shift
    job request "$name" "$@" -o "$file" >/dev/null
    for reviewer in privacy works-council; do
        "$COFFER" org grant sign "$file" --key "$ROAD/org/$reviewer" >/dev/null
    done
    "$COFFER" org grant publish "$file" --charter "$ROAD/charter" --json | json statement
}
