// Keeps a list's address short: fields left empty and operators left as they are stay out of it.
import { all } from "./page.js";

function isSilent(field, form) {
  if (!field.name.startsWith("op_")) return field.value === "";
  const value = form.elements[`flt_${field.name.slice(3)}`];
  return field.selectedIndex === 0 || (field.value !== "empty" && !value?.value);
}

for (const form of all("form[data-plain]")) {
  form.addEventListener("submit", () => {
    for (const field of all("input, select", form)) {
      if (field.name && isSilent(field, form)) field.disabled = true;
    }
  });
}
