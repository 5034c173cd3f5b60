// <form data-autosave-url="…" data-attempt="ID" data-sequence="LAST" autocomplete="off">: every answer is sent when it changes and kept in this browser
// until the server has said that it is saved, so that neither a lost network nor a closed window loses it.
//
// data-sequence is the highest sequence the server holds for the attempt (0 at first): numbers go on from there.
// Sent: {question, answer, given_at, sequence, attempt} with X-CSRFToken; expected: {saved: true, at, remaining_seconds},
// or {saved: false, final: true, sentence} where nothing is to be kept any more.
// A field belongs to the question that its nearest [data-question] names, or else to its own name; check boxes
// of one name send a list. Fields named q12.p1 are the parts of one answer: {p1: value or list}. Elements that show the state: [data-save-state] with data-text-saved, -saving, -waiting, -failed.

const TYPING_WAIT = 1500;
const LONGEST_WAIT = 5000;
const FIRST_RETRY = 2000;
const LAST_RETRY = 30000;
const FINAL = 409;
// Refusals that concern one question: the others go on being saved.
const UNREADABLE = /^answer_/;
const ONE_QUESTION = /^(answer_|answered_elsewhere$|question_)/;

class Autosave {
  constructor(form) {
    this.form = form;
    this.key = `needle-answers-${form.dataset.attempt}`;
    this.status = document.querySelectorAll("[data-save-state]");
    this.queue = this.remembered();
    this.sequence = Math.max(0, ...Object.values(this.queue).map((entry) => entry.sequence), Number(form.dataset.sequence ?? 0));
    this.pending = new Map();
    this.unkept = new Map();
    this.retry = FIRST_RETRY;
    this.sending = null;
    this.left = new Set();
    this.stopped = false;
    form.addEventListener("input", (event) => this.changed(event.target, TYPING_WAIT));
    form.addEventListener("change", (event) => this.changed(event.target, 0));
    form.addEventListener("submit", () => this.handIn());
    addEventListener("pagehide", () => this.leave());
    document.addEventListener("visibilitychange", () => { if (document.hidden) this.leave(); });
    addEventListener("online", () => this.send());
    for (const element of this.status) { element.textContent = ""; delete element.dataset.state; }
    this.restore();
    this.catchUp();
    if (Object.keys(this.queue).length) this.send();
  }

  question(field) {
    return field.closest("[data-question]")?.dataset.question ?? field.name;
  }

  answer(question) {
    const scope = this.form.querySelector(`[data-question="${CSS.escape(question)}"]`) ?? this.form;
    const fields = [...scope.querySelectorAll("input, select, textarea")].filter(
      (field) => this.question(field) === question && !["hidden", "submit", "button"].includes(field.type) && !("noAutosave" in field.dataset));
    if (fields.some((field) => field.name.includes("."))) return this.parts(fields);
    const boxes = fields.filter((field) => field.type === "checkbox");
    if (boxes.length) return boxes.filter((box) => box.checked).map((box) => box.value);
    const radios = fields.filter((field) => field.type === "radio");
    if (radios.length) return radios.find((radio) => radio.checked)?.value ?? null;
    if (fields.length > 1) return Object.fromEntries(fields.map((field) => [field.name, field.value]));
    return fields[0]?.value ?? null;
  }

  // {part: value}, a list where boxes may be ticked; a part that says nothing is left out.
  parts(fields) {
    const said = {};
    for (const field of fields) {
      const part = field.name.slice(field.name.indexOf(".") + 1);
      if (field.type === "checkbox") { if (field.checked) (said[part] ??= []).push(field.value); }
      else if (field.type === "radio") { if (field.checked) said[part] = field.value; }
      else if (field.value !== "") said[part] = field.value;
    }
    return said;
  }

  changed(field, wait) {
    if (this.stopped || !field.name || "noAutosave" in field.dataset) return;
    const question = this.question(field);
    const waiting = this.pending.get(question) ?? { since: Date.now() };
    clearTimeout(waiting.timer);
    const left = Math.max(0, LONGEST_WAIT - (Date.now() - waiting.since) - 500);
    waiting.timer = setTimeout(() => { this.take(question); this.send(); }, Math.min(wait, left));
    this.pending.set(question, waiting);
    this.show("saving");
  }

  // Moves an answer from the page into the queue (and the browser's store).
  take(question) {
    clearTimeout(this.pending.get(question)?.timer);
    this.pending.delete(question);
    this.sequence += 1;
    this.queue[question] = { answer: this.answer(question), given_at: new Date().toISOString(), sequence: this.sequence };
    this.remember();
  }

  flush() {
    for (const question of [...this.pending.keys()]) this.take(question);
    return this.send();
  }

  // The form is sent as a whole: a field named "unsent" tells which of its answers the server may not have yet.
  handIn() {
    this.flush();
    const unsent = this.form.elements.namedItem("unsent");
    const unreadable = [...this.unkept].filter(([, said]) => UNREADABLE.test(said.error)).map(([question]) => question);
    if (unsent) unsent.value = [...new Set([...Object.keys(this.queue), ...unreadable])].join(",");
  }

  body(question, entry) {
    return JSON.stringify({ attempt: this.form.dataset.attempt, question, ...entry });
  }

  post(question, entry, keepalive = false) {
    return fetch(this.form.dataset.autosaveUrl, {
      method: "POST",
      keepalive,
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": this.token() },
      body: this.body(question, entry),
    });
  }

  token() {
    return document.querySelector("meta[name=csrf-token]")?.content ?? "";
  }

  send() {
    this.sending ??= this.drain().finally(() => { this.sending = null; });
    return this.sending;
  }

  async drain() {
    while (!this.stopped) {
      const [question, entry] = Object.entries(this.queue).sort((a, b) => a[1].sequence - b[1].sequence)[0] ?? [];
      if (!question) { if (!this.pending.size) this.settled(); return; }
      this.show("saving");
      let answer;
      try { answer = await this.post(question, entry); } catch { this.later(); return; }
      if (answer.status >= 500 || answer.status === 429) { this.later(); return; }
      const said = await answer.json().catch(() => ({}));
      if (!answer.ok && ONE_QUESTION.test(said.error ?? "")) { this.notKept(question, entry, said); continue; }
      if (!answer.ok) { this.refused(answer.status, said); return; }
      if (said.final) { this.refused(FINAL, said); return; }
      if (!said.saved) { this.later(); return; }
      this.done(question, entry, said);
    }
  }

  // This answer cannot be kept as it stands: its reason is shown, it stays on the page, and the others are sent.
  notKept(question, entry, said) {
    this.unkept.set(question, said);
    this.forget(question, entry);
  }

  forget(question, entry) {
    if (this.queue[question]?.sequence === entry.sequence) delete this.queue[question];
    this.remember();
  }

  settled() {
    const [said] = this.unkept.values();
    if (said) this.show("failed", said.sentence);
    else this.show("saved");
  }

  done(question, entry, said) {
    this.retry = FIRST_RETRY;
    this.unkept.delete(question);
    this.forget(question, entry);
    const link = document.querySelector(`[data-answered-for="${CSS.escape(question)}"]`);
    const value = entry.answer;
    const given = value && typeof value === "object" ? Object.keys(value).length : value !== null && value !== "";
    link?.toggleAttribute("data-answered", Boolean(given));
    if (typeof said.remaining_seconds === "number") {
      document.querySelectorAll("[data-deadline]").forEach((element) => element.timer?.correct(said.remaining_seconds));
    }
  }

  later() {
    this.show("waiting");
    clearTimeout(this.again);
    this.again = setTimeout(() => this.send(), this.retry);
    this.retry = Math.min(this.retry * 2, LAST_RETRY);
  }

  // The server said no. Too late or not this attempt: nothing to send again. A stale page: kept for the next one.
  // Either way what was typed stays on the page.
  refused(status, said) {
    const final = [404, FINAL, 410, 422].includes(status);
    this.stopped = final || status === 400 || status === 403;
    if (final) { this.queue = {}; this.remember(); }
    if (this.stopped) this.show("failed", said.sentence);
    else this.later();
  }

  // The page goes away: a beacon-like request outlives it, and the queue stays until it is confirmed.
  leave() {
    if (this.stopped) return;
    for (const question of [...this.pending.keys()]) this.take(question);
    for (const [question, entry] of Object.entries(this.queue)) {
      if (this.left.has(entry.sequence)) continue;
      this.left.add(entry.sequence);
      this.post(question, entry, true).then((answer) => answer.ok && answer.json())
        .then((said) => said?.saved && this.done(question, entry, said))
        .catch(() => this.left.delete(entry.sequence));
    }
  }

  remembered() {
    try { return JSON.parse(localStorage.getItem(this.key)) ?? {}; } catch { return {}; }
  }

  remember() {
    try {
      if (Object.keys(this.queue).length) localStorage.setItem(this.key, JSON.stringify(this.queue));
      else localStorage.removeItem(this.key);
    } catch { /* no store: the answers are still sent one by one */ }
  }

  // Puts answers that never reached the server back into the page.
  restore() {
    for (const [question, entry] of Object.entries(this.queue)) {
      const scope = this.form.querySelector(`[data-question="${CSS.escape(question)}"]`) ?? this.form;
      for (const field of scope.querySelectorAll("input, select, textarea")) {
        if (this.question(field) !== question) continue;
        if (field.name.includes(".")) this.putBack(field, entry.answer?.[field.name.slice(field.name.indexOf(".") + 1)]);
        else if (field.type === "checkbox") field.checked = (entry.answer ?? []).includes(field.value);
        else if (field.type === "radio") field.checked = field.value === entry.answer;
        else if (entry.answer && typeof entry.answer === "object") field.value = entry.answer[field.name] ?? "";
        else if (field.type !== "hidden") field.value = entry.answer ?? "";
      }
    }
  }

  putBack(field, value) {
    if (field.type === "checkbox" || field.type === "radio") field.checked = [value ?? []].flat().includes(field.value);
    else field.value = value ?? "";
  }

  touched(field) {
    if (["radio", "checkbox"].includes(field.type)) return field.checked !== field.defaultChecked;
    if (field.tagName !== "SELECT") return field.value !== field.defaultValue;
    return [...field.options].some((option, at) => option.selected !== option.defaultSelected && !(at === 0 && field.value === ""));
  }

  // What was answered before this script had come.
  catchUp() {
    for (const field of this.form.querySelectorAll("input, select, textarea")) {
      if (field.type === "hidden") continue;
      const touched = this.touched(field);
      if (touched && !this.queue[this.question(field)]) this.changed(field, 0);
    }
  }

  show(state, message) {
    for (const element of this.status) {
      element.dataset.state = state;
      const key = `text${state[0].toUpperCase()}${state.slice(1)}`;
      const text = message || element.dataset[key] || "";
      if (element.textContent !== text) element.textContent = text;
    }
  }
}

export function start(forms) {
  for (const form of forms) form.autosave ??= new Autosave(form);
}
