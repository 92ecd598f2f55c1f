# Snapshots of the help of every command. Sourced by tools/snapshots and tools/test, from the folder of the repository.
# Needs COFFER, the binary.

snapshots_folder=Tests/Snapshots/help

# snapshots_make FOLDER : writes the help of each command into a file of its own: coffer.txt, coffer-org-key-new.txt, …
snapshots_make() {
    local folder=$1 words
    mkdir -p "$folder"
    "$COFFER" --experimental-dump-help </dev/null | python3 tools/lib/commands.py >"$folder/commands" || return 1
    while read -r words; do
        # The parser takes the width from COLUMNS before it asks the terminal.
        # shellcheck disable=SC2086
        COLUMNS=80 "$COFFER" help $words </dev/null >"$folder/$(tr ' ' - <<<"coffer${words:+ $words}").txt" || return 1
    done <"$folder/commands"
    rm "$folder/commands"
}

# snapshots_check : fails and prints the difference if a command's help differs from the committed one
snapshots_check() {
    local now status=0
    now=$(mktemp -d)
    snapshots_make "$now" && diff -ru "$snapshots_folder" "$now" || status=1
    rm -rf "$now"
    [ $status = 0 ] || echo "If you meant this change: run tools/snapshots --write, and check the difference before you commit."
    return $status
}

# snapshots_write : makes them again
snapshots_write() {
    rm -rf "$snapshots_folder"
    snapshots_make "$snapshots_folder"
}
