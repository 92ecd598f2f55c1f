# Checks the systemd units: each parses, and each flag that it uses exists in its command. Needs COFFER. Sourced.

units_check() {
    local unit folder command flag role status=0
    folder=$(mktemp -d)
    for unit in tools/systemd/*.service; do
        command=$(sed -e ':join' -e '/\\$/{N;s/\\\n//;b join' -e '}' -n -e 's/^ExecStart=//p' "$unit")
        role=$(sed 's/.* serve \([a-z]*\) .*/\1/' <<<"$command")
        for flag in $(grep -o -- '--[a-z-]*' <<<"$command"); do
            "$COFFER" serve "$role" --help | grep -q -- "$flag" || { echo "$unit: serve $role has no $flag"; status=1; }
        done
        grep -q '^RestartPreventExitStatus=.*65.*78' "$unit" || { echo "$unit starts again after tampering"; status=1; }
        # Give instances a name, and use the path of this binary.
        sed "s|/usr/local/bin/coffer|$COFFER|" "$unit" >"$folder/$(basename "$unit" | sed 's/@/@one/')"
    done
    if command -v systemd-analyze >/dev/null; then
        systemd-analyze verify "$folder"/*.service >"$folder/verdict" 2>&1 || status=1
        # It reports faults of the machine's own units too.
        grep -E "$folder|coffer-" "$folder/verdict" && status=1
    else
        echo "systemd-analyze is not here: the units' keys were not checked"
    fi
    rm -rf "$folder"
    return $status
}
