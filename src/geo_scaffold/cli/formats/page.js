"use strict";
const root = document.documentElement, byId = id => document.getElementById(id);
const form = byId("page-filters"), fields = form.elements, detail = byId("page-detail");
const scroll = byId("page-scroll"), table = scroll.firstElementChild;
const boxes = [...form.querySelectorAll("fieldset input")];
const types = [...document.querySelectorAll(".type")], heads = [...table.querySelectorAll("thead th + th")];
const rows = [...table.querySelectorAll("tbody tr[data-id]")], phases = [...table.querySelectorAll("tr.phase")];
const named = link => link.getAttribute("href").slice(1);
const cells = new Map([...table.querySelectorAll("td a")].map(cell => [named(cell), cell]));
const addressed = () => { try { return decodeURIComponent(location.hash.slice(1)); } catch { return ""; } };

const button = (text, name) => Object.assign(document.createElement("button"), {type: "button", textContent: text, className: name});
for (const remedy of document.querySelectorAll(".remedy")) remedy.append(button("Copy", "copy"));
for (const cell of cells.values()) { cell.ariaLabel = cell.title; cell.removeAttribute("title"); }
const items = [...document.querySelectorAll(".item")].map(node => ({
  node, cell: cells.get(node.id), type: types.indexOf(node.closest(".type")),
  paths: [node.querySelector("h4").textContent, ...node.textContent.match(/[^\s`]+\/[^\s`]+/g) ?? []].join(" ").toLowerCase(),
}));

// Filters. What the address names stays in the list.
function filter() {
  const text = fields.text.value.trim().toLowerCase(), type = fields.type.value.trim().toLowerCase();
  const states = new Set(boxes.filter(box => box.checked).map(box => box.value)), target = addressed();
  const columns = types.map(({dataset}) => (!fields.kind.value || dataset.kind === fields.kind.value) && dataset.type.toLowerCase().includes(type));
  const counts = {}, used = new Set(), listed = new Set();
  let shown = 0;
  for (const {node, cell, type, paths} of items) {
    const fits = columns[type] && (!fields.level.value || node.dataset.level === fields.level.value) && paths.includes(text);
    const on = fits && states.has(node.dataset.state);
    if (fits) counts[node.dataset.state] = (counts[node.dataset.state] ?? 0) + 1;
    if (fields.narrow.checked ? on : fits) used.add(cell.closest("tr"));
    if (on) shown += 1;
    node.hidden = !on && node.id !== target;
    if (!node.hidden) listed.add(type);
    cell.classList.toggle("off", !on);
  }
  for (const box of boxes) {
    box.parentNode.lastElementChild.textContent = counts[box.value] ?? 0;
    box.parentNode.classList.toggle("empty", !counts[box.value]);
  }
  types.forEach((node, at) => { node.hidden = !listed.has(at) && node.id !== target; });
  heads.forEach((head, at) => { head.hidden = !columns[at]; });
  for (const row of rows) {
    row.hidden = !used.has(row);
    for (const [at, cell] of [...row.querySelectorAll("td")].entries()) cell.hidden = !columns[at];
  }
  for (const phase of phases) {
    let row = phase.nextElementSibling;
    while (row?.hidden) row = row.nextElementSibling;
    phase.hidden = !row || phases.includes(row);
  }
  byId("page-none").hidden = shown > 0;
  byId("page-shown").value = `${shown} of ${items.length} shown`;
  rove();
  fit();
}
let bar = 0;
function fit() {
  bar = getComputedStyle(form).position === "sticky" ? form.offsetHeight : 0;
  root.style.setProperty("--bar", `${bar}px`);
  scroll.classList.toggle("fits", table.scrollWidth <= scroll.clientWidth);
}
function reveal() {
  hide();
  filter();
  byId(addressed())?.scrollIntoView();
}

// The text of an item beside its cell: shown by pointer or focus, pinned by a click.
let pinned = null, shownFor = null, timer = 0;
const cellAt = node => (node.closest("td") ?? (root.classList.contains("one") ? node.closest("tr[data-id]") : null))?.querySelector("a");
function later(action, wait) { clearTimeout(timer); timer = setTimeout(action, wait); }
function show(cell, pin = false) {
  clearTimeout(timer);
  const item = byId(named(cell)), close = button("Close", "close");
  const about = document.createElement("p"), link = Object.assign(document.createElement("a"), {href: `#${named(cell)}`, textContent: "Show in the list"});
  about.append(item.closest(".type").querySelector("h3 a").textContent, " ", link);
  detail.replaceChildren(...[...item.childNodes].map(node => node.cloneNode(true)), close);
  detail.querySelector("header").append(about);
  pinned?.classList.remove("pinned");
  pinned = pin ? cell : null;
  pinned?.classList.add("pinned");
  close.hidden = !pin;
  shownFor = cell;
  detail.hidden = false;
  const place = cell.parentNode.getBoundingClientRect(), gap = 2, edge = 8;
  const below = innerHeight - place.bottom - gap - edge, above = place.top - bar - gap - edge;
  detail.style.maxHeight = "none";
  const isBelow = detail.offsetHeight <= below || below >= above;
  detail.style.maxHeight = `${Math.max(isBelow ? below : above, 120)}px`;
  detail.style.left = `${scrollX + Math.max(edge, Math.min(place.left, root.clientWidth - detail.offsetWidth - edge))}px`;
  detail.style.top = `${scrollY + (isBelow ? place.bottom + gap : place.top - gap - detail.offsetHeight)}px`;
}
function hide() {
  clearTimeout(timer);
  pinned?.classList.remove("pinned");
  pinned = null;
  if (detail.contains(document.activeElement)) shownFor?.focus();
  detail.hidden = true;
}
const leave = () => { if (!pinned) later(hide, 300); };
table.addEventListener("mouseover", event => {
  const cell = cellAt(event.target);
  if (pinned) return;
  if (cell) later(() => show(cell), detail.hidden ? 60 : 250); else leave();
});
table.addEventListener("mouseleave", leave);
detail.addEventListener("mouseenter", () => clearTimeout(timer));
detail.addEventListener("mouseleave", leave);
detail.addEventListener("focusin", () => clearTimeout(timer));
table.addEventListener("focusin", event => {
  const cell = cellAt(event.target);
  if (!cell) return;
  rove(cell);
  if (!pinned && cell.matches(":focus-visible")) show(cell);
});
table.addEventListener("focusout", leave);
table.addEventListener("click", event => {
  const cell = cellAt(event.target);
  if (!cell || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (pinned === cell) { hide(); return; }
  show(cell, true);
  if (event.detail === 0) detail.focus();
});
document.addEventListener("click", event => {
  if (event.target.closest(".copy")) copy(event.target);
  else if (event.target.closest("#page-detail .close, #page-detail header a")) hide();
});
// Not by a click: what is selected in the text may end outside of it.
document.addEventListener("pointerdown", event => {
  if (pinned && !detail.contains(event.target) && !cellAt(event.target)) hide();
});
document.addEventListener("keydown", event => { if (event.key === "Escape") hide(); });

// One cell takes part in the order of Tab; arrow keys move among those that are there.
function rove(to = items.find(({cell, node}) => !node.hidden && cell.offsetParent)?.cell ?? [...cells.values()].find(cell => cell.offsetParent)) {
  for (const cell of cells.values()) cell.tabIndex = cell === to ? 0 : -1;
}
const STEPS = {ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1]};
table.addEventListener("keydown", event => {
  const step = STEPS[event.key], from = event.target.closest("td");
  if (!step || !from) return;
  event.preventDefault();
  let row = rows.indexOf(from.parentNode), column = from.cellIndex, next = null;
  do {
    row += step[0]; column += step[1];
    next = rows[row]?.cells[column];
  } while (next && !next.querySelector("a")?.offsetParent);
  next?.querySelector("a")?.focus();
});

// Copying: the clipboard may be refused, and then the lines are selected.
async function copy(node) {
  const lines = node.parentNode.querySelector("pre");
  let told = "Copied";
  try {
    await navigator.clipboard.writeText(lines.textContent);
  } catch {
    if (lines.closest("details")) lines.closest("details").open = true;
    getSelection().selectAllChildren(lines);
    if (!document.execCommand("copy")) told = "Press Ctrl+C";
  }
  node.textContent = told;
  setTimeout(() => { node.textContent = "Copy"; }, 2000);
}

let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  for (const node of closed) node.open = true;
});
addEventListener("afterprint", () => { for (const node of closed) node.open = false; });
addEventListener("hashchange", reveal);
addEventListener("resize", fit);
for (const node of [form, fields.narrow]) node.addEventListener("input", filter);
form.addEventListener("reset", () => setTimeout(filter));
form.addEventListener("submit", event => event.preventDefault());
root.classList.remove("plain");
if (location.hash) reveal(); else filter();
