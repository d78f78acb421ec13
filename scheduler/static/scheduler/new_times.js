// Looks for better times while the person waits. Without it, a button does the same.
"use strict";

(() => {
  const found = document.getElementById("new-times");
  if (!found) return;
  const part = (id) => document.getElementById(id);
  let isLooking = false;
  let request = null;

  const isOver = () => part("new-times-sum").dataset.isOver === "yes";

  const label = () => {
    const button = part("look");
    if (button) button.textContent = isLooking ? "Stop looking" : "Look for better ones";
  };

  const unticked = () =>
    new Set(
      [...found.querySelectorAll("input[name=accept]:not(:checked)")].map(
        (box) => box.value.split(":")[0],
      ),
    );

  // The rows are left alone while they stay the same, so that nobody loses their place.
  const show = (text) => {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    const sum = fresh.getElementById("new-times-sum");
    if (!sum) throw new Error("The answer shows no times.");
    const isSame = sum.dataset.digest === part("new-times-sum").dataset.digest;
    if (isSame) {
      part("new-times-sum").replaceWith(sum);
    } else {
      const left = unticked();
      found.replaceChildren(...fresh.body.children);
      found.querySelectorAll("input[name=accept]").forEach((box) => {
        if (left.has(box.value.split(":")[0])) box.checked = false;
      });
    }
    label();
  };

  const stop = () => {
    isLooking = false;
    if (request) request.abort();
    label();
  };

  const look = async () => {
    isLooking = true;
    label();
    while (isLooking && !isOver()) {
      const form = part("look-on");
      request = new AbortController();
      try {
        const answer = await fetch(form.action, {
          method: "POST",
          body: new FormData(form),
          headers: { "X-Part": "found" },
          redirect: "error",
          signal: request.signal,
        });
        if (!answer.ok) break;
        const text = await answer.text();
        if (isLooking) show(text);
      } catch {
        break;
      }
    }
    isLooking = false;
    label();
  };

  found.addEventListener("submit", (event) => {
    if (event.target.id === "look-on") {
      event.preventDefault();
      if (isLooking) stop();
      else look();
    } else {
      stop();
    }
  });
  if (!isOver()) look();
})();
