// A message as elements. Everything that people or services wrote becomes text nodes, never markup.

const VOTES = ["✅", "❌"];
const MOST = 3000;
const TIME = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };

export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

export function drawn(message, me, act) {
  const item = element("article", { className: "message", tabIndex: -1 });
  item.dataset.id = message.id;
  item.classList.toggle("is-talk", message.author !== "opsctl");
  item.classList.toggle("is-private", message.is_private);
  item.classList.toggle("calls-me", message.calls.includes(me));
  item.classList.toggle("is-asked", message.buttons.some((one) => one.action === "approve"));
  item.append(head(message), ...words(message, me));
  if (message.block) item.append(block(message.block));
  if (message.buttons.length) item.append(buttons(message, act));
  item.append(foot(message, me, act), tools(message, me, act));
  return item;
}

function head(message) {
  const at = new Date(message.at);
  const today = at.toDateString() === new Date().toDateString();
  const shown = today ? at.toLocaleTimeString([], TIME) : at.toLocaleString([], { day: "numeric", month: "short", ...TIME });
  const line = element("p", { className: "head" });
  line.append(element("bdi", { className: "author", textContent: message.author }));
  line.append(element("time", { dateTime: message.at, title: at.toLocaleString(), textContent: shown }));
  if (message.calls.length) line.append(element("small", { textContent: `for ${message.calls.join(", ")}` }));
  if (message.is_edited) line.append(element("small", { textContent: "edited" }));
  if (message.is_private) line.append(element("small", { textContent: "only you see this" }));
  return line;
}

function words(message, me) {
  if (!message.text) return [];
  const text = element("p", { className: "text" });
  const isLong = message.text.length > MOST;
  fill(text, isLong ? message.text.slice(0, MOST) + "…" : message.text, me);
  if (!isLong) return [text];
  const more = element("button", { type: "button", className: "quiet", textContent: "Show all of it" });
  more.addEventListener("click", () => {
    text.replaceChildren();
    fill(text, message.text, me);
    more.remove();
  });
  return [text, more];
}

// Each line stands alone, so that what turns the writing direction in one can't reach the next.
function fill(text, content, me) {
  for (const line of content.split("\n")) {
    const span = element("span", { dir: "auto" });
    for (const part of line.split(/(https?:\/\/[^\s<>"]+|@[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)/)) {
      span.append(/^https?:\/\//.test(part) ? link(part) : part.startsWith("@") && part.length > 1 ? mention(part, me) : part);
    }
    text.append(span);
  }
}

function link(address) {
  const trailing = address.match(/[.,;:!?)]+$/)?.[0] ?? "";
  const href = trailing ? address.slice(0, -trailing.length) : address;
  const anchor = element("a", { href, textContent: href, rel: "noopener noreferrer nofollow", target: "_blank" });
  return element("bdi", {}, anchor, trailing);
}

function mention(handle, me) {
  return element(handle === me ? "strong" : "span", { className: "mention", textContent: handle });
}

function block(content) {
  return element("pre", { className: "block", tabIndex: 0, textContent: content });
}

function buttons(message, act) {
  const row = element("p", { className: "row" });
  for (const one of message.buttons) {
    const looks = { approve: "good", confirm: "good", reject: "bad" }[one.action] ?? "";
    const button = element("button", { type: "button", className: looks, textContent: one.label });
    button.addEventListener("click", () => act.press(message, one, button));
    row.append(button);
  }
  return row;
}

// What others said to it: always to be seen.
function foot(message, me, act) {
  const row = element("p", { className: "row" });
  const isAsked = message.buttons.some((one) => one.action === "approve");
  const given = new Map(message.reactions.map((one) => [one.emoji, one.people]));
  for (const emoji of new Set([...(isAsked ? VOTES : []), ...given.keys()])) {
    row.append(reaction(message, emoji, given.get(emoji) ?? [], me, act));
  }
  if (message.replies) row.append(threadButton(message, message.replies === 1 ? "1 answer" : `${message.replies} answers`, act));
  return row;
}

// What can be done with it: there when it is pointed at, tapped, or reached by the keyboard.
function tools(message, me, act) {
  const row = element("p", { className: "tools" });
  if (message.is_private) return row;
  const given = new Set(message.reactions.map((one) => one.emoji));
  for (const emoji of VOTES) {
    if (!given.has(emoji) && !message.buttons.length) row.append(reaction(message, emoji, [], me, act));
  }
  if (!message.thread && !message.replies) row.append(threadButton(message, "Answer", act));
  return row;
}

function reaction(message, emoji, people, me, act) {
  const isOn = people.includes(me);
  const button = element("button", { type: "button", className: "reaction" });
  button.textContent = people.length ? `${emoji} ${people.length}` : emoji;
  button.title = people.length ? people.join(", ") : `React with ${emoji}`;
  button.setAttribute("aria-pressed", String(isOn));
  button.setAttribute("aria-label", `${emoji} ${people.length ? `by ${people.join(", ")}` : "react"}`);
  button.dataset.emoji = emoji;
  button.addEventListener("click", () => act.react(message, emoji, !isOn));
  return button;
}

function threadButton(message, label, act) {
  const button = element("button", { type: "button", className: "quiet", textContent: label });
  button.dataset.thread = message.id;
  button.addEventListener("click", () => act.openThread(message));
  return button;
}
