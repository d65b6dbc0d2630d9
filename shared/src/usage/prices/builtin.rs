//! Prices that are known without a list: OpenAI's public ones for 1 million tokens of models that Codex can use. They are
//! the last resort; what is not here has no price until somebody names one.

/// Model, fresh input, cached input, output; USD for 1 million tokens (`https://platform.openai.com/docs/pricing`).
pub const USD_PER_MILLION: &[(&str, &str, &str, &str)] = &[
    ("codex-mini-latest", "1.50", "0.375", "6.00"),
    ("gpt-4.1", "2.00", "0.50", "8.00"),
    ("gpt-4.1-mini", "0.40", "0.10", "1.60"),
    ("gpt-5", "1.25", "0.125", "10.00"),
    ("gpt-5-codex", "1.25", "0.125", "10.00"),
    ("gpt-5-mini", "0.25", "0.025", "2.00"),
    ("gpt-5-nano", "0.05", "0.005", "0.40"),
    ("gpt-5.1", "1.25", "0.125", "10.00"),
    ("gpt-5.1-codex", "1.25", "0.125", "10.00"),
    ("gpt-5.1-codex-max", "1.25", "0.125", "10.00"),
    ("gpt-5.1-codex-mini", "0.25", "0.025", "2.00"),
    ("gpt-5.2", "1.75", "0.175", "14.00"),
    ("gpt-5.2-codex", "1.75", "0.175", "14.00"),
    ("o3", "2.00", "0.50", "8.00"),
    ("o4-mini", "1.10", "0.275", "4.40"),
];
