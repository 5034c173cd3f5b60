// data-autosubmit: a form that sends itself on change. data-once: a button that a double click presses once.
// The first field with an error gets the focus; a form with data-unsaved warns before what was typed is lost.

function autosubmit(form) {
  form.addEventListener("change", () => form.requestSubmit());
}

function once(form) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    setTimeout(() => { delete form.dataset.sent; }, 8000);
  });
}

function unsaved(form) {
  let touched = false;
  form.addEventListener("input", () => { touched = true; });
  form.addEventListener("submit", () => { touched = false; });
  addEventListener("beforeunload", (event) => { if (touched) event.preventDefault(); });
}

export function startForms(root) {
  root.querySelectorAll("form[data-autosubmit]").forEach(autosubmit);
  root.querySelectorAll("form[method=post]:not([data-autosave-url])").forEach(once);
  root.querySelectorAll("form[data-unsaved]").forEach(unsaved);
  const wrong = root.querySelector(".error-summary") ?? root.querySelector("[aria-invalid=true]");
  wrong?.focus();
}

// A page taken from the browser's history can be sent again.
addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; });
});
