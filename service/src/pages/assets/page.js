// Comfort alone: every page works without it.
"use strict";

// Ctrl+Enter sends the form that the cursor is in.
addEventListener("keydown", (event) => {
  const form = event.target.closest?.("form");
  if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit();
  }
});

// A file goes as it is, however large.
addEventListener("submit", async (event) => {
  const form = event.target;
  const file = form.querySelector("input[type=file]")?.files[0];
  if (!file) return;
  event.preventDefault();
  const button = form.querySelector("button[type=submit]");
  const complaint = form.querySelector(".complaint");
  button.disabled = true;
  try {
    const suite = form.querySelector("select")?.value;
    const address = form.dataset.upload + (suite ? `?suite=${encodeURIComponent(suite)}` : "");
    const sent = await fetch(address, { method: "POST", headers: { "Content-Type": "application/x-ndjson" }, body: file });
    const answer = await sent.json();
    if (sent.ok) location.assign(`/batches/${answer.id}`);
    else complaint.textContent = answer.detail;
  } catch (error) {
    complaint.textContent = `The file could not be sent: ${error.message}`;
  } finally {
    button.disabled = false;
  }
});

// An answer takes its place in the page, which stays where it is.
addEventListener("submit", async (event) => {
  const form = event.target;
  const into = document.getElementById(form.dataset.into ?? "");
  if (!into) return;
  event.preventDefault();
  const button = form.querySelector("button[type=submit]");
  if (button.disabled) return;
  button.disabled = true;
  into.setAttribute("aria-busy", "true");
  try {
    const sent = await fetch(form.getAttribute("action"), { method: "POST", body: new URLSearchParams(new FormData(form)) });
    const page = new DOMParser().parseFromString(await sent.text(), "text/html");
    const answer = page.getElementById(into.id);
    if (!answer) throw new Error("another page came");
    into.replaceChildren(...answer.childNodes);
    // Complaints stand beside their fields too.
    form.querySelectorAll("span.complaint").forEach((complaint) => complaint.remove());
    form.querySelectorAll("[aria-invalid]").forEach((field) => {
      field.removeAttribute("aria-invalid");
      field.removeAttribute("aria-describedby");
    });
    page.querySelectorAll("form [aria-invalid]").forEach((there) => {
      const field = document.getElementById(there.id);
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", there.getAttribute("aria-describedby"));
      field.before(page.getElementById(there.getAttribute("aria-describedby")));
      field.focus();
    });
    into.querySelector("h2")?.focus({ preventScroll: true });
    into.scrollIntoView({ block: "nearest" });
  } catch {
    form.submit();
  } finally {
    button.disabled = false;
    into.removeAttribute("aria-busy");
  }
});

// A batch's numbers as they come.
const live = document.querySelector("[data-events]");
if (live) {
  const events = new EventSource(live.dataset.events);
  const show = (status) => {
    for (const [name, value] of Object.entries(status)) {
      live.querySelectorAll(`[data-number="${name}"]`).forEach((place) => {
        place.textContent = value.toLocaleString("en-US");
      });
    }
    const bar = live.querySelector("progress");
    bar.value = status.scored;
  };
  events.addEventListener("progress", (event) => {
    const status = JSON.parse(event.data);
    show(status);
    if (status.state !== "running") {
      events.close();
      location.reload();
    }
  });
}
