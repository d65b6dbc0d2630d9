//! Which route an HTTP API of API Gateway chooses for a request.

/// A route, like `ANY /mcp/memories/{id}` or `$default`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// `None`: any.
    method: Option<String>,
    /// `None`: `$default`, which takes what no other route takes.
    path: Option<Vec<Segment>>,
}

/// A part of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    /// This text.
    Text(String),
    /// `{id}`: one segment of whatever text.
    One,
    /// `{proxy+}`: one segment or more, to the end.
    Rest,
}

/// How well a route matches: the least is chosen. A path's segments from the left, then a method before any method.
type Rank = (bool, Vec<u8>, bool);

impl Route {
    /// Reads a route key.
    pub fn parse(key: &str) -> Self {
        let Some((method, path)) = key.split_once(' ') else { return Self { method: None, path: None } };
        let segment = |text: &str| match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
            Some(name) if name.ends_with('+') => Segment::Rest,
            Some(_) => Segment::One,
            None => Segment::Text(text.to_owned()),
        };
        let path = path.trim_start_matches('/').split('/').map(segment).collect();
        Self { method: Some(method.to_owned()).filter(|method| method != "ANY"), path: Some(path) }
    }

    /// `None`: it does not match.
    fn rank(&self, method: &str, path: &str) -> Option<Rank> {
        if self.method.as_ref().is_some_and(|wanted| wanted != method) {
            return None;
        }
        let Some(segments) = &self.path else { return Some((true, Vec::new(), true)) };
        let asked: Vec<_> = path.trim_start_matches('/').split('/').collect();
        let greedy = segments.last() == Some(&Segment::Rest);
        let long_enough = if greedy { asked.len() >= segments.len() } else { asked.len() == segments.len() };
        let fits = segments.iter().zip(&asked).all(|(segment, text)| match segment {
            Segment::Text(wanted) => wanted == text,
            Segment::One | Segment::Rest => !text.is_empty(),
        });
        let preference = |segment: &Segment| match segment {
            Segment::Text(_) => 0,
            Segment::One => 1,
            Segment::Rest => 2,
        };
        (long_enough && fits).then(|| (false, segments.iter().map(preference).collect(), self.method.is_none()))
    }
}

/// The route that a request takes, by its place in `routes`. `None`: the gateway answers 404.
pub fn choose(routes: &[Route], method: &str, path: &str) -> Option<usize> {
    let ranked = routes.iter().enumerate().filter_map(|(at, route)| Some((route.rank(method, path)?, at)));
    ranked.min().map(|(_, at)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_specific_route_is_chosen() {
        let keys = [
            "GET /pets/dog/1",
            "GET /pets/dog/{id}",
            "GET /pets/{proxy+}",
            "ANY /pets/dog/2",
            "POST /pets/dog/2",
            "ANY /{proxy+}",
            "$default",
        ];
        let routes = keys.map(Route::parse);
        for (method, path, key) in [
            ("GET", "/pets/dog/1", "GET /pets/dog/1"),
            ("GET", "/pets/dog/7", "GET /pets/dog/{id}"),
            ("GET", "/pets/cat/1", "GET /pets/{proxy+}"),
            ("GET", "/pets/dog/7/paw", "GET /pets/{proxy+}"),
            ("GET", "/pets/dog/2", "ANY /pets/dog/2"),
            ("POST", "/pets/dog/2", "POST /pets/dog/2"),
            ("DELETE", "/pets/dog/1", "ANY /{proxy+}"),
            ("POST", "/test/5", "ANY /{proxy+}"),
            ("GET", "/", "$default"),
        ] {
            assert_eq!(choose(&routes, method, path).map(|at| keys[at]), Some(key), "{method} {path}");
        }
    }

    #[test]
    fn what_no_route_takes_is_not_found() {
        let routes = ["ANY /skills", "POST /install/{token}"].map(Route::parse);
        for (method, path) in
            [("GET", "/skills/"), ("GET", "/skill"), ("GET", "/install/x"), ("POST", "/install/"), ("POST", "/install/x/y")]
        {
            assert_eq!(choose(&routes, method, path), None, "{method} {path}");
        }
    }
}
