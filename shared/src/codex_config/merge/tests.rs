use toml_edit::DocumentMut;

use super::random::Random;
use super::*;

fn document(text: &str) -> DocumentMut {
    text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[test]
fn the_fleets_keys_win_and_the_hosts_stay_where_they_are() {
    let current = "# mine\nmodel = \"old\" # chosen\nmy_key = 1\n\n[projects.\"/p\"] # Codex wrote it\ntrust_level = \"trusted\"\n\n[features]\nundo = true\ngone = true\n\n[gone]\nx = 1\n";
    let before = "model = \"old\"\n[features]\ngone = true\n[gone]\nx = 1\n";
    let new = "model = \"new\"\napproval_policy = \"never\"\n\n[features]\nfast = true\n\n[mcp_servers.cdx]\nurl = \"https://c/mcp\"\n";

    let merged = merge(current, before, new).unwrap();

    assert_eq!(
        merged,
        "# mine\nmodel = \"new\" # chosen\nmy_key = 1\napproval_policy = \"never\"\n\n[projects.\"/p\"] # Codex wrote it\ntrust_level = \"trusted\"\n\n[features]\nundo = true\nfast = true\n\n[mcp_servers.cdx]\nurl = \"https://c/mcp\"\n"
    );
}

#[test]
fn a_host_without_a_config_gets_the_fleets() {
    let new = "model = \"x\"\n\n[features]\na = true\n";
    assert_eq!(merge("", "", new).unwrap(), new);
    assert_eq!(merge("# only a word\n", "", "").unwrap(), "# only a word\n");
}

#[test]
fn another_spelling_is_the_same_key() {
    for (current, before, new, expected) in [
        ("features.a = true\n", "[features]\na = true\n", "[features]\na = true\n", "features.a = true\n"),
        ("features = { a = 1, b = 2 }\n", "", "[features]\na = 3\n", "[features]\na = 3\nb = 2\n"),
        ("a = 1\n", "a = 1\n", "[a]\nb = 2\n", "[a]\nb = 2\n"),
        ("[a]\nb = 2\nmine = 3\n", "[a]\nb = 2\n", "", "[a]\nmine = 3\n"),
        ("[a]\nx = 'y'\n", "", "[a]\nx = \"y\"\n", "[a]\nx = 'y'\n"),
    ] {
        assert_eq!(merge(current, before, new).unwrap(), expected, "{current}");
    }
}

#[test]
fn what_is_no_toml_is_an_error_and_nothing_is_guessed() {
    assert!(matches!(merge("a = ", "", "b = 1"), Err(MergeError::Current(_))));
    assert!(matches!(merge("a = 1", "", "b = "), Err(MergeError::New(_))));
    assert_eq!(merge("a = 1\n", "{\"json\":1}", "").unwrap(), "a = 1\n");
}

#[test]
fn a_thousand_random_merges_keep_the_rules() {
    for seed in 0..1000 {
        let mut random = Random(seed);
        let (before, new) = (random.document(), random.document());
        let current = if random.below(2) == 0 { random.document() } else { merge(&random.document(), "", &before).unwrap() };

        let merged = merge(&current, &before, &new).unwrap_or_else(|error| panic!("{seed}: {error}\n{current}\n--\n{new}"));

        let case = format!("seed {seed}\n-- current\n{current}\n-- before\n{before}\n-- new\n{new}\n-- merged\n{merged}");
        assert_eq!(merge(&merged, &new, &new).unwrap(), merged, "twice is once: {case}");
        assert_eq!(merge(&merged, &before, &new).unwrap(), merged, "again is once: {case}");
        check(&document(&current), &document(&before), &document(&new), &document(&merged), &case);
    }
}

fn check(current: &DocumentMut, before: &DocumentMut, new: &DocumentMut, merged: &DocumentMut, case: &str) {
    let (given, given_before) = (leaves(new.as_table()), leaves(before.as_table()));
    for (path, item) in &given {
        let found = path.iter().try_fold(merged.as_item(), |item, name| item.get(name));
        assert!(found.is_some_and(|found| same(found, item)), "{path:?} is not the fleet's: {case}");
    }
    let related = |a: &[String], b: &[String]| a.starts_with(b) || b.starts_with(a);
    for (path, item) in leaves(current.as_table()) {
        let fleets = given.iter().chain(&given_before).any(|(owned, _)| related(owned, &path));
        let found = path.iter().try_fold(merged.as_item(), |item, name| item.get(name));
        assert!(fleets || found.is_some_and(|found| same(found, item)), "{path:?} was the host's: {case}");
    }
    for (path, _) in &given_before {
        let kept = given.iter().any(|(owned, _)| related(owned, path));
        let found = path.iter().try_fold(merged.as_item(), |item, name| item.get(name));
        let gone = found.is_none_or(toml_edit::Item::is_table);
        assert!(kept || gone, "{path:?} was the fleet's and is none now: {case}");
    }
}
