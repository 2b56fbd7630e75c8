// A menu for each row of a list, with the links and actions for that record.
import { all, icon, make, words } from "./page.js";

const MARGIN = 8; // pixels between the menu and the window's edge

function place(menu, button) {
  const { left, bottom } = button.getBoundingClientRect();
  const within = (at, room, size) => `${Math.max(MARGIN, Math.min(at, room - size - MARGIN))}px`;
  menu.style.insetBlockStart = within(bottom, innerHeight, menu.offsetHeight);
  menu.style.left = within(left, innerWidth, menu.offsetWidth);
}

export function addRowMenus(list, rows, ticks) {
  const menu = make("div", { className: "dropdown-menu row-menu", hidden: true });
  menu.setAttribute("role", "group");
  document.body.append(menu);
  let opener = null;

  function close() {
    menu.hidden = true;
    opener?.setAttribute("aria-expanded", "false");
  }
  function act(id, action) {
    ticks.tickOnly(id);
    list.append(make("input", { type: "hidden", name: "action", value: action }));
    list.requestSubmit();
  }
  function open(id, button) {
    opener = button;
    menu.replaceChildren(document.getElementById("row-menu").content.cloneNode(true));
    menu.setAttribute("aria-label", button.getAttribute("aria-label"));
    for (const link of all("a", menu)) link.href += id;
    for (const action of all("[data-one]", menu)) action.addEventListener("click", () => act(id, action.dataset.one));
    menu.hidden = false;
    place(menu, button);
    button.setAttribute("aria-expanded", "true");
    menu.querySelector("a, button").focus();
  }

  for (const row of rows) {
    const name = row.querySelector("td:not(.tick):not(.more)").textContent.trim();
    const button = make("button", { type: "button" }, icon("dots-vertical"));
    button.setAttribute("aria-label", words.row.replace("{name}", name));
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("click", (event) => {
      event.stopPropagation();
      if (menu.hidden) open(row.dataset.id, button);
      else close();
    });
    row.querySelector("td.more").append(button);
  }
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || menu.hidden) return;
    close();
    opener.focus();
  });
  return menu;
}
