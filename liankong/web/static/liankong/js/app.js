// What every page needs: clocks, deadlines, menus, toasts, confirmation, keys, the state of the live line.

const words = document.getElementById("lk-words")?.dataset ?? {};
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

// --- time: the node's clock, not the visitor's -----------------------------------------------------------

const stamped = $("[data-now]");
const skew = stamped ? Date.parse(stamped.dataset.now) - Date.now() : 0;
const now = () => Date.now() + skew;
const SHANGHAI = new Intl.DateTimeFormat("sv-SE", {
  timeZone: "Asia/Shanghai", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
});

function span(milliseconds) {
  const minutes = Math.floor(Math.abs(milliseconds) / 60000);
  const [d, h, m] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), minutes % 60];
  const parts = d ? [`${d} ${words.day}`, `${h} ${words.hour}`] : h ? [`${h} ${words.hour}`, `${m} ${words.minute}`] : [`${m} ${words.minute}`];
  return parts.join(" ");
}

function tick() {
  for (const clock of $$("[data-clock]")) clock.textContent = SHANGHAI.format(now());
  for (const chip of $$(".lk-due[data-due]")) {
    const left = Date.parse(chip.dataset.due) - now();
    chip.classList.toggle("is-overdue", left <= 0);
    chip.classList.toggle("is-warn", left > 0 && left <= Number(chip.dataset.soon || 0) * 1000);
    for (const text of $$("[data-span]", chip)) text.textContent = span(left);
  }
}
setInterval(tick, 15000);

// --- toasts ------------------------------------------------------------------------------------------------

function dismiss(toast) {
  if (!toast.classList.contains("is-danger")) setTimeout(() => toast.remove(), 8000);
}
function toast(text, tone = "good") {
  const blank = $("#lk-toast-blank");
  const box = $(".lk-toasts");
  if (!blank || !box) return;
  const made = blank.content.firstElementChild.cloneNode(true);
  made.classList.add(`is-${tone}`);
  $("p", made).textContent = text;
  box.append(made);
  dismiss(made);
}
document.addEventListener("lk:toast", (event) => toast(event.detail.text, event.detail.tone));
document.addEventListener("click", (event) => event.target.closest("[data-close-toast]")?.closest(".lk-toast").remove());

// --- menus and navigation -------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  for (const menu of $$(".lk-menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
const shell = $(".lk-shell");
function openNav(open) {
  if (!shell) return;
  if (open) shell.dataset.nav = "open";
  else delete shell.dataset.nav;
  for (const button of $$("[data-nav-toggle]")) button.setAttribute("aria-expanded", String(open));
  const main = $(".lk-main");
  if (main) main.inert = open;
  if (open) $(".lk-nav a")?.focus();
  else $(".lk-menu-btn")?.focus();
}
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-nav-toggle]")) openNav(shell.dataset.nav !== "open");
});

// --- asking before doing ------------------------------------------------------------------------------------------

function ask(text, strong) {
  const dialog = $("#lk-confirm");
  $("[data-confirm-text]", dialog).textContent = text;
  const yes = $("[data-confirm-yes]", dialog);
  yes.classList.toggle("btn-danger", strong);
  yes.classList.toggle("btn-primary", !strong);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}
document.addEventListener("submit", async (event) => {
  const asked = event.submitter?.dataset.confirm ? event.submitter : event.target;
  if (!asked.dataset.confirm || event.target.dataset.confirmed) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (await ask(asked.dataset.confirm, "danger" in asked.dataset)) {
    event.target.dataset.confirmed = "yes";
    event.target.requestSubmit(event.submitter);
    delete event.target.dataset.confirmed;
  }
}, true);
document.addEventListener("htmx:confirm", async (event) => {
  if (!event.detail.question) return;
  event.preventDefault();
  if (await ask(event.detail.question, "danger" in event.target.dataset)) event.detail.issueRequest(true);
});

// --- keys: / searches, ? explains, g and a letter goes -------------------------------------------------------------

let leader = 0;
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const menu = $(".lk-menu[open]");
    if (menu) { menu.open = false; $("summary", menu).focus(); }
    if (shell?.dataset.nav === "open") openNav(false);
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest?.("input, select, textarea, [contenteditable], dialog[open]")) return;
  if (event.key === "/") {
    const search = $("[data-search]");
    if (search) { event.preventDefault(); search.focus(); search.select(); }
    else if (shell?.dataset.searchUrl) { event.preventDefault(); location.assign(shell.dataset.searchUrl); }
  } else if (event.key === "?") {
    event.preventDefault();
    $("#lk-help")?.showModal();
  } else if (event.key === "g") {
    leader = Date.now();
  } else if (Date.now() - leader < 1500) {
    leader = 0;
    const link = $(`.lk-nav [data-key="${CSS.escape(event.key)}"]`);
    if (link) { event.preventDefault(); link.click(); }
  }
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-open-help]")) $("#lk-help")?.showModal();
  if (event.target.closest("[data-print]")) window.print();
});

// Paper cannot be unfolded: what is folded is printed open, but for menus and forms.
let unfolded = [];
window.addEventListener("beforeprint", () => {
  unfolded = $$("main details:not([open], .lk-menu, :has(> form))");
  for (const part of unfolded) part.open = true;
});
window.addEventListener("afterprint", () => {
  for (const part of unfolded) part.open = false;
  unfolded = [];
});

// --- widths, filters, theme --------------------------------------------------------------------------------------------

// The content security policy allows no style attributes; a script may set the same property.
function measure(root) {
  for (const bar of $$("[data-width]", root)) bar.style.width = `${Math.max(0, Math.min(100, Number(bar.dataset.width)))}%`;
}
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-autosubmit]");
  if (form && event.target.matches("select, input[type=date], input[type=checkbox]")) form.requestSubmit();
});
document.addEventListener("submit", (event) => {
  // An address without its empty parameters is one that people can read and send on.
  if (event.target.matches("form[data-autosubmit], form.lk-filters")) {
    const blank = $$("input, select", event.target).filter((field) => field.name && field.value === "" && !field.disabled);
    for (const field of blank) field.disabled = true;
    setTimeout(() => { for (const field of blank) field.disabled = false; }, 0);
  }
});

// --- the live line -------------------------------------------------------------------------------------------------------

function live(state) {
  for (const sign of $$("[data-live]")) {
    sign.dataset.state = state;
    $(".lk-live-text", sign).textContent = state === "open" ? words.liveOpen : words.liveLost;
  }
}
document.addEventListener("htmx:sseOpen", () => live("open"));
document.addEventListener("htmx:sseError", () => live("lost"));
document.addEventListener("htmx:responseError", () => toast(words.requestFailed, "danger"));
document.addEventListener("htmx:sendError", () => toast(words.requestFailed, "danger"));
document.addEventListener("htmx:beforeRequest", () => document.body.classList.add("is-loading"));
document.addEventListener("htmx:afterRequest", () => document.body.classList.remove("is-loading"));
document.addEventListener("htmx:load", (event) => { measure(event.detail.elt); tick(); });

measure(document);
tick();
for (const shown of $$(".lk-toast")) dismiss(shown);
// A page that reports faults in its form starts at the first of them.
$("[data-focus-error] [aria-invalid=true]")?.focus();
