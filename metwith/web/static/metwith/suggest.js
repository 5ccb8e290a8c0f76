// What the search finds while somebody types, in a list under the field (a combobox, as the ARIA practices describe it). Without it the form
// leads to the page of the search.
(() => {
  "use strict";
  const field = document.querySelector("[data-find]");
  const list = document.getElementById("suggestions");
  if (!field || !list) return;

  const options = () => [...list.querySelectorAll("[role=option]")];
  const chosen = () => list.querySelector("[aria-selected=true]");

  function choose(option) {
    chosen()?.setAttribute("aria-selected", "false");
    if (option) {
      option.setAttribute("aria-selected", "true");
      option.scrollIntoView({ block: "nearest" });
      field.setAttribute("aria-activedescendant", option.id);
    } else {
      field.removeAttribute("aria-activedescendant");
    }
  }

  function show(open) {
    list.hidden = !open;
    field.setAttribute("aria-expanded", String(open));
    if (!open) choose(null);
  }

  function move(step) {
    if (list.hidden) show(list.childElementCount > 0);
    const all = options();
    const here = all.indexOf(chosen());
    choose(all[here < 0 ? (step > 0 ? 0 : all.length - 1) : here + step] ?? null); // past the end: the field itself again
  }

  const KEYS = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Enter: () => chosen()?.click(),
    Escape: () => show(false),
  };

  field.addEventListener("keydown", (event) => {
    if (event.isComposing || !KEYS[event.key]) return;
    if (event.key === "Enter" && !chosen()) return; // the form is sent
    if (event.key === "Escape" && list.hidden) return; // keyboard.js leaves the field
    event.preventDefault();
    event.stopPropagation();
    KEYS[event.key]();
  });

  // An answer to what stood there before is dropped.
  list.addEventListener("htmx:beforeSwap", (event) => {
    const asked = new URLSearchParams(event.detail.pathInfo.finalRequestPath.split("?")[1]).get("q") ?? "";
    if (asked !== field.value) event.detail.shouldSwap = false;
  });
  list.addEventListener("htmx:afterSwap", () => {
    choose(null);
    show(list.childElementCount > 0 && document.activeElement === field);
  });
  field.addEventListener("input", () => choose(null));
  field.addEventListener("focus", () => show(list.childElementCount > 0 && field.value !== ""));
  document.addEventListener("focusin", (event) => { if (!field.form.contains(event.target)) show(false); });
  document.addEventListener("click", (event) => { if (!field.form.contains(event.target)) show(false); });

  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    if (document.querySelector("dialog[open]")) return;
    event.preventDefault();
    field.select();
  });
})();
