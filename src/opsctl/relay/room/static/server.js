// Speaking to the relay. What fails says what happened and what to do next, as the relay put it.

export class Failed extends Error {
  constructor(status, happened, todo) {
    super(happened);
    this.status = status;
    this.todo = todo;
  }
}

export async function ask(method, path, body) {
  const options = { method, credentials: "same-origin" };
  if (body !== undefined) {
    options.headers = { "Content-Type": "application/json" };
    options.body = JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Failed(0, "The relay does not answer.", "Nothing is lost: try again, or use the terminal.");
  }
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    throw new Failed(answer.status, told.happened || "That did not work.", told.do || "");
  }
  return told;
}

// An id for what is sent, so that sending it again is the same thing. randomUUID is missing outside secure contexts.
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
