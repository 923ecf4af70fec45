// Editor of a query: CodeMirror with the colours, the completion and the mark of an error of the query language.
//
// It is in a shadow root: there CodeMirror installs its styles as constructed style sheets, which the content security
// policy of the server allows, while it forbids style elements.

import {
  acceptCompletion,
  autocompletion,
  type CompletionContext,
  type CompletionResult,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { Compartment, EditorState, type Extension, Prec, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, keymap, placeholder } from "@codemirror/view";
import type { QueryField } from "../api-types";
import { h } from "../dom";
import { complete } from "./completion";
import { THEME } from "./editor-theme";
import { type Language, tokenize } from "./tokens";

export type QueryEditor = {
  host: HTMLElement;
  text: () => string;
  language: () => Language;
  /** Shows another query; the one that was shown can be restored by undo. */
  show: (text: string, language: Language) => void;
  /** Replaces a part of the query. */
  replace: (range: TextRange, text: string) => void;
  /** Underlines the part of the query that is wrong; null removes the line. */
  mark: (range: TextRange | null) => void;
  /** Sets the fields that completion offers. */
  offer: (fields: QueryField[]) => void;
  focus: () => void;
};

/** Part of a text, in UTF-16 offsets. */
export type TextRange = { from: number; to: number };

const HINT: Record<Language, string> = {
  insights: 'filter @type = "REPORT" | stats count(*), avg(@duration) by bin(5m)',
  sql: "SELECT function, avg(duration_ms) FROM invocations GROUP BY function",
};

/** Creates an editor; `run` is called for Ctrl+Enter. */
export function createEditor(run: () => void): QueryEditor {
  const host = h("div", { class: "query-editor", id: "query-editor" });
  const root = host.attachShadow({ mode: "open", delegatesFocus: true });
  const ofLanguage = new Compartment();
  let language: Language = "insights";
  let fields: QueryField[] = [];
  const source: CompletionSource = (context) => {
    const found = complete(context.state.doc.toString(), context.pos, language, fields);
    const isWanted = context.explicit || (found !== null && found.from < context.pos);
    return found && isWanted ? { ...found, validFor: /^[\p{L}\p{N}_@.]*$/u } : null;
  };
  const extensions = [commonExtensions(run, source), ofLanguage.of(extensionsOf(language))];
  const view = new EditorView({ parent: root, state: EditorState.create({ extensions }) });
  return {
    host,
    text: () => view.state.doc.toString(),
    language: () => language,
    show(text, next) {
      language = next;
      const isOther = text !== view.state.doc.toString().trim();
      view.dispatch({
        effects: [ofLanguage.reconfigure(extensionsOf(next)), markError.of(null)],
        ...(isOther
          ? {
              changes: { from: 0, to: view.state.doc.length, insert: text },
              selection: { anchor: text.length },
            }
          : {}),
      });
    },
    replace({ from, to }, text) {
      view.dispatch({
        changes: { from, to, insert: text },
        selection: { anchor: from + text.length },
        effects: markError.of(null),
      });
    },
    mark(range) {
      const length = view.state.doc.length;
      const isInside = range !== null && range.from <= range.to && range.to <= length;
      view.dispatch({ effects: markError.of(isInside ? range : null) });
    },
    offer(next) {
      fields = next;
    },
    focus: () => view.focus(),
  };
}

type CompletionSource = (context: CompletionContext) => CompletionResult | null;

function commonExtensions(run: () => void, source: CompletionSource): Extension {
  const runKey = {
    key: "Mod-Enter",
    run: () => {
      run();
      return true;
    },
  };
  return [
    history(),
    // Before the default keys, of which Ctrl+Enter inserts a line. Without a list of completions, Tab leaves the editor.
    Prec.highest(keymap.of([runKey, { key: "Tab", run: acceptCompletion }])),
    keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap]),
    autocompletion({ override: [source], icons: false, maxRenderedOptions: 60 }),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({
      "aria-label": "Query",
      spellcheck: "false",
      autocapitalize: "off",
      autocorrect: "off",
    }),
    errorMark,
    THEME,
  ];
}

function extensionsOf(language: Language): Extension {
  return [colours(language), placeholder(HINT[language])];
}

/** Colours of the tokens. A query is short, so all of it is read again after each change. */
function colours(language: Language): Extension {
  const decorate = (state: EditorState): DecorationSet =>
    Decoration.set(
      tokenize(state.doc.toString(), language).map(({ kind, from, to }) =>
        Decoration.mark({ class: `t-${kind}` }).range(from, to),
      ),
    );
  return StateField.define<DecorationSet>({
    create: decorate,
    update: (before, change) => (change.docChanged ? decorate(change.state) : before),
    provide: (field) => EditorView.decorations.from(field),
  });
}

const markError = StateEffect.define<TextRange | null>();

/** Underlines an error until the next one is set; an error at the end of the text marks the character before it. */
const errorMark = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(before, change) {
    const effect = change.effects.find((one) => one.is(markError));
    if (!effect) return before.map(change.changes);
    const range = effect.value as TextRange | null;
    if (range === null || change.state.doc.length === 0) return Decoration.none;
    const to = Math.max(range.to, range.from + 1);
    const end = Math.min(to, change.state.doc.length);
    return Decoration.set([Decoration.mark({ class: "t-error" }).range(Math.min(range.from, end - 1), end)]);
  },
  provide: (field) => EditorView.decorations.from(field),
});
