"""The figures of bench/run.py as an SVG: a bar for each ratio, its range over the rounds, and where it should be."""
from html import escape

WIDTH, LEFT, RIGHT, ROW, BAR, TOP = 860, 200, 170, 30, 16, 64
MOST = 2.0  # a stall of the disk in one round is not to flatten all the others
MET, MISSED, FREE, INK, PALE = "#2f7d5b", "#b5532a", "#5b7391", "#222222", "#dddddd"


def text(x, y, words, size=12, anchor="start", color=INK):
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{color}">{escape(words)}</text>'


def line(x1, y1, x2, y2, color=INK, width=1.0):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}" stroke-width="{width}"/>'


def color_of(r):
    if "target" not in r:
        return FREE
    return MET if r["ratio"] >= r["target"] else MISSED


def row(y, name, r, x_of):
    middle = y + ROW / 2
    out = [text(LEFT - 10, middle + 4, name.replace("_", " "), anchor="end"),
           f'<rect x="{LEFT}" y="{middle - BAR / 2:.1f}" width="{x_of(r["ratio"]) - LEFT:.1f}" height="{BAR}" fill="{color_of(r)}"/>',
           line(x_of(r["low"]), middle, x_of(r["high"]), middle)]
    out += [line(x_of(r[end]), middle - 4, x_of(r[end]), middle + 4) for end in ("low", "high")]
    if "target" in r:
        x = x_of(r["target"])
        out.append(line(x, y + 3, x, y + ROW - 3, width=2.5))
    out.append(text(WIDTH - RIGHT + 12, middle + 4, f"{r['ratio']:.2f} of {r['against']}"))
    return out


def wrapped(words, most):
    lines = [""]
    for word in words.split(" "):
        if len(lines[-1]) + len(word) > most:
            lines.append("")
        lines[-1] += word + " "
    return lines


def svg(results, about):
    rows = [(n, r) for n, r in results.items() if "server" in r]
    notes = wrapped(about, 135)
    bottom = TOP + ROW * len(rows)
    height = bottom + 44 + 15 * len(notes)
    most = min(max([1.0] + [r["high"] for _, r in rows]), MOST)

    def x_of(ratio):
        return LEFT + (WIDTH - RIGHT - LEFT) * min(ratio, most) / most

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
           'font-family="sans-serif">', f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
           text(20, 28, "Dolmen against its ceilings", 17),
           text(20, 47, "ratio of work for a second of CPU time: median, range over the rounds; the thick mark is the target", 12)]
    step = 0.2 if most <= 1.6 else 0.5
    for i in range(int(most / step) + 1):
        out += [line(x_of(i * step), TOP, x_of(i * step), bottom, PALE),
                text(x_of(i * step), bottom + 16, f"{i * step:.1f}", 11, "middle")]
    for i, (name, r) in enumerate(rows):
        out += row(TOP + i * ROW, name, r, x_of)
    out += [text(20, bottom + 42 + 15 * i, words, 10) for i, words in enumerate(notes)]
    return "\n".join(out) + "\n</svg>\n"
