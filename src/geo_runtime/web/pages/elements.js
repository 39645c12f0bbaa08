"use strict";
const view = JSON.parse(document.getElementById("view").textContent);
const REFRESH_MS = 2000;
let clockAhead = 0;  // of the site's clock before the browser's, in ms; the site's may run faster

/** Make an element; text is only ever text. */
function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter(child => child !== null && child !== undefined && child !== false));
  return made;
}

const badge = (text, kind, dot = true) => el("span", {class: `badge ${kind}${dot ? " dot" : ""}`}, text);
const number = value => value === null || value === undefined ? "–" : value.toLocaleString("en");
const title = word => word.charAt(0) + word.slice(1).toLowerCase();

function span(seconds) {
  const steps = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const [size, unit] = steps.find(([each]) => Math.abs(seconds) >= each) || [1, "s"];
  return `${Math.round(seconds / size)} ${unit}`;
}

/** Say how long ago, or in how long, by the site's clock. */
function when(iso) {
  if (!iso) return "never";
  const seconds = (Date.now() + clockAhead - Date.parse(iso)) / 1000;
  const text = Math.abs(seconds) < 1 ? "now" : seconds > 0 ? `${span(seconds)} ago` : `in ${span(-seconds)}`;
  return el("time", {datetime: iso, title: new Date(iso).toLocaleString()}, text);
}

async function request(path, options = {}) {
  const response = await fetch(path, {credentials: "same-origin", ...options});
  const now = Date.parse(response.headers.get("x-geo-now"));
  if (now) clockAhead = now - Date.now();
  if (response.status === 401) throw new Error("You are no longer signed in.");
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(text.slice(0, 200) || `The site answered ${response.status}.`);
  }
}

function toast(text, isBad = false) {
  const shown = el("div", {class: isBad ? "toast bad" : "toast"}, text);
  document.getElementById("toasts").append(shown);
  setTimeout(() => shown.remove(), isBad ? 8000 : 4000);
}

/** Show a share of a total, and beside it what failed. */
function progress(label, done, failed, total, percentage) {
  const width = part => total ? 100 * (part || 0) / total : 0;
  const bar = el("div", {
    class: "bar", role: "progressbar", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": total || 0, "aria-valuenow": done || 0,
  }, el("span", {class: "is-good"}), el("span", {class: "is-bad"}));
  bar.children[0].style.width = `${width(done)}%`;
  bar.children[1].style.width = `${width(failed)}%`;
  const right = el("span", {}, `${number(done)} of ${number(total)}`, failed ? ` · ${number(failed)} failed` : "");
  return el("div", {}, el("div", {class: "measure"}, el("strong", {}, `${label} ${percentage}`), right), bar);
}

/**
 * Run again and again while the page is seen; one failure is shown, and the next success takes it away.
 * What is asked for while it runs follows at once: what runs may have begun before a filter changed.
 */
function refresh(load, isOn = () => true) {
  const notice = document.getElementById("notice");
  let isRunning = false, isAsked = false;
  async function once() {
    isAsked = true;
    if (isRunning) return;
    isRunning = true;
    while (isAsked) {
      isAsked = false;
      try {
        await load();
        notice.hidden = true;
      } catch (error) {
        notice.textContent = error instanceof TypeError ? "The site does not answer." : error.message;
        notice.hidden = false;
      }
    }
    isRunning = false;
  }
  setInterval(() => { if (!isRunning && !document.hidden && isOn()) once(); }, REFRESH_MS);
  once();
  return once;
}
