// Prepares the fields of a page, or of a part that came later: calendars, files, long choices, tidy numbers.
import { addCalendar } from "./calendar.js";
import { westernDigits } from "./digits.js";
import { showChosenFile } from "./file_field.js";
import { lookUp } from "./lookup.js";
import { all } from "./page.js";

export function prepareFields(where) {
  all("input[data-day]", where).forEach(addCalendar);
  all("input[type=file]", where).forEach(showChosenFile);
  all("[data-lookup]", where)
    .filter((field) => !field.closest("template"))
    .forEach(lookUp);
  for (const field of all("input[data-tidy]", where)) {
    field.addEventListener("change", () => {
      field.value = westernDigits(field.value)
        .toUpperCase()
        .replace(/[\s.\-_]+/g, "");
    });
  }
}

prepareFields(document);
