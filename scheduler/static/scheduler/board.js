// The board's columns and its panel. Without this script the list stands alone.
"use strict";

(() => {
  const columns = document.getElementById("board-columns");
  const list = document.getElementById("board-list");
  const panel = document.getElementById("visit-panel");
  if (!columns || !list) return;

  const REFRESH_MS = 15000;
  const STORED_VIEW = "clinic.board.view";
  const isPhone = window.matchMedia("(max-width: 767px)");
  let calendar = null;

  const signedOut = (response) => response.redirected && response.url.includes("/login/");

  async function getText(address) {
    const response = await fetch(address, { headers: { Accept: "text/html" } });
    if (signedOut(response)) window.location.reload();
    if (!response.ok) throw new Error(`${address}: ${response.status}`);
    return response.text();
  }

  // --- the panel beside the board ---------------------------------------------

  let openedBy = null;

  async function openPanel(address) {
    const here = window.location.pathname + window.location.search;
    openedBy = document.activeElement;
    panel.innerHTML = await getText(`${address}?next=${encodeURIComponent(here)}`);
    panel.hidden = false;
    panel.querySelector("h2").focus();
  }

  function closePanel() {
    panel.hidden = true;
    panel.replaceChildren();
    if (openedBy && openedBy.isConnected) openedBy.focus();
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.opens-panel");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      openPanel(link.dataset.panel).catch(() => window.location.assign(link.href));
    }
    if (event.target.closest(".panel-close")) closePanel();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden) closePanel();
    const isTyping = event.target.matches("input, textarea, select");
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    const link = { t: "day-today", ArrowLeft: "day-before", ArrowRight: "day-after" }[event.key];
    if (link && !event.target.closest("#board-columns, .board-controls")) {
      document.getElementById(link).click();
    }
  });

  // --- columns -------------------------------------------------------------------

  function part(text, className) {
    const span = document.createElement("span");
    span.className = className;
    span.textContent = text;
    return span;
  }

  const line = (text, className) => part(text, `ev-line ${className}`);

  const clock = (date) =>
    `${String(date.getHours()).padStart(2, "0")}:${String(date.getMinutes()).padStart(2, "0")}`;

  // A minute is so many pixels high, and a line of text needs its room: what is
  // shorter is drawn as long as that, so that its neighbor is put beside it.
  const SLOT_MINUTES = 30;
  const SLOT_HEIGHT = 48;
  const LEAST_SHOWN_MINUTES = 10;
  const TWO_LINES_MINUTES = 24;
  const THREE_LINES_MINUTES = 34;

  const minutesAfter = (wallClock, minutes) =>
    new Date(Date.parse(`${wallClock}Z`) + minutes * 60000).toISOString().slice(0, 19);

  function drawn(visit) {
    const least = minutesAfter(visit.start, LEAST_SHOWN_MINUTES);
    const about = { ...visit.extendedProps, until: visit.end.slice(11, 16) };
    return { ...visit, end: visit.end < least ? least : visit.end, extendedProps: about };
  }

  function nowLine(feed) {
    if (!feed.now) return [];
    const resourceIds = feed.resources.map((resource) => resource.id);
    const end = minutesAfter(feed.now, 1);
    return [{ id: "now", display: "background", resourceIds, start: feed.now, end, title: "", classNames: ["now-line"] }];
  }

  const eventsOf = (feed) => [...feed.shut, ...feed.events.map(drawn), ...nowLine(feed)];

  function content({ event }) {
    if (event.display === "background") {
      return { domNodes: event.classNames.includes("is-closed") ? [line(event.title, "ev-shut")] : [] };
    }
    const about = event.extendedProps;
    const minutes = (event.end - event.start) / 60000;
    if (minutes < TWO_LINES_MINUTES) {
      const short = line(`${clock(event.start)} `, "ev-short");
      short.append(part(about.shortName, "ev-wide"), part(about.initials, "ev-narrow"));
      return { domNodes: [short] };
    }
    if (minutes < THREE_LINES_MINUTES) {
      return {
        domNodes: [
          line(`${clock(event.start)} ${about.shortName}`, "ev-name"),
          line(about.label, "ev-label"),
        ],
      };
    }
    return {
      domNodes: [
        line(`${clock(event.start)} ${about.status}`, "ev-status"),
        line(event.title, "ev-name"),
        line(about.label, "ev-label"),
      ],
    };
  }

  function describe({ event, el }) {
    if (event.display === "background") {
      el.setAttribute("title", event.title);
      return;
    }
    const about = event.extendedProps;
    const label = `${clock(event.start)} to ${about.until}: ${event.title}, ${about.label}, ${about.status}`;
    el.setAttribute("aria-label", label);
    el.setAttribute("title", label);
  }

  async function readFeed() {
    const response = await fetch(columns.dataset.feed);
    if (signedOut(response)) window.location.reload();
    if (!response.ok) throw new Error(`feed: ${response.status}`);
    return response.json();
  }

  async function showColumns() {
    const feed = await readFeed();
    if (calendar) {
      calendar.setOption("resources", feed.resources);
      calendar.setOption("events", eventsOf(feed));
      return;
    }
    calendar = EventCalendar.create(columns, {
      view: "resourceTimeGridDay",
      date: columns.dataset.day,
      headerToolbar: { start: "", center: "", end: "" },
      resources: feed.resources,
      events: eventsOf(feed),
      slotMinTime: feed.slotMinTime,
      slotMaxTime: feed.slotMaxTime,
      scrollTime: feed.now ? minutesAfter(feed.now, -60).slice(11) : feed.slotMinTime,
      slotDuration: { minutes: SLOT_MINUTES },
      slotHeight: SLOT_HEIGHT,
      slotLabelFormat: (date) => clock(date),
      allDaySlot: false,
      // The widget's own line stands at the browser's time, which isn't the site's.
      nowIndicator: false,
      slotEventOverlap: false,
      editable: false,
      columnWidth: "minmax(124px, 1fr)",
      height: "70vh",
      dayHeaderFormat: () => "",
      eventContent: content,
      eventDidMount: describe,
      eventClick: ({ event }) => {
        if (event.extendedProps.panel) openPanel(event.extendedProps.panel);
      },
    });
  }

  // --- which of the two views -------------------------------------------------------

  const buttons = document.querySelectorAll("[data-view]");

  function chosenView() {
    if (isPhone.matches) return "list";
    try {
      return window.localStorage.getItem(STORED_VIEW) || "columns";
    } catch {
      return "columns";
    }
  }

  function show(view) {
    const isFiltered = new URLSearchParams(window.location.search).has("only");
    const shown = isFiltered ? "list" : view;
    columns.hidden = shown !== "columns";
    list.hidden = shown === "columns";
    buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.view === shown)));
    if (shown === "columns") showColumns().catch(() => show("list"));
  }

  buttons.forEach((button) =>
    button.addEventListener("click", () => {
      try {
        window.localStorage.setItem(STORED_VIEW, button.dataset.view);
      } catch {
        // A browser that stores nothing still shows the view once.
      }
      show(button.dataset.view);
    }),
  );
  document.querySelector(".view-switch").hidden = false;
  show(chosenView());

  // --- what other desks change shows up by itself ------------------------------------

  async function refresh() {
    if (document.hidden || document.querySelector("form[data-sent]")) return;
    const page = new DOMParser().parseFromString(await getText(window.location.href), "text/html");
    for (const id of ["board-live", "board-list", "clock"]) {
      const fresh = page.getElementById(id);
      const shown = document.getElementById(id);
      if (fresh && shown && !shown.contains(document.activeElement)) {
        shown.replaceChildren(...fresh.childNodes);
      }
    }
    if (!columns.hidden) await showColumns();
  }
  window.setInterval(() => refresh().catch(() => {}), REFRESH_MS);
})();
