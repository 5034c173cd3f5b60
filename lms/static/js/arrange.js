// <ol data-arrange>: each row has a select for its place. Rows can be dragged as well: that sets the places, and says so like a
// choice made by hand. Without this script, and by keyboard, the selects do.
import Sortable from "asset:sortable.vendor.js";

function places(list) {
  const selects = [...list.querySelectorAll("select")];
  selects.forEach((select, at) => { select.value = String(at + 1); });
  selects[0]?.dispatchEvent(new Event("change", { bubbles: true }));
}

export function start(lists) {
  for (const list of lists) {
    if (list.sortable) continue;
    for (const grip of list.querySelectorAll(".grip")) grip.hidden = false;
    list.sortable = Sortable.create(list, { handle: ".grip", ghostClass: "drag-ghost", animation: 120, onEnd: () => places(list) });
  }
}
