//! What one host has instead of the fleet.

use super::Target;
use crate::codex_config::settings::{Effort, Scope, Settings, Word};

/// The settings with a host's model and effort, at the root and in the profile that is on.
pub fn apply(settings: &Settings, target: &Target, notes: &mut Vec<String>) -> Settings {
    let mut settings = settings.clone();
    let effort = target.effort.as_deref().and_then(|text| {
        let effort = Effort::parse(text);
        if effort.is_none() {
            notes.push(format!("this host's effort \"{text}\" is none that is known, so the fleet's stays"));
        }
        effort
    });
    replace(&mut settings.scope, target.model.as_ref(), effort);
    drop_impossible(&mut settings.scope, &Scope::default(), notes);
    let active = settings.profile.clone();
    let outer = settings.scope.clone();
    for profile in &mut settings.profiles {
        if Some(&profile.name) == active.as_ref() {
            replace(&mut profile.scope, target.model.as_ref(), effort);
        }
        drop_impossible(&mut profile.scope, &outer, notes);
    }
    settings
}

fn replace(scope: &mut Scope, model: Option<&String>, effort: Option<Effort>) {
    scope.model = model.or(scope.model.as_ref()).cloned();
    scope.model_reasoning_effort = effort.or(scope.model_reasoning_effort);
}

/// A host still starts when its own model does not take the effort.
fn drop_impossible(scope: &mut Scope, outer: &Scope, notes: &mut Vec<String>) {
    if scope.model_reasoning_effort.is_none() {
        return;
    }
    if let Some(why) = scope.pair_refusal(outer) {
        notes.push(format!("model_reasoning_effort is left out: {why}"));
        scope.model_reasoning_effort = None;
    }
}
