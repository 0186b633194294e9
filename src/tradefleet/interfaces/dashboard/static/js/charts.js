// One palette for all charts, taken from the page's own colours.

export function colour(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  probe.hidden = true;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

/** A line over time: datasets are [{ label, points: [[ms, value]], tone, dashed }]. */
export function timeLine(canvas, datasets, unit) {
  const { Chart } = window;
  const text = colour("muted");
  const line = colour("line");
  return new Chart(canvas, {
    type: "line",
    data: {
      datasets: datasets.map(({ label, points, tone, dashed, fill }) => ({
        label,
        data: points.map(([x, y]) => ({ x, y: Number(y) })),
        borderColor: colour(tone),
        backgroundColor: colour(`${tone}-soft`),
        borderWidth: dashed ? 1.25 : 2,
        borderDash: dashed ? [4, 4] : [],
        pointRadius: 0,
        pointHitRadius: 12,
        tension: 0,
        fill: Boolean(fill) && "origin",
      })),
    },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false, axis: "x" },
      scales: {
        x: {
          type: "linear",
          grid: { display: false },
          border: { color: line },
          ticks: {
            color: text, maxTicksLimit: 6, maxRotation: 0,
            callback: (ms) => new Date(ms).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" }),
          },
        },
        y: { position: "right", grid: { color: line }, border: { display: false }, ticks: { color: text, maxTicksLimit: 5 } },
      },
      plugins: {
        legend: { display: datasets.length > 1, align: "end", labels: { color: text, boxWidth: 14, boxHeight: 2 } },
        tooltip: {
          callbacks: {
            title: ([item]) => new Date(item.parsed.x).toLocaleString("en-GB"),
            label: (item) => ` ${item.dataset.label}: ${item.parsed.y.toLocaleString("en-GB", { minimumFractionDigits: 2, maximumFractionDigits: 2 })} ${unit}`,
          },
        },
      },
    },
  });
}
