//! Commands in documents, as a reader copies them.

/// Command in a fenced block of a document.
#[derive(Debug, PartialEq, Eq)]
pub struct Documented {
    /// Number of its line, from 1 on.
    pub line: usize,
    /// Folder that the `cd` commands before it in its block lead to; empty for the checkout.
    pub folder: String,
    /// Commands of a pipe, each as words; variables that are set for a command are words before it.
    pub pipe: Vec<Vec<String>>,
}

impl Documented {
    /// True if both are nothing but variables, on lines that follow each other: the settings of one program.
    fn continues_with(&self, next: &Self) -> bool {
        let is_variable = |word: &String| {
            word.split_once('=').is_some_and(|(name, value)| {
                name.chars().all(|c| c.is_ascii_uppercase() || c == '_') && !value.starts_with("$(")
            })
        };
        let is_settings = |command: &Self| command.pipe.iter().flatten().all(is_variable);
        next.line == self.line + self.pipe[0].len() && is_settings(self) && is_settings(next)
    }
}

/// Returns the commands in the blocks of a Markdown document that name no language, in their order. The output of a command, between
/// `<!-- picture` and `<!-- end`, is left out.
#[must_use]
pub fn commands(document: &str) -> Vec<Documented> {
    let mut found: Vec<Documented> = Vec::new();
    let mut block: Option<Block> = None;
    let (mut is_foreign, mut is_picture) = (false, false);
    for (text, line) in document.lines().zip(1..) {
        if let Some(language) = text.strip_prefix("```") {
            if is_foreign || block.is_some() {
                (is_foreign, block) = (false, None);
            } else if language.is_empty() && !is_picture {
                block = Some(Block::default());
            } else {
                is_foreign = true;
            }
        } else if let Some(block) = &mut block {
            for command in block.read(text, line) {
                match found.last_mut() {
                    Some(before) if before.continues_with(&command) => {
                        before.pipe[0].extend(command.pipe.into_iter().flatten());
                    }
                    _ => found.push(command),
                }
            }
        } else if text.starts_with("<!-- ") {
            is_picture = text.starts_with("<!-- picture");
        }
    }
    found
}

/// Returns what stands between backticks in the text of a Markdown document, outside of its blocks, with its line.
pub fn inline_code(document: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut is_inside = false;
    let text = document.lines().zip(1..).filter(move |(text, _)| {
        let is_fence = text.starts_with("```");
        is_inside ^= is_fence;
        !is_fence && !is_inside
    });
    text.flat_map(|(text, line)| text.split('`').skip(1).step_by(2).map(move |code| (line, code)))
}

/// Block of commands that is being read.
#[derive(Default)]
struct Block {
    folder: String,
    continued: String,
}

impl Block {
    /// Reads a line and returns the commands that end in it.
    fn read(&mut self, text: &str, line: usize) -> Vec<Documented> {
        self.continued.push_str(text.trim_start().trim_end_matches('\\'));
        if text.ends_with('\\') {
            return Vec::new();
        }
        let text = std::mem::take(&mut self.continued);
        lists(&text).into_iter().filter_map(|pipe| self.command(pipe, line)).collect()
    }

    /// Returns a command with its folder; a `cd` changes the folder of those after it.
    fn command(&mut self, pipe: Vec<Vec<String>>, line: usize) -> Option<Documented> {
        if let [only] = pipe.as_slice()
            && let [cd, folder] = only.as_slice()
            && cd == "cd"
        {
            self.folder =
                if self.folder.is_empty() { folder.clone() } else { format!("{}/{folder}", self.folder) };
            return None;
        }
        (!pipe.iter().all(Vec::is_empty)).then(|| Documented { line, folder: self.folder.clone(), pipe })
    }
}

/// Splits a line at `&&` into pipes, these at `|` into commands, and these into words. A remark is left out.
fn lists(text: &str) -> Vec<Vec<Vec<String>>> {
    let mut lists = vec![vec![Vec::new()]];
    for (word, is_quoted) in words(text) {
        let pipe = lists.last_mut().expect("there is always a list");
        match word.as_str() {
            "&&" if !is_quoted => lists.push(vec![Vec::new()]),
            "|" if !is_quoted => pipe.push(Vec::new()),
            _ => pipe.last_mut().expect("there is always a command").push(word),
        }
    }
    lists
}

/// Splits a line into words, and tells of each if a part of it was quoted. What follows `#` or a wide gap is a remark.
fn words(text: &str) -> Vec<(String, bool)> {
    let (mut words, mut word, mut is_quoted, mut quote) = (Vec::new(), String::new(), false, None);
    let mut gap = 0;
    for character in text.trim_start().chars() {
        match (character, quote) {
            (' ', None) => {
                gap += 1;
                if gap == 1 && (is_quoted || !word.is_empty()) {
                    words.push((std::mem::take(&mut word), std::mem::take(&mut is_quoted)));
                }
                continue;
            }
            _ if gap > 2 => return words,
            ('#', None) if word.is_empty() => return words,
            ('\'' | '"', None) => (quote, is_quoted) = (Some(character), true),
            (end, Some(begin)) if end == begin => quote = None,
            (other, _) => word.push(other),
        }
        gap = 0;
    }
    if is_quoted || !word.is_empty() {
        words.push((word, is_quoted));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(block: &str, expected: &[(&str, &[&[&str]])]) {
        let found = commands(&format!("Text\n\n```\n{block}```\n\n```json\n{{}}\n```\n"));
        let expected: Vec<_> = expected
            .iter()
            .map(|(folder, pipe)| {
                (
                    folder.to_string(),
                    pipe.iter()
                        .map(|words| words.iter().map(|word| word.to_string()).collect::<Vec<_>>())
                        .collect::<Vec<_>>(),
                )
            })
            .collect();
        assert_eq!(found.into_iter().map(|found| (found.folder, found.pipe)).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn folders_pipes_and_quotes_are_read() {
        check("cd infra && cd sam\nsam build    # a remark\n", &[("infra/sam", &[&["sam", "build"]])]);
        check("a 'b | c' \"\" | d\n", &[("", &[&["a", "b | c", ""], &["d"]])]);
    }

    #[test]
    fn lines_are_joined_and_remarks_left_out() {
        check("A=1 \\\n    b --c\n", &[("", &[&["A=1", "b", "--c"]])]);
        check("tailwater pull          all log groups\n", &[("", &[&["tailwater", "pull"]])]);
    }

    #[test]
    fn settings_on_lines_of_their_own_are_one_command() {
        check("A=1\nB_C=2\nA=1 b\n", &[("", &[&["A=1", "B_C=2"]]), ("", &[&["A=1", "b"]])]);
    }

    #[test]
    fn output_of_a_command_is_no_command() {
        assert_eq!(commands("<!-- picture: output -->\n```\n12 functions\n```\n<!-- end -->\n"), []);
        assert_eq!(inline_code("`a b`\n```\n`c`\n```\n").collect::<Vec<_>>(), [(1, "a b")]);
    }
}
