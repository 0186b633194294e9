// One palette for all charts, taken from the page's own colours.

/** The colour of a token, as the canvas understands it. */
export function colour(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  probe.hidden = true;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

/** Calls `listener` when light turns to dark, or the palette changes. */
export function onTheme(listener) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", listener);
  document.addEventListener("theme", listener);
}

const two = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
const hours = { hour: "2-digit", minute: "2-digit" };
const days = { day: "numeric", month: "short" };

/** A line over time. `show` takes [{ label, points: [[ms, value]], tone, dashed }] and draws anew. */
export function timeLine(canvas, unit) {
  let lines = [];
  const chart = new window.Chart(canvas, {
    type: "line",
    data: { datasets: [] },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      normalized: true,
      parsing: false,
      interaction: { mode: "index", intersect: false, axis: "x" },
      scales: {
        x: { type: "linear", bounds: "data", grid: { display: false }, ticks: { maxTicksLimit: 6, maxRotation: 0, includeBounds: false } },
        y: { position: "right", border: { display: false }, ticks: { maxTicksLimit: 5 } },
      },
      plugins: {
        legend: { align: "end", labels: { boxWidth: 14, boxHeight: 2 } },
        tooltip: {
          callbacks: {
            title: ([item]) => new Date(item.parsed.x).toLocaleString("en-GB"),
            label: (item) => ` ${item.dataset.label}: ${item.parsed.y.toLocaleString("en-GB", two)} ${unit}`,
          },
        },
      },
    },
  });

  const draw = () => {
    const { x, y } = chart.options.scales;
    const first = lines[0]?.points ?? [];
    const long = first.length > 1 && first.at(-1)[0] - first[0][0] > 2 * 86_400_000;
    x.ticks.color = y.ticks.color = chart.options.plugins.legend.labels.color = colour("muted");
    x.ticks.callback = (ms) => new Date(ms).toLocaleString("en-GB", long ? days : hours);
    x.border = { color: colour("line") };
    y.grid = { color: colour("line") };
    chart.options.plugins.legend.display = lines.length > 1;
    chart.data.datasets = lines.map(({ label, points, tone, dashed }) => ({
      label,
      data: points.map(([at, value]) => ({ x: at, y: value === null ? NaN : Number(value) })),
      borderColor: colour(tone),
      borderWidth: dashed ? 1.25 : 2,
      borderDash: dashed ? [4, 4] : [],
      pointRadius: 0,
      pointHitRadius: 12,
    }));
    chart.update("none");
  };

  onTheme(draw);
  return { show: (wanted) => { lines = wanted; draw(); } };
}
