// Closes an open menu when one presses elsewhere or the escape key.
import { all } from "./page.js";

document.addEventListener("click", (event) => {
  for (const menu of all("details.drop[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of all("details.drop[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
