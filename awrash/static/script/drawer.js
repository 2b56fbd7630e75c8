// Opens the page behind a link in a drawer, to mend one cause in place; once it is mended, the list is read anew.
import { prepareFields } from "./fields.js";
import { all, icon, make } from "./page.js";

const FIRST_FIELD = "#trouble, input:not([type=hidden]), textarea, button:not(.close)";
const drawer = make("dialog", { className: "drawer" });
document.body.append(drawer);

function show(html, address) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const close = make("button", { type: "button", className: "btn close" }, icon("x"));
  close.setAttribute("aria-label", document.body.dataset.close);
  close.addEventListener("click", () => drawer.close());
  drawer.replaceChildren(close, ...all(".says", page), page.getElementById("drawer"));
  drawer.setAttribute("aria-label", drawer.querySelector("h1").textContent);
  drawer.dataset.address = address;
  prepareFields(drawer);
  if (!drawer.open) drawer.showModal();
  drawer.querySelector(FIRST_FIELD)?.focus();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-drawer]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  fetch(link.href)
    .then((answer) => (answer.ok ? answer.text() : Promise.reject(answer)))
    .then(
      (html) => show(html, link.href),
      () => {
        location.href = link.href;
      },
    );
});

drawer.addEventListener("submit", (event) => {
  event.preventDefault();
  const { address } = drawer.dataset;
  fetch(address, { method: "POST", body: new FormData(event.target, event.submitter), redirect: "manual" })
    .then((answer) => {
      if (answer.type === "opaqueredirect") return location.reload();
      return answer.text().then((html) => show(html, address));
    })
    .catch(() => {
      location.href = address;
    });
});
