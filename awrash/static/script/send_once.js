// Lets a form be sent once: its buttons rest while it is under way, and a page that one comes back to keeps its key.
import { all, make } from "./page.js";

const SLOW = 800; // milliseconds after which a person wonders whether anything happens
let waiting = null;

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  const buttons = all("button:not([type=button])", form);
  // Later, since the pressed button is sent with the form and a disabled one would not be.
  setTimeout(() => {
    for (const button of buttons) button.disabled = true;
  });
  if (form.querySelector("button[data-once]")) {
    waiting = setTimeout(() => form.append(make("progress"), document.body.dataset.wait), SLOW);
  }
  const key = form.matches("[data-makes]") && form.elements.once;
  if (key) history.replaceState({ once: key.value }, "");
});

const makingForm = document.querySelector("form[data-makes]");
if (makingForm?.elements.once && history.state?.once) makingForm.elements.once.value = history.state.once;

window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  clearTimeout(waiting);
  for (const button of all("form[method=post] button:disabled")) button.disabled = false;
  for (const bar of all("form > progress")) {
    bar.nextSibling?.remove();
    bar.remove();
  }
});
