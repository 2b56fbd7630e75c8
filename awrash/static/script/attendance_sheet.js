// Fills the attendance sheet: arrows move through its cells, a letter fills the chosen ones, a finger marks one.
import { letterOf, makeGrid, write } from "./attendance_grid.js";
import { all } from "./page.js";
import { markChanged } from "./unsaved_changes.js";

const PHONE = 821; // pixels: below this the grid is a card for each person, and cells are filled by a finger
const CLEARS = [".", " ", "DELETE", "BACKSPACE"];
const between = (at, one, other) => at >= Math.min(one, other) && at <= Math.max(one, other);

function fillByKeys(sheet, { lines, count }) {
  const forward = document.documentElement.dir === "rtl" ? -1 : 1;
  const moves = { ArrowLeft: [0, -forward], ArrowRight: [0, forward], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  let [line, day] = [0, 0];
  let anchor = null; // where a choice of several cells began
  let fingerLetter = "P";

  const isInside = (cell) => !cell.classList.contains("out");
  function chosen() {
    const [fromLine, fromDay] = anchor ?? [line, day];
    const chosenLines = lines.filter((_, index) => between(index, line, fromLine));
    return chosenLines.flatMap((cells) => cells.filter((cell, on) => between(on, day, fromDay) && isInside(cell)));
  }
  function goTo(toLine, toDay, isGrowing) {
    if (!lines[toLine]?.[toDay]) return;
    if (isGrowing) anchor ??= [line, day];
    else anchor = null;
    [line, day] = [toLine, toDay];
    lines[line][day].focus();
    for (const cell of all(".cell.block", sheet)) cell.classList.remove("block");
    for (const cell of chosen()) cell.classList.add("block");
  }
  function fill(letter) {
    for (const cell of chosen()) write(cell, letter);
    markChanged(sheet);
    count();
  }
  function press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const move = moves[event.key];
    const typed = event.key.toUpperCase();
    const isLetter = typed.length === 1 && sheet.dataset.letters.includes(typed);
    if (!move && !CLEARS.includes(typed) && !isLetter) return;
    event.preventDefault();
    if (move) {
      event.stopPropagation();
      goTo(line + move[0], day + move[1], event.shiftKey);
    } else if (CLEARS.includes(typed)) {
      fill(".");
    } else {
      event.stopPropagation();
      fill(typed);
      if (!anchor) goTo(line, day + 1, false);
    }
  }
  function touch(cell, atLine, atDay) {
    if (!isInside(cell)) return;
    goTo(atLine, atDay, false);
    if (innerWidth < PHONE) fill(letterOf(cell) === fingerLetter ? "." : fingerLetter);
  }

  lines.forEach((cells, atLine) => {
    cells.forEach((cell, atDay) => {
      cell.addEventListener("click", () => touch(cell, atLine, atDay));
      cell.addEventListener("keydown", press);
    });
  });
  const first = lines.flat().find((cell) => cell.tabIndex === -1);
  if (first) first.tabIndex = 0;
  for (const key of all(".keys [data-letter]", sheet)) {
    key.addEventListener("click", () => {
      fingerLetter = key.dataset.letter;
      for (const other of all(".keys .btn-primary", sheet)) other.classList.remove("btn-primary");
      key.classList.add("btn-primary");
    });
  }
}

const sheet = document.getElementById("sheet");
if (sheet) {
  const grid = makeGrid(sheet);
  if (sheet.querySelector("td.typed input")) fillByKeys(sheet, grid);
  grid.count();
}
