// <form data-draft="KEY">: what is typed stays in this browser, and in this browser alone, until the form is sent. For answers of which
// the server must not know before they are handed in. [data-draft-over="KEY"] on the page after it takes the draft away.
// What is older than thirty days is forgotten. [data-draft-state] with data-text says that something is kept.

const PREFIX = "needle-draft-";
const LONGEST = 30 * 24 * 3600 * 1000;

function fields(form) {
  return [...form.querySelectorAll("input, select, textarea")].filter((field) => field.name && !["hidden", "submit", "password"].includes(field.type));
}

function keep(form) {
  const kept = {};
  for (const field of fields(form)) {
    if (["radio", "checkbox"].includes(field.type)) { if (field.checked) (kept[field.name] ??= []).push(field.value); }
    else if (field.value) kept[field.name] = [field.value];
  }
  try { localStorage.setItem(PREFIX + form.dataset.draft, JSON.stringify({ at: Date.now(), kept })); } catch { return; }
  for (const element of document.querySelectorAll("[data-draft-state]")) element.textContent = element.dataset.text ?? "";
}

function recall(form) {
  let found;
  try { found = JSON.parse(localStorage.getItem(PREFIX + form.dataset.draft)); } catch { return; }
  if (!found?.kept) return;
  for (const field of fields(form)) {
    const values = found.kept[field.name] ?? [];
    if (["radio", "checkbox"].includes(field.type)) field.checked = values.includes(field.value);
    else if (values.length) field.value = values[0];
  }
}

function forget() {
  try {
    for (const key of Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))) {
      const found = JSON.parse(localStorage.getItem(key));
      if (!(Date.now() - found?.at < LONGEST)) localStorage.removeItem(key);
    }
  } catch { /* no store: nothing to forget */ }
}

export function start(found) {
  forget();
  for (const element of found) {
    if (element.dataset.draftOver) {
      try { localStorage.removeItem(PREFIX + element.dataset.draftOver); } catch { /* no store */ }
    } else {
      recall(element);
      element.addEventListener("input", () => keep(element));
      element.addEventListener("change", () => keep(element));
    }
  }
}
