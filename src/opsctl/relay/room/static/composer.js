// The line where somebody types: completion as a combobox (WAI-ARIA Authoring Practices, combobox with listbox).

import { offered, wordsBefore } from "./completion.js";
import { element } from "./message.js";

export class Composer {
  constructor(form, send) {
    this.form = form;
    this.line = form.querySelector("input");
    this.list = form.querySelector(".choices");
    this.usage = form.querySelector(".usage");
    this.send = send;
    this.known = null;
    this.at = -1;
    form.addEventListener("submit", (event) => this.submitted(event));
    this.line.addEventListener("keydown", (event) => this.pressed(event));
    if (this.list) {
      this.line.addEventListener("input", () => this.offer());
      this.line.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    }
  }

  async submitted(event) {
    event.preventDefault();
    const text = this.line.value.trim();
    if (!text) return;
    this.close();
    if (await this.send(text)) {
      this.line.value = "";
      this.hint("");
    }
  }

  // Enter sends, as in any form, where nothing is chosen.
  pressed(event) {
    if (event.isComposing) return;
    const isOpen = this.list && !this.list.hidden;
    if (isOpen && event.key === "ArrowDown") this.choose(this.at + 1, event);
    else if (isOpen && event.key === "ArrowUp") this.choose(this.at - 1, event);
    else if (isOpen && event.key === "Tab" && !event.shiftKey) this.accept(Math.max(this.at, 0), event);
    else if (isOpen && event.key === "Enter" && this.at >= 0) this.accept(this.at, event);
    else if (isOpen && event.key === "Escape") this.close();
  }

  // Whoever was faster than the relay is offered what they typed already.
  learn(known) {
    this.known = known;
    if (document.activeElement === this.line && this.line.value) this.offer();
  }

  offer() {
    const { offers, usage } = this.known ? offered(this.before, this.known) : { offers: [], usage: "" };
    const { word } = wordsBefore(this.before);
    const news = offers.filter((one) => one.value !== word).slice(0, 50);
    this.list.replaceChildren(...news.map((one, at) => this.choice(one, at)));
    this.list.hidden = !news.length;
    this.line.setAttribute("aria-expanded", String(!this.list.hidden));
    this.select(-1);
    this.hint(usage);
  }

  get before() {
    return this.line.value.slice(0, this.line.selectionStart);
  }

  choice(one, at) {
    const item = element("li", { id: `choice-${at}` }, element("span", { textContent: one.value }));
    item.append(element("small", { textContent: one.about }));
    item.setAttribute("role", "option");
    item.dataset.value = one.value;
    item.addEventListener("mousedown", (event) => this.accept(at, event));
    return item;
  }

  choose(at, event) {
    event.preventDefault();
    this.select((at + this.list.children.length) % this.list.children.length);
  }

  select(at) {
    this.at = at;
    [...this.list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === at)));
    if (at >= 0) {
      this.line.setAttribute("aria-activedescendant", `choice-${at}`);
      this.list.children[at].scrollIntoView({ block: "nearest" });
    } else {
      this.line.removeAttribute("aria-activedescendant");
    }
  }

  accept(at, event) {
    event.preventDefault();
    const value = this.list.children[at].dataset.value;
    const before = this.before;
    const behind = this.line.value.slice(this.line.selectionStart);
    const start = before.replace(/(?:"[^"]*|[^\s"]*)$/, "");
    const slash = start === "" && before.startsWith("/") ? "/" : "";
    const quoted = /[\s"]/.test(value) && slash === "" && !value.includes(" ") ? `"${value}"` : value;
    this.line.value = `${start}${slash}${quoted} ${behind.trimStart()}`;
    const cursor = `${start}${slash}${quoted} `.length;
    this.line.setSelectionRange(cursor, cursor);
    this.line.focus();
    this.offer();
  }

  close() {
    if (!this.list) return;
    this.list.hidden = true;
    this.line.setAttribute("aria-expanded", "false");
    this.select(-1);
  }

  hint(usage) {
    if (!this.usage) return;
    this.usage.textContent = usage;
    this.usage.hidden = !usage;
  }
}
