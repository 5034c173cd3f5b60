// What every page has. Each part looks for its own data attribute and does nothing where there is none.
import { startMenus } from "asset:menus.js";
import { startForms } from "asset:forms.js";
import { startTables } from "asset:tables.js";
import { startJobs } from "asset:jobs.js";

const LAZY = [
  ["[data-chart]", () => import("asset:charts.js")],
  ["form[data-autosave-url]", () => import("asset:autosave.js")],
  ["form[data-activity-url]", () => import("asset:activity.js")],
  ["[data-deadline]", () => import("asset:timer.js")],
  ["form[data-branching]", () => import("asset:branching.js")],
  ["form[data-draft], [data-draft-over]", () => import("asset:draft.js")],
  ["[data-arrange]", () => import("asset:arrange.js")],
  ["[data-spot]", () => import("asset:spot.js")],
  ["[data-sortable]", () => import("asset:sortable.js")],
  ["markdown-toolbar", () => import("asset:markdown-toolbar.vendor.js")],
];

async function start(root) {
  startMenus(root);
  startForms(root);
  startTables(root);
  startJobs(root);
  await Promise.all(LAZY.map(async ([selector, load]) => {
    const found = [...root.querySelectorAll(selector)];
    if (root.matches?.(selector)) found.unshift(root);
    if (found.length) await load().then((part) => part.start?.(found), () => missing(found, load));
  }));
}

// The network was gone before a part had come: what it would have saved says so, and the part is asked for again.
function missing(found, load) {
  for (const state of found.flatMap((element) => [...element.querySelectorAll("[data-save-state]")])) state.dataset.state = "failed";
  addEventListener("online", () => load().then((part) => part.start?.(found), () => missing(found, load)), { once: true });
}

start(document.body);
document.addEventListener("htmx:after:process", (event) => {
  if (event.target !== document.body && event.target instanceof Element) start(event.target);
});
