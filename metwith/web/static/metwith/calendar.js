// Beside a list, a month or a week: the meeting whose panel is open is marked, and closing the panel leads back to it. However many were
// opened, one step back closes the panel. Everything works without.
(() => {
  "use strict";
  const ROWS = ".list :is(a.row, a[data-row])";
  let last = null; // a meeting over several days stands there as often: the one that was clicked
  let behind = ""; // the address of the list, while a panel is open before it
  let typing = false; // in the search among the filters, on a narrow screen

  const panel = () => document.getElementById("panel");
  const marked = () => [...document.querySelectorAll(`${ROWS}[aria-current]`)];
  const here = () => location.pathname + location.search;

  function unmark() {
    const was = marked();
    for (const row of was) row.removeAttribute("aria-current");
    return was;
  }

  document.addEventListener("htmx:afterSwap", (event) => {
    const { target, pathInfo, requestConfig } = event.detail;
    if (target.id === "calendar") {
      behind = "";
      if (typing) {
        document.getElementById("filters")?.showPopover();
        document.getElementById("calendar-q")?.focus();
      }
    }
    if (target.id !== "panel") return;
    unmark();
    last = requestConfig.elt;
    for (const row of document.querySelectorAll(ROWS)) {
      if (row.getAttribute("href") === pathInfo.requestPath) row.setAttribute("aria-current", "true");
    }
  });

  // Typing swaps the filters too; their sheet stays open.
  document.addEventListener("htmx:beforeSwap", (event) => {
    typing = event.detail.requestConfig.elt.id === "calendar-q" && document.querySelector("#filters:popover-open") !== null;
  });

  // The list is one step of the history, and whatever panel is open before it another one.
  document.addEventListener("htmx:beforeHistoryUpdate", (event) => {
    const { history: step, target } = event.detail;
    if (behind || step.path === here()) step.type = "replace";
    else if (target.id === "panel") behind = here();
  });

  document.addEventListener("click", (event) => {
    if (!behind || !event.target.closest("[data-close]")) return;
    event.preventDefault();
    event.stopPropagation();
    history.back();
  }, true);

  // Before htmx hears of it, which would ask for the whole list again.
  window.addEventListener("popstate", (event) => {
    const open = panel()?.childElementCount > 0;
    if (open && here() === behind) {
      event.stopImmediatePropagation();
      panel().replaceChildren();
      behind = "";
      const was = unmark();
      (was.includes(last) ? last : was[0])?.focus();
      return;
    }
    const row = [...document.querySelectorAll(ROWS)].find((one) => one.getAttribute("href") === here());
    if (open || !row) return;
    event.stopImmediatePropagation();
    row.click();
  });
})();
