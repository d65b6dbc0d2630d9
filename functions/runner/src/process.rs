//! A process with everything it starts: bounded in time and in what is kept of its output.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;
use tokio::time::timeout;

/// How much of each stream is kept, in bytes.
const KEPT: usize = 64 * 1024;

/// What a process left when it ended by itself.
pub struct Ended {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

/// Runs `command` for at most `limit`; `None`: it took longer. No process of its group outlives this, dropped or not.
pub async fn run(command: &mut Command, limit: Duration) -> io::Result<Option<Ended>> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0).kill_on_drop(true);
    let mut child = command.spawn()?;
    let group = Group::of(child.id());
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let waited = async {
        let status = child.wait().await;
        // What is left of the group may hold the streams open.
        drop(group);
        status
    };
    let all = async { tokio::try_join!(waited, kept(stdout), kept(stderr)) };
    match timeout(limit, all).await {
        Ok(ended) => ended.map(|(status, stdout, stderr)| Some(Ended { status, stdout, stderr })),
        Err(_) => Ok(None),
    }
}

/// Reads to the end and keeps the beginning, cut at a line's end, so that no half token is left in it.
async fn kept(stream: Option<impl AsyncRead + Unpin>) -> io::Result<String> {
    let Some(mut stream) = stream else { return Ok(String::new()) };
    let (mut kept, mut rest) = (Vec::new(), vec![0; 8192]);
    let mut cut = false;
    loop {
        let read = stream.read(&mut rest).await?;
        if read == 0 {
            break;
        }
        let taken = read.min(KEPT - kept.len());
        kept.extend_from_slice(&rest[..taken]);
        cut |= taken < read;
    }
    if cut {
        kept.truncate(kept.iter().rposition(|byte| *byte == b'\n').unwrap_or(0));
    }
    Ok(String::from_utf8_lossy(&kept).into_owned())
}

/// A process group that is killed when this is dropped.
struct Group(Option<Pid>);

impl Group {
    fn of(leader: Option<u32>) -> Self {
        Self(leader.and_then(|id| Pid::from_raw(id.cast_signed())))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // An empty group is what one hopes for.
        if let Some(Err(error)) = self.0.map(|group| kill_process_group(group, Signal::KILL))
            && error != rustix::io::Errno::SRCH
        {
            tracing::error!("a probe's processes could not be killed: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[tokio::test]
    async fn a_flood_is_read_to_its_end_and_cut_at_a_line() {
        let script = "yes 0123456789 | head -c 1000000; echo x >&2; exit 3";

        let ended = run(&mut shell(script), Duration::from_secs(20)).await.unwrap().unwrap();

        assert_eq!((ended.status.code(), ended.stderr.as_str()), (Some(3), "x\n"));
        assert!(ended.stdout.len() > KEPT - 20 && ended.stdout.len() <= KEPT && ended.stdout.ends_with("0123456789"));
    }

    #[tokio::test]
    async fn what_a_leader_leaves_behind_does_not_hold_the_answer_up() {
        let ended = run(&mut shell("sleep 300 & echo $!"), Duration::from_secs(20)).await.unwrap().unwrap();

        assert_eq!(ended.status.code(), Some(0));
    }
}
