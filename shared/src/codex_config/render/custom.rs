//! TOML that an operator wrote beside the settings.

use toml_edit::{DocumentMut, Item, Table};

use crate::error::FieldErrors;

/// Adds it. It may not say what the settings say.
pub fn add(document: &mut DocumentMut, text: &str) -> Result<(), FieldErrors> {
    let parse = |text: &str| text.parse::<DocumentMut>().map_err(|error| refuse(vec![error.to_string()]));
    parse(text)?;
    // Apart from what is above it; the errors count the operator's own lines.
    let custom = parse(&format!("\n{text}"))?;
    let mut twice = Vec::new();
    overlay(document.as_table_mut(), custom.as_table(), "", &mut twice);
    if !twice.is_empty() {
        return Err(refuse(twice.into_iter().map(|key| format!("{key} is set by the settings already")).collect()));
    }
    let end = custom.trailing().as_str().unwrap_or_default().trim_end();
    if !end.is_empty() {
        document.set_trailing(format!("\n{}\n", end.trim_start_matches('\n')));
    }
    Ok(())
}

fn refuse(messages: Vec<String>) -> FieldErrors {
    FieldErrors::from([("custom_toml".to_owned(), messages)])
}

/// Puts the keys of one table into another; those that are there in both are told.
fn overlay(base: &mut Table, extra: &Table, path: &str, twice: &mut Vec<String>) {
    for (name, item) in extra {
        let at = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        match (base.get_mut(name), item) {
            (None, _) => {
                let key = extra.key(name).expect("it is there").clone();
                base.insert_formatted(&key, unplaced(item.clone()));
            }
            // `[mcp_servers]` itself is nobody's.
            (Some(Item::Table(base)), Item::Table(extra)) if base.is_implicit() => overlay(base, extra, &at, twice),
            (Some(Item::Table(base)), Item::Table(extra)) if extra.is_implicit() => overlay(base, extra, &at, twice),
            _ => twice.push(at),
        }
    }
}

/// A table without its place in the text it came from.
fn unplaced(mut item: Item) -> Item {
    match &mut item {
        Item::Table(table) => forget_places(table),
        Item::ArrayOfTables(tables) => tables.iter_mut().for_each(forget_places),
        _ => {}
    }
    item
}

/// See [`unplaced`].
pub fn forget_places(table: &mut Table) {
    table.set_position(None);
    for (_, item) in table.iter_mut() {
        match item {
            Item::Table(table) => forget_places(table),
            Item::ArrayOfTables(tables) => tables.iter_mut().for_each(forget_places),
            _ => {}
        }
    }
}
