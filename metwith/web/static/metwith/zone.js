// A first guess at the time zone, where somebody new is asked for it.
(() => {
  "use strict";
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const field of document.querySelectorAll("[data-zone]")) {
    if (zone && (!field.value || field.value === "UTC")) field.value = zone;
  }
})();
