//! Words that every match of a regular expression contains.

use regex_syntax::{
    Parser,
    hir::{Class, Hir, HirKind},
};

use super::{BlockWords, Need, all, either, words};

/// Condition that a text must meet to have a match.
pub(super) fn need(regex: &str) -> Need {
    Parser::new().parse(regex).map_or(Need::Nothing, |hir| of(&hir))
}

fn of(hir: &Hir) -> Need {
    match hir.kind() {
        HirKind::Concat(parts) => concat(parts),
        HirKind::Alternation(parts) => either(parts.iter().map(of).collect()),
        HirKind::Capture(capture) => of(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => of(&repetition.sub),
        HirKind::Literal(literal) => {
            std::str::from_utf8(&literal.0).map_or(Need::Nothing, |text| words(BlockWords::inner(text)))
        }
        HirKind::Repetition(_) | HirKind::Empty | HirKind::Class(_) | HirKind::Look(_) => Need::Nothing,
    }
}

/// Condition of parts that follow each other: neighbouring literal parts are read as one text.
fn concat(parts: &[Hir]) -> Need {
    let mut needs = Vec::new();
    let mut text = String::new();
    for part in parts {
        let literal = match part.kind() {
            HirKind::Literal(literal) => std::str::from_utf8(&literal.0).ok().map(str::to_owned),
            HirKind::Class(class) => either_case(class).map(String::from),
            _ => None,
        };
        match literal {
            Some(literal) => text.push_str(&literal),
            None => {
                needs.push(words(BlockWords::inner(&text)));
                text.clear();
                needs.push(of(part));
            }
        }
    }
    needs.push(words(BlockWords::inner(&text)));
    all(needs)
}

/// Letter of a class that has only its lower and upper case.
fn either_case(class: &Class) -> Option<char> {
    let Class::Unicode(class) = class else { return None };
    let mut characters = class.ranges().iter().flat_map(|range| range.start()..=range.end()).take(4);
    let (first, second, none) = (characters.next()?, characters.next()?, characters.next());
    let is_pair = none.is_none() && first.is_ascii() && first.to_ascii_lowercase() == second;
    is_pair.then_some(second)
}
