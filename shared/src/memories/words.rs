//! What the search index holds of a memory, and what a query asks of it.

use std::collections::BTreeSet;

use crate::crypto;

/// Longer words are cut.
const MAX_WORD: usize = 40;
/// More words of a query are not looked at.
const MAX_QUERY_WORDS: usize = 16;

/// Words that say nothing where others are asked for as well.
const COMMON: [&str; 48] = [
    "a", "about", "an", "and", "are", "as", "at", "be", "by", "can", "did", "do", "does", "for", "from", "has", "have", "how", "i", "if",
    "in", "is", "it", "its", "me", "my", "no", "not", "of", "on", "or", "our", "that", "the", "there", "this", "to", "was", "we", "what",
    "when", "where", "which", "who", "why", "will", "with", "you",
];

fn short_hash(text: &str) -> String {
    hex::encode(&crypto::hash(text)[..8])
}

/// The words of a text, in order. What is not ASCII is hashed, so that the index is small whatever the script; of scripts
/// without spaces each character is a word.
fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let mut all = Vec::new();
    for run in lower.split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty()) {
        if run.is_ascii() {
            all.push(run[..run.len().min(MAX_WORD)].to_owned());
        } else if run.chars().any(is_dense) {
            all.extend(run.chars().map(|c| format!("x{}", short_hash(&c.to_string()))));
        } else {
            all.push(format!("x{}", short_hash(run)));
        }
    }
    all
}

/// Chinese, Japanese, Korean, Thai and their neighbours.
const fn is_dense(c: char) -> bool {
    matches!(c, '\u{0E00}'..='\u{0EFF}' | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}' | '\u{20000}'..='\u{3134F}')
}

fn tag_word(tag: &str) -> String {
    format!("_g{}", short_hash(&tag.to_lowercase()))
}

/// What is indexed of one memory: its words, those of its tags, and its tags as such.
pub fn index(content: &str, tags: &[String]) -> BTreeSet<String> {
    let all = words(content).into_iter().chain(tags.iter().flat_map(|tag| words(tag)));
    all.chain(tags.iter().map(|tag| tag_word(tag))).collect()
}

/// What a search asks for: any of the words and all of the tags.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Asked {
    /// None: only the tags count.
    pub words: Vec<String>,
    /// As the index has them.
    pub tags: Vec<String>,
}

impl Asked {
    /// `None`: nothing is asked for. A text without a single word asks for what nothing has.
    pub fn new(text: &str, tags: &[String]) -> Option<Self> {
        let words = if text.trim().is_empty() { Vec::new() } else { asked_words(text) };
        let tags = tags.iter().map(|tag| tag_word(tag)).collect::<BTreeSet<_>>().into_iter().collect();
        Some(Self { words, tags }).filter(|asked| *asked != Self::default())
    }

    /// The words, then the tags.
    pub fn all(&self) -> impl Iterator<Item = &String> {
        self.words.iter().chain(&self.tags)
    }
}

fn asked_words(text: &str) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let all: Vec<_> = words(text).into_iter().filter(|word| seen.insert(word.clone())).collect();
    let telling: Vec<_> = all.iter().filter(|word| !COMMON.contains(&word.as_str())).cloned().collect();
    let mut chosen = if telling.is_empty() { all } else { telling };
    chosen.truncate(MAX_QUERY_WORDS);
    if chosen.is_empty() {
        chosen.push("_nothing".to_owned());
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str, tags: &[&str]) -> Option<Asked> {
        Asked::new(text, &tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn every_word_is_indexed_once() {
        let found = index("Go to al, the PR-7 of al", &["CI job".into()]);
        let tag = tag_word("ci JOB");
        let expected = ["7", &tag, "al", "ci", "go", "job", "of", "pr", "the", "to"];
        assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_tells_nothing_is_left_out_of_a_query() {
        let table = [
            ("al go AL", &[][..], Some((vec!["al", "go"], 0))),
            ("the al", &[], Some((vec!["al"], 0))),
            ("the", &[], Some((vec!["the"], 0))),
            (" ", &["a", "B", "b"], Some((vec![], 2))),
            ("!!!", &[], Some((vec!["_nothing"], 0))),
            ("", &[], None),
        ];
        for (text, tags, expected) in table {
            let asked = asked(text, tags);
            let found = asked.as_ref().map(|asked| (asked.words.iter().map(String::as_str).collect::<Vec<_>>(), asked.tags.len()));
            assert_eq!(found, expected, "{text:?} {tags:?}");
        }
        let long = (0..40).map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
        assert_eq!(asked(&long, &[]).unwrap().words.len(), MAX_QUERY_WORDS);
    }

    #[test]
    fn all_that_is_indexed_fits_the_column() {
        let found = index(&format!("{} Grüße 部署 \u{0}'\"% _", "long".repeat(100)), &["x".repeat(64), "部".repeat(64)]);
        assert!(found.iter().all(|word| word.is_ascii() && word.len() <= 48), "{found:?}");
    }

    #[test]
    fn words_of_all_scripts_are_found_again() {
        for (content, text) in [("Grüße an alle", "grüße"), ("部署到生产", "生产"), ("ΑΒΓ δ", "αβγ")] {
            let indexed = index(content, &[]);
            let asked = Asked::new(text, &[]).unwrap();
            assert!(asked.words.iter().all(|word| indexed.contains(word)), "{content}: {asked:?}");
        }
    }
}
