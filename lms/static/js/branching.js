// <form data-branching>: a question with data-shown-when='[{"question": "q2", "values": ["0", "1"]}, …]' is shown while all of its
// conditions hold. A question that is not shown answers nothing, so those that depend on it are not shown either.
// Without this script every question is there, with a hint when it is meant to be answered.

function answers(form, question) {
  const place = form.querySelector(`[data-item="${CSS.escape(question)}"]`);
  if (!place || place.hidden) return [];
  return [...place.querySelectorAll("input:checked")].map((field) => field.value);
}

function update(form) {
  for (const place of form.querySelectorAll("[data-item][data-shown-when]")) {
    const conditions = JSON.parse(place.dataset.shownWhen);
    place.hidden = !conditions.every(({ question, values }) => answers(form, question).some((value) => values.includes(value)));
  }
  let number = 0;
  for (const label of form.querySelectorAll("fieldset[data-item]:not([hidden]) > legend > .number")) {
    number += 1;
    label.textContent = number;
  }
}

export function start(forms) {
  for (const form of forms) {
    form.querySelectorAll("[data-only-without-script]").forEach((hint) => { hint.hidden = true; });
    form.addEventListener("change", () => update(form));
    update(form);
  }
}
