//! Changes one key of a document and leaves the rest as it is written.

use toml_edit::{Item, Key, Table, TableLike};

use super::leaves::same;
use crate::codex_config::render::forget_places;

/// Takes a key away, and tables that only it had filled.
pub fn remove(root: &mut dyn TableLike, path: &[String]) {
    let Some((name, rest)) = path.split_first() else { return };
    if rest.is_empty() {
        // A table in the place of the fleet's value is the host's.
        if !root.get(name).is_some_and(Item::is_table) {
            root.remove(name);
        }
        return;
    }
    let Some(inner) = root.get_mut(name).and_then(Item::as_table_like_mut) else { return };
    let was_empty = inner.is_empty();
    remove(inner, rest);
    if inner.is_empty() && !was_empty && !root.get(name).is_some_and(has_comment) {
        root.remove(name);
    }
}

fn has_comment(item: &Item) -> bool {
    let comment = |text: Option<&toml_edit::RawString>| text.and_then(|text| text.as_str()).is_some_and(|text| text.contains('#'));
    item.as_table().is_some_and(|table| comment(table.decor().prefix()) || comment(table.decor().suffix()))
}

/// Gives a key the fleet's value. One that says the same already is left as it is written.
pub fn set(root: &mut Table, new: &Table, path: &[String], item: &Item) {
    let Some((name, rest)) = path.split_first() else { return };
    let Some((key, source)) = new.get_key_value(name) else { return };
    if rest.is_empty() {
        put(root, key, item);
        return;
    }
    let Some(source) = source.as_table() else { return };
    if !root.get(name).is_some_and(Item::is_table) {
        let table = in_place_of(root.remove(name), source);
        root.insert_formatted(key, Item::Table(table));
    }
    if let Some(Item::Table(inner)) = root.get_mut(name) {
        set(inner, source, rest, item);
    }
}

/// The table that stands where the host had something else, or nothing.
fn in_place_of(found: Option<Item>, source: &Table) -> Table {
    let mut table = match found {
        // The same keys in another spelling: they stay.
        Some(Item::Value(toml_edit::Value::InlineTable(inline))) => inline.into_table(),
        _ => Table::new(),
    };
    table.set_implicit(source.is_implicit() && table.is_empty());
    table.set_dotted(false);
    *table.decor_mut() = source.decor().clone();
    table
}

fn put(root: &mut Table, key: &Key, item: &Item) {
    let mut item = item.clone();
    match root.get_mut(key.get()) {
        Some(found) if same(found, &item) => {}
        Some(Item::Value(found)) if item.is_value() => {
            let decor = found.decor().clone();
            let mut value = item.into_value().expect("it is a value");
            *value.decor_mut() = decor;
            *found = value;
        }
        _ => {
            // Gone first: a table's key and a value's are written in different places.
            root.remove(key.get());
            if let Item::ArrayOfTables(tables) = &mut item {
                tables.iter_mut().for_each(forget_places);
            }
            root.insert_formatted(key, item);
        }
    }
}
