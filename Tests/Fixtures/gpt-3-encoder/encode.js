// node encode.js TEXTS CLASSES: token ids of a JSON list of texts, as JSON on stdout; into CLASSES one letter per code point:
// what the encoder's expression takes it for (s space, l letter, n number, o other; - not assigned, x surrogate).
const fs = require("fs");
const { encode } = require("gpt-3-encoder");

const texts = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const kinds = [];
for (let point = 0; point <= 0x10ffff; point++) {
  const character = String.fromCodePoint(point);
  kinds.push(
    point >= 0xd800 && point <= 0xdfff ? "x"
    : /\s/u.test(character) ? "s"
    : /\p{L}/u.test(character) ? "l"
    : /\p{N}/u.test(character) ? "n"
    : /\p{Cn}/u.test(character) ? "-" : "o");
}
fs.writeFileSync(process.argv[3], kinds.join(""));
process.stdout.write(JSON.stringify(texts.map(encode)));
