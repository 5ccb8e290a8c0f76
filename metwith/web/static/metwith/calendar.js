// Beside a list, a month or a week: the meeting whose panel is open is marked, and closing the panel leads back to it. Everything works without.
(() => {
  "use strict";
  const ROWS = ".list :is(a.row, a[data-row])";
  let last = null; // a meeting over several days stands there as often: the one that was clicked

  const marked = () => [...document.querySelectorAll(`${ROWS}[aria-current]`)];

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "panel") return;
    const was = marked();
    const path = event.detail.pathInfo.requestPath;
    for (const row of was) row.removeAttribute("aria-current");
    if (event.detail.target.childElementCount === 0) {
      (was.includes(last) ? last : was[0])?.focus();
      return;
    }
    last = event.detail.requestConfig.elt;
    for (const row of document.querySelectorAll(ROWS)) {
      if (row.getAttribute("href") === path) row.setAttribute("aria-current", "true");
    }
  });
})();
