//! Text with terminal styles and a known width, and line wrapping at the width of the terminal.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use tailwater_forwarder::telemetry::escape::escape_controls;

use crate::view::format;

/// Terminal styles of the summary.
#[derive(Clone, Copy, Debug, Default)]
pub struct Palette {
    error: Style,
    dim: Style,
    bold: Style,
}

impl Palette {
    /// Creates a palette without styles, for output that is not a terminal or with `NO_COLOR` set.
    #[must_use]
    pub fn plain() -> Self {
        Self::default()
    }

    /// Creates the palette with colours: red for errors, dim for units, bold for headings.
    #[must_use]
    pub fn colourful() -> Self {
        Self { error: AnsiColor::Red.on_default(), dim: Style::new().dimmed(), bold: Style::new().bold() }
    }

    fn style(&self, emphasis: Emphasis) -> Style {
        match emphasis {
            Emphasis::Plain => Style::new(),
            Emphasis::Dim => self.dim,
            Emphasis::Bold => self.bold,
            Emphasis::Error => self.error,
        }
    }
}

/// Emphasis of a piece of text; a [`Palette`] maps it to a terminal style.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Emphasis {
    Plain,
    Dim,
    Bold,
    Error,
}

/// Text of one line, in pieces of different emphasis.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct StyledText {
    spans: Vec<(Emphasis, String)>,
}

impl StyledText {
    /// Creates text of one emphasis. Control characters in it are escaped here, before its width is measured.
    pub(super) fn new(emphasis: Emphasis, text: impl Into<String>) -> Self {
        Self { spans: vec![(emphasis, escape_controls(text.into()).into_owned())] }
    }

    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self::new(Emphasis::Plain, text)
    }

    /// Creates text in which units and other words are dimmed, numbers not: `768 ms`, `3.1 % cold`.
    pub(super) fn quantity(text: &str) -> Self {
        text.split_inclusive(' ').fold(Self::default(), |quantity, word| {
            quantity.then(Self::new(if is_number(word) { Emphasis::Plain } else { Emphasis::Dim }, word))
        })
    }

    /// Appends the text `next`.
    pub(super) fn then(mut self, next: Self) -> Self {
        for (emphasis, text) in next.spans {
            match self.spans.last_mut() {
                Some((last, before)) if *last == emphasis => before.push_str(&text),
                _ => self.spans.push((emphasis, text)),
            }
        }
        self
    }

    /// Returns the width in terminal columns.
    pub(super) fn width(&self) -> usize {
        self.spans.iter().map(|(_, text)| format::width(text)).sum()
    }

    pub(super) fn write(&self, palette: &Palette, out: &mut dyn Write) -> io::Result<()> {
        for (emphasis, text) in self.spans.iter().filter(|(_, text)| !text.is_empty()) {
            let style = palette.style(*emphasis);
            write!(out, "{style}{text}{style:#}")?;
        }
        Ok(())
    }
}

fn is_number(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_digit() || "$<>".contains(first))
}

/// Writer that wraps lines: a piece of text that does not fit starts a new line.
pub(super) struct LineWrapper<'a> {
    width: usize,
    indent: usize,
    column: usize,
    palette: &'a Palette,
    out: &'a mut dyn Write,
}

impl<'a> LineWrapper<'a> {
    /// Creates a writer for lines of at most `width` columns. Every line except the first is indented by
    /// `indent` columns.
    pub(super) fn new(width: usize, indent: usize, palette: &'a Palette, out: &'a mut dyn Write) -> Self {
        Self { width, indent, column: 0, palette, out }
    }

    /// Writes `text` after `gap` spaces, or on a new line if it does not fit on the current one.
    pub(super) fn write(&mut self, gap: usize, text: &StyledText) -> io::Result<()> {
        let end = self.column + gap + text.width();
        if end > self.width && self.column > self.indent {
            write!(self.out, "\n{:indent$}", "", indent = self.indent)?;
            self.column = self.indent + text.width();
        } else {
            write!(self.out, "{:gap$}", "")?;
            self.column = end;
        }
        text.write(self.palette, self.out)
    }

    /// Writes `text` word by word; a number and its unit stay on one line.
    pub(super) fn write_words(&mut self, gap: usize, emphasis: Emphasis, text: &str) -> io::Result<()> {
        let words: Vec<_> = text.split(' ').collect();
        words.chunk_by(|word, _| is_number(word)).enumerate().try_for_each(|(idx, words)| {
            self.write(if idx == 0 { gap } else { 1 }, &StyledText::new(emphasis, words.join(" ")))
        })
    }

    /// Ends the last line.
    pub(super) fn finish(self) -> io::Result<()> {
        writeln!(self.out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_flow(width: usize, expected: &str) {
        let mut out = Vec::new();
        let palette = Palette::plain();
        let mut wrapper = LineWrapper::new(width, 2, &palette, &mut out);
        wrapper.write_words(0, Emphasis::Plain, "one two three").unwrap();
        wrapper.write(3, &StyledText::plain("four")).unwrap();
        wrapper.finish().unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn fitting_text_is_not_wrapped() {
        check_flow(20, "one two three   four\n");
    }

    #[test]
    fn piece_that_does_not_fit_starts_a_line() {
        check_flow(19, "one two three\n  four\n");
        check_flow(7, "one two\n  three\n  four\n");
    }

    #[test]
    fn piece_longer_than_the_line_has_its_own_line() {
        check_flow(3, "one\n  two\n  three\n  four\n");
    }

    #[test]
    fn number_and_unit_are_not_separated() {
        let (mut out, palette) = (Vec::new(), Palette::plain());
        let mut wrapper = LineWrapper::new(8, 0, &palette, &mut out);
        wrapper.write_words(0, Emphasis::Plain, "p95 97 ms → 787 ms").unwrap();
        wrapper.finish().unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "p95\n97 ms →\n787 ms\n");
    }

    #[test]
    fn units_are_dim_and_numbers_plain() {
        let spans = StyledText::quantity("3.1 % cold").spans;
        let emphases: Vec<_> = spans.iter().map(|(emphasis, text)| (*emphasis, text.as_str())).collect();
        assert_eq!(emphases, [(Emphasis::Plain, "3.1 "), (Emphasis::Dim, "% cold")]);
    }
}
