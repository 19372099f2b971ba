// The map of zones: outlines, drawn zones, places as points, and drawing. No tile comes from anywhere.
// What can be done here can be done in the page's list and field too; the map only writes into them.

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
function colour(name) {
  const probe = document.createElement("i");
  probe.style.color = `var(--lk-${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}
const RANKS = ["danger", "warn", "info"];
const paint = () => Object.fromEntries(["ink", "ink-2", "line", "line-strong", "surface", "brand", ...RANKS].map((name) => [name, colour(name)]));

const ringsOf = (geometry) => !geometry ? [] : geometry.type === "Polygon" ? geometry.coordinates : geometry.type === "MultiPolygon" ? geometry.coordinates.flat() : [];

function bounds(points) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    box[0] = Math.min(box[0], x); box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x); box[3] = Math.max(box[3], y);
  }
  return Number.isFinite(box[0]) ? box : [116.7, 38.5, 118.1, 40.3];
}

// A degree of longitude is shorter than one of latitude: the box grows until both have one scale.
function fitted(box, width, height) {
  let [west, south, east, north] = box;
  const pad = Math.max((east - west) * 0.08, (north - south) * 0.08, 0.002);
  west -= pad; east += pad; south -= pad; north += pad;
  const shrink = Math.cos(((south + north) / 2) * Math.PI / 180);
  const wide = ((east - west) * shrink) / Math.max(width, 1), high = (north - south) / Math.max(height, 1);
  if (wide > high) { const more = (wide * height - (north - south)) / 2; south -= more; north += more; }
  else { const more = ((high * width) / shrink - (east - west)) / 2; west -= more; east += more; }
  return [west, south, east, north];
}

function shape(points, style) {
  return (_params, api) => ({ type: "polygon", silent: true, shape: { points: points.map((point) => api.coord(point)) }, style });
}

class ZoneMap {
  constructor(box) {
    this.box = box;
    this.data = JSON.parse(box.dataset.zones);
    this.chart = echarts.init(box, null, { renderer: "canvas" });
    this.field = document.querySelector("[data-outline]");
    this.drawing = false;
    this.features = [];
  }

  async start() {
    try {
      const answer = await fetch(this.data.outlines, { credentials: "same-origin" });
      this.features = answer.ok ? (await answer.json()).features : [];
    } catch { this.features = []; }
    this.view = this.home();
    this.draw();
    this.listen();
    this.box.dataset.drawn = "yes";
  }

  home() {
    const own = [...this.data.zones.flatMap((zone) => [...zone.points, ...zone.rings.flat()]), ...(this.data.places ?? []).map((place) => place.at)];
    const focus = this.features.filter((feature) => !this.data.focus || feature.properties.code === this.data.focus).flatMap((feature) => ringsOf(feature.geometry).flat());
    return fitted(bounds(own.length ? own : focus), this.box.clientWidth, this.box.clientHeight);
  }

  get points() {
    if (!this.field) return [];
    const text = this.field.value.trim();
    if (text.startsWith("{")) { try { const body = JSON.parse(text); return ringsOf(body.geometry ?? body)[0] ?? []; } catch { return []; } }
    return text.split("\n").map((line) => line.split(/[\s,，]+/).filter(Boolean).map(Number)).filter((point) => point.length === 2 && point.every(Number.isFinite));
  }

  set points(list) {
    this.field.value = list.map((point) => point.map((one) => one.toFixed(6)).join(" ")).join("\n");
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  picked() { return new Set([...document.querySelectorAll("[data-place]:checked")].map((box) => Number(box.value))); }

  draw() {
    const tint = paint();
    const [west, south, east, north] = this.view;
    const series = [];
    for (const feature of this.features) {
      for (const ring of ringsOf(feature.geometry)) {
        series.push({ type: "custom", silent: true, clip: true, data: [0], renderItem: shape(ring, { fill: "transparent", stroke: tint["line-strong"], lineWidth: feature.properties.code === this.data.focus ? 1.6 : 0.8 }) });
      }
    }
    for (const zone of this.data.zones) {
      const shade = tint[RANKS[Math.min(zone.rank, 2)]];
      for (const ring of zone.rings) {
        series.push({ type: "custom", silent: true, clip: true, data: [0], renderItem: shape(ring, { fill: shade, opacity: zone.proposed ? 0.15 : 0.35, stroke: shade, lineWidth: 1.5, lineDash: zone.proposed ? [4, 3] : null }) });
      }
    }
    series.push({
      type: "scatter", cursor: "pointer", symbolSize: 11,
      data: this.data.zones.flatMap((zone) => zone.points.map((point) => ({ value: point, zone, itemStyle: { color: zone.proposed ? tint.surface : tint[RANKS[Math.min(zone.rank, 2)]], borderColor: tint[RANKS[Math.min(zone.rank, 2)]], borderWidth: 2 } }))),
    });
    if (this.data.places) {
      const chosen = this.picked();
      series.push({
        type: "scatter", cursor: "pointer", large: false,
        data: this.data.places.map((place) => ({ value: place.at, place, symbolSize: chosen.has(place.id) ? 12 : 7, itemStyle: { color: chosen.has(place.id) ? tint.brand : tint["ink-2"], opacity: chosen.has(place.id) ? 1 : 0.55, borderColor: tint.surface, borderWidth: 1 } })),
      });
    }
    const ring = this.points;
    if (ring.length) {
      series.push({ type: "custom", silent: true, clip: true, data: [0], renderItem: shape(ring, { fill: tint.brand, opacity: 0.18, stroke: tint.brand, lineWidth: 2 }) });
      series.push({ type: "scatter", silent: true, symbolSize: 7, data: ring, itemStyle: { color: tint.brand } });
    }
    const plain = { type: "value", show: false, scale: true };
    this.chart.setOption({
      animation: false,
      textStyle: { fontFamily: css("--lk-sans") },
      grid: { left: 0, right: 0, top: 0, bottom: 0 },
      tooltip: { renderMode: "richText", confine: true, backgroundColor: tint.surface, borderColor: tint.line, textStyle: { color: tint.ink, fontSize: 12 }, formatter: (item) => item.data.zone ? `${item.data.zone.number} ${item.data.zone.name}\n${item.data.zone.kind}` : item.data.place ? item.data.place.name : "" },
      xAxis: { ...plain, min: west, max: east }, yAxis: { ...plain, min: south, max: north },
      dataZoom: [{ type: "inside", xAxisIndex: 0, filterMode: "none", moveOnMouseMove: !this.drawing }, { type: "inside", yAxisIndex: 0, filterMode: "none", moveOnMouseMove: !this.drawing }],
      series,
    }, { notMerge: true });
  }

  listen() {
    this.chart.on("click", (event) => {
      if (this.drawing) return;
      if (event.data?.zone && this.data.address) location.assign(this.data.address.replace(/0$/, event.data.zone.id));
      if (event.data?.place) this.toggle(event.data.place.id);
    });
    this.chart.getZr().on("click", (event) => {
      if (!this.drawing) return;
      const at = this.chart.convertFromPixel({ xAxisIndex: 0, yAxisIndex: 0 }, [event.offsetX, event.offsetY]);
      if (at) { this.points = [...this.points, at]; }
    });
    this.field?.addEventListener("input", () => this.draw());
    document.addEventListener("change", (event) => { if (event.target.matches?.("[data-place]")) this.draw(); });
    document.querySelector("[data-zone-draw]")?.addEventListener("click", (event) => {
      this.drawing = !this.drawing;
      event.currentTarget.setAttribute("aria-pressed", String(this.drawing));
      event.currentTarget.classList.toggle("active", this.drawing);
      this.draw();
    });
    document.querySelector("[data-zone-undo]")?.addEventListener("click", () => { this.points = this.points.slice(0, -1); });
    document.querySelector("[data-zone-clear]")?.addEventListener("click", () => { this.points = []; });
    new ResizeObserver(() => { this.chart.resize(); this.view = this.home(); this.draw(); }).observe(this.box);
    new MutationObserver(() => this.draw()).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
  }

  toggle(id) {
    const box = document.querySelector(`[data-place="${id}"]`);
    if (box) { box.checked = !box.checked; box.dispatchEvent(new Event("change", { bubbles: true })); return; }
    // A place that the list does not show: its box is put there, so that the form sends it.
    const place = this.data.places.find((one) => one.id === id);
    const list = document.querySelector(".zn-places") ?? document.querySelector("#places")?.appendChild(Object.assign(document.createElement("ul"), { className: "zn-places" }));
    if (!place || !list) return;
    const label = document.createElement("label");
    label.className = "form-check";
    const input = Object.assign(document.createElement("input"), { type: "checkbox", name: "places", value: String(id), checked: true, className: "form-check-input" });
    input.dataset.place = String(id);
    const words = Object.assign(document.createElement("span"), { className: "form-check-label", textContent: place.name });
    label.append(input, words);
    const item = document.createElement("li");
    item.append(label);
    list.prepend(item);
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

for (const box of document.querySelectorAll("[data-zones]")) new ZoneMap(box).start();
