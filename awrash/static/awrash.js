// Small comforts; every page works without them, but for adding a line to a form.
"use strict";
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-add-line]");
  if (button) {
    const box = document.getElementById(button.dataset.addLine);
    const count = box.querySelectorAll(":scope > .line").length;
    const holder = document.createElement("div");
    holder.innerHTML = box.querySelector("template").innerHTML.replaceAll("__n__", count);
    const line = holder.firstElementChild;
    box.append(line);
    line.querySelector("input, select, textarea")?.focus();
  }
});
const changed = new Set();
document.addEventListener("input", (event) => { if (event.target.form?.matches("[data-keep]")) changed.add(event.target.form); });
document.addEventListener("submit", (event) => {
  changed.delete(event.target);
  event.target.querySelectorAll("button[data-once]").forEach((one) => setTimeout(() => { one.disabled = true; }));
});
window.addEventListener("beforeunload", (event) => { if (changed.size) event.preventDefault(); });
document.querySelector("[data-tick-all]")?.addEventListener("change", (event) => {
  document.querySelectorAll("input[name=rowid]").forEach((one) => { one.checked = event.target.checked; });
});
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.closest("input, textarea, select")) {
    const box = document.querySelector("input[name=q]");
    if (box) { event.preventDefault(); box.focus(); }
  }
});
document.querySelector(".wrong")?.closest(".field")?.querySelector("input, select, textarea")?.focus();
if (window.innerWidth < 821) document.querySelector("nav.menu details")?.removeAttribute("open");
