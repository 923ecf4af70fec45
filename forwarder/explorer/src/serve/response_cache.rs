//! Answers that stay true until the store changes: what is asked again is not found out again.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use foldhash::fast::RandomState;

/// All answers together; beyond it none is added until the store changes.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// Answers by question.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    answers: Mutex<Answers>,
}

#[derive(Debug, Default)]
struct Answers {
    /// Of the store, when these were found.
    revision: u64,
    by_question: HashMap<String, Arc<Vec<u8>>, RandomState>,
    bytes: usize,
}

impl Remembered {
    /// The answer as of this revision; found out with `find` where it is not remembered.
    pub(super) fn answer<E>(
        &self,
        question: &str,
        revision: u64,
        find: impl FnOnce() -> Result<Vec<u8>, E>,
    ) -> Result<Arc<Vec<u8>>, E> {
        if let Some(known) = self.locked(revision, |answers| answers.by_question.get(question).cloned()) {
            return Ok(known);
        }
        let found = Arc::new(find()?);
        self.locked(revision, |answers| {
            if answers.bytes + found.len() <= MOST_BYTES {
                answers.bytes += found.len();
                answers.by_question.insert(question.to_owned(), Arc::clone(&found));
            }
        });
        Ok(found)
    }

    fn locked<T>(&self, revision: u64, with: impl FnOnce(&mut Answers) -> T) -> T {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.revision != revision {
            *answers = Answers { revision, ..Answers::default() };
        }
        with(&mut answers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(remembered: &Remembered, question: &str, revision: u64, answer: &str) -> String {
        let found = remembered.answer::<()>(question, revision, || Ok(answer.as_bytes().to_vec())).unwrap();
        String::from_utf8_lossy(&found).into_owned()
    }

    #[test]
    fn an_answer_is_found_once_a_revision() {
        let remembered = Remembered::default();
        assert_eq!(ask(&remembered, "a", 1, "first"), "first");
        assert_eq!(ask(&remembered, "a", 1, "second"), "first");
        assert_eq!(ask(&remembered, "b", 1, "other"), "other");
        assert_eq!(ask(&remembered, "a", 2, "second"), "second");
    }

    #[test]
    fn what_is_too_much_is_not_remembered() {
        let remembered = Remembered::default();
        let much = "x".repeat(MOST_BYTES + 1);
        ask(&remembered, "a", 1, &much);
        assert_eq!(ask(&remembered, "a", 1, "little"), "little");
    }
}
