//! Documents by chance, and chance that can be repeated.

use std::fmt::Write as _;

/// `SplitMix64` (Steele, Lea and Flood, 2014).
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(end).unwrap()).unwrap()
    }

    pub fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    /// TOML in some of the ways people write it; always valid.
    pub fn document(&mut self) -> String {
        let mut text = String::new();
        self.keys(&mut text, &["model", "a", "\"q r\"", "mcp"]);
        for name in ["features", "tui", "projects.\"/p\"", "projects.\"/q\"", "mcp.x", "mcp.y", "a.b", "deep.er.still"] {
            // A name that is a key already cannot be a table too.
            let taken = text.lines().any(|line| line.split([' ', '=', '.']).next() == name.split('.').next() && !line.starts_with('['));
            if self.below(3) > 0 && !taken {
                let _ = writeln!(text, "{}[{name}]{}", self.pick(&["", "\n", "\n# about it\n"]), self.pick(&["", " # beside"]));
                self.keys(&mut text, &["on", "x", "url", "\"k-1\""]);
            }
        }
        if self.below(3) == 0 && !text.contains("list") {
            text.push_str("[[list]]\nn = 1\n[[list]]\nn = 2\n[list.of]\nm = 3\n");
        }
        text.push_str(self.pick(&["", "# the end\n", "\n"]));
        text
    }

    fn keys(&mut self, text: &mut String, names: &[&str]) {
        for name in names {
            if self.below(2) == 0 {
                text.push_str(self.pick(&["", "", "# why\n", "\n"]));
                let values = ["1", "\"two\"", "[1, 2]", "true", "{ x = 1, y = \"z\" }", "1.5", "'''a\nb'''", "[\n  1, # one\n  2,\n]"];
                let _ = match self.below(6) {
                    0 => writeln!(text, "{name}.on = {}\n{name}.{} = 7", self.pick(&values), self.pick(&["x", "z.z"])),
                    _ => writeln!(text, "{name} = {}{}", self.pick(&values), self.pick(&["", " # beside", "  "])),
                };
            }
        }
    }
}
