// Follows long work by its bar, and reads the page anew once the work has ended.

const AGAIN = 700; // milliseconds
const AFTER_SILENCE = 4000;
const work = document.querySelector("[data-progress]");

async function follow() {
  const answer = await fetch(work.dataset.progress, { redirect: "error" }).catch(() => null);
  const report = answer?.ok ? await answer.json() : null;
  if (report && report.state !== work.dataset.state) {
    location.reload();
    return;
  }
  if (report) {
    work.querySelector("progress").value = report.done;
    work.querySelector("[data-count]").textContent = report.said;
  }
  setTimeout(follow, report ? AGAIN : AFTER_SILENCE);
}

if (work) setTimeout(follow, 500);
