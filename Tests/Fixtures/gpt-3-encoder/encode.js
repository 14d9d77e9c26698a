// node encode.js kinds: one letter per code point, what the encoder's expression takes it for
// (s space, l letter, n number, o other; - not assigned, x surrogate).
// node encode.js FILE: token ids of a JSON list of texts, as JSON.
const fs = require("fs");
const { encode } = require("gpt-3-encoder");

function kind(point) {
  const character = String.fromCodePoint(point);
  if (point >= 0xd800 && point <= 0xdfff) return "x";
  if (/\s/u.test(character)) return "s";
  if (/\p{L}/u.test(character)) return "l";
  if (/\p{N}/u.test(character)) return "n";
  return /\p{Cn}/u.test(character) ? "-" : "o";
}

process.stdout.write(
  process.argv[2] === "kinds"
    ? Array.from({ length: 0x110000 }, (_, point) => kind(point)).join("")
    : JSON.stringify(JSON.parse(fs.readFileSync(process.argv[2], "utf8")).map(encode)));
