//! Text in a few colours that knows how wide it is, and lines that break where the terminal ends.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

/// The colours of the picture. Whoever owns the terminal decides whether there are any.
#[derive(Clone, Copy, Debug, Default)]
pub struct Palette {
    wrong: Style,
    dim: Style,
    strong: Style,
}

impl Palette {
    /// No colours: not a terminal, or `NO_COLOR` is set.
    #[must_use]
    pub fn plain() -> Self {
        Self::default()
    }

    /// Red for what is wrong, dim for units, bold for what matters.
    #[must_use]
    pub fn colourful() -> Self {
        Self { wrong: AnsiColor::Red.on_default(), dim: Style::new().dimmed(), strong: Style::new().bold() }
    }

    fn style(&self, paint: Paint) -> Style {
        match paint {
            Paint::Plain => Style::new(),
            Paint::Dim => self.dim,
            Paint::Strong => self.strong,
            Paint::Wrong => self.wrong,
        }
    }
}

/// What a piece of text is, which decides how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paint {
    Plain,
    Dim,
    Strong,
    Wrong,
}

/// A piece of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text {
    spans: Vec<(Paint, String)>,
}

impl Text {
    pub(super) fn new(paint: Paint, text: impl Into<String>) -> Self {
        Self { spans: vec![(paint, text.into())] }
    }

    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self::new(Paint::Plain, text)
    }

    /// Numbers with their units and other words dimmed: `768 ms`, `3.1 % cold`.
    pub(super) fn quantity(text: &str) -> Self {
        text.split_inclusive(' ').fold(Self::default(), |quantity, word| {
            quantity.then(Self::new(if is_number(word) { Paint::Plain } else { Paint::Dim }, word))
        })
    }

    /// This and, behind it, `next`.
    pub(super) fn then(mut self, next: Self) -> Self {
        for (paint, text) in next.spans {
            match self.spans.last_mut() {
                Some((last, before)) if *last == paint => before.push_str(&text),
                _ => self.spans.push((paint, text)),
            }
        }
        self
    }

    /// In columns of the terminal; all that is written here has one a character.
    pub(super) fn width(&self) -> usize {
        self.spans.iter().map(|(_, text)| text.chars().count()).sum()
    }

    /// At most `width` columns of it, the last one an ellipsis where something is left out.
    pub(super) fn shortened(self, width: usize) -> Self {
        if self.width() <= width {
            return self;
        }
        let mut left = width.saturating_sub(1);
        let mut short = Self::default();
        for (paint, text) in self.spans {
            let kept: String = text.chars().take(left).collect();
            left -= kept.chars().count();
            short.spans.push((paint, kept));
        }
        short.then(Self::plain("…"))
    }

    pub(super) fn write(&self, palette: &Palette, out: &mut dyn Write) -> io::Result<()> {
        for (paint, text) in self.spans.iter().filter(|(_, text)| !text.is_empty()) {
            let style = palette.style(*paint);
            write!(out, "{style}{text}{style:#}")?;
        }
        Ok(())
    }
}

fn is_number(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_digit() || "$<>".contains(first))
}

/// Writes pieces one after the other and begins a new line where the next one does not fit.
pub(super) struct Flow<'a> {
    width: usize,
    indent: usize,
    column: usize,
    palette: &'a Palette,
    out: &'a mut dyn Write,
}

impl<'a> Flow<'a> {
    /// A flow whose lines, but the first, begin at `indent`.
    pub(super) fn new(width: usize, indent: usize, palette: &'a Palette, out: &'a mut dyn Write) -> Self {
        Self { width, indent, column: 0, palette, out }
    }

    /// Writes `text` behind a `gap`, or on a line of its own if it does not fit here but would there.
    pub(super) fn piece(&mut self, gap: usize, text: &Text) -> io::Result<()> {
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

    /// Writes the words of `text`; a number keeps its unit.
    pub(super) fn words(&mut self, gap: usize, paint: Paint, text: &str) -> io::Result<()> {
        let words: Vec<_> = text.split(' ').collect();
        words.chunk_by(|word, _| is_number(word)).enumerate().try_for_each(|(idx, words)| {
            self.piece(if idx == 0 { gap } else { 1 }, &Text::new(paint, words.join(" ")))
        })
    }

    /// Ends the last line.
    pub(super) fn end(self) -> io::Result<()> {
        writeln!(self.out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_flow(width: usize, expected: &str) {
        let mut out = Vec::new();
        let palette = Palette::plain();
        let mut flow = Flow::new(width, 2, &palette, &mut out);
        flow.words(0, Paint::Plain, "one two three").unwrap();
        flow.piece(3, &Text::plain("four")).unwrap();
        flow.end().unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn a_line_that_fits_is_one() {
        check_flow(20, "one two three   four\n");
    }

    #[test]
    fn a_piece_that_does_not_fit_begins_a_line() {
        check_flow(19, "one two three\n  four\n");
        check_flow(7, "one two\n  three\n  four\n");
    }

    #[test]
    fn a_piece_longer_than_the_line_stands_alone() {
        check_flow(3, "one\n  two\n  three\n  four\n");
    }

    #[test]
    fn a_number_keeps_its_unit() {
        let (mut out, palette) = (Vec::new(), Palette::plain());
        let mut flow = Flow::new(8, 0, &palette, &mut out);
        flow.words(0, Paint::Plain, "p95 97 ms → 787 ms").unwrap();
        flow.end().unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "p95\n97 ms →\n787 ms\n");
    }

    #[test]
    fn long_text_is_shortened() {
        let name = || Text::plain("check").then(Text::new(Paint::Dim, "out"));
        assert_eq!(name().shortened(8), name());
        assert_eq!(name().shortened(7).width(), 7);
        let mut out = Vec::new();
        name().shortened(7).write(&Palette::plain(), &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "checko…");
    }

    #[test]
    fn only_units_are_dim() {
        let spans = Text::quantity("3.1 % cold").spans;
        let paints: Vec<_> = spans.iter().map(|(paint, text)| (*paint, text.as_str())).collect();
        assert_eq!(paints, [(Paint::Plain, "3.1 "), (Paint::Dim, "% cold")]);
    }
}
