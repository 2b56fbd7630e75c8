// A list of records: its ticked rows, a menu for each row, and the keyboard.
import { nameCells } from "./column_names.js";
import { all } from "./page.js";
import { moveByKeys } from "./row_keys.js";
import { addRowMenus } from "./row_menu.js";
import { keepTicks } from "./ticked_rows.js";

const list = document.getElementById("rows");
if (list) {
  const table = list.querySelector("table");
  const rows = all("tbody tr[data-id]", table);
  const names = all("thead th:not(.tick)", table).map((head) => head.textContent.trim().replace(/[▾▴]/g, ""));
  for (const row of rows) nameCells(all("td:not(.tick):not(.more)", row), names);
  const ticks = keepTicks(list, all("input[name=rowid]", table));
  const menu = addRowMenus(list, rows, ticks);
  moveByKeys(rows, ticks, menu);
}

// Once an action has been done, no list remembers what was ticked for it.
if (document.querySelector("[data-done]")) {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith("ticked:")) sessionStorage.removeItem(key);
  }
}
