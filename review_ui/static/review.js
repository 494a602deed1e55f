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
