// Noa's widget: a button on a host site's page that opens the conversation in a frame.
//   <script src="https://noa.example/widget.js" data-site="KEY" defer></script>
// data-lang: fr or en, else the page's language. data-label: other words for the button.
// Before the visitor opens it, nothing is asked for and nothing is stored. Made without inline styles, eval or innerHTML.
(() => {
  "use strict";

  const script = document.currentScript ?? document.querySelector("script[data-site][src*='/widget.js']");
  const site = script?.dataset.site;
  if (!site || document.getElementById("noa-widget")) return;
  const noa = new URL(script.src).origin;
  const isEnglish = (script.dataset.lang || document.documentElement.lang || "fr").toLowerCase().startsWith("en");
  const address = `${noa}${isEnglish ? "/en" : ""}/widget/${encodeURIComponent(site)}`;
  const words = isEnglish
    ? { label: "A question? Ask Noa", close: "Close", title: "Noa: your question", failed: "Noa cannot be shown here.", link: "Open Noa (new tab)" }
    : { label: "Une question ? Demandez à Noa", close: "Fermer", title: "Noa : votre question", failed: "Noa ne peut pas s'afficher ici.", link: "Ouvrir Noa (nouvel onglet)" };
  const label = script.dataset.label || words.label;

  const READY_MILLISECONDS = 4000; // after the frame has loaded; a refused frame loads too, and never says that it is ready
  const LOAD_MILLISECONDS = 15000;
  const HEIGHTS = [240, 2000]; // of the frame, in pixels, whatever it asks for
  const SMALL = window.matchMedia("(max-width: 36rem), (max-height: 30rem)"); // the panel then fills the screen

  const STYLE = `
    :host { all: initial; }
    :host, .noa { --ground: #f7f5f1; --surface: #fff; --ink: #1d2524; --line: #7c8886; --accent: #0b6b62; --strong: #074f48; --on-accent: #fff; }
    @media (prefers-color-scheme: dark) {
      :host, .noa { --ground: #121817; --surface: #1b2322; --ink: #e9eeec; --line: #7f918e; --accent: #6fd0c2; --strong: #9be3d8; --on-accent: #06231f; }
    }
    .noa { font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); color-scheme: light dark; }
    button { font: inherit; font-weight: 600; cursor: pointer; min-height: 44px; border-radius: 999px; }
    :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
    .open { position: fixed; right: 1rem; bottom: 1rem; z-index: 2147483000; display: flex; align-items: center; gap: .6rem; max-width: calc(100vw - 2rem); min-height: 48px; padding: .5rem 1.2rem; text-align: left; color: var(--on-accent); background: var(--accent); border: 2px solid var(--surface); box-shadow: 0 4px 16px rgb(0 0 0 / 25%); }
    .open:hover { background: var(--strong); }
    .open svg { flex: none; width: 1.4rem; height: 1.4rem; fill: none; stroke: currentColor; stroke-width: 2; }
    dialog { position: fixed; inset: auto 1rem 5rem auto; z-index: 2147483001; box-sizing: border-box; width: min(26rem, calc(100vw - 2rem)); max-width: none; max-height: none; margin: 0; padding: 0; overflow: hidden; flex-direction: column; color: var(--ink); background: var(--ground); border: 1px solid var(--line); border-radius: 14px; box-shadow: 0 8px 40px rgb(0 0 0 / 30%); }
    dialog[open] { display: flex; }
    .bar { display: flex; flex: none; align-items: center; justify-content: space-between; gap: .5rem; padding: .2rem .5rem .2rem 1rem; background: var(--surface); border-bottom: 1px solid var(--line); }
    .bar h2 { margin: 0; font-size: 1rem; font-weight: 650; }
    .close { padding: .3rem 1rem; color: var(--accent); background: transparent; border: 1px solid var(--accent); }
    .close:hover { color: var(--on-accent); background: var(--accent); }
    .place { flex: none; position: relative; height: min(var(--height, 34rem), calc(100dvh - 9.5rem)); }
    iframe { display: block; width: 100%; height: 100%; border: 0; color-scheme: light dark; }
    iframe[hidden] { display: none; }
    .failed { position: absolute; inset: 0; overflow: auto; padding: 1.2rem; background: var(--ground); }
    .failed[hidden] { display: none; }
    .failed p { margin: 0 0 .8rem; }
    .failed a { color: var(--accent); }
    @media (max-width: 36rem), (max-height: 30rem) {
      dialog { inset: 0; width: 100vw; height: 100dvh; border: 0; border-radius: 0; }
      .place { flex: 1; height: auto; min-height: 0; }
    }
    @media (max-height: 30rem) { .open span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); } .open { padding: .5rem .8rem; } }
    @media (prefers-reduced-motion: no-preference) {
      dialog[open] { animation: arrive .18s ease-out; }
      @keyframes arrive { from { opacity: 0; transform: translateY(8px); } }
    }
    @media print { .noa { display: none; } }
  `;

  const make = (name, attributes = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  };

  const bubble = () => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("d", "M4 5h16v11H10l-5 4v-4H4z");
    svg.append(path);
    return svg;
  };

  const host = make("div", { id: "noa-widget" });
  const root = host.attachShadow({ mode: "open" });
  if (root.adoptedStyleSheets) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
  } else { // a browser of before 2023: a plain link to the same conversation
    root.append(make("a", { href: address, target: "_blank", rel: "noopener" }, `${label} (${words.link})`));
  }

  const button = make("button", { type: "button", class: "open", "aria-expanded": "false", "aria-controls": "panel", "aria-haspopup": "dialog" }, bubble(), make("span", {}, label));
  const close = make("button", { type: "button", class: "close" }, words.close);
  const failed = make("div", { class: "failed", hidden: "" },
    make("p", { role: "alert" }), make("p", {}, make("a", { href: address, target: "_blank", rel: "noopener" }, words.link)));
  const place = make("div", { class: "place" }, failed);
  const panel = make("dialog", { id: "panel", "aria-labelledby": "title" },
    make("div", { class: "bar" }, make("h2", { id: "title" }, words.title), close), place);
  let frame = null;
  let isReady = false;
  let failing = 0;

  const fail = () => {
    failed.hidden = false;
    failed.querySelector("p").textContent = words.failed;
    frame.hidden = true;
  };

  const waitForReady = (milliseconds) => {
    window.clearTimeout(failing);
    if (!isReady) failing = window.setTimeout(fail, milliseconds);
  };

  // The frame learns on which page it is, and whether to take the focus; only Noa's own page can read it.
  const greet = (takesFocus) => frame.contentWindow.postMessage({ noa: "opened", focus: takesFocus }, noa);

  const addFrame = () => {
    frame = make("iframe", {
      title: words.title,
      // Its own origin (not the page's), for its forms and for the checks of origins; sources open in new tabs that are
      // ordinary ones. Dates for the calendar are downloaded: from a sandbox that may not, a new tab may not either. It
      // may not lead this page elsewhere, open alerts, or use any device.
      sandbox: "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-downloads",
      allow: "",
      referrerpolicy: "origin",
    });
    let loads = 0;
    frame.addEventListener("load", () => {
      loads += 1;
      greet(loads === 1);
      waitForReady(READY_MILLISECONDS);
    });
    frame.src = address;
    waitForReady(LOAD_MILLISECONDS);
    place.prepend(frame);
  };

  const open = () => {
    if (SMALL.matches) panel.showModal(); else panel.show();
    button.setAttribute("aria-expanded", "true");
    if (!frame) addFrame(); else if (isReady) greet(true);
    frame.focus();
  };

  const shut = () => {
    if (!panel.open) return;
    panel.close();
    button.setAttribute("aria-expanded", "false");
    button.focus();
  };

  button.addEventListener("click", () => (panel.open ? shut() : open()));
  close.addEventListener("click", shut);
  panel.addEventListener("cancel", (event) => { event.preventDefault(); shut(); });
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.preventDefault(); shut(); } });

  window.addEventListener("message", (event) => {
    if (!frame || event.source !== frame.contentWindow || event.origin !== noa) return;
    const { noa: kind, height } = event.data ?? {};
    if (kind === "ready") {
      isReady = true;
      failed.hidden = true;
      frame.hidden = false;
      window.clearTimeout(failing);
    } else if (kind === "close") shut();
    else if (kind === "resize" && Number.isFinite(height)) {
      place.style.setProperty("--height", `${Math.min(Math.max(Math.ceil(height), HEIGHTS[0]), HEIGHTS[1])}px`);
    }
  });

  const show = () => {
    if (root.adoptedStyleSheets) root.append(make("aside", { class: "noa", lang: isEnglish ? "en" : "fr", "aria-label": "Noa" }, button, panel));
    document.body.append(host);
  };
  if (document.body) show(); else document.addEventListener("DOMContentLoaded", show);
})();
