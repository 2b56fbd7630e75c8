// The attendance sheet as a grid: each letter of a line becomes a cell, and days and people are counted.
import { all, make } from "./page.js";

const WORKED = "P";
const EMPTY = ".";

export const letterOf = (cell) => cell.dataset.is;

export function write(cell, letter) {
  cell.dataset.is = letter;
  cell.textContent = letter === EMPTY ? "" : letter;
}

/** Replace the letters of a line by a cell for each day; those before or after the contract are out of it. */
function makeCells(row) {
  const holder = row.querySelector("td.typed");
  const input = holder.querySelector("input");
  const letters = input ? input.value : holder.textContent.trim();
  const cells = [...letters].map((letter, index) => {
    const day = index + 1;
    const isOut = day < Number(row.dataset.starts) || day > Number(row.dataset.ends);
    const cell = make("td", { className: isOut ? "cell out" : "cell" });
    cell.dataset.day = day;
    write(cell, letter);
    if (input && !isOut) cell.tabIndex = -1;
    return cell;
  });
  holder.before(...cells);
  holder.hidden = true;
  return cells;
}

/** Count the days of a line into its total, which is typed only while no day is marked. */
function countLine(row, cells) {
  const total = row.querySelector(".total input");
  if (!total) return;
  total.readOnly = cells.some((cell) => letterOf(cell) !== EMPTY);
  if (total.readOnly) total.value = cells.filter((cell) => letterOf(cell) === WORKED).length;
  row.querySelector("td.typed input").value = cells.map(letterOf).join("");
}

/** Count the people of each day, and mark a day on which a visit has counted fewer. */
function countDays(sheet, lines) {
  const visits = all("[data-counted]", sheet);
  let sum = 0;
  all("[data-sum]", sheet).forEach((foot, day) => {
    const present = lines.filter((cells) => cells[day] && letterOf(cells[day]) === WORKED).length;
    foot.textContent = present || "";
    sum += present;
    const { counted } = visits[day].dataset;
    visits[day].classList.toggle("gap", counted !== "" && Number(counted) < present);
  });
  sheet.querySelector("[data-sum-all]").textContent = sum || "";
}

/** The cells of each line, and what counts them anew. */
export function makeGrid(sheet) {
  const rows = all("tbody tr[data-line]", sheet);
  const lines = rows.map(makeCells);
  const count = () => {
    lines.forEach((cells, index) => {
      countLine(rows[index], cells);
    });
    countDays(sheet, lines);
  };
  return { lines, count };
}
