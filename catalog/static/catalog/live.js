// Keeps the parts of a page that change up to date: what has data-poll names an address, which answers with the same
// parts ([data-live]) as they are now. When the answer says that all has ended, the page is loaded once more.
"use strict";

const SLOWEST_SECONDS = 30;

function replaceParts(shown, fresh) {
  for (const part of shown.querySelectorAll("[data-live]")) {
    const now = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
    if (!now || now.innerHTML === part.innerHTML) continue;
    const atEnd = part.scrollTop + part.clientHeight >= part.scrollHeight - 4;
    part.replaceChildren(...now.childNodes);
    if (atEnd) part.scrollTop = part.scrollHeight;
  }
}

async function look(shown) {
  const answer = await fetch(shown.dataset.poll, { redirect: "error" });
  if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (fresh.querySelector("[data-ended]")) {
    location.reload();
    return false;
  }
  replaceParts(shown, fresh);
  return true;
}

function keepLooking(shown, seconds) {
  const usual = Number(shown.dataset.pollSeconds);
  setTimeout(async () => {
    let next = usual;
    try {
      // A page that nobody sees waits.
      if (!document.hidden && !(await look(shown))) return;
    } catch {
      next = Math.min(2 * seconds, SLOWEST_SECONDS);
    }
    keepLooking(shown, next);
  }, 1000 * seconds);
}

for (const shown of document.querySelectorAll("[data-poll]")) {
  keepLooking(shown, Number(shown.dataset.pollSeconds));
}
for (const log of document.querySelectorAll(".job-log")) log.scrollTop = log.scrollHeight;
