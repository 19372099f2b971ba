// Charts of a page: each [data-chart] names its kind and carries its figures as JSON.
// Tooltips are drawn on the canvas: the content security policy allows no style attributes in markup.

const charts = new Map();
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// A custom property keeps `light-dark(...)` as text; a real property of an element gives the colour itself.
function colour(name) {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}
function palette() {
  const names = ["ink", "ink-2", "line", "surface", "raised", "brand", "violet", "series-local", "series-imported", "series-unknown", "series-line", "map-0", "map-1", "map-2", "map-3", "map-4"];
  return Object.fromEntries(names.map((name) => [name, colour(`--lk-${name}`)]));
}
function base(paint) {
  return {
    animation: false,
    textStyle: { fontFamily: css("--lk-sans"), color: paint["ink-2"] },
    tooltip: {
      renderMode: "richText", confine: true, backgroundColor: paint.surface, borderColor: paint.line,
      textStyle: { color: paint.ink, fontSize: 12, fontFamily: css("--lk-sans") },
    },
  };
}
const short = (day) => day.slice(5).replace("-", "/");

function curve(figures, paint) {
  const line = { lineStyle: { color: paint.line } };
  return {
    ...base(paint),
    grid: { left: 8, right: 12, top: 34, bottom: 4, containLabel: true },
    legend: { top: 0, left: 0, itemWidth: 12, itemHeight: 10, textStyle: { color: paint["ink-2"] } },
    tooltip: { ...base(paint).tooltip, trigger: "axis", axisPointer: { type: "shadow" } },
    xAxis: { type: "category", data: figures.categories, axisLabel: { formatter: short, color: paint["ink-2"], hideOverlap: true }, axisLine: line, axisTick: { show: false } },
    yAxis: { type: "value", minInterval: 1, axisLabel: { color: paint["ink-2"] }, splitLine: line },
    series: figures.series.map((item) => item.line
      ? { name: item.name, type: "line", data: item.values, symbol: "none", lineStyle: { color: paint["series-line"], width: 2 }, itemStyle: { color: paint["series-line"] } }
      : { name: item.name, type: "bar", stack: "n", data: item.values, barMaxWidth: 26, barCategoryGap: "22%", itemStyle: { color: paint[`series-${item.tone}`], borderColor: paint.surface, borderWidth: 0.5 } }),
  };
}

// On the map what kind of division it is goes without saying, and there is no room to say it.
const brief = (name) => name.replace(/ (District|County|City|Prefecture|New Area)$/, "");

async function map(figures, paint, box) {
  const outlines = await (await fetch(figures.outlines, { credentials: "same-origin" })).json();
  if (!outlines.features.length) return null;
  const values = new Map(figures.values.map((row) => [row.code, row]));
  // A figure and its outline find each other by name.
  for (const feature of outlines.features) feature.properties.name = values.get(feature.properties.code)?.name ?? feature.properties.name;
  echarts.registerMap(figures.outlines, outlines);
  const most = Math.max(4, ...figures.values.map((row) => row.value));
  // Bounds grow by a factor, not by a step, so that one hard-hit district does not paint all others alike.
  const round = (value) => { const unit = 10 ** Math.floor(Math.log10(value)); return Math.round(value / unit) * unit; };
  const bounds = [0, 1];
  for (const part of [0.35, 0.6, 0.85]) bounds.push(Math.max(bounds.at(-1) + 1, round(most ** part)));
  bounds.push(Infinity);
  const pieces = bounds.slice(0, -1).map((low, at) => low === 0
    ? { value: 0, color: paint["map-0"], label: "0" }
    : { gte: low, lt: Math.min(bounds[at + 1], 1e12), color: paint[`map-${at}`], label: bounds[at + 1] > most ? `≥ ${low}` : `${low}–${bounds[at + 1] - 1}` });
  const data = outlines.features.map((feature) => {
    const row = values.get(feature.properties.code);
    return { name: row?.name ?? feature.properties.name, value: row ? row.value : 0, code: feature.properties.code, fresh: row?.new ?? 0, known: Boolean(row) };
  });
  return {
    ...base(paint),
    tooltip: { ...base(paint).tooltip, formatter: (item) => item.data ? `${item.name}\n${item.data.value} ${box.dataset.wordCases}\n${item.data.fresh} ${box.dataset.wordNew}` : item.name },
    visualMap: { type: "piecewise", pieces, orient: "horizontal", left: "center", bottom: 6, itemWidth: 12, itemHeight: 10, itemGap: 8, textGap: 4, itemSymbol: "roundRect", textStyle: { color: paint["ink-2"] } },
    series: [{
      type: "map", map: figures.outlines, data, roam: false, aspectScale: 0.78, left: 10, right: 10, top: 10, bottom: 36, selectedMode: false,
      label: { show: data.length <= 40, color: paint.ink, fontSize: 10, formatter: (item) => item.data?.value ? `${brief(item.name)} ${item.data.value}` : "", textBorderColor: paint.surface, textBorderWidth: 2 },
      labelLayout: { moveOverlap: "shiftY", hideOverlap: false },
      itemStyle: { borderColor: paint["ink-2"], borderWidth: 0.6, areaColor: paint["map-0"] },
      emphasis: { label: { show: true, color: paint.ink }, itemStyle: { areaColor: null, borderColor: paint.brand, borderWidth: 2 } },
    }],
  };
}

const SHAPES = { confirmed: "circle", asymptomatic: "diamond", pending_review: "rect", suspected: "triangle", excluded: "emptyCircle" };
function graph(figures, paint) {
  const tint = { confirmed: paint["series-local"], asymptomatic: paint["series-imported"], pending_review: paint.violet };
  const lanes = Math.max(1, ...figures.nodes.map((node) => node.y));
  const places = new Map(figures.nodes.map((node) => [node.id, [node.x, node.y]]));
  const day = (x) => { const date = new Date(`${figures.origin}T00:00:00Z`); date.setUTCDate(date.getUTCDate() + x); return date.toISOString().slice(5, 10).replace("-", "/"); };
  return {
    ...base(paint),
    grid: { left: 10, right: 14, top: 8, bottom: 4, containLabel: true },
    tooltip: { ...base(paint).tooltip, formatter: (item) => item.data?.node ? `${item.data.node.number}\n${item.data.node.onset}` : "" },
    xAxis: { type: "value", min: (v) => v.min - 1, max: (v) => v.max + 1, minInterval: 1, axisLabel: { formatter: figures.origin ? day : String, color: paint["ink-2"], hideOverlap: true, showMinLabel: false, showMaxLabel: false }, splitLine: { lineStyle: { color: paint.line } }, axisLine: { show: false } },
    yAxis: { type: "value", min: -0.6, max: lanes + 0.6, inverse: true, show: false },
    series: [
      { type: "lines", coordinateSystem: "cartesian2d", silent: true, lineStyle: { color: paint["ink-2"], width: 1, opacity: 0.55, curveness: 0.12 }, data: figures.edges.map((edge) => ({ coords: [places.get(edge.source), places.get(edge.target)] })) },
      { type: "scatter", data: figures.nodes.map((node) => ({ value: [node.x, node.y], node, symbol: SHAPES[node.class] ?? "circle", symbolSize: Math.min(16, 7 + Math.sqrt(node.infected) * 3), itemStyle: { color: tint[node.class] ?? paint["series-unknown"], borderColor: paint.surface, borderWidth: 1 } })) },
    ],
  };
}

const KINDS = { curve, map, graph };

async function draw(box) {
  const figures = JSON.parse(box.dataset.figures);
  const option = await KINDS[box.dataset.chart](figures, palette(), box);
  if (!box.isConnected) return;
  if (option === null) {
    box.removeAttribute("role");
    const note = document.createElement("p");
    note.className = "lk-empty";
    note.textContent = box.dataset.wordNone ?? "";
    box.replaceChildren(note);
    return;
  }
  const chart = charts.get(box) ?? echarts.init(box, null, { renderer: "canvas" });
  if (!charts.has(box)) {
    charts.set(box, chart);
    chart.on("click", (event) => {
      if (box.dataset.chart === "map" && figures.clickable && event.data?.known) {
        const address = new URL(location.href);
        address.searchParams.set("division", event.data.code);
        location.assign(address);
      }
      if (box.dataset.chart === "graph" && event.data?.node) location.assign(box.dataset.address.replace(/0$/, event.data.node.id));
    });
  }
  chart.setOption(option, true);
  box.dataset.drawn = "yes";
}

function drawAll(root = document) {
  for (const [box, chart] of charts) {
    if (!box.isConnected) { chart.dispose(); charts.delete(box); }
  }
  for (const box of root.querySelectorAll("[data-chart]")) draw(box);
}

new ResizeObserver(() => { for (const chart of charts.values()) chart.resize(); }).observe(document.body);
new MutationObserver(() => drawAll()).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
document.addEventListener("htmx:load", (event) => { if (event.detail.elt !== document.body) drawAll(event.detail.elt.parentElement ?? document); });
drawAll();
