// What the pages gain from JavaScript; each of them works without.
"use strict";

document.documentElement.classList.add("has-script");

// The State's design system knows the dark by this attribute alone; Noa's own style asks the browser.
const darkness = window.matchMedia("(prefers-color-scheme: dark)");
const tellTheme = () => { document.documentElement.dataset.frTheme = darkness.matches ? "dark" : "light"; };
darkness.addEventListener("change", tellTheme);
tellTheme();

const isFinePointer = window.matchMedia("(pointer: fine)").matches;
const conversation = () => document.getElementById("conversation");

// Enter sends the question, Shift + Enter starts a new line; on a touch keyboard Enter stays a new line.
document.addEventListener("keydown", (event) => {
  const isQuestion = event.target instanceof HTMLTextAreaElement && event.target.name === "q";
  if (!isQuestion || event.key !== "Enter" || event.shiftKey || event.isComposing || !isFinePointer) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});

// What is copied of an answer says where it is from: its question, who vouches for it since when, its text, its address.
const answerAsText = (button) => [...button.closest(".part, .need, .card").querySelectorAll(".entry-question, .prose:not(.extract), .voucher > summary")]
  .filter((part) => !part.closest(".official, .part:not([open])"))
  .map((part) => part.innerText.trim())
  .join("\n\n");

const COPIED_MILLISECONDS = 4000; // long enough to be read; the button then says again what it does

const tellCopied = (button) => {
  button.dataset.label ??= button.textContent;
  button.textContent = button.dataset.copied;
  say(button.dataset.copied);
  setTimeout(() => { button.textContent = button.dataset.label; say(""); }, COPIED_MILLISECONDS);
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-text], [data-copy-note]");
  if (!button) return;
  const note = button.closest(".note")?.querySelector("textarea");
  const { copy, copyText } = button.dataset;
  const address = new URL(copy ?? copyText, location.href).href;
  try {
    await navigator.clipboard.writeText(note ? note.value : copy ? address : `${answerAsText(button)}\n\n${address}`);
    tellCopied(button);
  } catch {
    (note ?? button.closest(".permalink").querySelector("a")).focus(); // What stands beside the button can be copied by hand.
  }
});

if (navigator.share) document.documentElement.classList.add("can-share");

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-share], [data-print]");
  if (!button) return;
  if (button.dataset.share === undefined) window.print();
  else navigator.share({ title: button.dataset.title, url: new URL(button.dataset.share, location.href).href }).catch(() => {}); // given up by the visitor
});

document.addEventListener("submit", (event) => {
  const field = document.getElementById("question");
  if (!event.target.matches(".edit-question") || !field) return;
  event.preventDefault();
  field.value = event.target.elements.q.value;
  field.focus();
});

const say = (text) => document.querySelectorAll("[data-status]").forEach((status) => { status.textContent = text; });

document.addEventListener("htmx:beforeRequest", (event) => {
  if (!event.detail.elt.matches(".ask, .choose")) return;
  conversation()?.querySelectorAll(":scope > .problem").forEach((problem) => problem.remove());
  const status = document.querySelector("[data-status]");
  say(status ? status.dataset.busy : "");
});

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.elt.matches(".ask, .choose")) say("");
});

// A rephrasing comes sentence by sentence: each time one more is verified, the whole body comes anew. The last one that
// is whole is shown; what the end brings is swapped and announced as any other answer is.
const lastBody = (text) => text.split("<!--end of body-->").at(-2);

document.addEventListener("htmx:beforeSend", ({ detail: { elt, target, xhr } }) => {
  if (!elt.matches(".rephrase")) return;
  xhr.addEventListener("progress", () => {
    const html = xhr.status === 200 && lastBody(xhr.responseText);
    if (!html || !target.isConnected) return;
    const body = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
    elt.hidden = true; // it stays in its place, for the answer to come is its own
    target.replaceChildren(...body.childNodes, elt);
  });
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const { requestConfig, serverResponse } = event.detail;
  if (requestConfig.elt.matches(".rephrase")) event.detail.serverResponse = lastBody(serverResponse) ?? serverResponse;
});

// A rephrasing that takes the official text's place is announced once; the focus stays where the reader is.
document.addEventListener("htmx:afterSwap", (event) => {
  const arrived = event.detail.target.matches?.("[data-announce]") ? event.detail.target : document.getElementById(event.detail.target.id);
  if (arrived?.dataset.announce) say(arrived.dataset.announce);
});

// New content takes the focus, so that it comes into view and a screen reader reads it once; an answer begins at the top
// of the screen. Nobody who is typing a search is taken out of its field.
const isSearching = () => document.activeElement?.matches(".entry-search *");
document.addEventListener("htmx:afterSettle", (event) => {
  if (isSearching()) return;
  const arrived = [...event.detail.target.querySelectorAll("[data-focus]")].pop();
  arrived?.focus();
  if (arrived?.matches(".asked")) arrived.closest(".exchange").scrollIntoView();
});

// One note tells the whole conversation: the newest takes in the one before, and a choice's that of its question.
document.addEventListener("htmx:afterSettle", () => {
  const [before, newest] = [...document.querySelectorAll(".conversation .note textarea")].slice(-2);
  if (!newest) return;
  const [asked] = newest.value.split("\n");
  const last = before.value.lastIndexOf(asked);
  const isOfChoice = last >= 0 && !before.value.slice(last).includes("\n");
  newest.value = `${(isOfChoice ? before.value.slice(0, last) : before.value).trim()}\n\n${newest.value}`.trim();
  before.closest(".note").remove();
});

// Escape empties the search field in every browser.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !event.target.matches("input[type=search]") || !event.target.value) return;
  event.preventDefault();
  event.target.value = "";
  event.target.dispatchEvent(new Event("search", { bubbles: true }));
});

// What a search cannot tell by its results is told where they are counted.
const sayOfSearch = (text) => { const count = document.getElementById("search-count"); if (count) count.textContent = text; };
document.addEventListener("htmx:afterSwap", (event) => {
  const problem = event.detail.target.matches("#search-results") && event.detail.target.querySelector(".problem-title");
  if (problem) sayOfSearch(problem.textContent);
});

document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.successful || !event.detail.elt.matches(".ask")) return;
  event.detail.elt.querySelector("textarea").value = "";
});

const showNetworkError = (event) => {
  if (event.detail.elt.matches(".entry-search, .entry-search *")) sayOfSearch(document.getElementById("search-count").dataset.lost);
  const template = document.getElementById("network-error");
  if (!template || !event.detail.elt.matches(".ask, .choose")) return;
  conversation().append(template.content.cloneNode(true));
  conversation().lastElementChild.focus();
};
document.addEventListener("htmx:sendError", showNetworkError);
document.addEventListener("htmx:timeout", showNetworkError);

// The form to ask with sends its words to the search where that button is pressed: the browser does it, not htmx.
document.addEventListener("submit", (event) => {
  if (event.submitter?.hasAttribute("formaction")) event.stopPropagation();
}, true);

// "Mon dossier": the steps that were ticked, by list, stay in this browser. Each is known by its official text, so that one
// that has changed since is no longer done.
const DOSSIER = "noa-dossier";

const tickedLists = () => {
  try {
    return Object.entries(JSON.parse(localStorage.getItem(DOSSIER)) ?? {}).filter(([, steps]) => Array.isArray(steps) && steps.length);
  } catch {
    return []; // storage is closed to this page, or holds something else
  }
};

const keepTicked = (lists) => {
  try {
    if (lists.length) localStorage.setItem(DOSSIER, JSON.stringify(Object.fromEntries(lists)));
    else localStorage.removeItem(DOSSIER);
  } catch { /* full or closed: the box falls back to what was kept */ }
  showTicked();
};

const showTicked = () => {
  const ticked = new Map(tickedLists());
  document.querySelectorAll(".steps[data-list]").forEach((list) => {
    const steps = ticked.get(list.dataset.list) ?? [];
    const boxes = [...list.querySelectorAll("[data-tick]")];
    boxes.forEach((box) => { box.checked = steps.includes(box.dataset.tick); });
    const done = `${boxes.filter((box) => box.checked).length}/${boxes.length}`;
    document.querySelectorAll("[data-done]").forEach((count) => { if (count.dataset.done === list.dataset.list) count.textContent = done; });
  });
};

document.addEventListener("change", ({ target }) => {
  const list = target.matches("[data-tick]") && target.closest(".steps");
  if (!list) return;
  const steps = [...list.querySelectorAll("[data-tick]:checked")].map((box) => box.dataset.tick);
  keepTicked([...tickedLists().filter(([id]) => id !== list.dataset.list), [list.dataset.list, steps]].filter(([, kept]) => kept.length));
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-forget]");
  if (!button) return;
  keepTicked(tickedLists().filter(([id]) => button.dataset.forget && id !== button.dataset.forget));
  showDossier();
});

const showDossier = async () => {
  const room = document.getElementById("dossier-lists");
  if (!room) return;
  const ids = tickedLists().map(([id]) => id);
  document.getElementById("dossier-empty").hidden = ids.length > 0;
  if (!ids.length) room.replaceChildren();
  else {
    try {
      const query = new URLSearchParams(ids.map((id) => ["fiche", id]));
      const reply = await fetch(`${room.dataset.from}?${query}`, { headers: { "HX-Request": "true" } });
      if (!reply.ok) throw new Error(reply.statusText);
      room.innerHTML = await reply.text();
    } catch {
      room.textContent = room.dataset.lost;
    }
  }
  showTicked();
};

document.addEventListener("htmx:afterSettle", showTicked);
window.addEventListener("storage", showTicked); // ticked in another tab
showTicked();
showDossier();
