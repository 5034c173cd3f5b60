// [data-talk]: a talk with a customer whom a model plays. Without this script every turn is a form and a new page; with it the
// answer is written as it comes (server-sent events over POST: kept, piece …, then done or failed). What was said stays in
// the field until the server has kept it.

const talk = document.querySelector("[data-talk]");
const list = talk?.querySelector(".talk");
const state = talk?.querySelector("[data-talk-state]");
const say = talk?.querySelector("[data-say]");
const ask = talk?.querySelector("[data-ask]");

function added(words, mine) {
  const turn = document.createElement("li");
  turn.className = mine ? "mine" : "theirs";
  const who = document.createElement("span");
  who.className = "soft small";
  who.textContent = mine ? talk.dataset.textYou : talk.dataset.textCustomer;
  const text = document.createElement("p");
  text.textContent = words;
  turn.append(who, text);
  list.append(turn);
  turn.scrollIntoView({ block: "nearest" });
  return text;
}

async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += value;
    const blocks = rest.split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const name = /^event: (.*)$/m.exec(block)?.[1];
      const data = /^data: (.*)$/m.exec(block)?.[1];
      if (name && data) yield [name, JSON.parse(data)];
    }
  }
}

function open(answered) {
  if (say) say.hidden = !answered;
  if (ask) ask.hidden = answered;
  for (const form of [say, ask]) form?.querySelectorAll("button, textarea").forEach((field) => { field.disabled = false; });
}

// Sends a form and writes down what comes. The words leave their field only when the server has kept them.
async function send(form, words) {
  const body = new URLSearchParams(new FormData(form));
  form.querySelectorAll("button, textarea").forEach((field) => { field.disabled = true; });
  state.textContent = talk.dataset.textThinking;
  let kept = !words;
  let answer = null;
  try {
    const response = await fetch(form.action, { method: "POST", headers: { Accept: "text/event-stream" }, body });
    if (!response.ok || response.redirected) throw new Error(response.status);
    for await (const [name, data] of events(response)) {
      if (name === "kept" && words) { kept = true; added(words, true); form.elements.text.value = ""; }
      if (name === "piece") { answer ??= added("", false); answer.textContent += data.text; answer.parentElement.scrollIntoView({ block: "nearest" }); }
      if (name === "done") {
        (answer ?? added("", false)).textContent = data.text;
        say.elements.number.value = data.number + 1;
        talk.querySelector("[data-after]").hidden = false;
        state.textContent = "";
        open(true);
        say.elements.text.focus();
        return;
      }
      if (name === "failed") { answer?.parentElement.remove(); state.textContent = data.sentence; open(!kept); return; }
    }
    throw new Error("ended");
  } catch {
    answer?.parentElement.remove();
    state.textContent = talk.dataset.textLost;
    open(!kept);
  }
}

if (talk && say && ask) {
  say.addEventListener("submit", (event) => { event.preventDefault(); const words = say.elements.text.value.trim(); if (words) send(say, words); });
  ask.addEventListener("submit", (event) => { event.preventDefault(); send(ask, ""); });
  say.elements.text.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) say.requestSubmit(); });
}
