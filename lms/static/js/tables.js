// data-filter-rows="TABLE_ID": narrows the rows of a table already whole on the page while one types.
// Tables with several pages are filtered by the server; the same box then sends its form.

function matches(row, words) {
  const text = row.textContent.toLocaleLowerCase();
  return words.every((word) => text.includes(word));
}

function connect(input) {
  const table = document.getElementById(input.dataset.filterRows);
  if (!table) return;
  const status = document.getElementById(`${input.dataset.filterRows}-count`);
  input.addEventListener("input", () => {
    const words = input.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of table.tBodies[0].rows) {
      row.hidden = !matches(row, words);
      if (!row.hidden) shown += 1;
    }
    if (status) status.textContent = status.dataset.template.replace("{n}", shown);
  });
}

export function startTables(root) {
  root.querySelectorAll("input[data-filter-rows]").forEach(connect);
}
