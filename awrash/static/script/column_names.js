// Writes each column's name on its cells, which a phone shows as lines of a card; the first cell leads.
import { all } from "./page.js";

export function nameCells(cells, names) {
  cells.forEach((cell, index) => {
    if (index) cell.dataset.name = names[index];
    else cell.classList.add("lead");
  });
}

for (const table of all("table.grid-names")) {
  const names = all("thead th", table).map((head) => head.textContent.trim());
  const rows = all("tbody tr, tfoot tr", table).filter((row) => !row.querySelector("td.empty"));
  for (const row of rows) nameCells([...row.cells], names);
}
