// Keeps the ticked rows of a list from page to page, says how many they are, and sends them with the list's form.
import { make, words } from "./page.js";

/** Where this visit keeps the ticks of a list: one place for each search, whatever its page, order or columns. */
function storageKey() {
  const address = new URL(location.href);
  for (const name of ["page", "sort", "columns"]) address.searchParams.delete(name);
  return `ticked:${address.pathname}?${address.searchParams}`;
}

export function keepTicks(list, boxes) {
  const key = storageKey();
  const ticked = new Set(JSON.parse(sessionStorage.getItem(key) ?? "[]"));
  const bulk = list.querySelector(".bulk");

  function show() {
    sessionStorage.setItem(key, JSON.stringify([...ticked]));
    for (const box of boxes) box.checked = ticked.has(box.value);
    const tickAll = list.querySelector("[data-tick-all]");
    if (tickAll) tickAll.checked = boxes.length > 0 && boxes.every((box) => box.checked);
    if (!bulk) return;
    bulk.hidden = ticked.size === 0;
    const count = bulk.querySelector("[name=everything]").checked ? Number(list.dataset.count) : ticked.size;
    const text = count === 1 ? words.tickedOne : words.ticked.replace("{n}", count);
    bulk.querySelector("[data-ticked]").textContent = text;
  }
  function tick(box, isTicked) {
    if (isTicked) ticked.add(box.value);
    else ticked.delete(box.value);
  }
  function tickOnly(id) {
    for (const box of boxes) box.checked = box.value === id;
    ticked.clear();
    ticked.add(id);
  }

  list.addEventListener("change", (event) => {
    if (event.target.matches("[data-tick-all]")) for (const box of boxes) tick(box, event.target.checked);
    if (event.target.name === "rowid") tick(event.target, event.target.checked);
    show();
  });
  list.querySelector("[data-untick]")?.addEventListener("click", () => {
    ticked.clear();
    bulk.querySelector("[name=everything]").checked = false;
    show();
  });
  list.addEventListener("submit", () => {
    const here = new Set(boxes.map((box) => box.value));
    for (const id of ticked) {
      if (!here.has(id)) list.append(make("input", { type: "hidden", name: "rowid", value: id }));
    }
  });
  show();
  return { tick, tickOnly, show };
}
