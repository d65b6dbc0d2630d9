//! The files of the fleet in memory, until something changes.

use std::sync::{Arc, Mutex};

use super::layout::{Layout, World};
use super::sql;
use crate::App;

/// What is kept: the layouts of one revision.
#[derive(Debug, Default)]
pub struct Cache(Mutex<Option<Kept>>);

#[derive(Clone, Debug)]
struct Kept {
    revision: u64,
    prompts: Arc<Layout>,
    skills: Arc<Layout>,
}

impl Kept {
    fn layout(&self, world: World) -> Arc<Layout> {
        match world {
            World::Prompts => Arc::clone(&self.prompts),
            World::Skills => Arc::clone(&self.skills),
        }
    }
}

/// The files of the fleet at this revision, or a later one. Nothing is read when they are known.
pub async fn layout(app: &App, revision: u64, world: World) -> sqlx::Result<Arc<Layout>> {
    if revision == 0 {
        return Ok(Arc::default());
    }
    let known = app.artifacts.0.lock().expect("no thread panics while it looks").clone().filter(|kept| kept.revision == revision);
    if let Some(kept) = known {
        return Ok(kept.layout(world));
    }
    // One snapshot, so that the number is that of the texts.
    let mut tx = app.db.begin_with("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; START TRANSACTION WITH CONSISTENT SNAPSHOT").await?;
    let revision = sql::revision(&mut tx).await?;
    let (documents, retired) = sql::documents(&mut tx).await?;
    tx.commit().await?;
    let build = |world| Arc::new(Layout::new(&documents, &retired, world));
    let kept = Kept { revision, prompts: build(World::Prompts), skills: build(World::Skills) };
    let layout = kept.layout(world);
    *app.artifacts.0.lock().expect("no thread panics while it looks") = Some(kept);
    Ok(layout)
}
