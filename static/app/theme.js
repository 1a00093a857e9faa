// Runs before the first paint: theme, density and sidebar as the reader left them. The admin uses the same "theme" key.
(() => {
  "use strict";
  const root = document.documentElement;
  const read = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  const theme = read("theme");
  root.dataset.theme = theme === "light" || theme === "dark" ? theme : "auto";
  if (read("sidebar") === "collapsed") root.dataset.sidebar = "collapsed";
  if (read("density") === "compact") root.dataset.density = "compact";
  root.classList.add("js");
})();
