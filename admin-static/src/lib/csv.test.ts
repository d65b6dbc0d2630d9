import { expect, it } from "vitest";

import { csv, field } from "./csv";

it.each([
  ["plain", "plain"],
  [null, ""],
  [undefined, ""],
  [0, "0"],
  [-5, "-5"],
  ["-5.5", "-5.5"],
  ['say "hi", twice', '"say ""hi"", twice"'],
  ["two\nlines", '"two\nlines"'],
  ['=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
  ["+1+1", "'+1+1"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ["-2+3", "'-2+3"],
  ["\t=1", "'\t=1"],
])("%j becomes %j", (value, text) => expect(field(value)).toBe(text));

it("writes a line of titles and one a row", () => {
  expect(csv(["a", "b"], [[1, "x,y"], [null, ""]])).toBe('a,b\r\n1,"x,y"\r\n,\r\n');
});
