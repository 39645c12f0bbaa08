const query = document.getElementById("query");
const result = document.getElementById("result");
const SCHEMA = `{
  __schema { types { name kind fields { name args { name } type { name kind ofType { name kind } } } } }
}`;
query.value = `{
  geoNode {
    name
    ${view.fields[0]}(first: 5, replicationState: SYNCED) {
      count
      nodes { id modelRecordId state verificationState verificationChecksum lastSyncedAt }
    }
  }
}`;

async function run(text) {
  result.textContent = "…";
  try {
    result.textContent = JSON.stringify(await graphql(text), null, 2);
  } catch (error) {
    result.textContent = `Error: ${error.message}`;
  }
}

document.getElementById("run").addEventListener("click", () => run(query.value));
document.getElementById("schema").addEventListener("click", () => run(SCHEMA));
query.addEventListener("keydown", event => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run(query.value);
});
