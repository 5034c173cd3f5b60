// Applies the chosen theme before the page is painted; loaded in <head> without "defer" for that reason.
(() => {
  const KEY = "needle-theme";
  const root = document.documentElement;
  root.classList.add("js");

  function apply(choice) {
    if (choice === "light" || choice === "dark") root.dataset.theme = choice;
    else delete root.dataset.theme;
    for (const button of document.querySelectorAll("[data-set-theme]")) {
      button.setAttribute("aria-pressed", String(button.dataset.setTheme === (choice || "auto")));
    }
  }

  function remembered() {
    try { return localStorage.getItem(KEY); } catch { return null; }
  }

  apply(remembered());
  document.addEventListener("DOMContentLoaded", () => apply(remembered()));
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-set-theme]");
    if (!button) return;
    const choice = button.dataset.setTheme;
    try { localStorage.setItem(KEY, choice); } catch { /* private window: the choice lasts for this page */ }
    apply(choice);
    document.dispatchEvent(new CustomEvent("needle:theme"));
  });
})();
