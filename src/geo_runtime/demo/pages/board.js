const STATES = {PENDING: "neutral", STARTED: "info", SYNCED: "good", FAILED: "bad", NONE: "neutral", GONE: "neutral"};
const VERIFICATION = {PENDING: "neutral", STARTED: "info", SUCCEEDED: "good", FAILED: "bad", DISABLED: "neutral", NONE: "neutral", GONE: "neutral"};
const SVG = "http://www.w3.org/2000/svg";
const byId = id => document.getElementById(id);
const opened = () => Number((location.hash.match(/^#record-(\d+)$/) || [])[1]) || null;
let isBusy = false;  // while the story is told, what happens is its own

function draw(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null) made.setAttribute(name, value);
  made.append(...children.filter(child => child !== null && child !== undefined));
  return made;
}

const label = (x, y, text, kind = "", anchor = "start") => draw("text", {x, y, class: kind, "text-anchor": anchor}, text);

/** Ask the demonstration; what it refuses is thrown. */
async function ask(path, options) {
  const answer = await request(path, options);
  if (answer.error) throw new Error(answer.error);
  return answer;
}

// Both sites

function drawStage(state) {
  const {counts, network, replica, log, sites, replication} = state;
  const late = (replica.lag_s || 0) > 60;
  const isNarrow = matchMedia("(max-width: 700px)").matches;  // then one site stands above the other
  const site = (x, y, name, about, lines) => [
    draw("rect", {x, y, width: 250, height: 150, rx: 10, class: "box"}),
    label(x + 16, y + 26, name, "strong"), label(x + 234, y + 26, about, "quiet", "end"),
    ...lines.map((line, index) => label(x + 16, y + 54 + 22 * index, line, "")),
  ];
  const running = ({pid}) => pid ? `process ${pid}` : "not running";
  const primary = isNarrow ? [30, 5] : [5, 30], secondary = isNarrow ? [30, 255] : [505, 30];
  const wires = [
    {what: "database replication", how: late ? `${span(replica.lag_s)} behind` : "up to date", kind: late ? " late" : ""},
    {what: "cable: data of records", how: network.is_cut ? "cut" : "whole", kind: network.is_cut ? " cut" : ""},
  ];
  const wire = ({what, how, kind}, index) => isNarrow ? [
    draw("path", {d: `M${90 + 130 * index} 155 V255`, class: `wire${kind}`}),
    label(80 + 150 * index, 200, what, "quiet over", "middle"), label(80 + 150 * index, 218, how, "quiet over", "middle"),
  ] : [
    draw("path", {d: `M255 ${85 + 60 * index} H505`, class: `wire${kind}`}),
    label(380, 76 + 60 * index, what, "quiet", "middle"), label(380, 102 + 60 * index, how, "quiet", "middle"),
  ];
  byId("drawing").setAttribute("viewBox", isNarrow ? "0 0 310 410" : "0 0 760 210");
  byId("drawing").replaceChildren(
    ...site(...primary, "Primary", running(sites.primary), [`${counts.total} records`, `last event ${log.last ?? "–"}`]),
    ...site(...secondary, "Secondary", running(sites.secondary), [
      `${counts.synced} copied, ${counts.failed} failed`, `${counts.verified} proven right`,
      `read up to event ${log.cursor ?? "–"}` + (log.behind ? `, ${log.behind} behind` : ""),
      replication.is_paused ? "replication is paused" : replication.selective_sync ? `keeps only ${replication.namespaces.length} groups` : "keeps all records",
    ]),
    ...wires.flatMap(wire),
  );
}

// Over time

function plot(title, lines, points) {
  const values = lines.flatMap(({key}) => points.map(point => point[key] || 0));
  const most = Math.max(1, ...values, ...(lines[0].most ? points.map(point => point[lines[0].most] || 0) : []));
  const at = (value, index) => `${(600 * index / Math.max(1, points.length - 1)).toFixed(1)},${(78 - 72 * (value || 0) / most).toFixed(1)}`;
  const last = points.at(-1) || {};
  return el("figure", {class: "plot"},
    el("figcaption", {}, el("strong", {}, title), ...lines.map(({key, name, kind}) => el("span", {class: `key ${kind}`}, `${name} ${number(last[key])}`)), el("span", {}, `top ${number(most)}`)),
    draw("svg", {viewBox: "0 0 600 84", preserveAspectRatio: "none", role: "img", "aria-label": title},
      draw("line", {x1: 0, y1: 78, x2: 600, y2: 78, class: "axis"}),
      ...lines.map(({key, kind}) => draw("polyline", {points: points.map((point, index) => at(point[key], index)).join(" "), class: `line-${kind}`}))));
}

function showPlots(points) {
  byId("plots").replaceChildren(
    plot("Progress", [{key: "synced", name: "copied", kind: "info", most: "total"}, {key: "verified", name: "proven right", kind: "good"}, {key: "failed", name: "failed", kind: "bad"}], points),
    plot("Replication lag, in seconds of the sites’ clock", [{key: "lag_s", name: "lag", kind: "bad"}], points),
    plot("Queue", [{key: "jobs", name: "jobs", kind: "info"}, {key: "behind", name: "events to read", kind: "bad"}], points));
}

// The story

const MARKS = {verified: "✓", failed: "✗", skipped: "–", running: "●", waiting: "·"};

function showStory(story) {
  isBusy = story.is_told;
  byId("again").disabled = isBusy;
  byId("actions-note").textContent = isBusy ? "when the story has ended" : "with a button, or with curl";
  for (const each of document.querySelectorAll("#actions .act")) each.disabled = isBusy;  // those of a record depend on it too
  byId("story").replaceChildren(...story.steps.map(step => el("li", {class: step.status},
    el("span", {class: "mark", "aria-label": step.status}, MARKS[step.status]), el("span", {}, step.title),
    el("span", {class: "seconds"}, step.seconds === null ? "" : `${step.seconds} s`),
    step.text ? el("span", {class: "text"}, step.text) : null)));
}

// Buttons

const post = (path, body) => ask(path, {method: "POST", headers: {"content-type": "application/json"}, body: JSON.stringify(body)});

/** Do something, and say what was done, or why it cannot be. */
async function perform(path, body) {
  try {
    toast((await post(path, body)).message);
    await reload();
  } catch (error) {
    toast(error.message, true);
  }
}

function inputOf(parameter) {
  const common = {name: parameter.name, "aria-label": parameter.title, required: true};
  if (parameter.choices.length) return el("select", common, ...parameter.choices.map(each => el("option", {value: each}, each)));
  return el("input", {...common, type: "number", value: parameter.default, placeholder: parameter.title});
}

function read(form, action) {
  return Object.fromEntries(action.parameters.map(({name, choices}) => [name, choices.length ? form.elements[name].value : Number(form.elements[name].value)]));
}

function actionCard(action) {
  const curl = el("pre", {});
  const form = el("form", {}, ...action.parameters.map(inputOf), el("button", {class: "act", type: "submit"}, action.title));
  const show = () => { curl.textContent = `curl -H "Authorization: Bearer $KEY" -d '${JSON.stringify(read(form, action))}' ${view.api}/actions/${action.name}`; };
  form.addEventListener("input", show);
  form.addEventListener("submit", event => { event.preventDefault(); perform(`/api/actions/${action.name}`, read(form, action)); });
  show();
  return el("div", {class: "action"}, form, el("p", {}, action.tells), el("details", {}, el("summary", {}, "The same with curl"), curl));
}

// Records

function recordRow(record) {
  return el("tr", {"data-record": record.id},
    el("td", {}, el("a", {class: "record", href: `#record-${record.id}`}, `#${record.id}`), record.name ? el("span", {class: "sub"}, record.name) : null),
    el("td", {}, record.is_on_primary ? "yes" : "deleted"),
    el("td", {}, badge(title(record.state), STATES[record.state])),
    el("td", {}, badge(title(record.verification_state), VERIFICATION[record.verification_state])));
}

function eventRow(event) {
  return el("tr", {}, el("td", {}, String(event.id)), el("td", {}, event.event, event.is_pruned ? el("span", {class: "sub"}, "pruned since") : null),
    el("td", {}, event.record ? el("a", {href: `#record-${event.record}`}, `#${event.record}`) : "–"), el("td", {}, when(event.at)));
}

function showLog(log) {
  const gaps = log.gaps.length ? ` · gaps: ${log.gaps.map(([first, last]) => first === last ? first : `${first}–${last}`).join(", ")}` : "";
  byId("cursor").textContent = `cursor at ${log.cursor ?? "–"} of ${log.last ?? "–"}${gaps}`;
  byId("events").replaceChildren(...log.newest.slice(0, 12).map(eventRow));
}

function showJobs(jobs, capacity) {
  byId("capacity").textContent = `${capacity.used} of ${capacity.most} copies at once`;
  byId("jobs").replaceChildren(...Object.entries(jobs).map(([name, {waiting, running}]) =>
    el("tr", {}, el("td", {}, name), el("td", {}, number(waiting)), el("td", {}, number(running)))));
}

// One record

const MACHINES = {
  sync: {
    places: {PENDING: [70, 56], STARTED: [240, 56], SYNCED: [410, 56], FAILED: [240, 166]},
    edges: [["PENDING", "STARTED", "start"], ["STARTED", "SYNCED", "synced!"], ["STARTED", "FAILED", "failed!"], ["FAILED", "STARTED", "retry"], ["SYNCED", "FAILED", "differs"], ["SYNCED", "PENDING", "event"]],
    tells: {
      NONE: "The secondary knows nothing about this record: its event is still on the way, or it is out of scope.",
      PENDING: "It waits for a worker. Anything that changes the record brings it back here, whatever is in progress.",
      STARTED: "The data are being fetched. Only a registry that is still started can become synced, so an event that arrives meanwhile is not lost.",
      SYNCED: "The data are here. Verification proves that they are right.",
      FAILED: "The last attempt failed, or the copy was not that of the primary; the next attempt waits longer after each failure.",
      GONE: "The record was deleted, and its copy and its registry with it.",
      OUT: "The record is out of the secondary’s scope; its copy and its registry are removed.",
    },
  },
  verification: {
    places: {PENDING: [70, 56], STARTED: [240, 56], SUCCEEDED: [410, 56], FAILED: [240, 166], DISABLED: [70, 166]},
    edges: [["PENDING", "STARTED", "start"], ["STARTED", "SUCCEEDED", "same"], ["STARTED", "FAILED", "differs"], ["FAILED", "PENDING", "synced"], ["DISABLED", "PENDING", "checksum"], ["SUCCEEDED", "PENDING", "again"]],
    tells: {
      NONE: "There is nothing to verify yet.",
      PENDING: "It waits for its checksum to be calculated.",
      STARTED: "The checksum is being calculated.",
      SUCCEEDED: "The checksum is that of the primary. It is calculated again after some days, or at once with Reverify: only then is a copy found that was damaged since.",
      FAILED: "The checksum differs, or could not be calculated: the registry has failed too, and the data are fetched again.",
      DISABLED: "There is nothing to compare with: the data are not here yet, or the primary has no checksum.",
      GONE: "There is nothing left to verify.",
      OUT: "There is nothing left to verify.",
    },
  },
};

const EVENTS = {
  created: "the primary created the record: its data will be fetched",
  updated: "the data changed: they will be fetched again",
  deleted: "the primary deleted the record: its copy will be removed",
  checksum_succeeded: "the primary has calculated a checksum: the copy will be compared with it",
};

const COMPARED = {
  PENDING: "the checksum of the copy will be calculated: the data or the primary’s checksum is new, or somebody asked for it",
  STARTED: "the checksum of the copy is being calculated",
  SUCCEEDED: "the checksum of the copy is that of the primary",
  DISABLED: "the data are here; the primary has no checksum yet to compare with",
};

/** Say what two states mean together; why an attempt failed stays in the registry until one succeeds. */
function meaning({state, verification_state: verification, failure}) {
  if (state === "PENDING") return "the data are waiting to be fetched";
  if (state === "STARTED") return failure ? "the data are being fetched again" : "the data are being fetched";
  return state === "SYNCED" && COMPARED[verification] || failure;
}

function drawMachine(id, {places, edges}, now) {
  const boxes = Object.entries(places).map(([name, [x, y]]) => draw("g", {},
    draw("rect", {x: x - 52, y: y - 18, width: 104, height: 36, rx: 18, class: `state${name === now ? " is-now" : ""}`}),
    label(x, y + 5, title(name), name === now ? "strong" : "", "middle")));
  const arrows = edges.map(([from, to, name]) => {
    const [x1, y1] = places[from], [x2, y2] = places[to];
    const isBack = edges.some(([a, b]) => a === to && b === from);
    const isFar = Math.abs(x2 - x1) > 200, side = isBack ? (y2 > y1 ? -12 : 12) : 0;
    if (isFar) return [draw("path", {d: `M${x1} ${y1 - 18} C${x1} 8 ${x2} 8 ${x2} ${y2 - 20}`, class: "edge"}), label((x1 + x2) / 2, 12, name, "quiet", "middle")];
    const across = x1 !== x2 && y1 === y2, inward = 30 * Math.sign(x2 - x1);
    const line = across ? `M${x1 + 52} ${y1} H${x2 - 54}` : `M${x1 + side + inward} ${y1 + (y2 > y1 ? 18 : -18)} L${x2 + side - inward} ${y2 + (y2 > y1 ? -20 : 20)}`;
    return [draw("path", {d: line, class: "edge"}), across ? label((x1 + x2) / 2, y1 - 8, name, "quiet", "middle")
      : label((x1 + x2) / 2 + side + (side < 0 ? -6 : inward ? 14 : 6), (y1 + y2) / 2 + 4, name, "quiet", side < 0 ? "end" : "start")];
  });
  const heads = draw("defs", {}, draw("marker", {id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto"}, draw("path", {d: "M0 0 L8 4 L0 8 z", class: "head"})));
  byId(id).setAttribute("aria-label", `States; now ${title(now)}`);
  byId(id).replaceChildren(heads, ...arrows.flat(), ...boxes);
}

function pairs(id, entries) {
  byId(id).replaceChildren(...entries.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value ?? "–")]));
}

const sum = value => value ? el("code", {}, value) : "–";

function until(iso, now) {
  if (!iso) return "–";
  const seconds = (Date.parse(iso) - Date.parse(now)) / 1000;
  return seconds > 0 ? `in ${span(seconds)} of the sites’ clock` : "due now";
}

function showRecord(record) {
  const registry = record.registry, {primary, secondary, mismatched} = record.checksums;
  const state = record.state !== "NONE" || !record.changes.length ? record.state : !record.is_on_primary ? "GONE" : record.is_seen_by_secondary ? "OUT" : "NONE";
  const verification = state === "GONE" || state === "OUT" ? state : record.verification_state;
  byId("record-title").textContent = `Record ${record.id}`;
  byId("record-lead").textContent = record.is_on_primary
    ? record.is_seen_by_secondary ? "It is on the primary, and the secondary’s replica shows it." : "It is on the primary; the secondary’s replica does not show it yet."
    : "It was deleted on the primary.";
  drawMachine("sync-machine", MACHINES.sync, state);
  drawMachine("verification-machine", MACHINES.verification, verification);
  byId("sync-explained").textContent = MACHINES.sync.tells[state];
  byId("verification-explained").textContent = MACHINES.verification.tells[verification];
  const compared = primary && secondary ? primary === secondary ? badge("the same", "good") : badge("they differ", "bad") : "–";
  pairs("checksums", [["Primary", sum(primary)], ["Secondary", sum(secondary)], ["Compared", compared], ...(mismatched ? [["Primary’s, when they differed", sum(mismatched)]] : [])]);
  pairs("attempts", registry ? [
    ["Last synchronisation", when(registry.last_synced_at)], ["Failures in a row", number(registry.retry_count)], ["Next attempt", until(registry.retry_at, record.now)],
    ["Last failure", registry.last_sync_failure], ["Verified", when(registry.verified_at)], ["Verification failures in a row", number(registry.verification_retry_count)],
    ["Next verification", until(registry.verification_retry_at, record.now)], ["Verification failure", registry.verification_failure],
  ] : [["Registry", "there is none"]]);
  const cursor = record.cursor || 0;
  const events = record.events.map(each => ({at: each.at, line: `event ${each.id}: ${each.event}`, more: `${EVENTS[each.event]}; ${each.id <= cursor ? "the cursor has read it" : "the cursor has not read it yet"}`}));
  const changes = record.changes.map(each => ({at: each.at, line: each.state === "GONE" ? "registry removed" : `registry ${title(each.state).toLowerCase()}, verification ${title(each.verification_state).toLowerCase()}`, more: meaning(each)}));
  const happened = [...events, ...changes].sort((one, other) => Date.parse(other.at) - Date.parse(one.at));
  byId("timeline").replaceChildren(...happened.map(each => el("li", {}, each.line, " · ", when(each.at), each.more ? el("span", {class: "sub"}, each.more) : null)));
  const possible = view.actions.filter(action => action.parameters.length === 1 && action.parameters[0].name === "record");
  byId("record-actions").replaceChildren(...possible.map(action => el("button", {
    type: "button", class: "act", disabled: isBusy || !record.is_on_primary, title: action.tells,
    onclick: () => perform(`/api/actions/${action.name}`, {record: record.id}),
  }, action.title)));
}

// All of it, again and again

const reload = refresh(async () => {
  const id = opened();
  const state = await ask("/api/state");
  clockAhead = Date.parse(state.now) - Date.now();
  byId("clock").textContent = new Date(state.now).toLocaleTimeString();
  byId("speed").textContent = `× ${state.speed}`;
  showStory(state.story);
  byId("overview-view").hidden = id !== null;
  byId("record-view").hidden = id === null;
  if (id !== null) {
    showRecord(await ask(`/api/records/${id}`));
    return;
  }
  drawStage(state);
  showPlots(state.points);
  showJobs(state.jobs, state.capacity);
  const {records} = await ask("/api/records");
  byId("records").replaceChildren(...records.slice(0, 50).map(recordRow));
  byId("no-records").hidden = records.length > 0;
  showLog(await ask("/api/events"));
});

byId("actions").append(...view.actions.map(actionCard));
byId("again").addEventListener("click", () => perform("/api/story", {}));
addEventListener("hashchange", () => { scrollTo(0, 0); reload(); });
