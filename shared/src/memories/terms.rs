//! What the full-text index holds of a memory, and how it is asked.
//!
//! Each word has its scope in front (`h17_deploy`), so that a search reads the entries of the scopes it may see and of no
//! others, and so that no word is too short or too common for the index. Tags are words as well: `+` asks for them before
//! anything is counted or cut. A second copy with `a_` in front is for administrators, who see every scope.

use std::collections::{BTreeSet, HashMap};

use super::scope::Scope;
use crate::crypto;

/// Longer words are cut; the index cuts at 84.
const MAX_WORD: usize = 40;
/// A word counts so often at most.
const MAX_TIMES: u32 = 3;
/// More words of a query are not looked at.
const MAX_QUERY_WORDS: usize = 16;

/// Words that say nothing where others are asked for as well.
const COMMON: [&str; 48] = [
    "a", "about", "an", "and", "are", "as", "at", "be", "by", "can", "did", "do", "does", "for", "from", "has", "have", "how", "i", "if",
    "in", "is", "it", "its", "me", "my", "no", "not", "of", "on", "or", "our", "that", "the", "there", "this", "to", "was", "we", "what",
    "when", "where", "which", "who", "why", "will", "with", "you",
];

/// What stands in front of everything of a scope.
fn prefix(scope: &Scope) -> String {
    match scope {
        Scope::Host(id) => format!("h{id}"),
        Scope::Fleet => "f".to_owned(),
        Scope::Tag(tag) => format!("t{}", short_hash(tag)),
    }
}

/// In front of the copy for administrators.
const ALL: &str = "a";

fn short_hash(text: &str) -> String {
    hex::encode(&crypto::hash(text)[..8])
}

/// The words of a text, in order. What is not Latin is hashed, since the index's own idea of letters differs between databases;
/// of scripts without spaces each character is a word.
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

/// What is indexed of one memory.
pub fn index(scope: &Scope, content: &str, tags: &[String]) -> String {
    let scope = prefix(scope);
    let mut times: HashMap<String, u32> = HashMap::new();
    let mut out = String::with_capacity(content.len() * 2);
    for word in words(content).into_iter().chain(tags.iter().flat_map(|tag| words(tag))) {
        let seen = times.entry(word.clone()).or_default();
        *seen += 1;
        if *seen <= MAX_TIMES {
            out.extend([scope.as_str(), "_", &word, " "]);
        }
        if *seen == 1 {
            out.extend([ALL, "_", &word, " "]);
        }
    }
    let tags: BTreeSet<_> = tags.iter().map(|tag| tag_word(tag)).collect();
    for tag in tags {
        out.extend([scope.as_str(), "_", &tag, " ", ALL, "_", &tag, " "]);
    }
    out
}

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub enum Among<'a> {
    /// These scopes only.
    Scopes(&'a [Scope]),
    /// Everything: administrators.
    Everything,
}

/// The boolean query for any of the words and all of the tags; `None`: nothing is asked for. A text without a single word
/// asks for what nothing has.
pub fn query(among: Among<'_>, text: &str, tags: &[String]) -> Option<String> {
    let prefixes: Vec<_> = match among {
        Among::Scopes(scopes) => scopes.iter().map(prefix).collect(),
        Among::Everything => vec![ALL.to_owned()],
    };
    let any_of = |words: &[String]| {
        let all = prefixes.iter().flat_map(|prefix| words.iter().map(move |word| format!("{prefix}_{word}")));
        format!("+({})", all.collect::<Vec<_>>().join(" "))
    };
    let mut parts = Vec::new();
    if !text.trim().is_empty() {
        parts.push(any_of(&asked_words(text)));
    }
    parts.extend(tags.iter().map(|tag| any_of(&[tag_word(tag)])));
    (!parts.is_empty()).then(|| parts.join(" "))
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

    fn asked(text: &str, tags: &[&str]) -> Option<String> {
        let tags: Vec<_> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        query(Among::Scopes(&[Scope::Host(1), Scope::Fleet]), text, &tags)
    }

    #[test]
    fn every_word_is_indexed_with_its_scope() {
        let text = index(&Scope::Host(17), "Go to al, the PR-7 of al", &["CI".into()]);
        let words: Vec<_> = text.split(' ').collect();
        for word in ["h17_go", "h17_to", "h17_al", "h17_the", "h17_pr", "h17_7", "h17_ci", "a_al", "a_ci"] {
            assert!(words.contains(&word), "{word}: {text}");
        }
        assert_eq!(words.iter().filter(|word| **word == "h17_al").count(), 2);
        assert_eq!(words.iter().filter(|word| **word == "a_al").count(), 1);
        assert!(text.is_ascii());
    }

    #[test]
    fn a_query_asks_in_every_scope_and_for_all_tags() {
        assert_eq!(asked("al go", &[]).unwrap(), "+(h1_al h1_go f_al f_go)");
        assert_eq!(asked("the al", &[]).unwrap(), "+(h1_al f_al)", "a common word among others says nothing");
        assert_eq!(asked("the", &[]).unwrap(), "+(h1_the f_the)", "alone it is what is asked for");
        let tagged = asked("", &["a", "B"]).unwrap();
        assert_eq!(tagged.matches('+').count(), 2);
        assert_eq!(tagged, asked(" ", &["A", "b"]).unwrap());
        assert_eq!(asked("", &[]), None);
        assert_eq!(asked("!!!", &[]).unwrap(), "+(h1__nothing f__nothing)");
        assert_eq!(query(Among::Everything, "al", &[]).unwrap(), "+(a_al)");
    }

    #[test]
    fn no_text_of_a_caller_is_an_operator() {
        for text in ["-x +y", "\"a b\"", "a* (b) ~c", "<d> @8", "'; DROP"] {
            let query = asked(text, &[text]).unwrap();
            let inner: String = query.chars().filter(|c| !matches!(c, '+' | '(' | ')' | ' ')).collect();
            assert!(inner.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'), "{query}");
            assert_eq!(query.matches('+').count(), 2);
        }
    }

    #[test]
    fn words_of_all_scripts_are_found_again() {
        for (content, text) in [("Grüße an alle", "grüße"), ("部署到生产", "生产"), ("ΑΒΓ δ", "αβγ")] {
            let indexed = index(&Scope::Host(1), content, &[]);
            let asked = query(Among::Scopes(&[Scope::Host(1)]), text, &[]).unwrap();
            let first = asked.trim_matches(['+', '(', ')']).split(' ').next().unwrap().to_owned();
            assert!(indexed.split(' ').any(|word| word == first), "{content}: {asked}");
        }
    }
}
