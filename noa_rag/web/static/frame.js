// In the frame of a host site's widget: speaks with the loader on that page, and opens what is outside in new tabs.
(() => {
  "use strict";

  if (window.parent === window) return; // opened as a page of its own
  const { origins, inside, newTab } = document.body.dataset;
  const allowed = origins.split(" ");
  let hostOrigin = null; // known once the loader has spoken, from an origin that the site is registered with

  const tell = (message) => { if (hostOrigin) window.parent.postMessage(message, hostOrigin); };
  const tellHeight = () => tell({ noa: "resize", height: document.body.getBoundingClientRect().height });

  window.addEventListener("message", (event) => {
    if (event.source !== window.parent || !allowed.includes(event.origin) || event.data?.noa !== "opened") return;
    hostOrigin = event.origin;
    tell({ noa: "ready" });
    tellHeight();
    if (event.data.focus) (document.getElementById("question") ?? document.getElementById("content")).focus();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) tell({ noa: "close" });
  });

  const staysInside = (url) => url.origin === location.origin && inside.split(" ").some((prefix) => url.pathname === prefix || url.pathname.startsWith(`${prefix}/`));

  // Sources, the agencies' sites and Noa's other pages cannot be shown in the frame: a new tab, and words that say so.
  // What is downloaded needs none.
  const markLinks = () => {
    for (const link of document.querySelectorAll("a[href]:not([data-marked], [download])")) {
      link.dataset.marked = "";
      const url = new URL(link.href);
      if (!/^https?:$/.test(url.protocol) || staysInside(url)) continue;
      link.target = "_blank";
      link.rel = `${link.rel} noopener`.trim();
      if (link.querySelector("[data-new-tab]")) continue;
      const words = document.createElement("span");
      words.className = "visually-hidden";
      words.textContent = ` (${newTab})`;
      link.append(words);
    }
  };

  markLinks();
  new MutationObserver(markLinks).observe(document.body, { childList: true, subtree: true });
  new ResizeObserver(tellHeight).observe(document.body);
})();
