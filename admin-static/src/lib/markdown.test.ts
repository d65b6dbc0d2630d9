import { expect, it } from "vitest";

import { frontMatter, tree, type Node } from "./markdown";

const texts = (nodes: Node[]): string => nodes.map((node) => ("children" in node ? texts(node.children) : "text" in node ? node.text : "")).join("");

it("parts the front matter from the text", () => {
  expect(frontMatter("---\nname: x\n---\n# X\n")).toEqual({ head: "name: x", body: "# X\n" });
  expect(frontMatter("# X\n---\n")).toEqual({ head: "", body: "# X\n---\n" });
});

it("makes a tree of headings, lists, code and links", () => {
  const kinds = tree("# A\n\n1. one\n2. `two`\n\n> q\n\n```\nx\n```\n\n[l](https://x.example)\n").map((node) => node.kind);

  expect(kinds).toEqual(["heading", "list", "quote", "block", "paragraph"]);
});

it("leaves markup as text and follows no other link than http", () => {
  const nodes = tree('<img src=x onerror="alert(1)"> [a](javascript:alert(1)) [b](https://b.example) a & b < c\n');
  const links = (list: Node[]): (string | undefined)[] => list.flatMap((node) => (node.kind === "link" ? [node.href] : "children" in node ? links(node.children) : []));

  expect(texts(nodes)).toBe('<img src=x onerror="alert(1)"> a b a & b < c');
  expect(links(nodes)).toEqual([undefined, "https://b.example"]);
});
