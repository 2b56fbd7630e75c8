// Looks a long choice up while one types; needs tom-select, which base.html loads before.

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
    score: () => () => 1, // the server has sorted them
    preload: field.dataset.lookup ? "focus" : false,
    load: (text, give) => {
      const address = new URL(field.dataset.lookup, location.href);
      address.searchParams.set("q", text);
      fetch(address)
        .then((answer) => answer.json())
        .then(give, () => give());
    },
    render: {
      option_create: (data, escapeHtml) => `<div class="create">${escapeHtml(data.input)}</div>`,
      no_results: () => `<div class="no-results">${document.body.dataset.nothing}</div>`,
    },
  });
  choice.control_input.setAttribute("aria-label", label ?? field.name);
  field.setAttribute("aria-hidden", "true");
}
