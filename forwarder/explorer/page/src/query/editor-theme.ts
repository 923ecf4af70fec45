// Look of the query editor. Its colours are the variables of the page, which a shadow root inherits.

import { EditorView } from "@codemirror/view";

export const THEME = EditorView.theme({
  "&": { color: "var(--ink)", fontSize: "13px" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6", maxHeight: "40vh", minHeight: "88px" },
  ".cm-content": { padding: "10px 0", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0 12px" },
  ".cm-placeholder": { color: "var(--ink3)" },
  ".t-command": { color: "var(--accent)", fontWeight: "600" },
  ".t-keyword": { color: "var(--accent)" },
  ".t-function": { color: "var(--blue)" },
  ".t-text": { color: "var(--green)" },
  ".t-number": { color: "var(--violet)" },
  ".t-regex": { color: "var(--amber)" },
  ".t-comment": { color: "var(--ink3)", fontStyle: "italic" },
  ".t-error": { textDecoration: "underline wavy var(--red)", textUnderlineOffset: "3px" },
  ".cm-tooltip": {
    background: "var(--panel)",
    color: "var(--ink)",
    border: "1px solid var(--line)",
    borderRadius: "var(--radius)",
    boxShadow: "0 8px 24px rgb(0 0 0 / 18%)",
    overflow: "hidden",
    zIndex: "20",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": {
    fontFamily: "var(--mono)",
    fontSize: "12px",
    maxHeight: "260px",
    maxWidth: "min(560px, 92vw)",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": {
    display: "flex",
    gap: "16px",
    justifyContent: "space-between",
    padding: "3px 10px",
    lineHeight: "1.5",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": {
    background: "var(--accent-soft)",
    color: "var(--ink)",
  },
  ".cm-completionMatchedText": { textDecoration: "none", color: "var(--accent)", fontWeight: "600" },
  ".cm-completionDetail": {
    marginLeft: "0",
    color: "var(--ink2)",
    fontStyle: "normal",
    overflow: "hidden",
    textOverflow: "ellipsis",
  },
  ".cm-tooltip.cm-completionInfo": {
    padding: "6px 10px",
    maxWidth: "280px",
    color: "var(--ink2)",
    fontSize: "12px",
    overflowWrap: "anywhere",
    whiteSpace: "pre-wrap",
  },
});
