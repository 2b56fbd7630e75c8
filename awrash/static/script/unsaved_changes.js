// Asks before a page is left with changes that are not saved.
import { all } from "./page.js";

const changed = new Set(all("form[data-keep][data-refused]"));

/** Remember that this form has changes which only this page knows. */
export const markChanged = (form) => changed.add(form);

document.addEventListener("input", (event) => {
  if (event.target.form?.matches("[data-keep]")) markChanged(event.target.form);
});
document.addEventListener("submit", (event) => changed.delete(event.target));
window.addEventListener("beforeunload", (event) => {
  if (changed.size) event.preventDefault();
});
