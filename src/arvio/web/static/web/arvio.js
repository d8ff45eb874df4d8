/* What HTML alone can't do; every page works without it. */

/* Characters left: "124 of 3,000" under a text field. */
const written = new Intl.NumberFormat(document.documentElement.lang);
for (const shown of document.querySelectorAll("[data-count]")) {
  const field = document.getElementById(shown.dataset.count);
  const count = () => {
    shown.textContent = shown.dataset.countOf
      .replace("{n}", written.format([...field.value].length))
      .replace("{max}", written.format(field.maxLength));
  };
  field.addEventListener("input", count);
  shown.hidden = false;
  count();
}

/* Filters and sort answer at once. Forms that htmx serves are sent by htmx. */
document.addEventListener("change", ({ target }) => {
  const form = target.closest("form[data-instant]");
  if (form && target.matches("select") && !target.closest("details") && !form.hasAttribute("hx-get")) form.requestSubmit();
});

/* After 300 ms the pressed button says that it works, and keeps its width; a form is sent once. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.busy || event.defaultPrevented) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  const button = event.submitter;
  setTimeout(() => {
    if (!button) return;
    button.style.minWidth = `${button.offsetWidth}px`;
    button.textContent = form.dataset.busy;
  }, 300);
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

/* After sending, the first thing to read has the focus: the list of errors or the confirmation. */
document.querySelector("[data-focus]")?.focus();

/* The language switch keeps filters that were chosen without a new page. */
document.addEventListener("click", ({ target }) => {
  const link = target.closest(".langs a");
  if (!link) return;
  const wanted = new URLSearchParams(location.search);
  wanted.set("lang", link.lang);
  link.search = wanted;
});

/* Copy what the field before the button holds; without a clipboard it stays selected. */
document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  const field = button.previousElementSibling;
  const label = button.firstChild;
  const text = (button.dataset.copy ||= label.data);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    if (!document.execCommand("copy")) return;
  }
  button.style.minWidth = `${button.offsetWidth}px`;
  label.data = button.dataset.copied;
  setTimeout(() => (label.data = text), 2000);
});

/* A menu closes on Escape and on a click elsewhere. */
document.addEventListener("keydown", ({ key }) => {
  if (key !== "Escape") return;
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
document.addEventListener("click", ({ target }) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
});

/* What is open is in sight in its list, and on a phone in menus that are wider than the screen. */
for (const one of document.querySelectorAll(".item:has([aria-current]), :is(.nav, .subnav) [aria-current]")) {
  one.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/* How many tips are done is said at most once a second. */
let saying;
document.addEventListener("htmx:afterSwap", ({ target }) => {
  if (target.id !== "tips") return;
  clearTimeout(saying);
  saying = setTimeout(() => {
    document.querySelector("[data-tips-said]").textContent = target.querySelector("[data-tips-done]").textContent;
  }, 1000);
});

/* A reply that is neither sent nor saved isn't left by mistake. */
for (const editor of document.querySelectorAll("form.editor")) {
  const field = editor.elements.text;
  let leaving = false;
  editor.addEventListener("submit", () => { leaving = true; });
  addEventListener("pageshow", () => { leaving = false; });
  addEventListener("beforeunload", (event) => {
    if (!leaving && field.value !== field.defaultValue) event.preventDefault();
  });
}

/* Single keys on the desk: what carries data-key is pressed, chosen or gone to. They can be switched
   off, and never work while one types (WCAG 2.1.4). */
for (const keys of document.querySelectorAll("[data-keys]")) {
  const on = keys.querySelector("[data-keys-on]");
  on.checked = localStorage.getItem("keys") !== "off";
  on.closest("label").hidden = false;
  on.addEventListener("change", () => localStorage.setItem("keys", on.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (!on.checked || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (target.matches("textarea, select, input:not([type=radio], [type=checkbox])")) return;
    if (key === "?") {
      keys.open = !keys.open;
      return keys.querySelector("summary").focus();
    }
    const aim = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key);
    if (!aim) return;
    event.preventDefault();
    if (aim.matches("input")) aim.focus();
    aim.click();
  });
}

/* A page that only hands on what it knows does so by itself. */
document.querySelector("form[data-send-at-once]")?.submit();

/* A page that opened this one in a frame hears that it shows; a frame that is refused says nothing. */
if (parent !== window) parent.postMessage("arvio:shown", "*");
