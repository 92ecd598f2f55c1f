"""Draws a replay of the incident for the page: how many canaries a stranger's job has after each batch of tables.

chart.py JSON FOLDER   writes incident.svg and incident~dark.svg
"""
import json
import sys

LIGHT = {"paper": "#ffffff", "ink": "#1d1d1f", "quiet": "#6e6e73", "rule": "#d2d2d7", "clear": "#c5221f", "sealed": "#1668b8"}
DARK = {"paper": "#1c1c1e", "ink": "#f5f5f7", "quiet": "#a1a1a6", "rule": "#48484a", "clear": "#ff7b72", "sealed": "#6cb6ff"}
WIDTH, HEIGHT = 760, 400
LEFT, RIGHT, TOP, BOTTOM = 86, 736, 64, 330


def steps(run):
    """Points of tables that were read, and canaries that were found so far."""
    points, tables, canaries = [(0, 0)], 0, 0
    for batch in run["batches"]:
        tables, canaries = tables + batch["tables"], canaries + batch["canaries"]
        points.append((tables, canaries))
    return points


def text(x, y, words, colour, anchor="start", size=14, weight="normal"):
    return (f'<text x="{x:.0f}" y="{y:.0f}" fill="{colour}" font-size="{size}" font-weight="{weight}" '
            f'text-anchor="{anchor}">{words}</text>')


def picture(told, ink):
    most = told["tables"]

    def place(tables, canaries):
        return LEFT + (RIGHT - LEFT) * tables / most, BOTTOM - (BOTTOM - TOP) * canaries / most

    def line(run, colour):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in steps(run)))
        return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="3" stroke-linejoin="round"/>'

    clear, sealed = told["clear"], told["sealed"]
    title = f"What a stranger's Spark job finds in {most:,} tables that everyone may read"
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        'font-family="Helvetica, Arial, sans-serif" role="img">',
        f"<title>{title}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{ink["paper"]}"/>',
        text(LEFT - 66, 30, title, ink["ink"], size=16, weight="bold"),
    ]
    for share in range(0, 4):
        _, y = place(0, most * share / 3)
        drawn.append(f'<line x1="{LEFT}" x2="{RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{ink["rule"]}"/>')
        drawn.append(text(LEFT - 10, y + 5, f"{most * share // 3:,}", ink["quiet"], "end"))
        x, _ = place(most * share / 3, 0)
        drawn.append(text(x, BOTTOM + 22, f"{most * share // 3:,}", ink["quiet"], "middle" if share < 3 else "end"))
    drawn += [
        text(LEFT - 66, TOP - 12, "canaries found", ink["quiet"]),
        text(RIGHT, BOTTOM + 44, "tables read", ink["quiet"], "end"),
        line(clear, ink["clear"]), line(sealed, ink["sealed"]),
    ]
    x, y = place(most * 0.78, most * 0.78)
    drawn.append(text(x - 18, y, f"in clear: {clear['canaries']:,} of {most:,}", ink["clear"], "end", 15, "bold"))
    x, y = place(most * 0.98, 0)
    words = f"sealed: {sealed['canaries']:,} in {sealed['files']:,} objects"
    drawn.append(text(x, y - 14, words, ink["sealed"], "end", 15, "bold"))
    granted = told["granted"]
    drawn.append(text(LEFT - 66, HEIGHT - 10, f"A granted job, through the log: {granted['canaries']:,} canaries of "
                      f"{granted['people']} people, its whole scope. After a halt: refused.", ink["ink"]))
    return "\n".join([*drawn, "</svg>"]) + "\n"


def main(source, folder):
    with open(source, encoding="utf-8") as file:
        told = json.load(file)
    for name, ink in (("incident", LIGHT), ("incident~dark", DARK)):
        with open(f"{folder}/{name}.svg", "w", encoding="utf-8") as file:
            file.write(picture(told, ink))


main(*sys.argv[1:])
