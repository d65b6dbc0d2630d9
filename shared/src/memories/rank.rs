//! Which of the memories that have a word are the best.
//!
//! Of each word the index gives the newest memories that have it, up to [`NEWEST`]. A word in fewer is known in full; of a
//! common word the rest is asked only for memories that another word or tag brought up. So a search costs about the same
//! however many memories have the words.

use std::collections::{HashMap, HashSet};

use super::words::Asked;

/// So many memories of a word and a scope are read.
pub const NEWEST: u32 = 500;
/// So many memories are asked whether they have the common words too.
const DOUBTFUL: usize = 500;

/// What is known of which memory has what.
#[derive(Debug)]
pub struct Ranking {
    words: usize,
    /// Of each word, then of each tag: the memories known to have it.
    having: Vec<HashSet<u64>>,
    /// Whether those are all.
    complete: Vec<bool>,
}

/// A question that decides what is not known yet.
#[derive(Debug, PartialEq, Eq)]
pub struct Question {
    /// Places in [`Asked::all`] of what is common.
    pub terms: Vec<usize>,
    /// The memories it is asked of.
    pub memories: Vec<u64>,
}

impl Ranking {
    /// From what the index gave: the place in [`Asked::all`] and, of each scope by itself, the newest memories that have it.
    pub fn new(asked: &Asked, lists: Vec<(usize, Vec<u64>)>) -> Self {
        let terms = asked.all().count();
        let mut ranking = Self { words: asked.words.len(), having: vec![HashSet::new(); terms], complete: vec![true; terms] };
        for (term, memories) in lists {
            ranking.complete[term] &= memories.len() < NEWEST as usize;
            ranking.having[term].extend(memories);
        }
        ranking
    }

    /// What has to be asked before [`Ranking::best`] is right; `None`: nothing.
    pub fn question(&self) -> Option<Question> {
        let terms: Vec<_> = (0..self.complete.len()).filter(|term| !self.complete[*term]).collect();
        let mut memories = self.candidates();
        memories.truncate(DOUBTFUL);
        (!terms.is_empty() && self.complete.len() > 1 && !memories.is_empty()).then_some(Question { terms, memories })
    }

    /// Adds an answer: pairs of a place in [`Asked::all`] and a memory that has it.
    pub fn learn(&mut self, answer: impl IntoIterator<Item = (usize, u64)>) {
        for (term, memory) in answer {
            self.having[term].insert(memory);
        }
    }

    /// What has all tags and any word, with its score, best first and then newest first. Tags alone give no score.
    pub fn best(&self, limit: u32) -> Vec<(u64, Option<f64>)> {
        let tags = self.words..self.having.len();
        let matches = self.candidates().into_iter().filter(|memory| tags.clone().all(|tag| self.having[tag].contains(memory)));
        let scored = matches.map(|memory| (memory, (self.words > 0).then(|| self.score(memory))));
        scored.filter(|(_, score)| score.is_none_or(|score| score > 0.0)).take(limit as usize).collect()
    }

    /// What may match: the memories of the rarest tag that is known in full, or of any word and tag. Best first by what is known.
    fn candidates(&self) -> Vec<u64> {
        let known_tags = (self.words..self.having.len()).filter(|tag| self.complete[*tag]);
        let all: HashSet<_> = match known_tags.min_by_key(|tag| self.having[*tag].len()) {
            Some(tag) => self.having[tag].iter().copied().collect(),
            None => self.having.iter().flatten().copied().collect(),
        };
        let scores: HashMap<_, _> = all.iter().map(|memory| (*memory, self.score(*memory))).collect();
        let mut all: Vec<_> = all.into_iter().collect();
        all.sort_by(|one, other| scores[other].total_cmp(&scores[one]).then(other.cmp(one)));
        all
    }

    /// The sum over its words; the fewer have a word, the more it counts.
    #[expect(clippy::cast_precision_loss, reason = "at most some thousands")]
    fn score(&self, memory: u64) -> f64 {
        let found = (0..self.words).filter(|word| self.having[*word].contains(&memory));
        // A common word counts as one that twice as many have as are read.
        found
            .map(|word| if self.complete[word] { self.having[word].len() } else { 2 * NEWEST as usize })
            .map(|having| (1.0 + 4.0 * f64::from(NEWEST) / (having as f64 + 1.0)).ln())
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranking(words: usize, tags: usize, lists: Vec<(usize, Vec<u64>)>) -> Ranking {
        let some = |count: usize| (0..count).map(|n| n.to_string()).collect();
        Ranking::new(&Asked { words: some(words), tags: some(tags) }, lists)
    }

    fn ids(found: Vec<(u64, Option<f64>)>) -> Vec<u64> {
        found.into_iter().map(|(id, _)| id).collect()
    }

    /// As many as are read, the newest first.
    fn many(newest: u64) -> Vec<u64> {
        (0..u64::from(NEWEST)).map(|n| newest - n).collect()
    }

    #[test]
    fn rare_words_count_more_and_newer_memories_come_first() {
        let found = ranking(2, 0, vec![(0, vec![9, 5, 3, 2]), (1, vec![7, 3])]);
        assert_eq!(found.question(), None, "everything is known");
        assert_eq!(ids(found.best(9)), [3, 7, 9, 5, 2]);
        assert_eq!(ids(found.best(2)), [3, 7]);
        assert!(found.best(9).windows(2).all(|two| two[0].1 >= two[1].1));
    }

    #[test]
    fn all_tags_are_asked_for_before_anything_is_cut() {
        let found = ranking(1, 2, vec![(0, vec![9, 8, 7, 6]), (1, vec![6, 7, 1]), (2, vec![9, 7, 6, 2])]);
        assert_eq!(ids(found.best(1)), [7]);
        assert_eq!(ids(found.best(9)), [7, 6]);
        let tags = ranking(0, 2, vec![(0, vec![9, 1]), (1, vec![9, 4, 1])]);
        assert_eq!(tags.best(9), [(9, None), (1, None)]);
        assert_eq!(ids(ranking(1, 1, vec![(0, vec![]), (1, vec![4])]).best(9)), [0; 0], "a tag without the word is no match");
    }

    #[test]
    fn of_a_common_word_only_what_matters_is_asked() {
        let mut found = ranking(2, 0, vec![(0, many(90_000)), (1, vec![70, 60])]);
        let question = found.question().unwrap();
        assert_eq!((question.terms.as_slice(), question.memories.len()), (&[0][..], DOUBTFUL));
        assert_eq!(question.memories[..3], [70, 60, 90_000]);
        found.learn([(0, 60)]);
        assert_eq!(ids(found.best(3)), [60, 70, 90_000]);
        assert_eq!(ranking(1, 0, vec![(0, many(90_000))]).question(), None, "the newest are the best");
    }

    #[test]
    fn a_rare_tag_decides_what_is_asked() {
        let mut found = ranking(1, 1, vec![(0, many(90_000)), (1, vec![50, 40])]);
        assert_eq!(found.question(), Some(Question { terms: vec![0], memories: vec![50, 40] }));
        found.learn([(0, 40)]);
        assert_eq!(ids(found.best(9)), [40]);
    }

    #[test]
    fn a_rare_word_with_a_common_tag_is_found_however_old() {
        let mut found = ranking(1, 1, vec![(0, vec![70, 60]), (1, many(90_000))]);
        assert_eq!(found.question().unwrap().memories[..2], [70, 60]);
        found.learn([(1, 60)]);
        assert_eq!(ids(found.best(9)), [60]);
    }

    #[test]
    fn lists_of_several_scopes_are_one() {
        let found = ranking(1, 0, vec![(0, vec![9, 2]), (0, vec![8])]);
        assert_eq!(ids(found.best(9)), [9, 8, 2]);
        assert!(!ranking(1, 0, vec![(0, vec![9]), (0, many(5000))]).complete[0]);
    }
}
