// Puts a word into the text of a paper, where the cursor was.

let lastField = null;
document.addEventListener("focusin", (event) => {
  if (event.target.matches("textarea, input[name$=title]")) lastField = event.target;
});
document.addEventListener("click", (event) => {
  const word = event.target.closest("[data-word]")?.dataset.word;
  const field = lastField ?? document.querySelector("fieldset textarea");
  if (!word || !field) return;
  field.setRangeText(word, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
});
