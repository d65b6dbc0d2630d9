//! What a document says, key by key.

use std::fmt::Write as _;

use toml_edit::{Item, Table, Value};

/// Every key that has a value, with its path. An inline table is one value, and so is a list of tables.
pub fn leaves(table: &Table) -> Vec<(Vec<String>, &Item)> {
    let mut found = Vec::new();
    collect(table, &mut Vec::new(), &mut found);
    found
}

fn collect<'a>(table: &'a Table, path: &mut Vec<String>, found: &mut Vec<(Vec<String>, &'a Item)>) {
    for (name, item) in table {
        path.push(name.to_owned());
        match item {
            Item::Table(inner) => collect(inner, path, found),
            Item::None => {}
            _ => found.push((path.clone(), item)),
        }
        path.pop();
    }
}

/// Whether two items say the same, however they are written.
pub fn same(a: &Item, b: &Item) -> bool {
    plain(a) == plain(b)
}

/// An item without its writing.
fn plain(item: &Item) -> String {
    let mut text = String::new();
    write_item(item, &mut text);
    text
}

fn write_item(item: &Item, text: &mut String) {
    match item {
        Item::None => {}
        Item::Value(value) => write_value(value, text),
        Item::Table(table) => write_entries(table.iter(), text),
        Item::ArrayOfTables(tables) => {
            text.push('[');
            for table in tables {
                write_entries(table.iter(), text);
                text.push(',');
            }
            text.push(']');
        }
    }
}

fn write_entries<'a>(entries: impl Iterator<Item = (&'a str, &'a Item)>, text: &mut String) {
    let mut entries: Vec<_> = entries.collect();
    entries.sort_by_key(|(name, _)| *name);
    text.push('{');
    for (name, item) in entries {
        _ = write!(text, "{name:?}=");
        write_item(item, text);
        text.push(',');
    }
    text.push('}');
}

fn write_value(value: &Value, text: &mut String) {
    match value {
        Value::String(string) => _ = write!(text, "{:?}", string.value()),
        Value::Integer(number) => text.push_str(&number.value().to_string()),
        Value::Float(number) => _ = write!(text, "{:?}", number.value()),
        Value::Boolean(flag) => text.push_str(&flag.value().to_string()),
        Value::Datetime(time) => text.push_str(&time.value().to_string()),
        Value::Array(items) => {
            text.push('[');
            for value in items {
                write_value(value, text);
                text.push(',');
            }
            text.push(']');
        }
        Value::InlineTable(table) => {
            let items: Vec<_> = table.iter().map(|(name, value)| (name, Item::Value(value.clone()))).collect();
            write_entries(items.iter().map(|(name, item)| (*name, item)), text);
        }
    }
}
