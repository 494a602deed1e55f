"""The replay drawn: how much was asked each day, and how much of it was answered and answered rightly."""

from pathlib import Path

from evals.lab.crisis.playing import Replayed
from evals.lab.crisis.script import About
from evals.lab.crisis.table import is_well_done

INK, BAR, ANSWERED, RIGHT = "#1d2524", "#cfd8d6", "#0072b2", "#d55e00"  # hues of Okabe and Ito (2008)
INCHES = (9.0, 5.2)


def draw_replay(replayed: Replayed, path: Path) -> None:
    """Write the chart as SVG or PNG, by the name's ending; what it shows stands in the table too."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    days = list(replayed.lived)
    volumes = [len(replayed.lived[day]) for day in days]
    answered = [100 * sum(one.is_answered for one in replayed.lived[day]) / len(replayed.lived[day]) for day in days]
    right = []
    for day in days:
        asked = [one for one in replayed.lived[day] if one.about is not About.NOTHING]
        right.append(100 * sum(map(is_well_done, asked)) / len(asked) if asked else 0.0)
    with rc_context({"font.size": 11, "svg.hashsalt": "crisis", "axes.edgecolor": INK}):
        figure = Figure(figsize=INCHES, layout="constrained")
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
        above.bar(range(len(days)), volumes, color=BAR, edgecolor=INK, linewidth=0.5)
        peak = max(range(len(days)), key=lambda place: volumes[place])
        above.annotate(
            f"{volumes[peak]} questions le {days[peak]:%d/%m}", (peak, volumes[peak]), ha="center", va="bottom"
        )
        above.set_ylabel("Questions par jour")
        above.set_ylim(0, max(volumes) * 1.15)
        below.plot(answered, color=ANSWERED, marker="o", markersize=3, label="répondues")
        below.plot(right, color=RIGHT, marker="s", markersize=3, linestyle="--", label="justes, ou proposées")
        below.set_ylim(0, 100)
        below.set_ylabel("% du jour")
        below.legend(loc="lower right", frameon=False)
        published = [place for place, day in enumerate(days) if any(one.day == day for one in replayed.published)]
        for place in published:
            below.axvline(place + 0.5, color=BAR, linewidth=1, zorder=0)
        ticks = range(0, len(days), 7)
        below.set_xticks(list(ticks), [f"{days[place]:%d/%m}" for place in ticks])
        below.set_xlabel("2020 (traits gris : soirs où des fiches sont publiées)")
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None, dpi=120)
