// CodeMirror, loaded when somebody edits. It lives in a shadow root: there it adopts style sheets as objects, which the
// page's policy allows, where it would otherwise add <style> elements, which it does not.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, defineLanguageFacet, HighlightStyle, Language as Speech, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { toml } from "@codemirror/legacy-modes/mode/toml";
import { MergeView } from "@codemirror/merge";
import { EditorState, type Extension } from "@codemirror/state";
import { drawSelection, EditorView, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { parser } from "@lezer/markdown";

export type Language = "toml" | "markdown" | "text";

const look = EditorView.theme({
  "&": { color: "var(--text)", backgroundColor: "var(--surface)", fontSize: "12.5px", height: "100%" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5" },
  ".cm-content": { caretColor: "var(--text)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": { backgroundColor: "var(--sunken)", color: "var(--muted)", borderRight: "1px solid var(--line)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--accent-soft)" },
  ".cm-changedLine": { backgroundColor: "var(--add)" },
  ".cm-merge-a .cm-changedLine, .cm-deletedChunk": { backgroundColor: "var(--del)" },
  ".cm-collapsedLines": { background: "var(--sunken)", color: "var(--muted)", padding: "2px 12px" },
  ".cm-collapsedLines::before, .cm-collapsedLines::after": { content: '""' },
  ".cm-changedText, .cm-deletedText": { textDecoration: "underline", background: "none" },
});

const colours = HighlightStyle.define([
  { tag: [tags.heading, tags.keyword, tags.propertyName, tags.definition(tags.propertyName)], color: "var(--accent)", fontWeight: "600" },
  { tag: [tags.string, tags.monospace], color: "var(--good)" },
  { tag: [tags.number, tags.bool, tags.atom], color: "var(--busy)" },
  { tag: [tags.comment, tags.quote, tags.meta], color: "var(--muted)" },
  { tag: tags.strong, fontWeight: "700" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: tags.link, color: "var(--accent)", textDecoration: "underline" },
]);

// Markdown alone: the ready-made package brings HTML, CSS and JavaScript along.
const markdown = new Speech(defineLanguageFacet(), parser, [], "markdown");

function extensions(language: Language, label: string, readonly: boolean): Extension[] {
  const speaks = language === "toml" ? [StreamLanguage.define(toml)] : language === "markdown" ? [markdown] : [];
  return [
    lineNumbers(),
    history(),
    drawSelection(),
    bracketMatching(),
    EditorView.lineWrapping,
    // Tab leaves the editor, so that the keyboard is never caught in it.
    keymap.of([...defaultKeymap, ...historyKeymap]),
    syntaxHighlighting(colours),
    look,
    EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
    ...(readonly ? [EditorState.readOnly.of(true)] : []),
    ...speaks,
  ];
}

/** `height` is how high it is; with `up to …` how high it may become. */
function shadow(host: HTMLElement, height: string): { root: ShadowRoot; parent: HTMLElement } {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  root.replaceChildren();
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`:host { display: block } .box { ${height.startsWith("up to ") ? `max-height: ${height.slice(6)}` : `height: ${height}`}; overflow: auto } .cm-mergeView { height: 100% } .cm-editor { min-height: 100% }`);
  root.adoptedStyleSheets = [sheet];
  const parent = document.createElement("div");
  parent.className = "box";
  root.append(parent);
  return { root, parent };
}

export type Options = { value: string; language: Language; label: string; readonly: boolean; height: string; onchange?: (text: string) => void };

/** An editor in `host`. */
export function mountEditor(host: HTMLElement, { value, language, label, readonly, height, onchange }: Options) {
  const { root, parent } = shadow(host, height);
  const listen = EditorView.updateListener.of((update) => {
    if (update.docChanged) onchange?.(update.state.doc.toString());
  });
  const view = new EditorView({ doc: value, extensions: [...extensions(language, label, readonly), listen], parent, root });
  return {
    /** Replaces the text, unless it is there already. */
    set(text: string) {
      const now = view.state.doc.toString();
      if (now !== text) view.dispatch({ changes: { from: 0, to: now.length, insert: text } });
    },
    destroy: () => view.destroy(),
  };
}

/** Two texts side by side, what differs marked. */
export function mountMerge(host: HTMLElement, left: { text: string; label: string }, right: { text: string; label: string }, language: Language) {
  const { root, parent } = shadow(host, "auto");
  const side = (part: { text: string; label: string }) => ({ doc: part.text, extensions: extensions(language, part.label, true) });
  const view = new MergeView({ a: side(left), b: side(right), parent, root, collapseUnchanged: { margin: 3, minSize: 6 }, gutter: true });
  return { destroy: () => view.destroy() };
}
