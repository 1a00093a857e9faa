// Stacked bars over time with uPlot. A chart is an element with data-chart: {starts, step, series: [{key, tone, counts}]},
// `starts` as ISO texts, `step` in seconds, `tone` a colour of the tokens. The table beside it has the same numbers.
const HEIGHT = 220;
const FEWEST_PIXELS = 6; // a shorter drag is a click
const charts = new Map(); // element -> {plot, source}

const utc = (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC");
const minute = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 16);
const count = new Intl.NumberFormat("en").format;

/* colours: canvas knows no custom properties, so an element is asked what they come to */
function colour(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/* each series is drawn as the sum of itself and those below it, the tallest first */
function stacked({ starts, series }) {
  const sums = new Array(starts.length).fill(0);
  const layers = series.map((one) => one.counts.map((value, at) => (sums[at] += value)));
  return [starts.map((start) => Date.parse(start) / 1000), ...layers.reverse()];
}

function options(element, data, { step, series }) {
  const bars = uPlot.paths.bars({ size: [0.86, 64], align: 1 });
  const axis = { stroke: colour("text-2"), font: `12px ${getComputedStyle(document.body).fontFamily}`, ticks: { show: false } };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    tzDate: utc,
    legend: { show: false },
    padding: [12, 20, 0, 0],
    scales: { x: { range: () => [data[0][0], data[0].at(-1) + step] }, y: { range: (_, __, most) => [0, Math.max(1, most * 1.05)] } },
    axes: [
      { ...axis, grid: { show: false }, values: (_, splits, __, ___, between) => splits.map((split, at) => moment(split, at === 0, between)) },
      { ...axis, size: 56, grid: { stroke: colour("n-4"), width: 1 }, incrs: whole(), values: (_, splits) => splits.map(count) },
    ],
    series: [{}, ...series.toReversed().map((one) => ({ fill: colour(`c-${one.tone}`), width: 0, points: { show: false }, paths: bars }))],
    cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
    hooks: { setCursor: [(plot) => read(element, plot)], setSelect: [(plot) => choose(plot, step)] },
  };
}

/* "14:00" between days, "11-27" at their start, the year where it changes */
function moment(seconds, isFirst, between) {
  const text = new Date(seconds * 1000).toISOString();
  const isDay = between >= 86400 || text.slice(11, 16) === "00:00";
  if (isFirst || text.slice(5, 16) === "01-01T00:00") return isDay ? `${text.slice(5, 10)}\n${text.slice(0, 4)}` : `${text.slice(11, 16)}\n${text.slice(0, 10)}`;
  return isDay ? text.slice(5, 10) : text.slice(11, 16);
}

function whole() {
  return Array.from({ length: 12 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();
}

/* what lies under the pointer; the table says it to those who use none */
function read(element, plot) {
  const { spec, readout } = charts.get(element) || {};
  if (!readout) return;
  const at = plot.cursor.left < 0 ? -1 : bucketAt(plot, plot.cursor.left, spec.step);
  if (!(at in spec.starts)) { readout.textContent = ""; return; }
  const parts = spec.series.filter((one) => one.counts[at]).map((one) => `${one.key} ${count(one.counts[at])}`);
  readout.textContent = `${spec.starts[at].slice(0, 16).replace("T", " ")}: ${parts.join(", ") || "nothing"}`;
}

function bucketAt(plot, left, step) {
  return Math.floor((plot.posToVal(left, "x") - plot.data[0][0]) / step);
}

/* a drag chooses whole buckets: the page with that custom range */
function choose(plot, step) {
  if (plot.select.width < FEWEST_PIXELS) return;
  const edge = (left, extra) => plot.data[0][0] + (bucketAt(plot, left, step) + extra) * step;
  const address = new URL(location.href);
  for (const name of ["cursor", "range"]) address.searchParams.delete(name);
  address.searchParams.set("range", "custom");
  address.searchParams.set("since", minute(edge(plot.select.left, 0)));
  address.searchParams.set("until", minute(edge(plot.select.left + plot.select.width, 1)));
  address.hash = "";
  location.assign(address);
}

/* drawing, and drawing again when the panel was fetched anew, the theme changed or the place got wider */
function draw(element) {
  if (!element.clientWidth) return;
  forget(element);
  const spec = JSON.parse(element.dataset.chart);
  if (!spec.starts.length) return;
  const data = stacked(spec);
  const readout = document.createElement("p");
  readout.className = "readout";
  readout.setAttribute("aria-hidden", "true");
  const chart = { spec, source: element.dataset.chart, readout };
  charts.set(element, chart);
  element.replaceChildren(readout);
  chart.plot = new uPlot(options(element, data, spec), data, element);
  widths.observe(element);
}

function forget(element) {
  charts.get(element)?.plot.destroy();
  charts.delete(element);
  widths.unobserve(element);
}

function refresh() {
  for (const element of [...charts.keys()]) if (!element.isConnected) forget(element);
  for (const element of document.querySelectorAll("[data-chart]")) {
    const known = charts.get(element);
    if (known?.source !== element.dataset.chart) draw(element);
    else if (!known.plot.root.isConnected) element.replaceChildren(known.readout, known.plot.root); // the swap took it out
  }
}

function redraw() {
  for (const element of document.querySelectorAll("[data-chart]")) draw(element);
}

const widths = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const plot = charts.get(target)?.plot;
    if (plot && target.clientWidth && plot.width !== target.clientWidth) plot.setSize({ width: target.clientWidth, height: HEIGHT });
  }
});

new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
document.body.addEventListener("htmx:afterSettle", refresh);
refresh();
