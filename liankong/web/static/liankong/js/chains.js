// The chains as a picture: the server placed each case (x is its onset day), the browser only draws and zooms.

const box = document.getElementById("chains");
const words = box?.dataset ?? {};
const note = document.getElementById("chains-note");

function colour(name) {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

const SHAPES = { confirmed: "ellipse", asymptomatic: "diamond", pending_review: "rectangle", suspected: "triangle" };
const TINTS = { confirmed: "--lk-series-local", asymptomatic: "--lk-series-imported", pending_review: "--lk-violet" };
const STEP_Y = 22;
let stepX = 72;
// A large picture is shrunk to fit: its marks are drawn larger, so that they can still be told apart.
let shrink = 1;

function dayOf(origin, x) {
  const date = new Date(`${origin}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + x);
  return date.toISOString().slice(5, 10).replace("-", "/");
}

// A case with its infected; "+n" are those of them for whom the picture has no room.
function labelOf(node) {
  if (!node.infected) return node.number;
  return node.hidden ? `${node.number} (${node.infected}, +${node.hidden})` : `${node.number} (${node.infected})`;
}

// The contacts of a case as one figure beside it; a click unfolds them, another folds them up again.
function countOf(node) {
  return { group: "nodes", classes: "count", selectable: false, data: { id: `n${node.id}`, of: node.id, label: String(node.contacts) }, position: { x: node.x * stepX + 20 * Math.min(shrink, 2), y: node.y * STEP_Y - 8 * Math.min(shrink, 2) } };
}

async function unfold(cy, count) {
  const folded = cy.nodes(`.contact[of = "${count.data("of")}"]`);
  if (folded.nonempty()) { cy.remove(folded); note.textContent = note.dataset.normal; return; }
  const answer = await fetch(words.contacts.replace(/0$/, count.data("of")), { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const told = await answer.json();
  const centre = count.position(), around = told.contacts.length;
  const radius = 16 + around * 1.6;
  cy.add(told.contacts.map((one, at) => ({
    group: "nodes", classes: "contact", selectable: false,
    data: { id: `k${told.case}-${one.id}`, of: told.case, address: one.address, label: `#${one.id}`, word: one.word, close: one.class === "close_contact" ? 1 : 0 },
    position: { x: centre.x + radius * Math.cos((2 * Math.PI * at) / around), y: centre.y + radius * Math.sin((2 * Math.PI * at) / around) },
  })));
  note.textContent = told.note;
}

function elements(graph) {
  // Days are as wide as makes the whole picture fill its box; lanes are always a label apart.
  const columns = 1 + Math.max(...graph.nodes.map((node) => node.x)) - Math.min(...graph.nodes.map((node) => node.x));
  const lanes = 3 + Math.max(...graph.nodes.map((node) => node.y));
  shrink = Math.max(1, (lanes * STEP_Y) / box.clientHeight);
  stepX = Math.max(56, Math.min(600, (lanes * STEP_Y * box.clientWidth) / box.clientHeight / columns));
  const nodes = graph.nodes.map((node) => ({
    group: "nodes", data: { ...node, label: labelOf(node), size: Math.min(34, 14 + Math.sqrt(node.infected) * 5) * Math.min(shrink, 1.7) },
    position: { x: node.x * stepX, y: node.y * STEP_Y },
  }));
  const edges = graph.edges.map((edge, at) => ({ group: "edges", data: { id: `e${at}`, ...edge } }));
  // The scale of days is drawn as plain labels above the picture, so that it moves and zooms with it.
  const first = Math.min(...graph.nodes.map((node) => node.x)), last = Math.max(...graph.nodes.map((node) => node.x));
  const every = Math.max(1, Math.ceil((last - first) / 24));
  const days = [];
  for (let x = first; graph.origin && x <= last; x += every) {
    days.push({ group: "nodes", classes: "day", selectable: false, grabbable: false, data: { id: `d${x}`, label: dayOf(graph.origin, x) }, position: { x: x * stepX, y: -1.6 * STEP_Y * Math.min(shrink, 2) } });
  }
  return [...nodes, ...edges, ...days, ...graph.nodes.filter((node) => node.contacts).map(countOf)];
}

function style() {
  const [ink, soft, line, surface, brand] = ["--lk-ink", "--lk-ink-2", "--lk-line-strong", "--lk-surface", "--lk-brand"].map(colour);
  return [
    { selector: "node", style: { width: "data(size)", height: "data(size)", "background-color": (node) => colour(TINTS[node.data("class")] ?? "--lk-series-unknown"), shape: (node) => SHAPES[node.data("class")] ?? "ellipse", label: "data(label)", color: soft, "font-size": 9, "text-valign": "bottom", "text-margin-y": 2, "min-zoomed-font-size": 7, "border-width": 1, "border-color": surface } },
    { selector: "node[?estimated]", style: { "border-style": "dashed", "border-color": ink, "border-width": 1.5 } },
    { selector: "node.day", style: { shape: "rectangle", width: 1, height: 1, "background-opacity": 0, "border-width": 0, color: ink, "font-size": Math.max(12, Math.min(stepX / 4, 12 * shrink)), "text-valign": "center", events: "no" } },
    { selector: "node.count", style: { shape: "round-rectangle", width: 16, height: 11, "background-color": surface, "border-color": line, color: ink, label: "data(label)", "font-size": 8, "text-valign": "center", "text-margin-y": 0, "min-zoomed-font-size": 5 } },
    { selector: "node.contact", style: { shape: "ellipse", width: 9, height: 9, "background-color": colour("--lk-info"), label: "data(label)", "font-size": 6, color: soft } },
    { selector: "node.contact[close = 0]", style: { "background-color": line } },
    { selector: "node.near", style: { "border-color": brand, "border-width": 3, color: ink } },
    { selector: "node.focus", style: { "border-color": brand, "border-width": 4, color: ink, "font-weight": "bold" } },
    { selector: "edge", style: { width: 1.2 * Math.min(shrink, 2.2), "line-color": line, "curve-style": "straight", "target-arrow-shape": "triangle", "target-arrow-color": line, "arrow-scale": 0.7 * Math.min(shrink, 1.7) } },
    { selector: "edge.near", style: { "line-color": brand, "target-arrow-color": brand, width: 2 } },
  ];
}

// The whole picture at twice its size, on the page's own ground.
function save(cy, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(cy.png({ output: "blob", full: true, scale: 2, bg: colour("--lk-surface") }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

if (box && globalThis.cytoscape) {
  const graph = JSON.parse(document.getElementById(words.source).textContent);
  const cy = cytoscape({ container: box, elements: elements(graph), style: style(), layout: { name: "preset", fit: true, padding: 24 }, minZoom: 0.05, maxZoom: 4, autoungrabify: true, boxSelectionEnabled: false });
  const normal = note?.textContent ?? "";
  if (note) note.dataset.normal = normal;
  cy.on("mouseover", "node[number]", (event) => {
    const node = event.target.data();
    event.target.closedNeighborhood().addClass("near");
    box.classList.add("is-pointing");
    note.textContent = `${node.number} · ${words.wordOnset} ${node.onset || words.wordEstimated} · ${words.wordInfected} ${node.infected}${node.contacts ? ` · ${words.wordContacts} ${node.contacts}` : ""}`;
  });
  cy.on("mouseout", "node[number]", () => { cy.elements().removeClass("near"); box.classList.remove("is-pointing"); note.textContent = normal; });
  cy.on("tap", "node[number]", (event) => location.assign(words.address.replace(/0$/, event.target.id())));
  cy.on("tap", "node.count", (event) => unfold(cy, event.target));
  cy.on("tap", "node.contact", (event) => location.assign(event.target.data("address")));
  const focus = words.focus ? cy.getElementById(words.focus) : cy.collection();
  if (focus.nonempty()) focus.addClass("focus");
  document.addEventListener("click", (event) => {
    const wanted = event.target.closest("[data-chains]")?.dataset.chains;
    const middle = { x: cy.width() / 2, y: cy.height() / 2 };
    if (wanted === "in") cy.zoom({ level: cy.zoom() * 1.4, renderedPosition: middle });
    if (wanted === "out") cy.zoom({ level: cy.zoom() / 1.4, renderedPosition: middle });
    if (wanted === "fit") cy.fit(undefined, 24);
    if (wanted === "png") save(cy, event.target.closest("[data-chains]").dataset.name);
  });
  new MutationObserver(() => cy.style(style())).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
  new ResizeObserver(() => cy.resize()).observe(box);
  // Where a case stands on the screen: for tests, which click as a hand would.
  box.placeOf = (id) => {
    const at = cy.getElementById(id).renderedPosition(), frame = box.getBoundingClientRect();
    return [frame.left + at.x, frame.top + at.y];
  };
  box.dataset.drawn = "yes";
}
