// Small comforts; every page works without them, but for adding a line to a form.
"use strict";
const words = document.getElementById("words")?.dataset ?? {};
const all = (what, where = document) => [...where.querySelectorAll(what)];
const typing = (target) => target.closest("input:not([type=checkbox]), textarea, select, .ts-wrapper");

// ---- forms: lines, leaving with changes, one press only
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-add-line]");
  if (!button) return;
  const box = document.getElementById(button.dataset.addLine);
  const count = box.querySelectorAll(":scope > .line").length;
  const holder = document.createElement("div");
  holder.innerHTML = box.querySelector("template").innerHTML.replaceAll("__n__", count);
  const line = holder.firstElementChild;
  box.append(line);
  dress(line);
  line.querySelector("input:not([type=hidden]), select, textarea")?.focus();
});
let waiting = null;
const changed = new Set(all("form[data-keep][data-refused]"));
document.addEventListener("input", (event) => { if (event.target.form?.matches("[data-keep]")) changed.add(event.target.form); });
document.addEventListener("submit", (event) => {
  changed.delete(event.target);
  if (event.target.method !== "post") return;
  const buttons = all("button:not([type=button])", event.target);
  setTimeout(() => buttons.forEach((one) => { one.disabled = true; }));  // after the pressed one is sent with the form
  if (event.target.querySelector("button[data-once]")) {
    waiting = setTimeout(() => { event.target.append(document.createElement("progress"), document.body.dataset.wait); }, 800);
  }
  const key = event.target.matches("[data-makes]") && event.target.elements.once;
  if (key) history.replaceState({ once: key.value }, "");
});
// A page that one comes back to is the form that was sent: it keeps its key, and its buttons can be pressed again.
const makes = document.querySelector("form[data-makes]");
if (makes?.elements.once && history.state?.once) makes.elements.once.value = history.state.once;
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  clearTimeout(waiting);
  all("form[method=post] button:disabled").forEach((one) => { one.disabled = false; });
  all("form > progress").forEach((one) => { one.nextSibling?.remove(); one.remove(); });
});
window.addEventListener("beforeunload", (event) => { if (changed.size) event.preventDefault(); });

// ---- a list's address says only what was asked: empty fields and usual operators stay out of it
all("form[data-plain]").forEach((form) => form.addEventListener("submit", () => {
  all("input, select", form).forEach((one) => {
    const operator = one.name.startsWith("op_");
    const value = operator && form.elements[`flt_${one.name.slice(3)}`];
    const silent = operator ? one.selectedIndex === 0 || (one.value !== "empty" && !value?.value) : one.value === "";
    if (silent && one.name) one.disabled = true;
  });
}));

// ---- fields: the browser's calendar beside a typed day, numbers shown clean, long choices looked up
const western = (text) => text.replace(/[٠-٩۰-۹]/g, (digit) => "0123456789"["٠١٢٣٤٥٦٧٨٩".indexOf(digit) >= 0 ? "٠١٢٣٤٥٦٧٨٩".indexOf(digit) : "۰۱۲۳۴۵۶۷۸۹".indexOf(digit)]);
function calendar(input) {
  const pick = document.createElement("input");
  pick.type = "date";
  pick.tabIndex = -1;
  pick.setAttribute("aria-hidden", "true");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "input-group-text";
  button.setAttribute("aria-label", document.body.dataset.pick || "…");
  button.append(icon("calendar-check"));
  const box = document.createElement("span");
  box.className = "input-group pick";
  input.replaceWith(box);
  box.append(input, button, pick);
  button.addEventListener("click", () => {
    const found = western(input.value).match(/^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$/);
    if (found) pick.value = `${found[3]}-${found[2].padStart(2, "0")}-${found[1].padStart(2, "0")}`;
    pick.showPicker();
  });
  pick.addEventListener("change", () => {
    input.value = pick.value.split("-").reverse().join("/");
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
// The browser writes this field in its own language; what is seen over it speaks the page's.
function chooser(input) {
  const seen = Object.assign(document.createElement("span"), { className: "form-control chosen" });
  const box = Object.assign(document.createElement("span"), { className: "file" });
  const name = document.createElement("bdi");
  seen.setAttribute("aria-hidden", "true");
  seen.append(Object.assign(document.createElement("span"), { textContent: document.body.dataset.choose }), name);
  input.replaceWith(box);
  box.append(input, seen);
  const tell = () => { name.textContent = input.title = input.files[0]?.name ?? document.body.dataset.none; };
  input.addEventListener("change", tell);
  window.addEventListener("pageshow", tell);  // a page that one comes back to keeps its file
  tell();
}
function icon(name) {
  const drawn = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  drawn.setAttribute("class", "icon");
  drawn.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${document.body.dataset.icons}#${name}`);
  drawn.append(use);
  return drawn;
}
function lookUp(field) {
  const typed = field.tagName === "INPUT";
  const label = document.querySelector(`label[for="${field.id}"]`)?.firstChild?.textContent.trim();
  const choice = new TomSelect(field, {
    valueField: "value", labelField: "text", searchField: [], maxItems: 1, maxOptions: 40, create: typed, createOnBlur: typed, persist: false,
    placeholder: field.getAttribute("placeholder") ?? field.querySelector("option[value='']")?.text ?? "", score: () => () => 1, preload: field.dataset.lookup ? "focus" : false,
    load: (asked, give) => {
      const address = new URL(field.dataset.lookup, location.href);
      address.searchParams.set("q", asked);
      fetch(address).then((answer) => answer.json()).then(give, () => give());
    },
    render: {
      option_create: (data, escape) => `<div class="create">${escape(data.input)}</div>`,
      no_results: () => `<div class="no-results">${document.body.dataset.nothing}</div>`,
    },
  });
  choice.control_input.setAttribute("aria-label", label ?? field.name);
  field.setAttribute("aria-hidden", "true");
}
function dress(where) {
  all("input[data-day]", where).forEach(calendar);
  all("input[type=file]", where).forEach(chooser);
  all("[data-lookup]", where).filter((one) => !one.closest("template")).forEach(lookUp);
  all("input[data-tidy]", where).forEach((one) => one.addEventListener("change", () => {
    one.value = western(one.value).toUpperCase().replace(/[\s.\-_]+/g, "");
  }));
}
dress(document);

// ---- menus close when one looks elsewhere
document.addEventListener("click", (event) => {
  all("details.drop[open]").filter((one) => !one.contains(event.target)).forEach((one) => { one.open = false; });
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") all("details.drop[open]").forEach((one) => { one.open = false; one.querySelector("summary").focus(); });
});

// ---- the rows of a list: ticks kept from page to page, a menu a row, the keyboard
const list = document.getElementById("rows");
if (list) {
  const table = list.querySelector("table");
  const rows = all("tbody tr[data-id]", table);
  const address = new URL(location.href);
  ["page", "sort", "columns"].forEach((one) => address.searchParams.delete(one));
  const kept = `ticked:${address.pathname}?${address.searchParams}`;
  const ticked = new Set(JSON.parse(sessionStorage.getItem(kept) ?? "[]"));
  const bulk = list.querySelector(".bulk");
  const boxes = all("input[name=rowid]", table);
  const tell = () => {
    sessionStorage.setItem(kept, JSON.stringify([...ticked]));
    boxes.forEach((one) => { one.checked = ticked.has(one.value); });
    const every = list.querySelector("[data-tick-all]");
    if (every) every.checked = boxes.length > 0 && boxes.every((one) => one.checked);
    if (!bulk) return;
    bulk.hidden = ticked.size === 0;
    const count = bulk.querySelector("[name=everything]").checked ? Number(list.dataset.count) : ticked.size;
    bulk.querySelector("[data-ticked]").textContent = count === 1 ? words.tickedOne : words.ticked.replace("{n}", count);
  };
  const tick = (box, on) => { if (on) ticked.add(box.value); else ticked.delete(box.value); };
  list.addEventListener("change", (event) => {
    if (event.target.matches("[data-tick-all]")) boxes.forEach((one) => tick(one, event.target.checked));
    if (event.target.name === "rowid") tick(event.target, event.target.checked);
    tell();
  });
  list.querySelector("[data-untick]")?.addEventListener("click", () => {
    ticked.clear();
    bulk.querySelector("[name=everything]").checked = false;
    tell();
  });
  list.addEventListener("submit", () => {
    const here = new Set(boxes.map((one) => one.value));
    [...ticked].filter((one) => !here.has(one)).forEach((one) => {
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name: "rowid", value: one });
      list.append(field);
    });
  });

  const menu = document.createElement("div");
  menu.className = "dropdown-menu row-menu";
  menu.hidden = true;
  menu.setAttribute("role", "group");
  document.body.append(menu);
  let opener = null;
  const close = () => { menu.hidden = true; opener?.setAttribute("aria-expanded", "false"); };
  const open = (row, button) => {
    opener = button;
    menu.replaceChildren(document.getElementById("row-menu").content.cloneNode(true));
    menu.setAttribute("aria-label", button.getAttribute("aria-label"));
    all("a", menu).forEach((one) => { one.href += row.dataset.id; });
    all("[data-one]", menu).forEach((one) => one.addEventListener("click", () => {
      boxes.forEach((box) => { box.checked = box.value === row.dataset.id; });
      ticked.clear();
      ticked.add(row.dataset.id);
      const act = document.createElement("input");
      Object.assign(act, { type: "hidden", name: "action", value: one.dataset.one });
      list.append(act);
      list.requestSubmit();
    }));
    menu.hidden = false;
    const at = button.getBoundingClientRect();
    menu.style.insetBlockStart = `${Math.max(8, Math.min(at.bottom, innerHeight - menu.offsetHeight - 8))}px`;
    menu.style.left = `${Math.max(8, Math.min(at.left, innerWidth - menu.offsetWidth - 8))}px`;
    button.setAttribute("aria-expanded", "true");
    menu.querySelector("a, button").focus();
  };
  const names = all("thead th:not(.tick)", table).map((one) => one.textContent.trim().replace(/[▾▴]/g, ""));
  rows.forEach((row) => {
    const cells = all("td:not(.tick):not(.more)", row);
    cells.forEach((cell, index) => {
      if (index) cell.dataset.name = names[index]; else cell.classList.add("lead");
    });
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-label", words.row.replace("{name}", cells[0].textContent.trim()));
    button.setAttribute("aria-expanded", "false");
    button.append(icon("dots-vertical"));
    button.addEventListener("click", (event) => { event.stopPropagation(); if (menu.hidden) open(row, button); else close(); });
    row.querySelector("td.more").append(button);
  });
  document.addEventListener("click", (event) => { if (!menu.contains(event.target)) close(); });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && !menu.hidden) { close(); opener.focus(); } });

  let at = -1;
  const go = (to) => {
    rows[at]?.classList.remove("at");
    at = Math.max(0, Math.min(rows.length - 1, to));
    rows[at]?.classList.add("at");
    rows[at]?.querySelector("a")?.focus();
    rows[at]?.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("keydown", (event) => {
    if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey || !menu.hidden) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); go(at + (event.key === "ArrowDown" ? 1 : -1)); }
    if (event.key === " " && at >= 0) {
      event.preventDefault();
      const box = rows[at].querySelector("[name=rowid]");
      if (box) { tick(box, !box.checked); tell(); }
    }
    if (event.key === "n") document.querySelector("a[data-new]")?.click();
  });
  tell();
}
if (document.querySelector("[data-done]")) {
  Object.keys(sessionStorage).filter((one) => one.startsWith("ticked:")).forEach((one) => sessionStorage.removeItem(one));
}
all("table.grid-names").forEach((table) => {
  const names = all("thead th", table).map((one) => one.textContent.trim());
  all("tbody tr", table).forEach((row) => all("td", row).forEach((cell, index) => { if (index) cell.dataset.name = names[index]; else cell.classList.add("lead"); }));
});

// ---- a cause mended in place: the page behind a link stands in a drawer; once it is mended, the list is read anew
const drawer = document.createElement("dialog");
drawer.className = "drawer";
document.body.append(drawer);
const show = (html, address) => {
  const page = new DOMParser().parseFromString(html, "text/html");
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn close";
  close.setAttribute("aria-label", document.body.dataset.close);
  close.append(icon("x"));
  close.addEventListener("click", () => drawer.close());
  drawer.replaceChildren(close, ...all(".says", page), page.getElementById("drawer"));
  drawer.setAttribute("aria-label", drawer.querySelector("h1").textContent);
  drawer.dataset.address = address;
  dress(drawer);
  if (!drawer.open) drawer.showModal();
  drawer.querySelector("#trouble, input:not([type=hidden]), textarea, button:not(.close)")?.focus();
};
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-drawer]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  fetch(link.href).then((answer) => (answer.ok ? answer.text() : Promise.reject(answer))).then((html) => show(html, link.href), () => { location.href = link.href; });
});
drawer.addEventListener("submit", (event) => {
  event.preventDefault();
  const { address } = drawer.dataset;
  fetch(address, { method: "POST", body: new FormData(event.target, event.submitter), redirect: "manual" })
    .then((answer) => (answer.type === "opaqueredirect" ? location.reload() : answer.text().then((html) => show(html, address))))
    .catch(() => { location.href = address; });
});

// ---- the attendance sheet: the letters of a line become cells, moved in by arrows, filled by a key
const sheet = document.getElementById("sheet");
if (sheet) {
  const rows = all("tbody tr[data-line]", sheet);
  const cells = rows.map((row) => {
    const holder = row.querySelector("td.typed");
    const input = holder.querySelector("input");
    const letters = input ? input.value : holder.textContent.trim();
    const made = [...letters].map((letter, index) => {
      const cell = document.createElement("td");
      const out = index + 1 < Number(row.dataset.starts) || index + 1 > Number(row.dataset.ends);
      cell.className = out ? "cell out" : "cell";
      cell.dataset.day = index + 1;
      cell.dataset.is = letter;
      cell.textContent = letter === "." ? "" : letter;
      if (input && !out) cell.tabIndex = -1;
      return cell;
    });
    holder.before(...made);
    holder.hidden = true;
    return made;
  });
  const read = (cell) => cell.dataset.is;
  const count = () => {
    cells.forEach((line, at) => {
      const marked = line.filter((cell) => read(cell) === "P").length;
      const said = line.some((cell) => read(cell) !== ".");
      const total = rows[at].querySelector(".total input");
      if (total) {
        total.readOnly = said;
        if (said) total.value = marked;
        rows[at].querySelector("td.typed input").value = line.map(read).join("");
      }
    });
    let sum = 0;
    all("[data-sum]", sheet).forEach((foot, day) => {
      const there = cells.filter((line) => line[day] && read(line[day]) === "P").length;
      foot.textContent = there || "";
      sum += there;
      const visit = all("[data-counted]", sheet)[day];
      visit.classList.toggle("gap", visit.dataset.counted !== "" && Number(visit.dataset.counted) < there);
    });
    sheet.querySelector("[data-sum-all]").textContent = sum || "";
  };
  let line = 0, day = 0, anchor = null, letter = "P";
  const inside = (at, on) => cells[at]?.[on] && !cells[at][on].classList.contains("out");
  const block = () => {
    const [fromLine, fromDay] = anchor ?? [line, day];
    return cells.flatMap((one, at) => one.filter((cell, on) => at >= Math.min(line, fromLine) && at <= Math.max(line, fromLine)
      && on >= Math.min(day, fromDay) && on <= Math.max(day, fromDay) && inside(at, on)));
  };
  const draw = () => {
    all(".cell.block", sheet).forEach((cell) => cell.classList.remove("block"));
    block().forEach((cell) => cell.classList.add("block"));
  };
  const put = (which) => {
    block().forEach((cell) => { cell.dataset.is = which; cell.textContent = which === "." ? "" : which; });
    changed.add(sheet);
    count();
  };
  const goTo = (toLine, toDay, grow) => {
    if (!cells[toLine]?.[toDay]) return;
    if (grow) anchor ??= [line, day]; else anchor = null;
    [line, day] = [toLine, toDay];
    cells[line][day].focus();
    draw();
  };
  if (sheet.querySelector("td.typed input")) {
    const turned = document.documentElement.dir === "rtl" ? -1 : 1;
    const moves = { ArrowLeft: [0, -turned], ArrowRight: [0, turned], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    cells.forEach((one, at) => one.forEach((cell, on) => {
      cell.addEventListener("click", () => { if (inside(at, on)) { goTo(at, on, false); if (innerWidth < 821) put(read(cell) === letter ? "." : letter); } });
      cell.addEventListener("keydown", (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const move = moves[event.key];
        const typed = event.key.toUpperCase();
        if (move) { event.preventDefault(); event.stopPropagation(); goTo(line + move[0], day + move[1], event.shiftKey); return; }
        if ([".", " ", "DELETE", "BACKSPACE"].includes(typed)) { event.preventDefault(); put("."); }
        else if (typed.length === 1 && sheet.dataset.letters.includes(typed)) { event.preventDefault(); event.stopPropagation(); put(typed); if (!anchor) goTo(line, day + 1, false); }
      });
    }));
    const first = cells.flat().find((cell) => cell.tabIndex === -1);
    if (first) first.tabIndex = 0;
    all(".keys [data-letter]", sheet).forEach((key) => key.addEventListener("click", () => {
      letter = key.dataset.letter;
      all(".keys .btn-primary", sheet).forEach((one) => one.classList.remove("btn-primary"));
      key.classList.add("btn-primary");
    }));
  }
  count();
}

document.querySelector("[data-print]")?.addEventListener("click", () => window.print());
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !typing(event.target)) {
    const box = document.getElementById("q") ?? document.getElementById("counter-q");
    if (box) { event.preventDefault(); box.focus(); }
  }
});
(document.getElementById("trouble") ?? document.querySelector(".says.error[tabindex]"))?.focus();

// ---- texts of papers: a word goes where the cursor was
let written = null;
document.addEventListener("focusin", (event) => { if (event.target.matches("textarea, input[name$=title]")) written = event.target; });
document.addEventListener("click", (event) => {
  const word = event.target.closest("[data-word]")?.dataset.word;
  const field = written ?? document.querySelector("fieldset textarea");
  if (!word || !field) return;
  field.setRangeText(word, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
});

// ---- long work: the bar follows it, and the page shows the end
const work = document.querySelector("[data-progress]");
if (work) {
  const follow = async () => {
    const answer = await fetch(work.dataset.progress, { redirect: "error" }).catch(() => null);
    const told = answer?.ok ? await answer.json() : null;
    if (told && told.state !== work.dataset.state) { location.reload(); return; }
    if (told) {
      work.querySelector("progress").value = told.done;
      work.querySelector("[data-count]").textContent = told.said;
    }
    setTimeout(follow, told ? 700 : 4000);
  };
  setTimeout(follow, 500);
}
