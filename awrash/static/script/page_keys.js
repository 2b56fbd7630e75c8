// Small things of any page: its print button, "/" to search, and the focus on what went wrong.
import { isTyping } from "./page.js";

document.querySelector("[data-print]")?.addEventListener("click", () => window.print());
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || isTyping(event.target)) return;
  const search = document.getElementById("q") ?? document.getElementById("counter-q");
  if (!search) return;
  event.preventDefault();
  search.focus();
});
(document.getElementById("trouble") ?? document.querySelector(".says.error[tabindex]"))?.focus();
