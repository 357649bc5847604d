// What may follow in a line, from the relay's table of commands and the names of the site. The relay's parser decides;
// this only offers.

// The words before the place where somebody types, and the beginning of the word there.
export function wordsBefore(text) {
  const words = [];
  let word = "";
  let isQuoted = false;
  let isOpen = false;
  for (const char of text) {
    if (char === '"') {
      isQuoted = !isQuoted;
      isOpen = true;
    } else if (/\s/.test(char) && !isQuoted) {
      if (isOpen) words.push(word);
      word = "";
      isOpen = false;
    } else {
      word += char;
      isOpen = true;
    }
  }
  return { words, word };
}

// {offers: [{value, about}], usage} for a text up to the cursor; no offers where there is nothing to say.
export function offered(text, known) {
  if (!text.startsWith("/")) return mentions(text, known);
  const { words, word } = wordsBefore(text.slice(1));
  const command = named(known.commands, words);
  if (!command) {
    const typed = [...words, word].join(" ").toLowerCase();
    const fitting = known.commands.filter((one) => one.name.startsWith(typed));
    return { offers: fitting.map((one) => ({ value: rest(one.name, words), about: one.summary })), usage: "" };
  }
  const given = words.slice(command.name.split(" ").length);
  return { offers: following(command, given, word, known), usage: command.usage };
}

function mentions(text, known) {
  const { word } = wordsBefore(text);
  const people = word.startsWith("@") ? known.names.person.filter((one) => one.startsWith(word)) : [];
  return { offers: people.map((value) => ({ value, about: "" })), usage: "" };
}

function named(commands, words) {
  const fits = (one) => one.name.split(" ").every((part, at) => words[at]?.toLowerCase() === part);
  return commands.filter(fits).sort((one, other) => other.name.length - one.name.length)[0];
}

function rest(name, words) {
  return name.split(" ").slice(words.length).join(" ");
}

function following(command, given, word, known) {
  const { places, open } = sorted(command, given);
  if (open) return values(open, places, word, known);
  if (word.startsWith("-")) {
    const left = command.options.filter((one) => one.label.startsWith(word) && !given.includes(one.label));
    return left.map((one) => ({ value: one.label, about: one.help }));
  }
  const next = command.arguments[places.length];
  return next ? values(next, places, word, known) : [];
}

// What was given in which place, and the option whose value comes now.
function sorted(command, given) {
  const places = [];
  let open = null;
  for (const word of given) {
    if (open) {
      open = null;
    } else if (word.startsWith("--")) {
      const option = command.options.find((one) => one.label === word);
      open = option && !option.is_switch ? option : null;
    } else {
      places.push(word);
    }
  }
  return { places, open };
}

function values(parameter, places, word, known) {
  const all = parameter.choices.length ? parameter.choices : namesOf(parameter, places, known);
  return all.filter((one) => one.startsWith(word)).map((value) => ({ value, about: parameter.help }));
}

function namesOf(parameter, places, known) {
  if (parameter.names !== "version") return known.names[parameter.names] ?? [];
  const service = places.find((one) => one in known.versions);
  return service ? known.versions[service] : [];
}
