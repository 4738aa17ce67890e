//! Rules about how workloads run: probes, resources, replicas, disruptions and schedules.

pub mod dangling_hpa_target;
pub mod dangling_pdb;
pub mod duplicate_autoscaler;
pub mod overlapping_selectors;
mod scaler;
pub mod selector_template_mismatch;
pub mod statefulset_service_missing;
pub mod volume_mount_undefined;
