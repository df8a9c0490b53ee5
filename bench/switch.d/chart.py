"""One chart of ratios as SVG, written by hand: a row for each measurement, a bar for each way."""

COLORS = ["#9aa5b1", "#5b8def", "#7fb77e", "#c98bdb", "#e4572e", "#f3a712"]


def chart(title, rows, names, path):
    """rows: [(what, {name: ratio})]; a ratio of 1 is a line through the chart."""
    left, width, bar, gap, top = 250, 560, 12, 14, 64
    most = max([1.2] + [ratio for _, ratios in rows for ratio in ratios.values()])
    height = top + sum(len(ratios) * bar + gap for _, ratios in rows) + 40
    scale = width / most
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 80}" height="{height}" font-family="sans-serif" font-size="11">']
    out.append(f'<rect width="100%" height="100%" fill="white"/><text x="12" y="20" font-size="14">{title}</text>')
    for index, name in enumerate(names):
        x = 12 + index * 140
        out.append(f'<rect x="{x}" y="32" width="10" height="10" fill="{COLORS[index % len(COLORS)]}"/><text x="{x + 14}" y="41">{name}</text>')
    y = top
    for what, ratios in rows:
        out.append(f'<text x="{left - 8}" y="{y + len(ratios) * bar / 2 + 4}" text-anchor="end">{what}</text>')
        for name, ratio in ratios.items():
            color = COLORS[names.index(name) % len(COLORS)]
            out.append(f'<rect x="{left}" y="{y}" width="{ratio * scale:.1f}" height="{bar - 2}" fill="{color}"/>')
            out.append(f'<text x="{left + ratio * scale + 4:.1f}" y="{y + bar - 3}" font-size="9">{ratio:.2f}</text>')
            y += bar
        y += gap
    out.append(f'<line x1="{left + scale:.1f}" y1="{top - 8}" x2="{left + scale:.1f}" y2="{y}" stroke="#333" stroke-dasharray="4 3"/>')
    out.append("</svg>")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(out) + "\n")
