// Light, dark or the system's own; runs before the first paint so that nothing flashes.
(() => {
  const root = document.documentElement;
  const theme = localStorage.getItem("theme");
  const palette = localStorage.getItem("palette");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  if (palette) root.dataset.palette = palette;
})();
