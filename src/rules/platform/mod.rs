//! Rules about what is installed beside the workloads: leftovers of old tools, meshes, certificates.

pub mod cert_manager_policies;
pub mod control_plane_flag;
mod control_plane_flags;
pub mod dashboard_deployed;
pub mod service_mesh_policies;
pub mod tiller_deployed;
