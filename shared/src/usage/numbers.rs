//! Numbers as old clients send them (`host-api.md` 5.2 of the contract).

use serde_json::Value;

use super::MOST_TOKENS;

/// Reads a number; the error says what is wrong. What may be missing (`lenient`) is missing when it is no number at all.
pub fn number(path: &str, value: Option<&Value>, lenient: bool) -> Result<Option<u64>, String> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => digits(path, text),
        Some(Value::Number(number)) => whole(path, number),
        Some(_) if lenient => Ok(None),
        Some(_) => Err(format!("{path} must be an integer")),
    }
}

fn digits(path: &str, text: &str) -> Result<Option<u64>, String> {
    let plain: String = text.chars().filter(|c| !matches!(c, ',' | '_') && !c.is_whitespace()).collect();
    if plain.is_empty() {
        return Ok(None);
    }
    if !plain.bytes().all(|b| b.is_ascii_digit()) {
        return Err(format!("{path} must be a number (digits, optional commas)"));
    }
    Ok(Some(plain.parse().unwrap_or(MOST_TOKENS).min(MOST_TOKENS)))
}

fn whole(path: &str, number: &serde_json::Number) -> Result<Option<u64>, String> {
    if let Some(n) = number.as_u64() {
        return Ok(Some(n.min(MOST_TOKENS)));
    }
    let float = number.as_f64().unwrap_or(-1.0).trunc();
    if float < 0.0 {
        return Err(format!("{path} must be non-negative"));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast from a float saturates, and this one is not negative"
    )]
    Ok(Some((float as u64).min(MOST_TOKENS)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_follow_the_contract() {
        let (wrong, negative, integer) = ("must be a number (digits, optional commas)", "must be non-negative", "must be an integer");
        let cases = [
            (json!(null), Ok(None)),
            (json!(""), Ok(None)),
            (json!(" , "), Ok(None)),
            (json!("1,234"), Ok(Some(1234))),
            (json!(" 1_000 "), Ok(Some(1000))),
            (json!("99999999999999999999999"), Ok(Some(MOST_TOKENS))),
            (json!("1.5"), Err(wrong)),
            (json!("1e3"), Err(wrong)),
            (json!("+5"), Err(wrong)),
            (json!("-5"), Err(wrong)),
            (json!("٣"), Err(wrong)),
            (json!(7), Ok(Some(7))),
            (json!(-1), Err(negative)),
            (json!(1.9), Ok(Some(1))),
            (json!(-0.5), Ok(Some(0))),
            (json!(-1.5), Err(negative)),
            (json!(1e300), Ok(Some(MOST_TOKENS))),
            (json!(true), Err(integer)),
            (json!([1]), Err(integer)),
        ];
        for (value, expected) in cases {
            let expected = expected.map_err(|why| format!("usage.total {why}"));
            assert_eq!(number("usage.total", Some(&value), false), expected, "{value}");
        }
        assert_eq!(number("x", None, false), Ok(None));
        assert_eq!(number("x", Some(&json!(true)), true), Ok(None));
        assert!(number("x", Some(&json!("-5")), true).is_err());
    }
}
