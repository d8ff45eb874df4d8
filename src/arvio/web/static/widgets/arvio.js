export const version = "1.0.0";

const TEXTS = {
  en: {
    title: "Review {name}",
    why: "A review takes two minutes and helps other teams decide.",
    write: "Write a review",
    later: "Not now",
    rules: "Every review is published under the same rules, good or bad.",
    never: "Don’t ask about this app",
    close: "Close",
    outside: "Open the app’s page",
    stars: "{n} out of 5 stars",
    count: { one: "{n} review", other: "{n} reviews" },
    below: { one: "{n} of {of} review", other: "{n} of {of} reviews" },
    none: "No reviews yet",
    all: "All reviews",
  },
  ru: {
    title: "Оставьте отзыв о {name}",
    why: "Отзыв займёт две минуты и поможет другим командам с выбором.",
    write: "Написать отзыв",
    later: "Не сейчас",
    rules: "Хорошие и плохие отзывы публикуются по одним правилам.",
    never: "Не спрашивать об этом приложении",
    close: "Закрыть",
    outside: "Открыть страницу приложения",
    stars: "{n} из 5 звёзд",
    count: { one: "{n} отзыв", few: "{n} отзыва", other: "{n} отзывов" },
    below: { one: "{n} из {of} отзыва", other: "{n} из {of} отзывов" },
    none: "Отзывов пока нет",
    all: "Все отзывы",
  },
  fi: {
    title: "Arvostele {name}",
    why: "Arvostelu vie kaksi minuuttia ja auttaa muita valitsemaan.",
    write: "Kirjoita arvostelu",
    later: "Ei nyt",
    rules: "Kaikki arvostelut julkaistaan samoilla säännöillä, niin hyvät kuin huonotkin.",
    never: "Älä kysy tästä sovelluksesta",
    close: "Sulje",
    outside: "Avaa sovelluksen sivu",
    stars: "{n} / 5 tähteä",
    count: { one: "{n} arvostelu", other: "{n} arvostelua" },
    below: { one: "{n} / {of} arvostelu", other: "{n} / {of} arvostelua" },
    none: "Ei vielä arvosteluja",
    all: "Kaikki arvostelut",
  },
};

const LOOK = new CSSStyleSheet();
LOOK.replaceSync(`
:host {
  --accent: var(--arvio-accent, light-dark(#4f46c8, #a5a1ff));
  --surface: var(--arvio-surface, light-dark(#fff, #17171b));
  --text: var(--arvio-text, light-dark(#18181b, #eeeef1));
  --line: var(--arvio-line, light-dark(#cfcfd7, #43434d));
  display: inline-block;
  max-width: 100%;
  vertical-align: middle;
  color: var(--arvio-text, inherit);
  font: var(--arvio-font, 14px/20px system-ui, sans-serif);
}
:host([hidden]) { display: none; }
:host([scheme=light]) { color-scheme: light; }
:host([scheme=dark]) { color-scheme: dark; }
:host(arvio-rating) { width: var(--arvio-width, 260px); height: 20px; }
:host(arvio-badge) { width: var(--arvio-width, 400px); height: 36px; }
:host([kind=card]) { height: 64px; }
:host(arvio-reviews) { width: var(--arvio-width, 100%); height: var(--arvio-height, 480px); overflow: auto; }
* { box-sizing: border-box; }
h2, p { margin: 0; }
b, h2 { font-weight: 600; }
small { overflow: hidden; opacity: .8; text-overflow: ellipsis; }
p:has(small) { padding-top: 12px; border-top: 1px solid var(--line); line-height: 16px; }
.line {
  display: flex; align-items: center; gap: 8px; color: inherit; text-decoration: none;
  white-space: nowrap;
}
svg { flex: none; height: 14px; fill: none; stroke: light-dark(#868692, #777783); stroke-width: 1.3; }
.on { fill: var(--arvio-star, light-dark(#f7ab2e, #f5b544)); stroke: light-dark(#b36b00, #f5b544); }
:host(arvio-badge) a, dialog, button {
  border: 1px solid var(--line); border-radius: 8px; background: var(--surface);
  color: var(--text);
}
:host(arvio-badge) a { width: fit-content; max-width: 100%; height: 100%; padding: 0 14px; overflow: hidden; }
:host([kind=card]) b { order: -1; font-size: 32px; }
article { padding: 16px 0; border-bottom: 1px solid var(--line); }
p { white-space: pre-line; overflow-wrap: anywhere; }
dialog { width: 400px; padding: 24px; border-radius: 12px; }
::backdrop { background: #0006; }
dialog > * + * { margin-top: 16px; }
h2 { flex: 1; font-size: 16px; line-height: 24px; white-space: normal; }
.tile {
  padding: 12px 16px; border-radius: 8px;
  background: color-mix(in srgb, var(--accent) 13%, var(--surface)); color: var(--accent);
  font-size: 18px;
}
button { flex: auto; min-height: 36px; padding: 7px 14px; font: inherit; font-weight: 500; cursor: pointer; }
[value=write] { flex-grow: 3; border-color: #0000; background: var(--accent); color: var(--surface); }
[value=never] { padding: 0; border: 0; color: var(--accent); text-decoration: underline; }
[value=close] { flex: none; }
video, img, iframe { width: 100%; aspect-ratio: 16 / 9; border: 0; }
:has(> iframe) { width: 800px; }
iframe { height: calc(100vh - 160px); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
@media (width < 860px) { button { min-height: 44px; } }
`);

const HOME = new URL(import.meta.url).origin;
const SVG = "http://www.w3.org/2000/svg";
// Two make a star.
const HALF = "M7.1.8 5.2 5 .6 5.4l3.5 3-1 4.5 4-2.3";

function make(tag, attributes = {}, ...inside) {
  const drawn = tag === "svg" || tag === "path";
  const element = drawn ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const name in attributes) element.setAttribute(name, attributes[name]);
  element.append(...inside.filter(Boolean));
  return element;
}

function spoken(wanted) {
  const code = (wanted || document.documentElement.lang).toLowerCase().split("-")[0];
  return Object.hasOwn(TEXTS, code) ? code : "en";
}

function say(language, key, number = 0, values = { n: number }) {
  const text = TEXTS[language][key];
  const form = new Intl.PluralRules(language).select(number);
  return (text[form] ?? text.other ?? text).replace(/{(\w+)}/g, (_, name) => values[name].toLocaleString(language));
}

function stars(language, value) {
  const halves = Math.round(value * 2);
  const label = say(language, "stars", halves / 2);
  const drawn = make("svg", { part: "stars", viewBox: "0 0 82 14", role: "img", "aria-label": label });
  for (let half = 0; half < 10; half++) {
    const transform = half % 2 ? `translate(${half * 8.5 + 5.5}) scale(-1 1)` : `translate(${half * 8.5})`;
    drawn.append(make("path", { d: HALF, transform, class: half < halves ? "on" : "" }));
  }
  return drawn;
}

const isWeb = (url) => /^https?:/.test(url);

const call = (url, options) => fetch(url, { signal: AbortSignal.timeout(1e4), ...options });

async function read(url) {
  const answer = await call(url);
  if (!answer.ok) throw answer;
  return answer.json();
}

const batches = new Map();

/** With the threshold (`of`) where it hides the figures. */
async function rating(api, app) {
  let batch = batches.get(api);
  if (!batch || batch.apps.size > 99) {
    const apps = new Set();
    batch = { apps, found: Promise.resolve().then(() => ratings(api, apps)) };
    batches.set(api, batch);
  }
  batch.apps.add(app);
  return (await batch.found).get(app);
}

async function ratings(api, apps) {
  batches.delete(api);
  const { items } = await read(`${api}/ratings?apps=${[...apps].map(encodeURIComponent)}`);
  const hidden = items.some(({ mean }) => mean === null);
  const of = hidden && (await read(`${api}/policy`)).aggregates.min_reviews;
  return new Map(items.map((one) => [one.app, { ...one, of }]));
}

function figures(language, { count, mean, of }) {
  const words = (...text) => make("span", { part: "count" }, say(language, ...text));
  if (!count) return [words("none")];
  if (mean === null) return [words("below", of, { n: count, of })];
  const digits = { minimumFractionDigits: 1, maximumFractionDigits: 1, roundingMode: "halfEven" };
  const shown = make("b", { part: "mean" }, mean.toLocaleString(language, digits));
  return [stars(language, mean), shown, words("count", count)];
}

function review(language, { stars: given, title, text, author, language: lang, published_at: at }) {
  const day = new Date(at).toLocaleDateString(language === "en" ? "en-GB" : language, { dateStyle: "medium" });
  return make(
    "article",
    { part: "review" },
    make("div", { class: "line" }, stars(language, given), make("span", {}, given), make("small", { part: "date" }, day)),
    make("b", { part: "title", lang, dir: "auto" }, title),
    make("p", { part: "text", lang, dir: "auto" }, text),
    make("small", { part: "author", dir: "auto" }, author.display_name),
  );
}

class Widget extends HTMLElement {
  static observedAttributes = ["marketplace", "app", "base", "language", "limit", "label"];
  #turn = 0;

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [LOOK];
  }

  async attributeChangedCallback() {
    const turn = ++this.#turn;
    await null;
    if (turn !== this.#turn) return;
    const given = (name) => this.getAttribute(name) ?? "";
    const language = spoken(given("language"));
    const app = encodeURIComponent(given("app"));
    const base = given("base") || HOME;
    const api = `${base}/api/v1/marketplaces/${given("marketplace")}`;
    let shown = [say(language, "all")];
    let reviews = [];
    try {
      const found = await rating(api, given("app"));
      if (this.localName === "arvio-reviews" && found.mean !== null) {
        const { items } = await read(`${api}/apps/${app}/reviews?limit=${given("limit") || 5}`);
        reviews = items.map((one) => review(language, one));
      }
      shown = figures(language, found);
    } catch {}
    if (turn !== this.#turn) return;
    const href = `${base}/${given("marketplace")}/apps/${app}/`;
    const look = { href, part: "box", class: "line", lang: language, dir: "ltr" };
    const label = make("small", { part: "label", dir: "auto" }, given("label"));
    const box = make("a", look, ...shown, label);
    if (!isWeb(box.href)) box.removeAttribute("href");
    this.shadowRoot.replaceChildren(box, ...reviews);
  }
}

for (const name of ["arvio-rating", "arvio-badge", "arvio-reviews"]) {
  if (!customElements.get(name)) customElements.define(name, class extends Widget {});
}

/** "" for Escape. */
function modal(language, ...inside) {
  const host = make("div");
  const root = host.attachShadow({ mode: "open" });
  const dialog = make("dialog", { lang: language, dir: "ltr", "aria-labelledby": "title" }, ...inside);
  root.adoptedStyleSheets = [LOOK];
  root.append(dialog);
  document.body.append(host);
  dialog.showModal();
  root.querySelector("h2").focus();
  dialog.onclick = ({ target }) => target.value && dialog.close(target.value);
  return new Promise((done) => {
    dialog.onclose = () => {
      host.remove();
      done(dialog.returnValue);
    };
  });
}

function titled(language, { app }) {
  const [before, after] = TEXTS[language].title.split("{name}");
  return make("h2", { id: "title", tabindex: -1 }, before, make("bdi", {}, app.name), after);
}

const button = (language, value) => make("button", { type: "button", value }, say(language, value));

function clip(language, url) {
  const moving = /\.(mp4|webm|ogv)\b/.test(url);
  const shown = make(moving ? "video" : "img", { "aria-label": say(language, "write") });
  shown.controls = shown.muted = shown.playsInline = true;
  shown.autoplay = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  shown.onerror = () => shown.remove();
  shown.src = url;
  return shown;
}

async function ask(language, prompt, did) {
  const letter = make("b", { class: "tile", "aria-hidden": true }, [...prompt.app.name][0]);
  const chosen = await modal(
    language,
    make("div", { class: "line" }, letter, titled(language, prompt)),
    prompt.clip && clip(language, prompt.clip),
    make("p", {}, make("bdi", {}, did), " ", say(language, "why")),
    make("div", { class: "line" }, button(language, "write"), button(language, "later")),
    make("p", {}, make("small", {}, say(language, "rules"))),
    button(language, "never"),
  );
  return chosen || "later";
}

async function openListing({ app, listing = `/marketplace/detail/${app}/` }) {
  const { BX24 } = globalThis;
  for (const path of BX24 ? [listing, listing.replace("place/", "/")] : []) {
    const said = await new Promise((done) => BX24.openPath(path, done));
    if (said.result === "close") return true;
    if (said.errorCode !== "PATH_NOT_AVAILABLE") return false;
  }
  return false;
}

/** A refused frame fires `load` too, so the form says by itself that it shows. */
async function openForm(language, prompt, token, report) {
  const heading = titled(language, prompt);
  const frame = make("iframe", { name: prompt.id, title: heading.textContent });
  const field = make("input", { name: "token", value: token });
  const form = make("form", { method: "post", action: prompt.form_url, target: prompt.id, hidden: "" }, field);
  const head = make("div", { class: "line" }, heading, button(language, "close"));
  const href = prompt.listing_url || prompt.form_url;
  if (![href, prompt.form_url].every(isWeb)) throw href;
  const link = make("a", { href, target: "_blank" }, say(language, "outside"));
  const closed = modal(language, head, frame, form);
  let outcome = "failed";
  const opened = () => outcome === "failed" && report((outcome = "opened"));
  const { origin: home } = new URL(prompt.form_url);
  const hear = ({ data, origin, source }) =>
    data === "arvio:shown" && origin === home && source === frame.contentWindow && opened();
  link.onclick = opened;
  addEventListener("message", hear);
  setTimeout(() => outcome === "failed" && frame.replaceWith(link), 1e4);
  form.submit();
  await closed;
  removeEventListener("message", hear);
  return outcome === "failed" ? report(outcome) : outcome;
}

let settings = {};
let open = false;

async function tell(moment, { did } = {}) {
  const { token, marketplace, app, base = HOME, language } = settings;
  const bearer = await (typeof token === "function" ? token() : token);
  const post = (path, body) =>
    call(`${base}/api/v1/${path}`, {
      method: "POST",
      keepalive: true,
      headers: { Authorization: `Bearer ${bearer}`, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  const answer = await post(`marketplaces/${marketplace}/apps/${encodeURIComponent(app)}/prompt`, { moment });
  const { ask: wanted, code, prompt } = await answer.json();
  if (!wanted || open) return { asked: false, code: open ? "busy" : code };
  const report = (outcome) => {
    post(`prompts/${prompt.id}`, { outcome }).catch(() => {});
    return outcome;
  };
  open = true;
  const outcome = await lead(spoken(language), prompt, did, bearer, report).catch(() => report("failed"));
  open = false;
  return { asked: true, code, outcome };
}

async function lead(language, prompt, did, token, report) {
  const chosen = await ask(language, prompt, did);
  if (chosen !== "write") return report(chosen);
  if (await openListing(settings).catch(() => false)) return report("opened");
  return openForm(language, prompt, token, report);
}

/** @type {import("./arvio.d.ts").Asking} */
export const Arvio = {
  version,
  init: (given) => void (settings = { ...given }),
  moment: (name, occasion) => tell(name, occasion).catch(() => ({ asked: false, code: "unreachable" })),
};

globalThis.Arvio ??= Arvio;
