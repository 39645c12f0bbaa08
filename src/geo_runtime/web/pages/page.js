/** Run a query or a mutation; errors of GraphQL are thrown. */
async function graphql(query, variables = {}) {
  const body = await request(view.graphql, {
    method: "POST",
    headers: {"content-type": "application/json", "x-csrf-token": view.csrfToken},
    body: JSON.stringify({query, variables}),
  });
  if (body.errors) throw new Error(body.errors.map(error => error.message).join("; "));
  if (!body.data) throw new Error(body.message || "The site did not answer.");
  return body.data;
}

document.getElementById("sign-out").addEventListener("click", async () => {
  try {
    await request(view.signOut, {method: "POST", headers: {"x-csrf-token": view.csrfToken}});
    location.assign(view.signOut);
  } catch (error) {
    toast(error.message, true);
  }
});

(function fillNavigation() {
  const links = [["Sites", view.sites]];
  if (!view.node.primary) links.push(...view.types.map(type => [type.title, `${view.sites}/${view.node.id}/replication/${type.plural}`]));
  links.push(["GraphQL", "/-/graphql-explorer"], ["Metrics", "/-/metrics"]);
  document.getElementById("nav").append(...links.map(([text, href]) =>
    el("a", {href, "aria-current": href === location.pathname ? "page" : null}, text)));
})();
