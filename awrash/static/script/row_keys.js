// Moves through the rows of a list by the arrows, ticks one by the space bar, begins a new record by "n".
import { isTyping } from "./page.js";

export function moveByKeys(rows, ticks, menu) {
  let current = -1;

  function goTo(index) {
    rows[current]?.classList.remove("at");
    current = Math.max(0, Math.min(rows.length - 1, index));
    rows[current]?.classList.add("at");
    rows[current]?.querySelector("a")?.focus();
    rows[current]?.scrollIntoView({ block: "nearest" });
  }
  function turnTick() {
    const box = rows[current].querySelector("[name=rowid]");
    if (!box) return;
    ticks.tick(box, !box.checked);
    ticks.show();
  }

  document.addEventListener("keydown", (event) => {
    if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey || !menu.hidden) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      goTo(current + (event.key === "ArrowDown" ? 1 : -1));
    }
    if (event.key === " " && current >= 0) {
      event.preventDefault();
      turnTick();
    }
    if (event.key === "n") document.querySelector("a[data-new]")?.click();
  });
}
