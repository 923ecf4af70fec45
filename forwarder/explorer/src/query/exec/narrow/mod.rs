//! Conditions that a block must meet to have a matching event, found in the filters of a query: what the index of the
//! block tells without its content.

mod regex_words;
#[cfg(test)]
mod tests;

use tailwater_parser::{Level, UnixMillis, timestamp};

use crate::{
    query::{
        field::{Field, Fields, RunField},
        language::{expression::CompareOp, function::Function},
        plan::{Form, Node, Operand, Segment, Slot, Step},
        value::{Number, Value},
    },
    store::{BlockInfo, BlockWords},
};

/// Condition on a block. It holds for every block with a matching event, and perhaps for others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// Nothing is known.
    Nothing,
    /// A word occurs in it.
    Word(Box<str>),
    /// A word of a JSON text occurs in it in one of these forms: as it is, or with escapes such as `\u0045`.
    JsonWord(Vec<Box<str>>),
    /// It has events of this request.
    Request(Box<str>),
    /// It has events of this level.
    Level(Level),
    /// It has events from one time to another, both included.
    Time(i64, i64),
    All(Vec<Self>),
    Either(Vec<Self>),
}

impl Need {
    /// Finds the condition in the filters of a segment.
    pub(super) fn of(segment: &Segment, fields: &Fields) -> Self {
        let finder = Finder { segment, fields };
        let filters = segment.steps.iter().map_while(|step| match step {
            Step::Filter(condition) => Some(condition),
            Step::Multiply(_) => None,
        });
        all(filters.map(|condition| finder.condition(condition)).collect())
    }

    /// True if it depends on the words of a block.
    pub(super) fn uses_words(&self) -> bool {
        match self {
            Self::Nothing | Self::Level(_) | Self::Time(..) => false,
            Self::Word(_) | Self::JsonWord(_) | Self::Request(_) => true,
            Self::All(needs) | Self::Either(needs) => needs.iter().any(Self::uses_words),
        }
    }

    /// True if a block may meet the condition. Without `words` only its time and levels are looked at.
    pub(super) fn may_hold(&self, block: &BlockInfo, words: Option<BlockWords<'_>>) -> bool {
        match self {
            Self::Nothing => true,
            Self::Word(word) => words.is_none_or(|words| words.may_contain(word)),
            Self::JsonWord(forms) => {
                words.is_none_or(|words| forms.iter().any(|form| words.may_contain(form)))
            }
            Self::Request(id) => words.is_none_or(|words| words.may_contain_request(id)),
            Self::Level(level) => block.may_have_level(Some(*level)),
            Self::Time(from, to) => block.first <= UnixMillis(*to) && UnixMillis(*from) <= block.last,
            Self::All(needs) => needs.iter().all(|need| need.may_hold(block, words)),
            Self::Either(needs) => needs.iter().any(|need| need.may_hold(block, words)),
        }
    }

    /// Condition in words, for `--explain`.
    pub(super) fn describe(&self) -> String {
        let list = |needs: &[Self], word: &str| {
            let parts: Vec<_> = needs.iter().map(Self::describe).collect();
            format!("({})", parts.join(word))
        };
        match self {
            Self::Nothing => "all".to_owned(),
            Self::Word(word) => format!("word {word:?}"),
            Self::JsonWord(forms) => format!("word {:?}", forms.first().map_or("", |form| form)),
            Self::Request(id) => format!("request {id:?}"),
            Self::Level(level) => format!("level {}", level.name()),
            Self::Time(from, to) => format!("time {from}..={to}"),
            Self::All(needs) => list(needs, " and "),
            Self::Either(needs) => list(needs, " or "),
        }
    }
}

struct Finder<'f> {
    segment: &'f Segment,
    fields: &'f Fields,
}

impl Finder<'_> {
    fn condition(&self, node: &Node) -> Need {
        match node {
            Node::And(parts) => all(parts.iter().map(|part| self.condition(part)).collect()),
            Node::Or(parts) => either(parts.iter().map(|part| self.condition(part)).collect()),
            Node::Compare(op, left, right) => self.comparison(*op, left, right),
            Node::In { value, list, is_negated: false } => {
                let equal = |one: &Node| self.comparison(CompareOp::Equal, value, one);
                either(list.iter().map(equal).collect())
            }
            Node::In { value, .. } | Node::InSet { value, .. } => self.presence(value),
            Node::Contains { value, text, is_negated } => {
                let text = std::str::from_utf8(text.needle()).unwrap_or_default();
                let words = match self.field(value) {
                    _ if *is_negated => Need::Nothing,
                    Some(Field::Message) => words(BlockWords::inner(text)),
                    Some(Field::Json(_)) if is_same_in_json(text) => json_words(BlockWords::inner(text)),
                    _ => Need::Nothing,
                };
                all(vec![self.presence(value), words])
            }
            Node::Matches { value, regex, is_negated } => {
                let words = match self.field(value) {
                    Some(Field::Message) if !is_negated => regex_words::need(regex.as_str()),
                    _ => Need::Nothing,
                };
                all(vec![self.presence(value), words])
            }
            Node::Call(Function::IsPresent, operands) => match operands.as_slice() {
                [Operand::Node(value)] => self.presence(value),
                _ => Need::Nothing,
            },
            _ => Need::Nothing,
        }
    }

    /// Field that an expression is.
    fn field(&self, node: &Node) -> Option<Field> {
        let Node::Slot(slot) = node else { return None };
        match self.segment.slots.get(*slot) {
            Some(Slot::Field(field)) => Some(*field),
            _ => None,
        }
    }

    /// Condition for a `parse` of the message to have found something.
    fn parsed(&self, node: &Node) -> Need {
        let Node::Slot(slot) = node else { return Need::Nothing };
        let Some(Slot::Parsed(number, _)) = self.segment.slots.get(*slot) else { return Need::Nothing };
        let Some(extract) = self.segment.extracts.get(*number) else { return Need::Nothing };
        match (&extract.form, self.field(&extract.input)) {
            (Form::Glob(literals), Some(Field::Message)) => {
                all(literals.iter().map(|literal| words(BlockWords::inner(literal))).collect())
            }
            (Form::Regex(regex, _), Some(Field::Message)) => regex_words::need(regex.as_str()),
            _ => Need::Nothing,
        }
    }

    /// Condition for a field to be present.
    fn presence(&self, node: &Node) -> Need {
        match self.field(node) {
            None => self.parsed(node),
            Some(Field::Json(path)) => {
                let parts = self.fields.path(path).unwrap_or_default().split('.');
                let keys = parts.filter(|part| part.parse::<usize>().is_err() && is_same_in_json(part));
                all(keys.map(json_words).collect())
            }
            Some(Field::Report(_)) => Need::Word("report".into()),
            _ => Need::Nothing,
        }
    }

    fn comparison(&self, op: CompareOp, left: &Node, right: &Node) -> Need {
        let present = all(vec![self.presence(left), self.presence(right)]);
        let (field, value, op) = match (self.field(left), right, self.field(right), left) {
            (Some(field), Node::Constant(value), _, _) => (field, value, op),
            (_, _, Some(field), Node::Constant(value)) => (field, value, mirrored(op)),
            _ => return present,
        };
        let need = match (field, op) {
            (Field::Timestamp, _) => time(op, value),
            (_, CompareOp::Equal) => equal(field, value),
            _ => Need::Nothing,
        };
        all(vec![present, need])
    }
}

/// Condition for a field to equal a value.
fn equal(field: Field, value: &Value<'_>) -> Need {
    let Value::Text(text) = value else { return Need::Nothing };
    match field {
        Field::RequestId => Need::Request(text.as_ref().into()),
        Field::Level => {
            let level = Level::read(text).filter(|level| level.name() == text);
            level.map_or(Need::Nothing, Need::Level)
        }
        Field::Type | Field::Message => words(text),
        Field::Report(_) if Number::from_text(text).is_none() => words(text),
        Field::Json(_) if Number::from_text(text).is_none() && is_same_in_json(text) => {
            // A truth value equals its name.
            json_words(text)
        }
        Field::Run(RunField::Id) => Need::Nothing,
        _ => Need::Nothing,
    }
}

fn time(op: CompareOp, value: &Value<'_>) -> Need {
    let millis = match value {
        Value::Text(text) => {
            let number = Number::from_text(text).and_then(Number::to_integer);
            number.or_else(|| timestamp::read_all(text.trim()).map(|time| time.0))
        }
        Value::Number(number) => number.to_integer(),
        Value::Time(millis) => Some(*millis),
        Value::Missing | Value::Boolean(_) | Value::List(_) | Value::Map(_) => None,
    };
    let Some(millis) = millis else { return Need::Nothing };
    // One more at the borders, because a number may have had a fraction.
    let (below, above) = (millis.saturating_sub(1), millis.saturating_add(1));
    match op {
        CompareOp::Equal => Need::Time(below, above),
        CompareOp::NotEqual => Need::Nothing,
        CompareOp::Less | CompareOp::LessOrEqual => Need::Time(i64::MIN, above),
        CompareOp::Greater | CompareOp::GreaterOrEqual => Need::Time(below, i64::MAX),
    }
}

/// Operator of the comparison with its sides exchanged.
fn mirrored(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Equal => CompareOp::Equal,
        CompareOp::NotEqual => CompareOp::NotEqual,
        CompareOp::Less => CompareOp::Greater,
        CompareOp::LessOrEqual => CompareOp::GreaterOrEqual,
        CompareOp::Greater => CompareOp::Less,
        CompareOp::GreaterOrEqual => CompareOp::LessOrEqual,
    }
}

fn all(needs: Vec<Need>) -> Need {
    let mut kept = Vec::new();
    for need in needs {
        match need {
            Need::Nothing => {}
            Need::All(inner) => kept.extend(inner),
            need if kept.contains(&need) => {}
            need => kept.push(need),
        }
    }
    match kept.len() {
        0 => Need::Nothing,
        1 => kept.pop().unwrap_or(Need::Nothing),
        _ => Need::All(kept),
    }
}

fn either(needs: Vec<Need>) -> Need {
    if needs.is_empty() || needs.contains(&Need::Nothing) { Need::Nothing } else { Need::Either(needs) }
}

/// Words of a text, all of which must occur.
fn words(text: &str) -> Need {
    let words = text.split(|c| !BlockWords::is_word_character(c)).filter(|word| !word.is_empty());
    all(words.map(|word| Need::Word(word.to_ascii_lowercase().into())).collect())
}

/// Words of a JSON text that is ASCII, all of which must occur.
///
/// In a log line any character of a word, and the one before it, may be escaped. The last escape then begins the word that the
/// index has.
fn json_words(text: &str) -> Need {
    let is_other = |c: char| !BlockWords::is_word_character(c);
    let (mut needs, mut begin) = (Vec::new(), 0_usize);
    for part in text.split_inclusive(is_other) {
        let word = part.trim_end_matches(is_other);
        let end = begin + word.len();
        if !word.is_empty() {
            let escaped = (begin.saturating_sub(1)..end).filter_map(|at| {
                let (code, rest) = (text.as_bytes().get(at)?, text.get(at + 1..end)?);
                Some(format!("u{code:04x}{}", rest.to_ascii_lowercase()).into_boxed_str())
            });
            let plain = word.to_ascii_lowercase().into_boxed_str();
            needs.push(Need::JsonWord(std::iter::once(plain).chain(escaped).collect()));
        }
        begin += part.len();
    }
    all(needs)
}

/// True if JSON encoders write the text as it is.
fn is_same_in_json(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || " _-.:,/$#@".contains(c))
}
