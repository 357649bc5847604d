// A list of messages in the order of their ids, that keeps to its end while new ones come, and never grows for ever.

import { drawn } from "./message.js";

const MOST = 400;

export class List {
  constructor(list, me, act) {
    this.list = list;
    this.scroll = list.closest(".scroll");
    this.me = me;
    this.act = act;
    this.items = new Map();
    this.keepToEnd();
  }

  // Who is at the end stays there, also where what is shown grows by itself (a font that comes late), or the window shrinks.
  keepToEnd() {
    let isAtEnd = true;
    let top = 0;
    // Only who goes up leaves the end: a list that grew before this is heard has moved away from who did nothing.
    const moved = () => {
      isAtEnd = this.isAtEnd || (isAtEnd && this.scroll.scrollTop >= top);
      top = this.scroll.scrollTop;
    };
    this.scroll.addEventListener("scroll", moved, { passive: true });
    const grown = new ResizeObserver(() => { if (isAtEnd) this.toEnd(); });
    grown.observe(this.list);
    grown.observe(this.scroll);
  }

  get isAtEnd() {
    return this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight < 60;
  }

  clear() {
    this.items.clear();
    this.list.replaceChildren();
  }

  get oldest() {
    return Number(this.list.firstElementChild?.dataset.id ?? 0);
  }

  // Messages of one page, oldest first, before all that is here; what is looked at stays where it is.
  prepend(messages) {
    const before = this.scroll.scrollHeight;
    this.quietly(() => messages.toReversed().forEach((message) => this.put(message)));
    this.scroll.scrollTop += this.scroll.scrollHeight - before;
  }

  toEnd() {
    this.scroll.scrollTop = this.scroll.scrollHeight;
  }

  // A message that came or changed. One older than all that is here belongs to a page that is not loaded.
  show(message) {
    const known = this.items.has(message.id);
    if (!known && this.items.size && message.id < this.oldest) return;
    const wasAtEnd = this.isAtEnd;
    this.put(message);
    if (wasAtEnd) {
      this.shorten();
      this.toEnd();
    }
  }

  put(message) {
    const item = drawn(message, this.me, this.act);
    const old = this.items.get(message.id);
    const focused = old?.contains(document.activeElement) ? pathTo(document.activeElement) : null;
    if (old) {
      old.replaceWith(item);
    } else {
      this.list.insertBefore(item, this.after(message.id));
    }
    this.items.set(message.id, item);
    if (focused) item.querySelector(focused)?.focus();
  }

  after(id) {
    let next = null;
    for (let item = this.list.lastElementChild; item && Number(item.dataset.id) > id; item = item.previousElementSibling) {
      next = item;
    }
    return next;
  }

  shorten() {
    while (this.items.size > MOST) {
      this.items.delete(this.oldest);
      this.list.firstElementChild.remove();
    }
  }

  // Old messages are no news to a screen reader.
  quietly(work) {
    this.list.setAttribute("aria-live", "off");
    work();
    requestAnimationFrame(() => this.list.setAttribute("aria-live", "polite"));
  }
}

// Which of a message's buttons it is, so that it can be found again once the message is drawn anew.
function pathTo(button) {
  if (button.dataset.emoji) return `[data-emoji="${CSS.escape(button.dataset.emoji)}"]`;
  if (button.dataset.thread) return `[data-thread="${CSS.escape(button.dataset.thread)}"]`;
  return "button";
}
