//! Rules about pods and containers that reach into their node.

pub mod container_runtime_socket;
pub mod control_plane_toleration;
pub mod ephemeral_container_in_manifest;
pub mod git_sync_code_injection;
pub mod host_ipc;
pub mod host_network;
mod host_path;
pub mod host_path_sensitive;
pub mod host_path_volume;
pub mod host_path_writable;
pub mod host_pid;
pub mod host_port;
pub mod host_process_windows;
pub mod interactive_container;
pub mod privileged_container;
pub mod privileged_port;
pub mod ssh_port_exposed;
pub mod sudo_in_command;
