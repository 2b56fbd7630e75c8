// Puts the browser's calendar beside a field in which a day is typed.
import { westernDigits } from "./digits.js";
import { icon, make } from "./page.js";

const TYPED_DAY = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$/;

export function addCalendar(input) {
  const picker = make("input", { type: "date", tabIndex: -1 });
  picker.setAttribute("aria-hidden", "true");
  const button = make("button", { type: "button", className: "input-group-text" }, icon("calendar-check"));
  button.setAttribute("aria-label", document.body.dataset.pick || "…");
  const box = make("span", { className: "input-group pick" });
  input.replaceWith(box);
  box.append(input, button, picker);
  button.addEventListener("click", () => {
    const typed = westernDigits(input.value).match(TYPED_DAY);
    if (typed) picker.value = `${typed[3]}-${typed[2].padStart(2, "0")}-${typed[1].padStart(2, "0")}`;
    picker.showPicker();
  });
  picker.addEventListener("change", () => {
    input.value = picker.value.split("-").reverse().join("/");
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
