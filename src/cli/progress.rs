//! A sign of life on standard error for work that takes over a second, on a terminal only.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget};

/// Work that takes less is over before a person wonders.
const PATIENCE: Duration = Duration::from_secs(1);

/// A spinner that appears late. Dropping it removes it.
pub(super) struct Progress {
    stages: Option<Sender<&'static str>>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// A spinner if `visible`, else nothing.
    pub(super) fn new(visible: bool) -> Self {
        if !visible {
            return Self { stages: None, thread: None };
        }
        let (stages, received) = channel::<&'static str>();
        let thread = std::thread::spawn(move || {
            let mut stage = "starting";
            let started = std::time::Instant::now();
            while let Some(left) = PATIENCE.checked_sub(started.elapsed()) {
                match received.recv_timeout(left) {
                    Ok(next) => stage = next,
                    Err(RecvTimeoutError::Timeout) => break,
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            }
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar.set_message(stage);
            while let Ok(next) = received.recv() {
                bar.set_message(next);
            }
            bar.finish_and_clear();
        });
        Self { stages: Some(stages), thread: Some(thread) }
    }

    /// Says what is being done now.
    pub(super) fn stage(&self, name: &'static str) {
        if let Some(stages) = &self.stages {
            // A spinner that is gone has nobody to tell.
            let _ = stages.send(name);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.stages = None;
        if let Some(thread) = self.thread.take() {
            // The spinner holds no state; if its thread died there is nothing to clear.
            let _ = thread.join();
        }
    }
}
