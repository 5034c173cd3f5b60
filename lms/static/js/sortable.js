// <ol data-sortable="SELECTOR of the hidden order field's form">: rows are dragged by their .grip, or moved with the
// buttons [data-move="up"|"down"], which work by keyboard and without this script (they are submit buttons).
// After a change the ids (data-id) are sent: POST data-sortable-url, {order: [ids]}.
import Sortable from "asset:sortable.vendor.js";

async function send(list) {
  const order = [...list.children].map((row) => row.dataset.id);
  const answer = await fetch(list.dataset.sortableUrl, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": document.querySelector("meta[name=csrf-token]")?.content ?? "" },
    body: JSON.stringify({ order }),
  }).catch(() => null);
  if (!answer?.ok) location.reload();
}

export function start(lists) {
  for (const list of lists) {
    if (!list.dataset.sortableUrl || list.sortable) continue;
    list.sortable = Sortable.create(list, { handle: ".grip", ghostClass: "drag-ghost", animation: 120, onEnd: () => send(list) });
  }
}
