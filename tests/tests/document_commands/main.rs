//! Every command of the documents is run, in the order of the page, against a real server, as a reader would.
//! What cannot be run says why, in one of a few words ([`mark`]).

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

mod checkout;
mod mark;
mod markdown;
mod page;
mod reader;

use std::fs;

use e2e::ready::cache;
use fake_openai::{FakeOpenAi, Options, releases};

use crate::checkout::Checkout;
use crate::markdown::{blocks, documents};
use crate::page::Page;
use crate::reader::{Reader, shown};

/// The Codex that hosts get.
const CODEX: &str = "0.169.0";

fn openai() -> FakeOpenAi {
    let releases_dir = cache().join("releases");
    releases::from_npm(&cache(), &releases_dir, CODEX).unwrap();
    FakeOpenAi::start(Options { releases_dir: Some(releases_dir), ..Options::default() }).unwrap()
}

#[test]
fn every_command_of_the_documents_runs() {
    let (reader, checkout) = (Reader::new(openai()), Checkout::new());
    let (mut server, mut run, mut wrong) = (None, 0, Vec::new());
    for path in documents() {
        let found = match blocks(&fs::read_to_string(&path).unwrap()) {
            Ok(found) => found,
            Err(why) => {
                wrong.push(format!("{}: {why}", shown(&path)));
                continue;
            }
        };
        let mut page = Page::open(&reader, &checkout, server.take());
        for block in found {
            match page.does(&block) {
                Ok(did) => run += usize::from(did),
                Err(why) => wrong.push(format!("{}:{}: {why}\n", shown(&path), block.line)),
            }
        }
        server = page.close();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(run >= 20, "only {run} blocks were run");
}
