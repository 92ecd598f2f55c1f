"""Takes the snippets out of the page Training: snippets.py PAGE FOLDER GRANT writes FOLDER/NN-HEADING.LANGUAGE, with the
grant in the place of 48320, and prints the files' names. Under "Plain shell" they are of the shell, elsewhere in Python."""
import re
import sys

page, folder, grant = sys.argv[1:]
heading, snippets, lines = "", [], []
for line in [*open(page, encoding="utf-8"), "\n", "End."]:
    if line.startswith("    ") or lines and not line.strip():
        lines.append(line[4:] or "\n")
        continue
    if lines:
        snippets.append((heading, "".join(lines)))
        lines = []
    if line.startswith("#"):
        heading = re.sub(r"\W+", "-", line.strip("# \n").lower())
for number, (heading, text) in enumerate(snippets, 1):
    assert "48320" in text, f"{heading}: a snippet without the grant"
    name = f"{number:02}-{heading}.{'shell' if heading == 'plain-shell' else 'python'}"
    with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
        file.write(text.replace("48320", grant))
    print(name)
assert len(snippets) >= 7, f"{len(snippets)} snippets"
