const STATES = {PENDING: "neutral", STARTED: "info", SYNCED: "good", FAILED: "bad"};
const VERIFICATION = {PENDING: "neutral", STARTED: "info", SUCCEEDED: "good", FAILED: "bad", DISABLED: "neutral"};
const SORTS = {ID_ASC: "Oldest first", ID_DESC: "Newest first", LAST_SYNCED_AT_DESC: "Last synced", LAST_SYNCED_AT_ASC: "Longest not synced", VERIFIED_AT_DESC: "Last verified", VERIFIED_AT_ASC: "Longest not verified"};
const PAGE = 20;
const FIELDS = `id modelRecordId state retryCount lastSyncFailure retryAt lastSyncedAt createdAt missingOnPrimary
  checksumMismatch verificationState verificationChecksum verificationChecksumMismatched verificationFailure
  verificationRetryCount verificationRetryAt verifiedAt`;
const LIST = `query($first: Int, $after: String, $ids: [ID!], $state: ReplicationStateEnum, $verification: VerificationStateEnum, $keyword: String, $sort: GeoRegistrySort) {
  geoNode {
    page: ${view.field}(first: $first, after: $after, ids: $ids, replicationState: $state, verificationState: $verification, keyword: $keyword, sort: $sort) {
      count nodes { ${FIELDS} } pageInfo { hasNextPage endCursor }
    }
    ALL: ${view.field}(first: 0) { count }
    VERIFIED: ${view.field}(first: 0, verificationState: SUCCEEDED) { count }
    MISMATCHED: ${view.field}(first: 0, verificationState: FAILED) { count }
    ${Object.keys(STATES).map(state => `${state}: ${view.field}(first: 0, replicationState: ${state}) { count }`).join(" ")}
  }
}`;
const UPDATE = `mutation($id: ID!, $action: GeoRegistryAction!) {
  geoRegistriesUpdate(input: {registryId: $id, action: $action}) { message errors }
}`;
const UPDATE_ALL = `mutation($kind: GeoRegistryClass!, $action: GeoRegistriesBulkAction!, $ids: [ID!], $state: ReplicationStateEnum, $verification: VerificationStateEnum) {
  geoRegistriesBulkUpdate(input: {registryClass: $kind, action: $action, ids: $ids, replicationState: $state, verificationState: $verification}) { errors }
}`;

const byId = id => document.getElementById(id);
const chosen = {state: null, cursors: [null]};  // one cursor for each page up to this one
const opened = new Set();
let following = null;

byId("heading").textContent = view.types.find(type => type.plural === view.plural).title;
document.title = `${byId("heading").textContent} · Geo`;
byId("verification").append(el("option", {value: ""}, "Any verification"),
  ...Object.keys(VERIFICATION).map(state => el("option", {value: state}, `Verification ${state.toLowerCase()}`)));
byId("sort").append(...Object.entries(SORTS).map(([value, text]) => el("option", {value}, text)));

/** What the filters ask for; a number is a registry's id, anything else a keyword. */
function filters() {
  const text = byId("search").value.trim();
  const isId = /^\d+(\s*,\s*\d+)*$/.test(text);
  const found = {
    ids: isId ? text.split(",").map(id => view.gid + id.trim()) : null,
    keyword: isId || !text ? null : text,
    state: chosen.state,
  };
  if (byId("verification").value) found.verification = byId("verification").value;
  return found;
}

async function act(button, query, variables, message) {
  button.disabled = true;
  try {
    const [payload] = Object.values(await graphql(query, variables));
    if (payload.errors.length) throw new Error(payload.errors.join("; "));
    toast(payload.message || message);
    await reload();
  } catch (error) {
    toast(error.message, true);
  } finally {
    button.disabled = false;
  }
}

function actionButton(node, action) {
  return el("button", {
    type: "button", "aria-label": `${title(action)} ${node.modelRecordId}`,
    onclick: event => act(event.target, UPDATE, {id: node.id, action}),
  }, title(action));
}

function details(node) {
  const pair = (name, value) => [el("dt", {}, name), el("dd", {}, value ?? "–")];
  const sum = value => value ? el("code", {}, value) : "–";
  return el("dl", {},
    ...pair("Registry", el("code", {}, node.id)), ...pair("Created", when(node.createdAt)),
    ...pair("Checksum here", sum(node.verificationChecksum)), ...pair("Primary's checksum", node.checksumMismatch ? sum(node.verificationChecksumMismatched) : node.verificationState === "SUCCEEDED" ? "matches" : "–"),
    ...pair("Verified", when(node.verifiedAt)), ...pair("Missing on primary", node.missingOnPrimary ? "yes" : "no"),
    ...pair("Verification retries", number(node.verificationRetryCount)), ...pair("Next verification retry", node.verificationRetryAt ? when(node.verificationRetryAt) : "–"));
}

function row(node) {
  const isOpen = opened.has(node.id);
  const failures = [...new Set([node.lastSyncFailure, node.verificationFailure && !(node.lastSyncFailure || "").includes(node.verificationFailure) ? node.verificationFailure : null])].filter(Boolean);
  const toggle = () => { isOpen ? opened.delete(node.id) : opened.add(node.id); reload(); };
  const main = el("tr", {"data-record": node.modelRecordId, class: failures.length || isOpen ? "joined" : null},
    el("td", {}, el("button", {type: "button", class: "record", "aria-expanded": String(isOpen), onclick: toggle}, `#${node.modelRecordId}`)),
    el("td", {}, badge(title(node.state), STATES[node.state]), node.missingOnPrimary ? el("span", {class: "sub"}, "missing on primary") : null),
    el("td", {}, badge(title(node.verificationState), VERIFICATION[node.verificationState]),
      node.checksumMismatch ? el("span", {class: "sub"}, "checksum mismatch") : null),
    el("td", {}, when(node.lastSyncedAt)),
    el("td", {}, node.retryAt ? when(node.retryAt) : "–",
      node.retryCount ? el("span", {class: "sub"}, node.retryCount === 1 ? "1 failure" : `${node.retryCount} failures`) : null),
    el("td", {class: "actions"}, actionButton(node, "RESYNC"), actionButton(node, "REVERIFY")));
  const rows = [main];
  if (failures.length) rows.push(el("tr", {class: isOpen ? "failure joined" : "failure"}, el("td", {colspan: 6}, failures.join(" · "))));
  if (isOpen) rows.push(el("tr", {class: "more"}, el("td", {colspan: 6}, details(node))));
  return rows;
}

const share = (part, total) => `${(total ? 100 * part / total : 0).toFixed(2)}%`;
const LIMIT = 1000;  // GraphQL counts no further than one more
const upTo = count => count > LIMIT ? "1,000+" : number(count);

/**
 * What the overview says: counted now, if nothing is cut off; else as the site last counted itself; null if it never has.
 * A share of numbers that are cut off would be made up.
 */
function overviewOf(counts, counted) {
  const [total, synced, failed, verified, mismatched] =
    ["ALL", "SYNCED", "FAILED", "VERIFIED", "MISMATCHED"].map(name => counts[name].count);
  if (total <= LIMIT) return {total, synced, failed, verified, mismatched};
  const known = counted?.type;
  if (!known || [known.registry_count, known.synced_count, known.verified_count].some(each => each === null)) return null;
  return {
    total: known.registry_count, synced: known.synced_count, failed: known.failed_count,
    verified: known.verified_count, mismatched: known.verification_failed_count, at: counted.at,
  };
}

/** What the site last counted of this type; asked for only when it is needed. */
async function countedBySite() {
  const site = (await request(view.statuses)).find(each => each.current);
  const type = site?.replicables.find(each => each.name_plural === view.plural);
  return type ? {type, at: site.updated_at} : null;
}

function measure(label, done, failed, total, at) {
  return el("div", {class: "card"}, progress(label, done, failed, total, share(done, total)), at ? el("p", {class: "sub"}, "Counted ", when(at)) : null);
}

function roughMeasure(label, done, failed, total) {
  const right = el("span", {}, `${upTo(done)} of ${upTo(total)}`, failed ? ` · ${upTo(failed)} failed` : "");
  return el("div", {class: "card"}, el("div", {class: "measure"}, el("strong", {}, label), right));
}

function showOverview(counts, counted) {
  const found = overviewOf(counts, counted);
  byId("overview").replaceChildren(...(found ? [
    measure("Synced", found.synced, found.failed, found.total, found.at),
    measure("Verified", found.verified, found.mismatched, found.total, found.at),
  ] : [
    roughMeasure("Synced", counts.SYNCED.count, counts.FAILED.count, counts.ALL.count),
    roughMeasure("Verified", counts.VERIFIED.count, counts.MISMATCHED.count, counts.ALL.count),
  ]));
  byId("states").replaceChildren(...[null, ...Object.keys(STATES)].map(state => el("button", {
    type: "button", "aria-pressed": String(chosen.state === state), onclick: () => { chosen.state = state; start(); },
  }, state ? title(state) : "All", " ", badge(upTo(counts[state || "ALL"].count), "neutral", false))));
}

/** Load, and keep the keyboard where it is though rows are made anew. */
const reload = refresh(async () => {
  const variables = {...filters(), first: PAGE, after: chosen.cursors.at(-1), sort: byId("sort").value};
  const {geoNode} = await graphql(LIST, variables);
  if (!geoNode) throw new Error("You are not allowed to see this.");
  const counted = geoNode.ALL.count > LIMIT ? await countedBySite() : null;
  const label = document.activeElement?.getAttribute?.("aria-label");
  showOverview(geoNode, counted);
  const {nodes, count, pageInfo} = geoNode.page;
  byId("rows").replaceChildren(...nodes.flatMap(row));
  if (label) document.querySelector(`#rows [aria-label="${CSS.escape(label)}"]`)?.focus();
  byId("empty").hidden = nodes.length > 0;
  byId("found").textContent = count === 1 ? "1 registry" : `${upTo(count)} registries`;
  following = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  byId("next").disabled = !following;
  byId("previous").disabled = chosen.cursors.length === 1;
}, () => byId("live").checked);

function start() {
  chosen.cursors = [null];
  reload();
}

let typing = null;
byId("search").addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(start, 250); });
byId("tools").addEventListener("submit", event => { event.preventDefault(); start(); });
byId("verification").addEventListener("change", start);
byId("sort").addEventListener("change", start);
// A second click may come before the page that the first one asked for.
byId("next").addEventListener("click", () => { if (chosen.cursors.at(-1) !== following) chosen.cursors.push(following); reload(); });
byId("previous").addEventListener("click", () => { if (chosen.cursors.length > 1) chosen.cursors.pop(); reload(); });

for (const [id, action] of [["resync-all", "RESYNC_ALL"], ["reverify-all", "REVERIFY_ALL"]]) {
  byId(id).addEventListener("click", event => {
    const {keyword, ...some} = filters();
    if (keyword) return toast("Select many registries by state or by ID, not by text.", true);
    act(event.target, UPDATE_ALL, {kind: view.registryClass, action, ...some}, `${event.target.textContent} was enqueued.`);
  });
}
