/* What plain HTML and htmx cannot do. Hooks are data attributes:
   data-list > [data-row]   j and k move, Enter opens the row's first link
   data-key="a"             the key follows the link, opens the panel, or goes to the field or the
                            button: a key alone never decides, Enter does
   data-keys-on             checkbox that says whether this browser takes such keys at all
   data-said                what the page says once: moved into the live region after the load
   data-copy="#id"          copies the text of that element; data-copied is said afterwards
   data-count="#id"         on a textarea: its length goes there; data-most is the limit,
                            data-unit "graphemes", "characters" or "utf-8 bytes"
   data-kept                on a textarea: the text that is kept; the browser asks before another
                            is left behind, unless a form with data-keeps sends it
   data-mend, data-start, data-end   replaces that span of #text, while data-words stands there
   data-strip               list that scrolls sideways: it begins at its current entry
   data-close               closes its toast
   data-menu, data-panel    <details> that close on Escape and on a click elsewhere (menu); a panel
                            comes into view when it opens
   role="alert"             why a form was refused: comes into view, and is read out */
"use strict";

const page = document;
const typing = (node) => node.matches("input, textarea, select, [contenteditable]");
const keysOn = () => localStorage.getItem("vigie-keys") !== "off";

function toast(text) {
  const box = page.getElementById("toasts");
  const made = page.getElementById("toast").content.firstElementChild.cloneNode(true);
  made.querySelector("p").textContent = text;
  box.replaceChildren(made);
}

function move(step) {
  const rows = [...page.querySelectorAll("[data-list] [data-row]")];
  if (!rows.length) return;
  let at = rows.findIndex((row) => row.matches(".is-at"));
  if (at < 0) at = rows.findIndex((row) => row.matches("[aria-current=true]"));
  const next = rows[Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + step))];
  rows.forEach((row) => row.classList.toggle("is-at", row === next));
  const link = next.querySelector("a, button") || next;
  link.focus();
  next.scrollIntoView({ block: "nearest" });
}

function press(key) {
  // what j and k lead to is opened first: a key never decides on another review than that
  const led = page.querySelector("[data-row].is-at:not([aria-current=true])");
  if (led && page.querySelector(".has-review") && "aer".includes(key)) {
    led.querySelector("a").click();
    return true;
  }
  const found = [...page.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)]
    .find((node) => !node.disabled && node.checkVisibility());
  if (!found) return false;
  found.scrollIntoView({ block: "nearest" });
  found.focus();
  if (!typing(found) && !found.matches("button")) found.click();
  return true;
}

page.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const open = page.activeElement.closest("details[open]:is([data-menu], [data-panel])");
    if (open) { open.open = false; open.querySelector("summary").focus(); }
    else if (typing(page.activeElement)) page.activeElement.blur();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || !keysOn()) return;
  if (event.key === "?") {
    const keys = page.querySelector("[data-keys]");
    if (keys) { event.preventDefault(); keys.open ? keys.close() : keys.showModal(); }
    return;
  }
  if (page.querySelector("dialog[open]")) return;
  if (event.key === "j" || event.key === "k") { event.preventDefault(); move(event.key === "j" ? 1 : -1); }
  else if (event.key.length === 1 && press(event.key)) event.preventDefault();
});

page.addEventListener("click", async (event) => {
  const close = event.target.closest("[data-close]");
  if (close) close.closest(".toast").remove();
  for (const menu of page.querySelectorAll("details[open][data-menu]"))
    if (!menu.contains(event.target)) menu.open = false;
  const mend = event.target.closest("[data-mend]");
  if (mend) replaceSpan(mend);
  const copy = event.target.closest("[data-copy]");
  if (!copy) return;
  const from = page.querySelector(copy.dataset.copy);
  const text = "value" in from ? from.value : from.textContent;
  try { await navigator.clipboard.writeText(text); }
  catch { // without https there is no clipboard: the browser's older way
    const range = page.createRange();
    if ("select" in from) from.select();
    else { range.selectNodeContents(from); getSelection().removeAllRanges(); getSelection().addRange(range); }
    page.execCommand("copy");
  }
  if (copy.dataset.copied) toast(copy.dataset.copied);
});

function replaceSpan({ dataset }) {
  const area = page.getElementById("text");
  const letters = [...area.value]; // the checker counts code points, from the first that is no blank
  const ahead = [...area.value.match(/^\s*/)[0]].length;
  const [start, end] = [ahead + Number(dataset.start), ahead + Number(dataset.end)];
  if (letters.slice(start, end).join("") !== dataset.words) return; // the text has moved on
  letters.splice(start, end - start, dataset.mend);
  area.value = letters.join("");
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.focus();
}

function lengthIn(unit, text) {
  if (unit === "utf-8 bytes") return new TextEncoder().encode(text).length;
  if (unit === "graphemes") return [...new Intl.Segmenter().segment(text)].length;
  return [...text].length;
}

function count(area) {
  const place = page.querySelector(area.dataset.count);
  if (!place) return;
  const most = Number(area.dataset.most || 0);
  // a form sends two characters for a line's end, the platform counts one
  const length = lengthIn(area.dataset.unit, area.value.replace(/\r\n/g, "\n"));
  const form = new Intl.NumberFormat(page.documentElement.lang);
  place.textContent = most ? `${form.format(length)} / ${form.format(most)}` : form.format(length);
  place.classList.toggle("is-past", most > 0 && length > most);
}

let sending = false;
page.addEventListener("submit", (event) => {
  const path = event.submitter?.formAction || event.target.action;
  sending = event.target.matches("[data-keeps]") && !path.includes("/redraft");
});
window.addEventListener("beforeunload", (event) => {
  const area = page.querySelector("textarea[data-kept]");
  if (area && !area.readOnly && !sending && area.value.trim() !== area.dataset.kept.trim())
    event.preventDefault();
});

page.addEventListener("input", (event) => {
  if (event.target.matches("[data-count]")) count(event.target);
});
function prepare(root) { root.querySelectorAll("[data-count]").forEach(count); }
prepare(page);

const keys = page.querySelector("[data-keys-on]");
if (keys) {
  keys.checked = keysOn();
  keys.addEventListener("change", () => localStorage.setItem("vigie-keys", keys.checked ? "on" : "off"));
}

for (const strip of page.querySelectorAll("[data-strip]")) {
  const at = strip.querySelector("[aria-current]");
  if (at) strip.scrollLeft = at.offsetLeft - strip.firstElementChild.offsetLeft;
}

const trouble = page.querySelector("main [role=alert]");
if (trouble) {
  trouble.tabIndex = -1;
  trouble.focus({ preventScroll: true });
  trouble.scrollIntoView({ block: "center" });
}

page.addEventListener("toggle", ({ target }) => {
  if (target.open && target.matches("[data-panel]"))
    target.querySelector(".panel").scrollIntoView({ block: "nearest" });
}, true);

// screen readers read what comes into a live region, not what it holds when the page loads
window.addEventListener("load", () => setTimeout(() => {
  const at = page.activeElement;
  page.getElementById("toasts").append(...page.querySelectorAll("[data-said] > .toast"));
  at.focus({ preventScroll: true });
}, 150));

page.addEventListener("htmx:load", (event) => prepare(event.detail.elt));
page.addEventListener("htmx:beforeSwap", (event) => {
  const answer = event.detail.xhr;
  if (!(answer.getResponseHeader("content-type") || "").startsWith("application/json")) return;
  event.detail.shouldSwap = false;
  const said = JSON.parse(answer.responseText);
  if (said.error) toast(said.reference ? `${said.error} (${said.reference})` : said.error);
});
page.addEventListener("htmx:sendError", () => {
  toast(page.body.dataset.offline);
});
