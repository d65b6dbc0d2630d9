//! Small writing into TOML tables.

use indexmap::IndexMap;
use toml_edit::{Array, InlineTable, Item, Table, Value};

/// Sets a key when there is something to say.
pub fn put(table: &mut Table, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        table.insert(key, Item::Value(value.into()));
    }
}

/// Sets a whole number.
pub fn put_number(table: &mut Table, key: &str, number: Option<u64>) {
    put(table, key, number.and_then(|number| i64::try_from(number).ok()));
}

/// Sets a list unless it is empty.
pub fn put_list(table: &mut Table, key: &str, items: &[String]) {
    put(table, key, (!items.is_empty()).then(|| items.iter().collect::<Array>()));
}

/// Sets texts by name as one value, unless there are none.
pub fn put_texts(table: &mut Table, key: &str, texts: &IndexMap<String, String>) {
    put(table, key, (!texts.is_empty()).then(|| texts.iter().map(|(name, text)| (name, text.as_str())).collect::<InlineTable>()));
}

/// Adds a table of its own unless it is empty.
pub fn put_table(parent: &mut Table, key: &str, table: Table) {
    if !table.is_empty() {
        parent.insert(key, Item::Table(table));
    }
}

/// A table that has no header of its own.
pub fn parent() -> Table {
    let mut table = Table::new();
    table.set_implicit(true);
    table
}
