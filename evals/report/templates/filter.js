// Hides the cases that lack a word of the field; without it the page is whole.
{
  const fold = (text) => text.normalize("NFD").replace(/\p{Diacritic}/gu, "").toLowerCase();
  const field = document.getElementById("filter");
  const count = document.getElementById("filter-count");
  const cases = [...document.querySelectorAll("[data-case]")].map((node) => ({ node, text: fold(node.textContent) }));
  const groups = [...document.querySelectorAll("#cases details")].map((node) => ({ node, wasOpen: node.open }));
  let waiting;
  let isFiltered = false;

  const show = () => {
    const words = fold(field.value).split(/\s+/).filter(Boolean);
    if (words.length && !isFiltered) groups.forEach((group) => { group.wasOpen = group.node.open; });
    for (const one of cases) one.node.hidden = !words.every((word) => one.text.includes(word));
    for (const { node, wasOpen } of groups) {
      const hasSome = node.querySelector("[data-case]:not([hidden])") !== null;
      node.hidden = words.length > 0 && !hasSome;
      node.open = words.length ? hasSome : wasOpen;
    }
    isFiltered = words.length > 0;
    const found = cases.filter((one) => !one.node.hidden).length;
    count.textContent = isFiltered ? `${found} of ${cases.length} cases` : "";
  };

  document.querySelector(".filter").hidden = false;
  field.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(show, 150); });
}
