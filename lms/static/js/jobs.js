// data-job-url: follows work in the background. The address answers
// {state: "waiting"|"running"|"done"|"failed", progress: 0..1|null, message: "…", url: "…"|null}.
// When it is done the page goes to `url` (with data-job-stay it only shows a link) or loads again.

const FIRST_WAIT = 600;
const LONGEST_WAIT = 5000;

function show(element, job) {
  const bar = element.querySelector("progress");
  if (bar) {
    if (job.progress === null || job.progress === undefined) bar.removeAttribute("value");
    else bar.value = job.progress * bar.max;
  }
  const percent = element.querySelector("[data-job-percent]");
  if (percent) percent.textContent = job.progress == null ? "" : `${Math.floor(job.progress * 100)} %`;
  const message = element.querySelector("[data-job-message]");
  if (message && job.message && message.textContent !== job.message) message.textContent = job.message;
}

function finish(element, job) {
  if (job.state === "done" && job.url && !("jobStay" in element.dataset)) location.assign(job.url);
  else location.reload();
}

async function follow(element) {
  let wait = FIRST_WAIT;
  while (element.isConnected) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    if (document.hidden) continue;
    try {
      const answer = await fetch(element.dataset.jobUrl, { headers: { Accept: "application/json" } });
      if (answer.status === 401 || answer.status === 404) return;
      if (answer.ok) {
        const job = await answer.json();
        show(element, job);
        if (job.state === "done" || job.state === "failed") { finish(element, job); return; }
      }
    } catch { /* away from the network: ask again */ }
    wait = Math.min(wait * 1.4, LONGEST_WAIT);
  }
}

export function startJobs(root) {
  root.querySelectorAll("[data-job-url]").forEach(follow);
}
