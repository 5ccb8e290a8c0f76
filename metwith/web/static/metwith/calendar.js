// Beside a list: the row whose panel is open is marked, and closing the panel leads back to it. Everything works without.
(() => {
  "use strict";
  const open = () => document.querySelector(".list a.row[aria-current]");

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "panel") return;
    const was = open();
    const path = event.detail.pathInfo.requestPath;
    was?.removeAttribute("aria-current");
    if (event.detail.target.childElementCount === 0) {
      was?.focus();
      return;
    }
    for (const row of document.querySelectorAll(".list a.row")) {
      if (row.getAttribute("href") === path) row.setAttribute("aria-current", "true");
    }
  });
})();
