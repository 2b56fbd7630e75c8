// Shows the chosen file in the page's language, over the field that the browser writes in its own.
import { make } from "./page.js";

export function showChosenFile(input) {
  const name = make("bdi");
  const { choose, none } = document.body.dataset;
  const shown = make("span", { className: "form-control chosen" }, make("span", { textContent: choose }), name);
  shown.setAttribute("aria-hidden", "true");
  const box = make("span", { className: "file" });
  input.replaceWith(box);
  box.append(input, shown);
  const update = () => {
    input.title = input.files[0]?.name ?? none;
    name.textContent = input.title;
  };
  input.addEventListener("change", update);
  window.addEventListener("pageshow", update); // a page that one comes back to keeps its file
  update();
}
