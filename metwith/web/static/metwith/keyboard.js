// Keys for those who like them; every page works without.
(() => {
  "use strict";
  const ROWS = "a.row, [data-row]";
  let going = 0; // when `g` was pressed

  const typing = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;

  function move(step) {
    const rows = [...document.querySelectorAll(ROWS)].filter((row) => row.offsetParent !== null); // a phone's month shows no titles
    const here = rows.indexOf(document.activeElement);
    const next = rows[here < 0 ? (step > 0 ? 0 : rows.length - 1) : here + step];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  }

  function close() {
    const menu = document.querySelector("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    } else {
      document.querySelector("[data-close]")?.click();
    }
  }

  // Without https a browser has no clipboard for scripts: then the text is selected, and copied as by hand.
  async function copy(button, held) {
    const clipped = await navigator.clipboard?.writeText(held.textContent.trim()).then(() => true, () => false);
    if (!clipped) getSelection().selectAllChildren(held);
    if (!clipped && !document.execCommand("copy")) return;
    const words = [...button.childNodes];
    button.setAttribute("aria-live", "polite");
    button.replaceChildren(document.body.dataset.copied);
    setTimeout(() => button.replaceChildren(...words), 1600);
  }

  const ACTIONS = {
    "/": () => document.querySelector("[data-find]")?.select(),
    "?": () => document.getElementById("keys")?.showModal(),
    j: () => move(1),
    k: () => move(-1),
    g: () => { going = Date.now(); },
    Escape: close,
  };

  // On a phone the settings are one strip: it begins where one is. The page itself stays where it is.
  const here = document.querySelector(".side-nav [aria-current]");
  if (here) {
    const strip = here.closest(".side-nav");
    const [inside, around] = [here.getBoundingClientRect(), strip.getBoundingClientRect()];
    strip.scrollLeft += inside.left - around.left - (around.width - inside.width) / 2;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (typing(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const place = Date.now() - going < 1500 && document.querySelector(`.bar [data-key="${CSS.escape(event.key)}"]`);
    going = 0;
    const action = place ? () => place.click() : ACTIONS[event.key];
    if (!action) return;
    if (event.key !== "Escape") event.preventDefault();
    action();
  });

  // A menu closes when something else is clicked.
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
    const dialog = event.target.closest("[data-dialog]");
    if (dialog) {
      event.preventDefault();
      document.getElementById(dialog.dataset.dialog).showModal();
    }
    const button = event.target.closest("[data-copy]");
    if (button) copy(button, document.getElementById(button.dataset.copy));
  });

  // On a phone the places of the settings are a strip: show where one is.
  document.querySelector(".side-nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
})();
