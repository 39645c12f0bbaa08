const HEALTH = {Healthy: "good", Unhealthy: "bad", Offline: "warn", Unknown: "neutral", Disabled: "neutral"};

const fact = (name, ...value) => [el("dt", {}, name), el("dd", {}, ...value)];

function facts(site) {
  const rows = [...fact("Address", el("a", {href: site.url}, site.url))];
  if (site.primary) {
    rows.push(...fact("Last event", eventText(site.last_event_id, site.last_event_timestamp)));
  } else {
    const lag = site.db_replication_lag_seconds;
    rows.push(
      ...fact("Data replication lag", lag === null ? "Unknown" : lag === 0 ? "None" : span(lag)),
      ...fact("Last event from primary", eventText(site.last_event_id, site.last_event_timestamp)),
      ...fact("Last event processed", eventText(site.cursor_last_event_id, site.cursor_last_event_timestamp), behindText(site)),
    );
  }
  return el("dl", {class: "facts"}, ...rows);
}

function eventText(id, at) {
  return id === null ? "None" : el("span", {}, `#${id}`, ...(at ? [" · ", when(at)] : []));
}

function behindText(site) {
  const count = site.cursor_events_behind;
  return count ? ` (${number(count)} event${count === 1 ? "" : "s"} behind)` : "";
}

function measures(site, type) {
  const name = site.current && !site.primary
    ? el("a", {href: `${view.sites}/${site.geo_node_id}/replication/${type.name_plural}`}, type.title_plural)
    : type.title_plural;
  if (site.primary) {
    const total = type.checksum_total_count;
    const share = total ? `${(100 * type.checksummed_count / total).toFixed(2)}%` : "0.00%";
    return [name, number(type.count), progress("Checksummed", type.checksummed_count, type.checksum_failed_count, total, share)];
  }
  const total = type.registry_count;
  return [
    name,
    progress("Synced", type.synced_count, type.failed_count, total, type.synced_in_percentage),
    progress("Verified", type.verified_count, type.verification_failed_count, total, type.verified_in_percentage),
  ];
}

function card(site) {
  const heads = site.primary ? ["Data type", "Records", "Verification"] : ["Data type", "Replication", "Verification"];
  const rows = site.replicables.map(type => el("tr", {}, ...measures(site, type).map(cell => el("td", {}, cell))));
  const table = el("table", {class: "replicables"},
    el("thead", {}, el("tr", {}, ...heads.map(head => el("th", {scope: "col"}, head)))), el("tbody", {}, ...rows));
  return el("section", {class: "card", "data-site": site.name},
    el("header", {},
      el("h2", {}, site.name),
      badge(site.primary ? "Primary" : "Secondary", "neutral", false),
      site.current ? badge("Current", "info", false) : null,
      badge(site.health_status, HEALTH[site.health_status] || "neutral"),
      site.health && site.health !== "Healthy" ? el("span", {}, site.health) : null,
      el("span", {class: "push"}, "Updated ", when(site.updated_at))),
    el("div", {class: "columns"}, facts(site), el("div", {class: "scroll"}, table)));
}

refresh(async () => {
  const sites = await request(view.statuses);
  document.getElementById("sites").replaceChildren(...sites.map(card));
  const clock = new Date(Date.now() + clockAhead);
  document.getElementById("clock").textContent = `Site clock ${clock.toLocaleString()}`;
});
