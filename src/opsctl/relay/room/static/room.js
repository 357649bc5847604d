// The room: signs in, shows a channel, follows what happens, sends what is typed.

import { Composer } from "./composer.js";
import { List } from "./list.js";
import { element } from "./message.js";
import { ask, newId } from "./server.js";

const the = (id) => document.getElementById(id);
const room = { me: "", channel: "", thread: 0, channels: new Map(), events: null, unsent: null };
let messages, answers;

async function start() {
  const key = new URLSearchParams(location.hash.slice(1)).get("key");
  history.replaceState(null, "", location.pathname);
  try {
    if (key) await ask("POST", "session", { key });
    await enter(await ask("GET", "state"));
  } catch (failed) {
    closed(failed);
  }
}

async function enter(state) {
  room.me = state.person;
  the("site").textContent = `opsctl · ${state.site}`;
  the("person").textContent = state.person;
  the("sign-out").hidden = false;
  document.querySelector("main").hidden = false;
  messages = new List(the("messages"), room.me, act);
  answers = new List(the("answers"), room.me, act);
  for (const channel of state.channels) room.channels.set(channel.name, { ...channel, isNew: false, isCalled: false });
  follow(state.change);
  await show(location.hash.slice(1) || remembered() || state.channels[0]?.name);
  composer.learn(await ask("GET", "completion"));
}

function remembered() {
  const name = sessionStorage.getItem("channel");
  return room.channels.has(name) ? name : "";
}

function closed(failed) {
  room.events?.close();
  document.querySelector("main").hidden = true;
  the("thread").hidden = true;
  the("door").hidden = false;
  the("door-text").textContent = [failed.message, failed.todo].filter(Boolean).join(" ");
  the("line-state").textContent = "";
}

// What happens

function follow(after) {
  const events = new EventSource(`events?after=${after}`);
  room.events = events;
  events.onopen = () => lineState("live", false);
  events.onmessage = (event) => happened(JSON.parse(event.data));
  events.onerror = () => {
    lineState("connection lost, trying again…", true);
    if (events.readyState === EventSource.CLOSED) setTimeout(comeBack, 2000);
  };
}

// Where the relay refuses instead of being away, the browser gives up; somebody signed out, or it is another relay now.
async function comeBack() {
  try {
    const state = await ask("GET", "state");
    follow(state.change);
    await show(room.channel);
  } catch (failed) {
    if (failed.status === 401) closed(failed);
    else setTimeout(comeBack, 2000);
  }
}

function lineState(words, isAway) {
  the("line-state").textContent = words;
  the("line-state").classList.toggle("is-away", isAway);
}

function happened(message) {
  const isHere = message.channel === room.channel;
  if (isHere && !message.thread) messages.show(message);
  if (room.thread && (message.thread === room.thread || message.id === room.thread)) answers.show(message);
  const channel = room.channels.get(message.channel) ?? { name: message.channel, topic: "", newest: 0 };
  if (message.id > channel.newest) {
    channel.newest = message.id;
    if (!isHere || document.hidden) {
      channel.isNew ||= message.author !== room.me;
      channel.isCalled ||= message.calls.includes(room.me);
    }
  }
  room.channels.set(channel.name, channel);
  listChannels();
}

// Channels

async function show(name) {
  const { messages: found, is_all } = await ask("GET", `messages?channel=${encodeURIComponent(name)}`);
  room.channel = name;
  sessionStorage.setItem("channel", name);
  messages.clear();
  messages.prepend(found);
  messages.toEnd();
  the("older").hidden = is_all;
  const channel = room.channels.get(name);
  if (channel) channel.isNew = channel.isCalled = false;
  the("channel").textContent = name;
  the("topic").textContent = channel?.topic ?? "";
  document.querySelector('label[for="line"]').textContent = `Message ${name}`;
  listChannels();
}

async function older() {
  const asked = `messages?channel=${encodeURIComponent(room.channel)}&before=${messages.oldest}`;
  const { messages: found, is_all } = await ask("GET", asked);
  messages.prepend(found);
  the("older").hidden = is_all;
}

function listChannels() {
  const all = [...room.channels.values()];
  const items = all.map((channel) => {
    const button = element("button", { type: "button", textContent: channel.name });
    button.classList.toggle("is-new", Boolean(channel.isNew));
    button.classList.toggle("is-called", Boolean(channel.isCalled));
    if (channel.name === room.channel) button.setAttribute("aria-current", "page");
    button.addEventListener("click", () => attempt(() => show(channel.name)));
    return element("li", {}, button);
  });
  const focused = [...the("channels").querySelectorAll("button")].indexOf(document.activeElement);
  the("channels").querySelector("ul").replaceChildren(...items);
  if (focused >= 0) items[focused]?.firstElementChild.focus();
  const options = all.map((one) => element("option", { value: one.name, textContent: label(one) }));
  the("channel-choice").replaceChildren(...options);
  the("channel-choice").value = room.channel;
  const called = all.some((one) => one.isCalled);
  document.title = `${called ? "(@) " : all.some((one) => one.isNew) ? "• " : ""}${room.channel} · opsctl`;
}

function label(channel) {
  return `${channel.name}${channel.isCalled ? " @" : channel.isNew ? " •" : ""}`;
}

// What somebody does

async function send(text, thread = 0) {
  const isSame = room.unsent?.text === text && room.unsent.thread === thread;
  room.unsent = isSame ? room.unsent : { id: newId(), text, thread };
  const sent = await attempt(() => ask("POST", "messages", { ...room.unsent, channel: room.channel }));
  if (sent) room.unsent = null;
  return Boolean(sent);
}

const act = {
  react: (message, emoji, isOn) =>
    attempt(() => ask("POST", "reactions", { id: newId(), message: message.id, emoji, is_on: isOn })),

  async press(message, button, pressed) {
    const reason = button.action === "reject" ? await askWhy() : "";
    if (reason === null) return;
    pressed.disabled = true;
    const about = { id: newId(), message: message.id, action: button.action, plan: button.plan, reason };
    if (!(await attempt(() => ask("POST", "buttons", about)))) pressed.disabled = false;
  },

  openThread: (message) =>
    attempt(async () => {
      const top = message.thread || message.id;
      const asked = `messages?channel=${encodeURIComponent(message.channel)}&thread=${top}`;
      const { messages: found } = await ask("GET", asked);
      room.thread = top;
      the("thread").hidden = false;
      answers.clear();
      answers.prepend([message, ...found]);
      answers.toEnd();
      the("answer-line").focus();
      return true;
    }),
};

function askWhy() {
  const dialog = the("reason");
  the("reason-text").value = "";
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((settle) => {
    const done = () => settle(dialog.returnValue === "reject" ? the("reason-text").value.trim() : null);
    dialog.addEventListener("close", done, { once: true });
  });
}

function closeThread() {
  const opener = messages.items.get(room.thread)?.querySelector("[data-thread]");
  room.thread = 0;
  the("thread").hidden = true;
  (opener ?? the("line")).focus();
}

async function attempt(work) {
  try {
    return (await work()) ?? true;
  } catch (failed) {
    if (failed.status === 401) closed(failed);
    else notice([failed.message, failed.todo].filter(Boolean).join("\n"));
    return null;
  }
}

function notice(words) {
  the("notice").textContent = words;
  the("notice").hidden = false;
  clearTimeout(notice.timer);
  notice.timer = setTimeout(() => (the("notice").hidden = true), 8000);
}

const composer = new Composer(the("composer"), (text) => send(text));
new Composer(the("answer"), (text) => send(text, room.thread));
the("older").addEventListener("click", () => attempt(older));
the("channel-choice").addEventListener("change", (event) => attempt(() => show(event.target.value)));
the("thread-close").addEventListener("click", closeThread);
the("thread").addEventListener("keydown", (event) => event.key === "Escape" && closeThread());
the("line").addEventListener("focus", () => attempt(async () => composer.learn(await ask("GET", "completion"))));
the("sign-out").addEventListener("click", async () => {
  await attempt(() => ask("DELETE", "session"));
  closed({ message: "You are signed out.", todo: "" });
});
document.addEventListener("visibilitychange", () => {
  const channel = room.channels.get(room.channel);
  if (!document.hidden && channel) {
    channel.isNew = channel.isCalled = false;
    listChannels();
  }
});
start();
