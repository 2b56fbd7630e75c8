// What the other modules share: finding and making elements, the page's sentences, whether somebody is typing.

/** The sentences of a list in the page's language. */
export const words = document.getElementById("words")?.dataset ?? {};

/** The elements that match a selector, as an array. */
export const all = (selector, where = document) => [...where.querySelectorAll(selector)];

/** A new element with these properties and children. */
export function make(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

/** One of the drawings in icons.svg, hidden from screen readers. */
export function icon(name) {
  const SVG = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("class", "icon");
  drawing.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${document.body.dataset.icons}#${name}`);
  drawing.append(use);
  return drawing;
}

/** Whether keys pressed here write into a field, so that shortcuts keep quiet. */
export const isTyping = (target) => target.closest("input:not([type=checkbox]), textarea, select, .ts-wrapper");
