// A first guess at the time zone, where somebody new is asked for it.
(() => {
  "use strict";
  const field = document.querySelector("[data-zone]");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (field && field.value === "UTC" && [...field.options].some((option) => option.value === zone)) field.value = zone;
})();
