// Looks a long choice up while one types; needs tom-select, which base.html loads before.
// Only rows for what is typed now are shown, and none is chosen before it is exactly that or somebody picks it.

function typedRow(row, escapeHtml) {
  const about = row.about ? `<small>${escapeHtml(row.about)}</small>` : "";
  return `<div>${escapeHtml(row.text)}${about}</div>`;
}

/** The row that is exactly what is typed, when there is one and no other. */
function exactRow(choice) {
  const typed = choice.inputValue();
  const rows = Object.values(choice.options).filter((row) => typed && row.typed === typed && row.exact);
  return rows.length === 1 ? choice.getOption(rows[0].value) : null;
}

/** Tom-select makes the first row the one that Enter chooses; ours is the exact row, or none. */
function chooseOnlyExact(choice) {
  choice.hook("after", "refreshOptions", () => {
    choice.clearActiveOption();
    const row = exactRow(choice);
    if (row) choice.setActiveOption(row);
  });
}

/** Arrow down goes to the first row; Enter waits for the rows of what is typed, and never sends the form. */
function readKeys(choice, isTyped) {
  let entered = null;
  choice.control_input.addEventListener("keydown", (event) => {
    entered = null;
    const isFree = !choice.activeOption && choice.inputValue();
    if (event.key === "ArrowDown" && choice.isOpen && !choice.activeOption) {
      choice.setActiveOption(choice.selectable()[0] ?? null);
      event.stopImmediatePropagation();
      event.preventDefault();
    }
    if (event.key === "Enter" && isFree && !isTyped) {
      entered = choice.inputValue();
      event.preventDefault();
    }
  });
  choice.on("load", () => {
    if (entered === null || entered !== choice.inputValue()) return;
    const row = exactRow(choice);
    if (row) choice.onOptionSelect(new Event("load"), row);
  });
}

export function lookUp(field) {
  const isTyped = field.tagName === "INPUT";
  const label = document.querySelector(`label[for="${field.id}"]`)?.firstChild?.textContent.trim();
  const choice = new TomSelect(field, {
    valueField: "value",
    labelField: "text",
    searchField: [],
    maxItems: 1,
    maxOptions: 40,
    create: isTyped,
    createOnBlur: isTyped,
    persist: false,
    placeholder: field.getAttribute("placeholder") ?? field.querySelector("option[value='']")?.text ?? "",
    score: (typed) => (row) => Number(row.typed === typed), // the server has sorted them
    shouldLoad: () => true,
    refreshThrottle: 0, // Enter may follow the last letter at once
    preload: field.dataset.lookup ? "focus" : false,
    load: (typed, give) => {
      const address = new URL(field.dataset.lookup, location.href);
      address.searchParams.set("q", typed);
      fetch(address)
        .then((answer) => answer.json())
        .then(
          (rows) => give(typed === choice.inputValue() ? rows.map((row) => ({ ...row, typed })) : []),
          () => give(),
        );
    },
    onType: () => choice.clearOptions(), // what was typed before is asked for again
    render: {
      option: typedRow,
      option_create: (data, escapeHtml) => `<div class="create">${escapeHtml(data.input)}</div>`,
      no_results: () => `<div class="no-results">${document.body.dataset.nothing}</div>`,
    },
  });
  chooseOnlyExact(choice);
  readKeys(choice, isTyped);
  choice.control_input.setAttribute("aria-label", label ?? field.name);
  field.setAttribute("aria-hidden", "true");
}
