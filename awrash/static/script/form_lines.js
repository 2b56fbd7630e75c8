// Adds a line to a form that has many, from the template that stands beside them.
import { prepareFields } from "./fields.js";

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-add-line]");
  if (!button) return;
  const box = document.getElementById(button.dataset.addLine);
  const count = box.querySelectorAll(":scope > .line").length;
  const holder = document.createElement("div");
  holder.innerHTML = box.querySelector("template").innerHTML.replaceAll("__n__", count);
  const line = holder.firstElementChild;
  box.append(line);
  prepareFields(line);
  line.querySelector("input:not([type=hidden]), select, textarea")?.focus();
});
