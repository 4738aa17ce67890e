//! Rules about controllers that write new image versions into the repository.

pub mod image_automation_marker_unresolved;
pub mod image_automation_pushes_to_tracked_branch;
pub mod image_policy_open_ended;
pub mod image_updater_argocd_write_back;
