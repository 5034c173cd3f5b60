// form[data-sheet="ID"]: a score sheet that works without a connection. What is entered is kept in this browser at once;
// handing in sends it, or keeps it in an outbox until the connection is back. The sheet carries its own key, so that one
// sent twice is kept once.

const OUTBOX = "needle-sheets-to-send";
const FIRST_RETRY = 3000;
const LAST_RETRY = 30000;
const KEPT = "needle-sheet-";

const read = (key, otherwise) => { try { return JSON.parse(localStorage.getItem(key)) ?? otherwise; } catch { return otherwise; } };
const write = (key, value) => { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* full or forbidden: still sent while the page is open */ } };

const form = document.querySelector("form[data-sheet]");
const state = document.querySelector("[data-sheet-state]");
const say = (name, text) => { if (state && form) { state.dataset.state = name; state.textContent = text ?? form.dataset[`text${name[0].toUpperCase()}${name.slice(1)}`] ?? ""; } };
let retry = FIRST_RETRY;
let timer = 0;
let sending = false;

function entered() {
  return Object.fromEntries([...new FormData(form)].filter(([name]) => name !== "csrf_token"));
}

function restore() {
  const kept = read(KEPT + form.dataset.sheet, null);
  if (!kept) return;
  for (const [name, value] of Object.entries(kept)) {
    const field = form.elements.namedItem(name);
    if (field instanceof RadioNodeList) field.value = value;
    else if (field && name !== "given_at") field.value = value;
  }
  say("kept");
}

async function post(sheet) {
  const token = document.querySelector("meta[name=csrf-token]")?.content ?? "";
  return fetch(sheet.url, { method: "POST", headers: { Accept: "application/json", "X-CSRFToken": token }, body: new URLSearchParams(sheet.values) });
}

// Sends what waits, the oldest first. What the server refuses goes back to its sheet, with what was entered.
async function flush() {
  if (sending) return;
  sending = true;
  try {
    for (const sheet of read(OUTBOX, [])) {
      const here = form && sheet.id === form.dataset.sheet;
      if (here) say("sending");
      let answer;
      try { answer = await post(sheet); } catch { answer = null; }
      if (!answer || answer.redirected || answer.status >= 500 || answer.status === 429) { if (here) say("waiting"); later(); return; }
      write(OUTBOX, read(OUTBOX, []).filter((each) => each.id !== sheet.id));
      const said = await answer.json().catch(() => ({}));
      if (answer.ok && said.saved) {
        localStorage.removeItem(KEPT + sheet.id);
        if (here) { say("sent"); location.assign(said.url); }
      } else if (here) say("refused", said.sentence ?? "");
      retry = FIRST_RETRY;
    }
  } finally { sending = false; }
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(flush, retry);
  retry = Math.min(retry * 2, LAST_RETRY);
}

if (form) {
  restore();
  form.addEventListener("input", () => { write(KEPT + form.dataset.sheet, entered()); say("kept"); });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    form.elements.given_at.value = new Date().toISOString();
    const sheet = { id: form.dataset.sheet, url: form.action, values: entered() };
    write(OUTBOX, [...read(OUTBOX, []).filter((each) => each.id !== sheet.id), sheet]);
    flush();
  });
}
addEventListener("online", flush);
flush();
