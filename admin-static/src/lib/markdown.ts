// Markdown as a tree, for a preview without markup: the page makes elements of it, and HTML in it stays text.
import { lexer, type Token, type Tokens } from "marked";

export type Node =
  | { kind: "text"; text: string }
  | { kind: "code"; text: string }
  | { kind: "block"; text: string }
  | { kind: "rule" }
  | { kind: "heading"; level: number; children: Node[] }
  | { kind: "paragraph" | "strong" | "em" | "quote" | "item"; children: Node[] }
  | { kind: "list"; ordered: boolean; children: Node[] }
  | { kind: "link"; href: string | undefined; children: Node[] };

/** What is between the first two lines of `---`, and the rest. */
export function frontMatter(text: string): { head: string; body: string } {
  const match = /^---\r?\n([\s\S]*?)\r?\n---\r?\n?/.exec(text);
  return match ? { head: match[1] ?? "", body: text.slice(match[0].length) } : { head: "", body: text };
}

/** The tree of a text. */
export function tree(text: string): Node[] {
  return nodes(lexer(text));
}

function nodes(tokens: Token[] | undefined): Node[] {
  return (tokens ?? []).flatMap(node);
}

function node(token: Token): Node[] {
  switch (token.type) {
    case "space":
    case "def":
      return [];
    case "heading":
      return [{ kind: "heading", level: (token as Tokens.Heading).depth, children: nodes(token.tokens) }];
    case "paragraph":
      return [{ kind: "paragraph", children: nodes(token.tokens) }];
    case "strong":
    case "em":
      return [{ kind: token.type, children: nodes((token as Tokens.Strong).tokens) }];
    case "blockquote":
      return [{ kind: "quote", children: nodes((token as Tokens.Blockquote).tokens) }];
    case "list":
      return [{ kind: "list", ordered: (token as Tokens.List).ordered, children: (token as Tokens.List).items.map((item) => ({ kind: "item", children: nodes(item.tokens) })) }];
    case "link":
      return [{ kind: "link", href: safe((token as Tokens.Link).href), children: nodes((token as Tokens.Link).tokens) }];
    case "code":
      return [{ kind: "block", text: (token as Tokens.Code).text }];
    case "codespan":
      return [{ kind: "code", text: (token as Tokens.Codespan).text }];
    case "hr":
      return [{ kind: "rule" }];
    case "br":
      return [{ kind: "text", text: "\n" }];
    case "text":
      return "tokens" in token && token.tokens ? nodes(token.tokens) : [{ kind: "text", text: plain(token as Tokens.Text) }];
    default:
      return [{ kind: "text", text: token.raw }];
  }
}

/** The text as it was written; the lexer escapes some of it for HTML, which this never becomes. */
function plain(token: Tokens.Text): string {
  return token.raw.replace(/\\([!-/:-@[-`{-~])/g, "$1");
}

function safe(href: string): string | undefined {
  return /^https?:\/\//i.test(href) ? href : undefined;
}
