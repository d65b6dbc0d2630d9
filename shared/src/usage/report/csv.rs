//! Rows as CSV for a spreadsheet.

use serde::Serialize;
use serde_json::Value;

use crate::{AppError, AppResult};

/// The rows with a line of names; a text that a spreadsheet would run as a formula is made one it shows.
pub fn write<T: Serialize>(rows: &[T]) -> AppResult<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for (number, row) in rows.iter().enumerate() {
        let text = serde_json::to_string(row).map_err(AppError::internal)?;
        let row: serde_json::Map<String, Value> = serde_json::from_str(&text).map_err(AppError::internal)?;
        if number == 0 {
            writer.write_record(row.keys()).map_err(AppError::internal)?;
        }
        writer.write_record(row.values().map(cell)).map_err(AppError::internal)?;
    }
    let bytes = writer.into_inner().map_err(|error| AppError::internal(error.to_string()))?;
    String::from_utf8(bytes).map_err(AppError::internal)
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_cell_is_quoted_and_never_a_formula() {
        let rows = [json!({ "a": "x,\"y\"", "b": 1.5, "c": null }), json!({ "a": "=1+1", "b": 2, "c": true })];
        assert_eq!(write(&rows).unwrap(), "a,b,c\n\"x,\"\"y\"\"\",1.5,\n'=1+1,2,true\n");
        assert_eq!(write::<Value>(&[]).unwrap(), "");
    }
}
