// What the workspace gains from JavaScript; each of its pages works without.
"use strict";

document.documentElement.classList.add("has-script");

const say = (text) => document.querySelectorAll("[data-status]").forEach((status) => { status.textContent = text; });

// New content takes the focus where it asks for it, so that a screen reader reads it once.
document.addEventListener("htmx:afterSettle", (event) => {
  const wanted = [...event.detail.target.querySelectorAll("[data-focus]:not(.public-view *)")].pop();
  wanted?.focus();
  const said = event.detail.target.querySelector("[data-say]");
  if (said) say(said.dataset.say || said.textContent.trim());
});

// Escape empties a search field in every browser.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !event.target.matches("input[type=search]") || !event.target.value) return;
  event.preventDefault();
  event.target.value = "";
  event.target.dispatchEvent(new Event("search", { bubbles: true }));
});

// A page left with text that was not sent asks first; sending it is no leaving.
let isUnsaved = false;
document.addEventListener("input", (event) => { if (event.target.closest("[data-keep]")) isUnsaved = true; });
document.addEventListener("submit", () => { isUnsaved = false; });
document.addEventListener("htmx:beforeRequest", (event) => { if (event.detail.elt.closest("form")) isUnsaved = false; });
window.addEventListener("beforeunload", (event) => { if (isUnsaved) event.preventDefault(); });

// Filters apply as they change; without this, a button does it.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-auto] select")) event.target.form.requestSubmit();
});

// Keys of pages: a link with the key is followed, whatever else has it takes the focus; where a page has parts to walk
// through, j and k lead to the next and the one before, and o opens or closes the one where the focus is. None acts
// while somebody types or beside Ctrl, Alt or Cmd, and all of them can be switched off (WCAG 2.1.4).
const KEYS = "noa-keys";
const remembered = () => { try { return localStorage.getItem(KEYS); } catch { return null; } };
const areKeysOn = () => (document.documentElement.dataset.keys ?? remembered()) !== "off";
const showSwitches = () => document.querySelectorAll("[data-keys-switch]").forEach((one) => one.setAttribute("aria-pressed", String(areKeysOn())));
showSwitches();

const walk = (key) => {
  const stops = [...document.querySelectorAll("[data-walk] .part-fold > summary")].filter((one) => one.checkVisibility());
  const here = document.activeElement.closest("[data-walk] .part-fold")?.querySelector("summary");
  const at = stops.indexOf(here);
  if (key === "o") here?.click();
  const wanted = key === "o" ? here : key === "j" ? stops[at + 1] : stops[at < 0 ? stops.length - 1 : at - 1];
  wanted?.focus();
  return Boolean(wanted);
};

document.addEventListener("keydown", (event) => {
  const isCombined = event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat;
  if (isCombined || event.defaultPrevented || !areKeysOn()) return;
  if (event.target.closest("input, textarea, select, [contenteditable]") || document.querySelector("dialog[open]")) return;
  const key = event.key.toLowerCase();
  if (["j", "k", "o"].includes(key) && walk(key)) return event.preventDefault();
  const wanted = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!wanted) return;
  event.preventDefault();
  if (wanted.matches("a")) wanted.click();
  else wanted.focus();
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  const dialog = opener && document.getElementById(opener.dataset.opens);
  if (dialog?.showModal && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    dialog.showModal();
  }
  if (event.target.closest("[data-keys-switch]")) {
    const wanted = areKeysOn() ? "off" : "on";
    document.documentElement.dataset.keys = wanted;
    try { localStorage.setItem(KEYS, wanted); } catch { /* counts for this page, then */ }
    showSwitches();
  }
});

// After a verdict the next draft opens: what came of the one before is read first.
document.querySelector("[data-arrived]")?.focus();

// A link into a folded section unfolds it; browsers that know how do that by themselves.
const unfold = () => {
  const fold = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)))?.closest("details");
  if (fold && !fold.open) fold.open = true;
};
addEventListener("hashchange", unfold);
unfold();
